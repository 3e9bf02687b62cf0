"""Who may see what: one value that every read takes, and who is concerned by an entry."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from ledger.acts import SignedAct, decode_call
from ledger.agreements import Transfer
from ledger.deals import Finance, Recovery
from ledger.entries import Entry, Op
from ledger.ids import CONSORTIUM_BOOK, Address, ClaimNo, PartyNo
from ledger.words import unpack_claim, unpack_lot


@dataclass(frozen=True, slots=True)
class View:
    """What ``party`` may see; only of ``claim`` if one is given."""

    party: PartyNo
    claim: ClaimNo | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything one caller may see.

    ``views`` holds the caller's own party first, then whoever gave it a mandate. ``party`` is
    None for council and oracle members who sign for no party: they see no party's data.
    """

    address: Address
    party: PartyNo | None
    views: tuple[View, ...]
    is_council: bool
    is_oracle: bool

    def covers(self, claim: ClaimNo, concerned: AbstractSet[PartyNo]) -> bool:
        """Whether any view reaches something of ``claim`` that concerns these parties."""
        return any(view.party in concerned and view.claim in (None, claim) for view in self.views)


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom an entry concerns, beside its claim's debtor. ``everyone`` is every caller."""

    parties: frozenset[PartyNo]
    everyone: bool = False

    def also_of(self, parties: frozenset[PartyNo]) -> Concern:
        """With parties that the entry itself doesn't name."""
        return replace(self, parties=self.parties | parties)


def concern_of(entry: Entry) -> Concern:
    """Parties named by an entry: holders of the lots it wrote, and of liens on them, who gave
    units away, and the parties to a deal where the entry says who they are.

    In the consortium's book, a party's enrolment and changes concern that party (and the
    council, which the scope knows); oracle, council and policy changes concern everyone.
    """
    if entry.book == CONSORTIUM_BOOK:
        parties = frozenset(PartyNo(word) for word in entry.words) if entry.op is Op.NOTED else None
        return Concern(parties or frozenset(), everyone=not parties)
    return Concern(frozenset(_holders(entry)))


def may_see(scope: Scope, entry: Entry, concern: Concern, debtor: PartyNo | None) -> bool:
    """Whether an entry is within a scope; ``debtor`` is its claim's."""
    if entry.book == CONSORTIUM_BOOK:
        return concern.everyone or scope.is_council or scope.party in concern.parties
    return scope.covers(entry.book, concern.parties | ({debtor} if debtor else set()))


def _holders(entry: Entry) -> Iterator[PartyNo]:
    words = entry.words
    if entry.op is Op.RECORDED:
        yield from map(PartyNo, words)
        return
    if entry.op is Op.OPENED:
        yield unpack_claim(words[0]).debtor
        words = words[1:]
    for lot in map(unpack_lot, words):
        yield lot.holder
        if lot.lien:
            yield lot.lien
    call = decode_call(entry.memo)
    match call.agreement if isinstance(call, SignedAct) else None:
        case Transfer() | Recovery() as act:
            yield PartyNo(act.holder)
        case Finance() as act:
            yield PartyNo(act.seller)
