"""Why evidence isn't believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import Refused


class EvidenceRefused(Refused):
    """Base of everything that is wrong with evidence."""


class ProofRefused(EvidenceRefused):
    """Base: a state proof doesn't prove what it is given for."""


class FinalityRefused(EvidenceRefused):
    """Base: a block isn't shown to be final."""


@dataclass
class ProofMalformed(ProofRefused):
    """A proof has another form than the engine's trees have, whatever root it leads to."""

    part: str
    reason: str
    summary: ClassVar[str] = "The proof of {part} {reason}."


@dataclass
class ProofOfOther(ProofRefused):
    """A proof is of another contract, slot or store than it is given for."""

    part: str
    proven: str
    wanted: str
    summary: ClassVar[str] = "The proof of {part} is of {proven}, not of {wanted}."


@dataclass
class WordsMissing(ProofRefused):
    proven: int
    wanted: int
    summary: ClassVar[str] = "{proven} storage words are proven where {wanted} are needed."


@dataclass
class RootMismatch(ProofRefused):
    """A path leads elsewhere: something on it, or what it begins with, isn't the chain's."""

    part: str
    computed: str
    root: str
    summary: ClassVar[str] = "The proof of {part} leads to {computed}, not to {root}."


@dataclass
class WordMismatch(ProofRefused):
    """The chain's state is proven, and the bundle says otherwise."""

    part: str
    proven: str
    stated: str
    summary: ClassVar[str] = "The chain's {part} is {proven}; the bundle says {stated}."


@dataclass
class KindMismatch(FinalityRefused):
    """Finality of one engine is held against the validators of another."""

    finality: str
    anchor: str
    summary: ClassVar[str] = "Finality of kind {finality}; the trust file has {anchor}."


@dataclass
class OtherChain(FinalityRefused):
    chain: str
    trusted: str
    summary: ClassVar[str] = "The block is of chain {chain!r}; the trust file names {trusted!r}."


@dataclass
class ValidatorsUnknownThen(FinalityRefused):
    """The trust file's first validator set came later than the block."""

    height: int
    first: int
    summary: ClassVar[str] = (
        "The block is at height {height}; the trust file knows validators from {first} on."
    )


@dataclass
class ValidatorsMismatch(FinalityRefused):
    """Other validators signed than those in force at this height, as far as the trust file
    knows. Where the set has changed since the file was written, extend the file."""

    height: int
    stated: str
    trusted: str
    summary: ClassVar[str] = (
        "The block at height {height} names the validator set {stated}; by the trust file "
        "{trusted} is in force there."
    )


@dataclass
class UnknownValidator(FinalityRefused):
    validator: str
    height: int
    summary: ClassVar[str] = "{validator} signed at height {height} and is no validator there."


@dataclass
class DuplicateVote(FinalityRefused):
    validator: str
    height: int
    summary: ClassVar[str] = "{validator} signed twice at height {height}."


@dataclass
class VotesUnordered(FinalityRefused):
    """Signatures stand in the order of the validator set, so that there is one spelling."""

    height: int
    summary: ClassVar[str] = "The signatures at height {height} aren't in the validators' order."


@dataclass
class InvalidVote(FinalityRefused):
    validator: str
    height: int
    summary: ClassVar[str] = "The signature of {validator} at height {height} is invalid."


@dataclass
class PowerTooLow(FinalityRefused):
    """Too few have signed. ``needed`` is the engine's rule in words."""

    height: int
    signed: int
    total: int
    needed: str
    summary: ClassVar[str] = (
        "The block at height {height} is signed with a power of {signed} of {total}; {needed} "
        "is needed."
    )


@dataclass
class ValidatorsMalformed(FinalityRefused):
    """A validator set that no chain can have, or a chain of sets that doesn't hang together."""

    reason: str
    summary: ClassVar[str] = "The trust file's validator sets: {reason}."


@dataclass
class SetNotVouched(FinalityRefused):
    """The header that should bring in a set names another one as the next."""

    start: int
    named: str
    given: str
    summary: ClassVar[str] = (
        "The header before height {start} names {named} as the next validator set, not {given}."
    )
