"""What may be traded: filters, limits and sizing. Pure: gets snapshots, queries nothing."""
