"""`yuanliu finance deals` and what comes after a deal: pay it, get out of it, be repaid."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from client import deals
from client.deal_drafts import ADVANCE_SECONDS, Owed
from client.deal_records import DealDetail, DealRecord, DebtRecord
from client.drafts import valid_until
from client.member import Member
from client.signing import amount_text, describe
from ledger.business_day import DAY_SECONDS
from ledger.hexadecimal import hexed
from ledger.money import Currency, minor_units
from ledger.typed import Struct
from scripts.commands.proposals import show_proposal
from scripts.commands.show import read_digest, show_act
from scripts.desk import AsJson, Desk, KeyName, Yes, confirm
from scripts.output import note, print_fields, print_json, print_table, stderr

DealDigest = Annotated[str, typer.Argument(metavar="DEAL", help="A deal's digest, 0x….")]
Amount = Annotated[
    str | None, typer.Option(help="Decimal; else what is owed today by the terms of the deal.")
]
Days = Annotated[int, typer.Option(min=1, max=90, help="Days for the other side to sign.")]


def list_deals(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List the deals that your party has made, as seller or as bank.

    \b
    yuanliu finance deals --key supplier
    """
    with Desk.of(context).api(key) as api:
        found = list(api.deals())
    if as_json:
        print_json(found)
        return
    columns = (
        "deal",
        "claim>",
        "amount>",
        "mode",
        "seller>",
        "bank>",
        "due",
        "state",
        "open debts",
    )
    print_table(columns, map(_row, found))


def show_deal(
    context: typer.Context, deal: DealDigest, key: KeyName, as_json: AsJson = False
) -> None:
    """Show one deal: its debts, its lots, its acts, and what is owed today.

    Price and amounts are opened to its two sides, and checked here against what they signed.

    \b
    yuanliu finance deal 0x5c1f… --key supplier
    """
    with Desk.of(context).api(key) as api:
        found = deals.read_deal(api, _name(deal))
    if as_json:
        print_json(found)
        return
    currency = found["currency"]
    print_fields([*_heading(found), *_dues_lines(found)])
    print_table(
        ("debt", "commitment", "amount>", "from>", "to>", "until", "outcome", "booked on"),
        (_debt_row(one, currency) for one in found["obligations"]),
    )
    print_table(
        ("lot", "amount>", "holder>", "lien>", "state", "version>"),
        (
            (
                f"{one['claim']}:{one['start']}",
                amount_text(int(one["amount"]), currency),
                one["holder"],
                one["lien"] or "",
                one["state"],
                one["version"],
            )
            for one in found["lots"]
        ),
    )
    print_table(
        ("entry>", "at", "act", "digest"),
        ((one["entry"], one["at"], one["kind"], one["act"]) for one in found["acts"]),
    )


def pay(
    context: typer.Context,
    deal: DealDigest,
    key: KeyName,
    commitment: Annotated[
        str | None, typer.Option(help="Which debt, if you owe more than one under the deal.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; else standard output.")] = None,
) -> None:
    """Write a pain.001 message that pays what you owe under a deal: as its bank the advance or a
    surplus, as its seller a buy-back or the repayment of a pledge.

    Its EndToEndId is the reference that both sides committed to: a bank statement that shows it
    again, with this amount, is what proves it paid.

    \b
    yuanliu finance pay 0x5c1f… --key officer --out advance.xml
    """
    with Desk.of(context).member(key) as member:
        found = deals.read_deal(member.api, _name(deal))
        wanted = commitment or deals.open_debt(found, member.party)["commitment"]
        message = member.api.deal_payment_instruction(found["digest"], _name(wanted))
    if out is None:
        sys.stdout.buffer.write(message)
    else:
        out.write_bytes(message)
        note(f"wrote {out}")


def rescind(
    context: typer.Context,
    deal: DealDigest,
    key: KeyName,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw, because the advance (you are the seller) or the buy-back (you are the bank) that
    was due to you wasn't paid in time.

    \b
    yuanliu finance rescind 0x5c1f… --key supplier
    """
    _alone(
        Desk.of(context),
        key,
        lambda member: deals.rescission(member.api.deal(_name(deal)), member.party),
        agreed=yes,
        as_json=as_json,
    )


def demand(
    context: typer.Context,
    deal: DealDigest,
    key: KeyName,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """As the bank, demand from the seller what the debtor left unpaid under a sale with recourse.

    \b
    yuanliu finance demand 0x5c1f… --key officer
    """
    _alone(
        Desk.of(context),
        key,
        lambda member: deals.demand(member.api.deal(_name(deal))),
        agreed=yes,
        as_json=as_json,
    )


def enforce(
    context: typer.Context,
    deal: DealDigest,
    key: KeyName,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """As the bank, take a pledged lot that wasn't redeemed in time.

    \b
    yuanliu finance enforce 0x5c1f… --key officer
    """
    _alone(
        Desk.of(context),
        key,
        lambda member: deals.enforcement(member.api.deal(_name(deal))),
        agreed=yes,
        as_json=as_json,
    )


def surplus(
    context: typer.Context,
    deal: DealDigest,
    key: KeyName,
    amount: Amount = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """As the bank, admit that you owe the seller what you got beyond your due.

    \b
    yuanliu finance surplus 0x5c1f… --key officer
    """

    def draft(member: Member) -> deals.Debt:
        found = deals.read_deal(member.api, _name(deal))
        return deals.surplus(found, _units(amount, found))

    _alone(Desk.of(context), key, draft, agreed=yes, as_json=as_json)


def buy_back(
    context: typer.Context,
    deal: DealDigest,
    key: KeyName,
    amount: Amount = None,
    lot: Annotated[
        int | None, typer.Option(help="The first unit of the lot, if the bank holds several.")
    ] = None,
    days: Days = 7,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Lay the buy-back of an unpaid lot before the other side; `countersign` it, then `submit`.

    The seller then pays (`finance pay`), and gets the lot when the payment is proven.

    \b
    yuanliu finance buy-back 0x5c1f… --key officer
    yuanliu finance buy-back 0x5c1f… --amount 45210.00 --key supplier
    """

    def draft(found: DealDetail, pay_by: int) -> deals.Debt:
        return deals.buy_back(found, _units(amount, found), lot, pay_by)

    _together(Desk.of(context), key, deal, draft, days, agreed=yes, as_json=as_json)


def repay(
    context: typer.Context,
    deal: DealDigest,
    key: KeyName,
    amount: Amount = None,
    days: Days = 7,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Lay the repayment that ends a pledge before the other side; `countersign`, then `submit`.

    The seller then pays (`finance pay`), and the lien ends when the payment is proven.

    \b
    yuanliu finance repay 0x5c1f… --key supplier
    """

    def draft(found: DealDetail, pay_by: int) -> deals.Debt:
        return deals.repayment(found, _units(amount, found), pay_by)

    _together(Desk.of(context), key, deal, draft, days, agreed=yes, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Adds these commands to `yuanliu finance`."""
    for name, command in _COMMANDS.items():
        app.command(name)(command)


_COMMANDS: dict[str, Callable[..., None]] = {
    "deals": list_deals,
    "deal": show_deal,
    "pay": pay,
    "rescind": rescind,
    "demand": demand,
    "buy-back": buy_back,
    "surplus": surplus,
    "repay": repay,
    "enforce": enforce,
}


def _alone(
    desk: Desk,
    key: str,
    draft: Callable[[Member], Struct | deals.Debt],
    *,
    agreed: bool,
    as_json: bool,
) -> None:
    """An act of one side: sent at once, or left for a colleague where more signers are needed."""
    with desk.member(key) as member:
        drafted = draft(member)
        act, owed = _parts(drafted)
        _confirm(member, act, owed, agreed=agreed)
        proposed = member.propose(act, owed=owed)
        if proposed["status"] != "ready":
            show_proposal(proposed, as_json=as_json)
            return
        show_act(member.conclude(proposed["id"]), as_json=as_json)


def _together(
    desk: Desk,
    key: str,
    deal: str,
    draft: Callable[[DealDetail, int], deals.Debt],
    days: int,
    *,
    agreed: bool,
    as_json: bool,
) -> None:
    """An act of both sides: laid before the other one, with what opens the debt."""
    with desk.member(key) as member:
        found = deals.read_deal(member.api, _name(deal))
        until = valid_until(days * DAY_SECONDS)
        debt = draft(found, until + ADVANCE_SECONDS)
        act = replace(debt.act, validUntil=until)
        _confirm(member, act, debt.owed, agreed=agreed)
        show_proposal(member.propose(act, owed=debt.owed), as_json=as_json)


def _parts(drafted: Struct | deals.Debt) -> tuple[Struct, Owed | None]:
    return (drafted.act, drafted.owed) if isinstance(drafted, deals.Debt) else (drafted, None)


def _confirm(member: Member, act: Struct, owed: Owed | None, *, agreed: bool) -> None:
    lines = describe(act, member.deployment)
    if owed is not None:
        lines += [
            ("amount", amount_text(owed.amount, owed.currency)),
            ("reference", owed.reference),
        ]
    print_fields(lines, stderr())
    confirm(type(act).__name__, agreed=agreed)


def _name(text: str) -> str:
    return hexed(read_digest(text))


def _units(amount: str | None, deal: DealRecord) -> int | None:
    return None if amount is None else minor_units(amount, Currency(deal["currency"]))


def _row(deal: DealRecord) -> tuple[Any, ...]:
    unpaid = [one for one in deal["obligations"] if one["outcome"] == "open"]
    return (
        deal["digest"],
        deal["claim"],
        amount_text(int(deal["amount"]), deal["currency"]),
        deal["mode"],
        deal["seller"],
        deal["bank"],
        deal["due_on"],
        "demanded" if deal["demanded"] and deal["state"] == "advanced" else deal["state"],
        ", ".join(one["duty"].replace("_", "-") for one in unpaid),
    )


def _heading(deal: DealRecord) -> list[tuple[str, Any]]:
    units = f"units {int(deal['start']):,} to {int(deal['end']):,} of claim {deal['claim']}"
    return [
        ("deal", deal["digest"]),
        (
            "what",
            f"{deal['mode']} of {amount_text(int(deal['amount']), deal['currency'])}: {units}",
        ),
        ("seller", deal["seller"]),
        ("bank", deal["bank"]),
        ("due", deal["due_on"]),
        ("state", deal["state"] + (", demanded" if deal["demanded"] else "")),
    ]


def _dues_lines(deal: DealDetail) -> list[tuple[str, str]]:
    dues, currency = deal["dues"], deal["currency"]
    if dues is None:
        return []
    shown = [
        ("principal unpaid", dues["principal"]),
        ("interest and fees", dues["charges"]),
        ("late interest", dues["late_interest"]),
        ("owed today", dues["total"]),
        ("received", dues["received"]),
        ("surplus", dues["surplus"]),
    ]
    lines = [(name, amount_text(int(units), currency)) for name, units in shown]
    return [*lines, ("days past due", str(dues["days_past_due"]))]


def _debt_row(debt: DebtRecord, currency: str) -> tuple[Any, ...]:
    opening = debt["opening"]
    return (
        debt["duty"].replace("_", "-"),
        debt["commitment"],
        "" if opening is None else amount_text(int(opening["amount"]), currency),
        debt["payer"],
        debt["payee"],
        debt["pay_by"],
        debt["outcome"],
        debt["booked_on"],
    )
