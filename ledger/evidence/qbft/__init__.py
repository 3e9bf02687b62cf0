"""Finality on Hyperledger Besu's QBFT: validators' seals over a block's header.

Enough validators, ceil(2N/3) of N, have put a secp256k1 signature into the header itself; a node
takes no other block at that height, so a sealed block is final.
"""

from ledger.evidence.qbft.anchor import QbftAnchor, ValidatorSet
from ledger.evidence.qbft.extra_data import ExtraData, Vote, genesis_extra_data
from ledger.evidence.qbft.finality import QbftFinality, quorum
from ledger.evidence.qbft.header import Header

__all__ = [
    "ExtraData",
    "Header",
    "QbftAnchor",
    "QbftFinality",
    "ValidatorSet",
    "Vote",
    "genesis_extra_data",
    "quorum",
]
