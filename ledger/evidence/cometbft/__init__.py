"""Finality on CometBFT 1.0: a block is final once validators with more than two thirds of the
voting power have signed a precommit for it.

What is hashed and signed, and how, is CometBFT's specification
(https://github.com/cometbft/cometbft/tree/v1.0.1/spec/core/data_structures.md and its encoding.md).
"""

from ledger.evidence.cometbft.anchor import CometAnchor, TrustedSet
from ledger.evidence.cometbft.commit import Commit, SignedHeader, Vote
from ledger.evidence.cometbft.finality import CometFinality
from ledger.evidence.cometbft.header import BlockId, Header
from ledger.evidence.cometbft.validators import Validator, ValidatorSet

__all__ = [
    "BlockId",
    "CometAnchor",
    "CometFinality",
    "Commit",
    "Header",
    "SignedHeader",
    "TrustedSet",
    "Validator",
    "ValidatorSet",
    "Vote",
]
