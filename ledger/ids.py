"""Identifiers with types, so that one can't be passed for another."""

from __future__ import annotations

from typing import NewType

PartyNo = NewType("PartyNo", int)
"""A party's number in the registry, from 1."""

ClaimNo = NewType("ClaimNo", int)
"""A claim's number in the ledger, from 1; also the number of its passbook."""

EntryIndex = NewType("EntryIndex", int)
"""An entry's position among all entries of all books, from 0."""

Digest = NewType("Digest", bytes)
"""An EIP-712 digest: names one act for ever."""

Address = NewType("Address", str)
"""An account or contract, EIP-55 checksummed."""

CONSORTIUM_BOOK = ClaimNo(0)
"""The book of parties, council, oracle members and policies."""
