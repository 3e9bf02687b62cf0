"""`yuanliu report`: a party's day, to the minor unit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from client.reconciling_records import (
    AccountDayRecord,
    DayEndRecord,
    DayFlowRecord,
    DifferenceRecord,
    DueRecord,
)
from client.signing import amount_text
from scripts.desk import AsJson, Desk, KeyName
from scripts.output import print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Reports of your party.")

_DATE = ["%Y-%m-%d"]
_FLOWS = ("what", "opening>", "came>", "went>", "paid>", "closing>", "residual>")
_ACCOUNTS = ("account", "opening>", "in>", "out>", "closing>", "settled>", "listed>", "residual>")
_DIFFERENCES = ("line", "reference", "amount>", "why", "resolution")
_ITEMS = ("reference", "kind", "due on", "due>", "instructed>", "stated>", "paid>", "state")


@app.command("day-end")
def day_end(
    context: typer.Context,
    key: KeyName,
    day: Annotated[
        datetime | None, typer.Option(formats=_DATE, help="A day in Shanghai; else today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a day: opening, in, out and closing of all you held and owed, what your statements say,
    and what came of every payment that was due.

    The day balances when every residual is 0. Differences are where money is that settled nothing.

    \b
    yuanliu report day-end --key clerk
    yuanliu report day-end --day 2027-05-21 --key clerk --json
    """
    with Desk.of(context).api(key) as api:
        found = api.day_end(None if day is None else day.date())
    if as_json:
        print_json(found)
    else:
        _show(found)


def _show(found: DayEndRecord) -> None:
    print_table(_FLOWS, map(_flow_row, found["flows"]), "Held and owed")
    print_table(_ACCOUNTS, map(_account_row, found["accounts"]), "Accounts")
    print_table(_DIFFERENCES, map(_difference_row, found["differences"]), "Differences")
    print_table(_ITEMS, map(_item_row, found["items"]), "Due")
    print_fields(
        [
            ("day", found["day"]),
            ("entries", found["entries"]),
            ("amount unknown", found["unopened"]),
            ("balances", "yes" if found["balances"] else "NO"),
        ]
    )


def _flow_row(one: DayFlowRecord) -> tuple[object, ...]:
    figures = (one["opening"], one["came"], one["went"], one["paid"], one["closing"])
    shown = (amount_text(int(figure), one["currency"]) for figure in (*figures, one["residual"]))
    return one["what"].replace("_", " "), *shown


def _account_row(one: AccountDayRecord) -> tuple[object, ...]:
    residual = int(one["residual"]) + int(one["balance_residual"] or 0)
    figures = (one["opening"], one["credits"], one["debits"], one["closing"], one["settled"])
    shown = (
        None if figure is None else amount_text(int(figure), one["currency"])
        for figure in (*figures, one["listed"], str(residual))
    )
    return one["account"], *shown


def _difference_row(one: DifferenceRecord) -> tuple[object, ...]:
    parts = {
        "waiting": one["waiting"],
        "over": one["over"],
        "repeated": one["repeated"],
        "unmatched": one["unmatched"],
    }
    why = ", ".join(
        f"{name} {amount_text(int(part), one['currency'])}"
        for name, part in parts.items()
        if int(part)
    )
    amount = amount_text(int(one["amount"]), one["currency"])
    return one["line"], one["reference"], amount, why, one["resolution"]


def _item_row(one: DueRecord) -> tuple[object, ...]:
    figures = (one["due"], one["instructed"], one["stated"], one["paid"])
    shown = (amount_text(int(figure), one["currency"]) for figure in figures)
    return one["reference"], one["kind"].replace("_", " "), one["due_on"], *shown, one["state"]
