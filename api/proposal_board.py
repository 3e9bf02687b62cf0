"""How proposals stand: who has to sign, who has, and whether that is enough now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.agreements import Issue, Merge, Transfer
from ledger.approvals import in_order
from ledger.deals import BuyBack, Demand, Enforcement, Repayment, Rescission, Surplus
from ledger.ids import Address, ClaimNo, PartyNo
from ledger.store.connection import Connection
from ledger.store.keeping.proposals import Proposal, ProposalStatus, Side
from ledger.store.outbox import ActRecord, read_acts
from ledger.store.reading import members
from ledger.store.reading.deals import DealsBehind, deal_named, deals_behind
from ledger.store.reading.receivables import current_lots
from ledger.words import LotRef

OverDeal = BuyBack | Repayment | Surplus | Demand | Enforcement
Proposable = Issue | Transfer | Merge | OverDeal | Rescission
PROPOSABLE: Mapping[str, type[Proposable]] = {
    "Issue": Issue,
    "Transfer": Transfer,
    "Merge": Merge,
    "BuyBack": BuyBack,
    "Repayment": Repayment,
    "Surplus": Surplus,
    "Demand": Demand,
    "Enforcement": Enforcement,
    "Rescission": Rescission,
}
"""What parties agree among themselves, or one of them decides with as many signers as it needs.
Finance has quotes; council acts and payments have ways of their own."""


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
        agreements = {one.row: agreement_of(one) for one in shown}
        over = deals_behind(connection, list(agreements.values()))
        self._amounts = {row: _amount(connection, act, over) for row, act in agreements.items()}
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


def _amount(connection: Connection, agreement: Proposable, over: DealsBehind) -> int:
    """Minor units that the agreement is over, which decide how many have to sign."""
    match agreement:
        case Issue():
            return agreement.face
        case Transfer() | BuyBack():
            return agreement.end - agreement.start
        case Merge():
            right = LotRef(ClaimNo(agreement.claim), agreement.right, agreement.rightVersion)
            found = current_lots(connection, [right]).get((right.claim, right.start))
            return 0 if found is None else found[0].end - agreement.left
    made = over[0].get(deal_named(agreement, over[1]))
    return 0 if made is None else made.amount
