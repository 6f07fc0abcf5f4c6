"""Client of Binance USDS-M, and of any server that speaks its protocol: requests, parsing, errors, user stream."""
