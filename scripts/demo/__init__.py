"""The main job, played by fictional people: from an invoice to a settled claim and a bundle."""
