"""Questions to the projection, each answered within the asker's scope."""
