"""The boundary to the venue: ports, values, errors, the Binance client and the paper exchange. No Django models."""
