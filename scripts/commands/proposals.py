"""Agreements under way: `proposals`, `countersign`, `submit`, `refuse`, `withdraw`."""

from __future__ import annotations

from typing import Annotated

import typer

from client.api import Api
from client.problems import absent_as_none
from client.records import Proposal, Side
from client.signing import amount_text, describe
from ledger.agreements import Merge, Transfer
from ledger.deals import BuyBack
from ledger.ids import ClaimNo
from ledger.remittance import require_opening
from ledger.typed import Struct
from scripts.commands.show import show_act
from scripts.desk import AsJson, Desk, KeyName, Yes, confirm
from scripts.output import print_fields, print_json, print_table, stderr

ProposalId = Annotated[str, typer.Argument(help="The proposal's id, as `proposals` lists it.")]


def proposals(
    context: typer.Context,
    key: KeyName,
    status: Annotated[
        str | None, typer.Option(help="open, ready, submitted, refused or withdrawn.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the agreements under way that your party has a part in.

    \b
    yuanliu proposals --key treasurer --status open
    """
    with Desk.of(context).api(key) as api:
        found = list(api.proposals(status))
    if as_json:
        print_json(found)
    else:
        print_table(["id", "kind", "from>", "status", "signed"], map(_row, found))


def countersign(
    context: typer.Context,
    proposal: ProposalId,
    key: KeyName,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Sign a proposal for your side, after reading what it says.

    The digest is computed here from the message shown, and only that is signed.

    \b
    yuanliu countersign 3f0c… --key treasurer
    """
    with Desk.of(context).member(key) as member:
        opening = member.api.proposal(proposal)["opening"]

        def consent(agreement: Struct) -> None:
            currency = claim_currency(member.api, agreement)
            print_fields(describe(agreement, member.deployment, currency), stderr())
            print_fields(_opened(agreement, opening), stderr())
            confirm(type(agreement).__name__, agreed=yes)

        signed = member.countersign(proposal, consent)
    show_proposal(signed, as_json=as_json)


def submit(
    context: typer.Context, proposal: ProposalId, key: KeyName, as_json: AsJson = False
) -> None:
    """Send a proposal that every side has signed to the chain, and wait until it took effect.

    \b
    yuanliu submit 3f0c… --key treasurer
    """
    with Desk.of(context).member(key) as member:
        show_act(member.conclude(proposal), as_json=as_json)


def refuse(
    context: typer.Context,
    proposal: ProposalId,
    reason: Annotated[str, typer.Option(help="What the other side will read.")],
    key: KeyName,
) -> None:
    """Turn a proposal down.

    \b
    yuanliu refuse 3f0c… --reason "the amount is wrong" --key treasurer
    """
    with Desk.of(context).api(key) as api:
        show_proposal(api.refuse(proposal, reason), as_json=False)


def withdraw(context: typer.Context, proposal: ProposalId, key: KeyName) -> None:
    """Take your own proposal back.

    \b
    yuanliu withdraw 3f0c… --key supplier
    """
    with Desk.of(context).api(key) as api:
        show_proposal(api.withdraw(proposal), as_json=False)


def show_proposal(proposal: Proposal, *, as_json: bool) -> None:
    if as_json:
        print_json(proposal)
        return
    sides = [(f"{one['side']} (party {one['party']})", _signed(one)) for one in proposal["sides"]]
    heading = [
        ("id", proposal["id"]),
        ("kind", proposal["kind"]),
        ("status", proposal["status"]),
        ("digest", proposal["digest"]),
    ]
    print_fields([*heading, *sides])


def claim_currency(api: Api, agreement: Struct) -> str | None:
    """The currency of the claim an agreement is about; None where that can't be seen."""
    if isinstance(agreement, Transfer | Merge | BuyBack):
        # A recipient may not see the claim before it holds a part of it.
        claim = ClaimNo(agreement.claim)
        return absent_as_none(lambda: api.receivable(claim)["currency"])
    return None


def _opened(agreement: Struct, opening: dict[str, str] | None) -> list[tuple[str, str]]:
    """The debt that it commits to, from what opens it; checked, as the two are read apart."""
    if opening is None:
        return []
    amount, currency = int(opening["amount"]), opening["currency"]
    commitment = getattr(agreement, "commitment", b"")
    require_opening(commitment, opening["reference"], currency, amount)
    return [("amount", amount_text(amount, currency)), ("reference", opening["reference"])]


def _row(proposal: Proposal) -> tuple[object, ...]:
    signed = ", ".join(f"{side['side']} {_signed(side)}" for side in proposal["sides"])
    return proposal["id"], proposal["kind"], proposal["proposer"], proposal["status"], signed


def _signed(side: Side) -> str:
    return f"{len(side['given'])} of {side['needed']}"
