"""`yuanliu line`: what a bank allows itself with a party, how it came about and what is used."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from client.credit_lines import LineTerms, SignedChange, describe_line, draft_line
from client.drafts import valid_until
from client.line_records import CreditLineRecord
from client.member import Member
from client.signing import amount_text
from ledger.credit import LineKind
from ledger.ids import PartyNo
from ledger.money import currency_of, minor_units
from scripts.desk import AsJson, Desk, KeyName, KeyNames, Yes, confirm
from scripts.output import note, print_fields, print_json, print_table, stderr
from scripts.terms import percent_text

app = typer.Typer(
    no_args_is_help=True,
    help="""Credit lines: a bank's own; no other party and no validator sees them.

    Above the bank's amount for four eyes a change needs as many officers as its other acts:
    give --key once for each, or write the change to a file with --out and have a colleague
    approve it.""",
)

_DATE = ["%Y-%m-%d"]

Party = Annotated[int, typer.Argument(min=1, help="The party's number.")]


@app.command("set")
def set_line(
    context: typer.Context,
    party: Party,
    limit: Annotated[str, typer.Argument(help="Decimal, e.g. 5000000.00.")],
    until: Annotated[
        datetime, typer.Option(formats=_DATE, help="The last day it can be used (Asia/Shanghai).")
    ],
    reason: Annotated[str, typer.Option(help="Kept in the line's journal.")],
    key: KeyNames,
    kind: Annotated[
        LineKind,
        typer.Option(
            help="debtor: to pay receivables you finance. recourse: to pay back, as seller, or "
            "to repay a pledge's loan. issuance: to issue receivables."
        ),
    ] = LineKind.DEBTOR,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "CNY",
    out: Annotated[
        Path | None, typer.Option(help="Don't hand in: write the change here, for a colleague.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=720, help="How long it can be handed in.")] = 1,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Open a line of your bank, or change its limit or its end. Never below what is used.

    \b
    yuanliu line set 1 5000000.00 --until 2027-12-31 --reason "annual review" --key officer
    yuanliu line set 4 800000.00 --kind recourse --until 2027-12-31 --reason "new seller" \\
        --key officer --out change.json
    """
    desk = Desk.of(context)
    money = currency_of(currency)
    units = minor_units(limit, money)
    terms = LineTerms(PartyNo(party), kind, money, units, until.date(), reason)
    with desk.member(key[0]) as member:
        drafted = draft_line(member.api, member.party, terms, valid_until(hours * 3600))
        change = _sign(desk, member, SignedChange(drafted), key, yes=yes)
        if out is None:
            _show(member.api.put_line(change.body()), as_json=as_json)
            return
    change.write(out)
    note(f"not handed in: written to {out}")


@app.command("approve")
def approve(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A change that a colleague wrote with --out.")],
    key: KeyNames,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Sign a colleague's change too, and hand it in.

    \b
    yuanliu line approve change.json --key second-officer
    """
    desk = Desk.of(context)
    with desk.member(key[0]) as member:
        change = _sign(desk, member, SignedChange.read(file), key, yes=yes)
        change.write(file)
        _show(member.api.put_line(change.body()), as_json=as_json)


@app.command("list")
def list_lines(
    context: typer.Context,
    key: KeyName,
    party: Annotated[int | None, typer.Option(min=1, help="Only those to this party.")] = None,
    as_json: AsJson = False,
) -> None:
    """List your bank's lines, newest first.

    \b
    yuanliu line list --key officer
    """
    with Desk.of(context).api(key) as api:
        found = list(api.lines(None if party is None else PartyNo(party)))
    if as_json:
        print_json(found)
        return
    columns = ("id", "party>", "kind", "limit>", "open>", "drawn>", "left>", "until", "version>")
    print_table(columns, map(_row, found))


@app.command("history")
def history(
    context: typer.Context,
    line: Annotated[str, typer.Argument(metavar="LINE", help="A line's id.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Show every change of a line, newest first: who signed it, why, and what was used then.

    \b
    yuanliu line history 3f0c… --key officer
    """
    with Desk.of(context).api(key) as api:
        currency = api.line(line)["currency"]
        found = list(api.line_changes(line))
    if as_json:
        print_json(found)
        return
    rows = (
        (
            one["version"],
            one["created"],
            _money(one["limit"], currency),
            one["expires_on"],
            _money(one["used"], currency),
            one["reason"],
            ", ".join(one["signers"]),
        )
        for one in found
    )
    print_table(("version>", "made", "limit>", "until", "used then>", "reason", "signers"), rows)


@app.command("use")
def use(
    context: typer.Context,
    key: KeyName,
    party: Annotated[
        int | None,
        typer.Argument(min=1, metavar="[PARTY]", help="On whose word your bank has lent."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what your bank has lent on a party's word; without a party, what you may still issue.

    Open quotes count. A share is of all that your bank's lines of that kind have in use.

    \b
    yuanliu line use 1 --key officer
    yuanliu line use --key treasurer
    """
    with Desk.of(context).api(key) as api:
        found: Any = api.issuance_limits() if party is None else api.exposure(PartyNo(party))
    if as_json:
        print_json(found)
    elif party is None:
        rows = (
            [_money(one[name], one["currency"]) for name in ("limit", "used", "remaining")]
            for one in found
        )
        print_table(("limit>", "used>", "left to issue>"), rows)
    else:
        columns = ("kind", "limit>", "open>", "drawn>", "left>", "until", "share>")
        print_table(columns, ((*_sums(one), percent_text(one["share"])) for one in found))


@app.command("holders")
def holders(
    context: typer.Context,
    line: Annotated[str, typer.Argument(metavar="LINE", help="A line's id.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """List what takes up a line at present: quotes and deals, or the issues under a limit.

    \b
    yuanliu line holders 3f0c… --key officer
    """
    with Desk.of(context).api(key) as api:
        currency = api.line(line)["currency"]
        found = list(api.line_holders(line))
    if as_json:
        print_json(found)
        return
    rows = (
        (
            one["digest"],
            one["state"],
            _money(one["held"], currency),
            _money(one["amount"], currency),
            one["claim"],
            one["valid_until"],
        )
        for one in found
    )
    print_table(("digest", "state", "held>", "of>", "claim>", "quote ends"), rows)


def _sign(
    desk: Desk, member: Member, change: SignedChange, keys: list[str], *, yes: bool
) -> SignedChange:
    print_fields(describe_line(change.line, member.deployment), stderr())
    confirm("credit line", agreed=yes)
    signers = [member.key, *(desk.key(name) for name in keys[1:])]
    return change.signed_by(signers, member.deployment)


def _show(line: CreditLineRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(line)
        return
    amounts = {name: _money(line[name], line["currency"]) for name in _AMOUNTS}  # type: ignore[literal-required]
    print_fields((name, amounts.get(name, value)) for name, value in line.items())


_AMOUNTS = ("limit", "open", "drawn", "remaining")


def _row(line: CreditLineRecord) -> tuple[Any, ...]:
    return (line["id"], line["party"], *_sums(line), line["version"])


def _sums(one: Any) -> tuple[Any, ...]:
    amounts = (_money(one[name], one["currency"]) for name in _AMOUNTS)
    return (one["kind"], *amounts, one["expires_on"])


def _money(units: str, currency: str) -> str:
    return amount_text(int(units), currency)
