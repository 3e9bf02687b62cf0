"""How a node is run: started, watched, saved and ended."""
