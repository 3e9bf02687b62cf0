"""Entries folded to what holds after them, checking every rule of the contracts on the way.

A second implementation of the contracts, kept apart from the projection on purpose: it believes
no word that was posted, but works out from the agreement and the state before it what the words
must be. ``fold`` is the way in.
"""

from ledger.fold.findings import ContractApproval, Finding, PriorUses
from ledger.fold.replay import Fold, Folded, fold
from ledger.fold.state import State

__all__ = ["ContractApproval", "Finding", "Fold", "Folded", "PriorUses", "State", "fold"]
