"""What could be traded: scans of the whole market, the signals they find, and the strategies that judge them."""
