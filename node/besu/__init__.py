"""A production network of Hyperledger Besu with QBFT, written out for operators to run.

Nothing here runs Besu: no package registry has it. What is written follows Besu's documentation
and code, is checked against their published vectors, and says in its README what nobody has run.
"""

from node.besu.checking import Checked, NetworkUnsound, check
from node.besu.plan import Plan
from node.besu.writing import FolderNotEmpty, Network, generate

__all__ = ["Checked", "FolderNotEmpty", "Network", "NetworkUnsound", "Plan", "check", "generate"]
