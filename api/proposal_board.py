"""How proposals stand: who has to sign, who has, and whether that is enough now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.agreements import Issue, Merge, Transfer
from ledger.approvals import in_order
from ledger.ids import Address, ClaimNo, PartyNo
from ledger.store.connection import Connection
from ledger.store.keeping.proposals import Proposal, ProposalStatus, Side
from ledger.store.outbox import ActRecord, read_acts
from ledger.store.reading import members
from ledger.store.reading.receivables import current_lots
from ledger.words import LotRef

Proposable = Issue | Transfer | Merge
PROPOSABLE: Mapping[str, type[Proposable]] = {
    "Issue": Issue,
    "Transfer": Transfer,
    "Merge": Merge,
}
"""What parties agree among themselves. Council acts and payments have ways of their own."""


@dataclass(frozen=True, slots=True)
class SideTally:
    """``given`` are current signers of the side's party whose approval is there."""

    side: str
    party: PartyNo
    needed: int
    given: frozenset[Address]


def agreement_of(proposal: Proposal) -> Proposable:
    return PROPOSABLE[proposal.kind].from_json(proposal.message)


class Board:
    """How several proposals stand, looked up together."""

    def __init__(self, connection: Connection, shown: Sequence[Proposal]) -> None:
        parties = {side.party for one in shown for side in one.sides}
        self._standings = members.standings(connection, parties)
        self._signers = members.signers_of_parties(connection, parties)
        self._amounts = {one.row: _amount(connection, agreement_of(one)) for one in shown}
        submitted = [one.digest for one in shown if one.status is ProposalStatus.SUBMITTED]
        self._acts = {act.digest: act for act in read_acts(connection, submitted)}

    def sides(self, proposal: Proposal) -> list[SideTally]:
        return [self._side(proposal, side) for side in proposal.sides]

    def act(self, proposal: Proposal) -> ActRecord | None:
        return self._acts.get(proposal.digest)

    def is_ready(self, proposal: Proposal) -> bool:
        return all(len(side.given) >= side.needed for side in self.sides(proposal))

    def approvals(self, proposal: Proposal) -> tuple[tuple[bytes, ...], ...]:
        """The approvals that count, side by side, as the contracts want them."""
        return tuple(
            in_order(
                [one.approval for one in proposal.approvals if one.signer in side.given],
                proposal.digest,
            )
            for side in self.sides(proposal)
        )

    def _side(self, proposal: Proposal, side: Side) -> SideTally:
        signers = self._signers[side.party]
        given = frozenset(
            one.signer
            for one in proposal.approvals
            if one.party == side.party and one.signer in signers
        )
        needed = self._standings[side.party].needed(self._amounts[proposal.row])
        return SideTally(side.side, side.party, needed, given)


def _amount(connection: Connection, agreement: Proposable) -> int:
    """Minor units that the agreement is over, which decide how many have to sign."""
    if isinstance(agreement, Issue):
        return agreement.face
    if isinstance(agreement, Transfer):
        return agreement.end - agreement.start
    right = LotRef(ClaimNo(agreement.claim), agreement.right, agreement.rightVersion)
    found = current_lots(connection, [right]).get((right.claim, right.start))
    return 0 if found is None else found[0].end - agreement.left
