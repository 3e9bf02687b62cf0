"""The user's side: keys, signatures and HTTP. Knows what the ledger means; never speaks RPC."""
