"""`yuanliu risk`: what to be alarmed at after a deal, how bad debts are, what to collect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from client.api import Api
from client.risk_records import (
    CollectionTask,
    DebtCategory,
    DebtorCategory,
    InvoiceReversal,
    RiskAlert,
)
from client.signing import amount_text
from ledger.documents.xml import read_bounded
from ledger.errors import Refused
from ledger.ids import PartyNo
from scripts.desk import AsJson, Desk, KeyName
from scripts.output import print_json, print_table

app = typer.Typer(
    no_args_is_help=True,
    help="Risk after a deal: alerts, the five categories, collections, reversed invoices.",
)

_DEBTOR_COLUMNS = (
    "party>",
    "category",
    "contagion",
    "debts>",
    "days past due>",
    "outstanding>",
    "past due>",
    "non-performing>",
)
_DEBT_COLUMNS = ("deal", "mode", "outstanding>", "due", "days past due>", "own", "category")
_AMOUNTS = frozenset({"outstanding", "amount", "total", "reversed", "used", "of_all"})


@dataclass
class NoSuchAlert(Refused):
    """None of the alerts that concern you has this id (any more)."""

    alert: str
    status: ClassVar[int] = 404
    summary: ClassVar[str] = "There is no alert {alert} of yours."


@app.command("alerts")
def alerts(
    context: typer.Context,
    key: KeyName,
    open_only: Annotated[
        bool, typer.Option("--open", help="Only what nobody of yours has seen to.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what there is to be alarmed at in your own deals.

    \b
    yuanliu risk alerts --open --key officer
    """
    with Desk.of(context).api(key) as api:
        found = list(api.alerts(open_only=open_only))
    _show_alerts(found, as_json=as_json)


@app.command("acknowledge")
def acknowledge(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's id.")],
    note: Annotated[str, typer.Argument(help="What was done about it; kept with your name.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Keep that you have seen to an alert. It stays while its cause does.

    \b
    yuanliu risk acknowledge 0x5c1f… "Called the treasurer: pays on Friday." --key officer
    """
    with Desk.of(context).api(key) as api:
        seen = api.acknowledge_alert(_find(api, alert), note)
    _show_alerts([seen], as_json=as_json)


@app.command("classes")
def classes(
    context: typer.Context,
    key: KeyName,
    party: Annotated[
        int | None, typer.Argument(min=1, metavar="[PARTY]", help="One party's debts, one by one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the category of everyone who owes your bank, or of each debt of one party.

    \b
    yuanliu risk classes --key officer
    yuanliu risk classes 1 --key officer
    """
    with Desk.of(context).api(key) as api:
        found: Any = list(
            api.debtor_categories() if party is None else api.debt_categories(PartyNo(party))
        )
    if as_json:
        print_json(found)
    elif party is None:
        print_table(_DEBTOR_COLUMNS, map(_debtor_row, found))
    else:
        print_table(_DEBT_COLUMNS, map(_debt_row, found))


@app.command("collections")
def collections(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List what is late in your deals and whose move is next, the latest first.

    \b
    yuanliu risk collections --key officer
    """
    with Desk.of(context).api(key) as api:
        found = sorted(api.collections(), key=lambda one: -one["days_past_due"])
    if as_json:
        print_json(found)
        return
    columns = ("deal", "debtor>", "seller>", "outstanding>", "due", "days past due>", "next step")
    print_table((*columns, "by>", "until"), map(_task_row, found))


@app.command("reverse")
def reverse(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A red-letter 数电票 (红字发票) in XML.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Hand in a red-letter invoice, as its seller, its buyer or an oracle member.

    Whoever financed the reversed invoice is alarmed, and nothing more is financed on it than it
    still covers.

    \b
    yuanliu risk reverse samples/red-letter-cn.xml --key supplier
    """
    with Desk.of(context).api(key) as api:
        found = api.reverse_invoice(read_bounded(file))
    _show_reversals([found], as_json=as_json)


@app.command("reversals")
def reversals(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List red letters against invoices behind your claims and deals.

    \b
    yuanliu risk reversals --key officer
    """
    with Desk.of(context).api(key) as api:
        found = list(api.invoice_reversals())
    _show_reversals(found, as_json=as_json)


def _find(api: Api, alert: str) -> RiskAlert:
    for one in api.alerts():
        if one["id"] == alert:
            return one
    raise NoSuchAlert(alert[:80])


def _show_alerts(found: list[RiskAlert], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    columns = ("id", "alert", "urgency", "about>", "since", "facts", "seen to")
    print_table(columns, map(_alert_row, found))


def _alert_row(one: RiskAlert) -> tuple[Any, ...]:
    seen, currency = one["acknowledged"], one["facts"].get("currency")
    facts = ", ".join(
        f"{name} {amount_text(int(value), currency) if name in _AMOUNTS else value}"
        for name, value in sorted(one["facts"].items())
        if name != "currency"
    )
    note = "" if seen is None else seen["note"]
    return one["id"], one["kind"], one["urgency"], one["about"], one["since"], facts, note


def _debtor_row(one: DebtorCategory) -> tuple[Any, ...]:
    sums = (
        "\n".join(_money(owed[name], owed["currency"]) for owed in one["owed"])
        for name in ("outstanding", "past_due", "non_performing")
    )
    contagion = "yes" if one["by_contagion"] else ""
    heading = (one["party"], one["category"], contagion, one["debts"], one["most_days_past_due"])
    return (*heading, *sums)


def _debt_row(one: DebtCategory) -> tuple[Any, ...]:
    return (
        one["deal"],
        one["mode"],
        _money(one["outstanding"], one["currency"]),
        one["due_on"],
        one["days_past_due"],
        one["own"],
        one["category"],
    )


def _task_row(one: CollectionTask) -> tuple[Any, ...]:
    return (
        one["deal"],
        one["debtor"],
        one["seller"],
        _money(one["outstanding"], one["currency"]),
        one["due_on"],
        one["days_past_due"],
        one["step"].replace("_", " "),
        one["actor"],
        one["until"],
    )


def _show_reversals(found: list[InvoiceReversal], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    columns = ("red letter", "reverses", "amount>", "issued", "handed in by", "party>")
    rows = (
        (
            one["number"],
            one["original"],
            _money(one["amount"], one["currency"]),
            one["issued_on"],
            one["side"],
            one["party"],
        )
        for one in found
    )
    print_table(columns, rows)


def _money(units: str, currency: str) -> str:
    return amount_text(int(units), currency)
