"""A CometBFT EVM network of several validators on this machine, for tests of what a consortium is.

The engine is Injective's node, a program of its own from PyPI's `injective-core` (BUSL-1.1: free
for what isn't production), installed with the extra `consortium`.
"""
