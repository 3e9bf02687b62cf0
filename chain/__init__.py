"""The only code that speaks RPC to an engine."""
