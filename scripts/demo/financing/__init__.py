"""The story of chain financing: a supplier asks, banks quote, the chain enforces."""
