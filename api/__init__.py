"""How people ask: HTTP over the projection and the outbox. Never sees a private key."""
