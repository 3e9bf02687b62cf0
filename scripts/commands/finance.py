"""`yuanliu finance`, as the holder: ask banks, compare their quotes, take one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from client.drafts import today, valid_until
from client.financing import CheckedQuote, approval_of, check_quote
from client.records import Quote
from client.signing import amount_text
from ledger.business_day import DAY_SECONDS
from ledger.deals import Mode
from ledger.money import Currency, minor_units
from scripts.commands import deals, quoting
from scripts.commands.price import terms_lines
from scripts.desk import AsJson, Desk, KeyName, Yes, confirm
from scripts.financing import QuoteId, RequestId, given_up, show_quote, show_requests
from scripts.lots import Place, find_lot
from scripts.output import print_fields, print_json, print_table, stderr
from scripts.terms import percent_text

app = typer.Typer(
    no_args_is_help=True,
    help="""Finance: a holder asks banks, one of them lends. Prices stay between the two.

    \b
    The holder      ask, then quotes, then accept
    The bank        inbox, then quote, approve (four eyes) or decline
    Both            say; deals, deal and pay
    If it goes bad  rescind, demand, buy-back, enforce""",
)

_DATE = ["%Y-%m-%d"]

Days = Annotated[int, typer.Option(min=1, max=90, help="Days it can be answered in.")]


@app.command("ask")
def ask(
    context: typer.Context,
    lot: Annotated[str, typer.Argument(metavar="CLAIM:START", help="A lot of yours, e.g. 12:0.")],
    bank: Annotated[list[int], typer.Option(help="A bank's party number; once for each.")],
    key: KeyName,
    amount: Annotated[
        str | None, typer.Option(help="Decimal: the lot's first part; all of it if not given.")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="Sale without or with recourse, or pledge.")] = (
        Mode.SALE
    ),
    value_date: Annotated[
        datetime | None, typer.Option(formats=_DATE, help="When you want the money; else today.")
    ] = None,
    document: Annotated[
        list[str] | None, typer.Option(help="A document of yours to open to the banks.")
    ] = None,
    days: Days = 7,
    as_json: AsJson = False,
) -> None:
    """Ask banks for finance on a lot, or its first part. No bank learns that you asked others.

    \b
    yuanliu finance ask 12:0 --bank 8 --bank 9 --key supplier
    yuanliu finance ask 12:0 --amount 45000.00 --bank 8 --mode recourse --key supplier
    """
    with Desk.of(context).api(key) as api:
        found = find_lot(api, Place.named(lot))
        start, end = int(found["start"]), int(found["end"])
        if amount is not None:
            end = start + minor_units(amount, Currency(found["currency"]))
        wanted = today() if value_date is None else value_date.date()
        body = {
            "banks": bank,
            "claim": found["claim"],
            "lot": found["start"],
            "version": found["version"],
            "start": str(start),
            "end": str(end),
            "mode": mode.value,
            "value_date": wanted.isoformat(),
            "expires": valid_until(days * DAY_SECONDS),
            "documents": document or [],
        }
        show_requests(api.ask_banks(body), as_json=as_json)


@app.command("say")
def say(
    context: typer.Context,
    request: RequestId,
    text: Annotated[str, typer.Argument(help="The question, or the answer.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Ask the other side for more, or answer. Only the two of you read it.

    \b
    yuanliu finance say 3f0c… "Which goods were delivered?" --key officer
    """
    with Desk.of(context).api(key) as api:
        found = api.say_about_request(request, text)
    if as_json:
        print_json(found)
    else:
        print_table(
            ("party>", "at", "text"),
            ((one["party"], one["at"], one["text"]) for one in found["messages"]),
        )


@app.command("requests")
def requests(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """List what your party asked banks, and what became of it.

    \b
    yuanliu finance requests --key supplier
    """
    with Desk.of(context).api(key) as api:
        show_requests(list(api.finance_requests("holder")), as_json=as_json)


@app.command("withdraw")
def withdraw(
    context: typer.Context, request: RequestId, key: KeyName, as_json: AsJson = False
) -> None:
    """Take a request back from the bank it went to.

    \b
    yuanliu finance withdraw 3f0c… --key supplier
    """
    with Desk.of(context).api(key) as api:
        show_requests([api.withdraw_request(request)], as_json=as_json)


@app.command("quotes")
def quotes(
    context: typer.Context,
    key: KeyName,
    request: Annotated[str | None, typer.Option(help="Only those that answer this one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List quotes you were offered, or that your bank made, cheapest first.

    Each is opened and checked here: what its signatures commit to is what you read.

    \b
    yuanliu finance quotes --key supplier
    """
    with Desk.of(context).member(key) as member:
        found = list(member.api.quotes(request))
        checked = {one["id"]: check_quote(one, member.deployment) for one in found}
    found.sort(key=lambda one: checked[one["id"]].price.annual_cost_bp)
    if as_json:
        print_json(found)
        return
    columns = ("id", "bank>", "rate>", "advance>", "repayment>", "cost a year>", "status", "until")
    print_table(columns, (_quote_row(one, checked[one["id"]]) for one in found))


@app.command("accept")
def accept(
    context: typer.Context, quote: QuoteId, key: KeyName, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Countersign one quote. With your last signature needed the deal is made.

    \b
    yuanliu finance accept 9b1d… --key supplier
    """
    with Desk.of(context).member(key) as member:
        checked = check_quote(member.api.quote(quote), member.deployment)
        print_fields([*given_up(checked), *terms_lines(checked.terms)], stderr())
        price, currency = checked.price, checked.terms.currency
        print_fields(
            [
                ("advance", amount_text(price.advance, currency)),
                ("repayment", amount_text(price.repayment, currency)),
                ("cost a year", percent_text(price.annual_cost_bp)),
            ],
            stderr(),
        )
        confirm("quote", agreed=yes)
        approval = approval_of(member.key, member.deployment, checked.finance)
        show_quote(member, member.api.accept_quote(quote, approval), as_json=as_json)


quoting.register(app)
deals.register(app)


def _quote_row(one: Quote, checked: CheckedQuote) -> tuple[Any, ...]:
    price, terms = checked.price, checked.terms
    return (
        one["id"],
        checked.finance.bank,
        percent_text(terms.rate),
        amount_text(price.advance, terms.currency),
        amount_text(price.repayment, terms.currency),
        percent_text(price.annual_cost_bp),
        one["status"],
        one["valid_until"],
    )
