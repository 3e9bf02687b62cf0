"""Requests, quotes and the desk's view, as a person at the terminal reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from client.financing import CheckedQuote, check_quote
from client.member import Member
from client.records import DeskView, FinanceRequest, Quote
from client.signing import amount_text
from ledger.business_day import BUSINESS_ZONE, LAST_MOMENT
from ledger.deals import Mode
from scripts.commands.price import print_price
from scripts.output import print_fields, print_json, print_table, stderr
from scripts.terms import percent_text

RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="A request's id.")]
QuoteId = Annotated[str, typer.Argument(metavar="QUOTE", help="A quote's id.")]


def show_requests(found: list[FinanceRequest], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    columns = ("id", "holder>", "bank>", "lot", "amount>", "mode", "value date", "status", "reason")
    print_table(columns, map(_request_row, found))


def _request_row(one: FinanceRequest) -> tuple[Any, ...]:
    return (
        one["id"],
        one["holder"],
        one["bank"],
        f"{one['claim']}:{one['lot']}",
        amount_text(int(one["amount"]), one["currency"]),
        one["mode"],
        one["value_date"],
        one["status"],
        one["reason"],
    )


def show_quote(member: Member, found: Quote, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    checked = check_quote(found, member.deployment)
    signed = ", ".join(
        f"{side['side']} {len(side['given'])} of {side['needed']}" for side in found["sides"]
    )
    heading = ("id", "status", "digest", "valid_until")
    print_fields([*((name, found[name]) for name in heading), ("signed", signed)])  # type: ignore[literal-required]
    print_price(checked.terms.currency, checked.price)


def show_view(seen: DeskView, *, to_stderr: bool = False) -> None:
    view = seen["view"]
    request, claim, record = view["request"], view["claim"], view["payment_record"]
    amount = amount_text(int(request["amount"]), request["currency"])
    debtor = view["lines"]["debtor"]
    fields = [
        ("seen", seen["hash"]),
        ("asked", f"{request['mode']} of {amount} by {_name(request['holder'])}"),
        ("debtor", f"{_name(claim['debtor'])}, due {claim['maturity']}"),
        ("lot", "as it was asked about" if view["lot"]["unchanged"] else "MOVED since"),
        ("path", " → ".join(_stations(view["path"]))),
        ("documents", f"{len(view['documents'])} opened"),
        *((f"  {one['number']}", _checks(one["checks"])) for one in view["documents"]),
        ("record", ", ".join(f"{name} {record[name]}" for name in sorted(record))),
        ("line", "none" if debtor is None else f"{debtor['remaining']} of {debtor['limit']} left"),
        ("concentration", _concentration(view["lines"])),
        ("registration", _registered(view)),
        ("rules", f"{view['rules']['pack']}: {view['rules']['outcome']}"),
    ]
    print_fields(fields, stderr() if to_stderr else None)
    if not to_stderr:
        answers = view["rules"]["answers"]
        rows = ((one["rule"], one["outcome"], one["because"]) for one in answers)
        print_table(("rule", "answer", "because"), rows)


def _concentration(lines: dict[str, Any]) -> str:
    now, after = lines["concentration_bp"], lines["concentration_after_bp"]
    return f"{percent_text(now)} of your debtor lines' use, {percent_text(after)} with this"


def _registered(view: dict[str, Any]) -> str:
    own, earlier = view["registration"], len(view["earlier_registrations"])
    if own is None:
        return "none"
    return f"since {own['registered_at']} until {own['expires_on']}, {earlier} before it"


def _name(party: dict[str, Any]) -> str:
    return f"{party.get('name') or party.get('identifier') or 'party'} ({party['number']})"


def _stations(path: list[dict[str, Any]]) -> list[str]:
    first = "" if not path else str(path[0]["to"])
    return [first, *(str(step["to"]) for step in path[1:])]


def _checks(checks: dict[str, bool]) -> str:
    failed = [name.replace("_", " ") for name, holds in checks.items() if not holds]
    return "all checks hold" if not failed else "not: " + ", ".join(failed)


def given_up(checked: CheckedQuote) -> list[tuple[str, str]]:
    """What is signed away for the price, as the agreement itself says it."""
    finance = checked.finance
    amount = amount_text(finance.end - finance.start, checked.terms.currency)
    place = f"units {finance.start} to {finance.end} of claim {finance.claim}"
    pay_by = datetime.fromtimestamp(min(finance.payBy, LAST_MOMENT), BUSINESS_ZONE)
    return [
        (Mode.of(finance.mode).value, f"{amount}, {place}"),
        ("between", f"holder {finance.seller} and bank {finance.bank}"),
        ("paid by", f"{pay_by:%Y-%m-%d %H:%M} in Shanghai"),
    ]
