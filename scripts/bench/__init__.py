"""`make bench`: speed and gas as one JSON object, every figure from one run on one machine."""
