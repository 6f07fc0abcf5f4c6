"""What was learnt from closed trades: kept, faded, and found again when a situation looks alike."""
