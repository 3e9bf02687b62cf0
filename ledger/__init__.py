"""What the ledger's facts mean. Pure Python: knows neither HTTP nor RPC."""
