"""`yuanliu finance inbox` and what a bank's officer decides there: quote, approve, decline,
take back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar

import typer

from client.drafts import valid_until
from client.financing import Offer, approval_of, check_quote, documents_root, quote_body
from client.records import FinanceRequest
from ledger.business_day import end_of
from ledger.deals import Mode
from ledger.errors import Refused
from ledger.money import Units
from ledger.pricing import Timing
from scripts.commands.price import terms_lines
from scripts.desk import AsJson, Desk, KeyName, Yes, confirm
from scripts.financing import QuoteId, RequestId, given_up, show_quote, show_requests, show_view
from scripts.output import print_fields, print_json, stderr
from scripts.terms import (
    DayCounting,
    FeeBp,
    FlatFee,
    GivenTerms,
    LateRate,
    Rate,
    Ratio,
    RollDay,
    Rolling,
    YearLength,
    rolled,
)

_DATE = ["%Y-%m-%d"]


@dataclass
class MalformedJustification(Refused):
    """A justification names its rule."""

    text: str
    summary: ClassVar[str] = "{text!r} must be RULE=TEXT, e.g. split-layers='known buyers'."


def inbox(
    context: typer.Context,
    key: KeyName,
    request: Annotated[
        str | None, typer.Argument(metavar="[REQUEST]", help="A request: all about it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what your bank is asked, or show all that it takes to decide on one request.

    What you are shown is kept, and named by its hash: what you decide within 15 minutes records it.

    \b
    yuanliu finance inbox --key officer
    yuanliu finance inbox 3f0c… --key officer
    """
    with Desk.of(context).api(key) as api:
        if request is None:
            show_requests(list(api.finance_requests("bank", open_only=True)), as_json=as_json)
            return
        seen = api.look_at_request(request)
    if as_json:
        print_json(seen)
    else:
        show_view(seen)


def quote(
    context: typer.Context,
    request: RequestId,
    rate: Rate,
    key: KeyName,
    amount: Annotated[
        str | None, typer.Option(help="Of a pledge: what is lent, decimal; else all of it.")
    ] = None,
    maturity: Annotated[
        datetime | None, typer.Option(formats=_DATE, help="Else the receivable's own.")
    ] = None,
    late_rate: LateRate = None,
    day_count: DayCounting = "actual",
    year_base: YearLength = "360",
    fee: FlatFee = "0",
    fee_bp: FeeBp = 0,
    ratio: Ratio = "1:0",
    roll: RollDay = Rolling.NONE,
    justify: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE=TEXT", help="Why a rule that asks is met; once for each."),
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=2160, help="How long the offer holds.")] = 24,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Price a request, sign the quote, reserve the line: one decision, kept with what you saw.

    A sale is discounted, a pledge's loan bears interest in arrears. Above your bank's amount for
    four eyes it is a proposal until a colleague approves it. It needs your bank's registration of
    the units, witnessed (`yuanliu registration`).

    \b
    yuanliu finance quote 3f0c… --rate 3.65 --key officer
    yuanliu finance quote 3f0c… --rate 3.65 --fee 300.00 --ratio 3:1 --hours 48 \\
        --justify split-layers="all buyers known" --key officer
    """
    with Desk.of(context).member(key) as member:
        asked = member.api.finance_request(request)
        seen = member.api.look_at_request(request)
        timing = Timing.ARREARS if asked["mode"] == Mode.PLEDGE else Timing.DISCOUNT
        given = GivenTerms(rate, late_rate, timing, day_count, year_base, fee, fee_bp, ratio)
        stated = date.fromisoformat(seen["view"]["claim"]["maturity"])
        due = rolled(stated if maturity is None else maturity.date(), roll)
        value_date = date.fromisoformat(asked["value_date"])
        financed: str | Units = Units(int(asked["amount"])) if amount is None else amount
        until = min(valid_until(hours * 3600), _expires(asked))
        offer = Offer(
            terms=given.over(financed, asked["currency"], value_date, due),
            documents=documents_root(member.api, asked),
            valid_until=until,
            pay_by=max(until, end_of(value_date)),
            justifications=dict(_justification(text) for text in justify or ()),
        )
        body = quote_body(member.key, member.deployment, asked, seen, offer)
        print_fields([("seen", seen["hash"]), *terms_lines(offer.terms)], stderr())
        confirm("quote", agreed=yes)
        show_quote(member, member.api.add_quote(request, body), as_json=as_json)


def approve(
    context: typer.Context, quote: QuoteId, key: KeyName, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Approve a colleague's quote as the second officer, after looking for yourself.

    \b
    yuanliu finance approve 9b1d… --key second-officer
    """
    with Desk.of(context).member(key) as member:
        found = member.api.quote(quote)
        checked = check_quote(found, member.deployment)
        seen = member.api.look_at_request(found["request"])
        show_view(seen, to_stderr=True)
        print_fields([*given_up(checked), *terms_lines(checked.terms)], stderr())
        confirm("quote", agreed=yes)
        approval = approval_of(member.key, member.deployment, checked.finance)
        approved = member.api.approve_quote(quote, seen["hash"], approval)
        show_quote(member, approved, as_json=as_json)


def decline(
    context: typer.Context,
    request: RequestId,
    reason: Annotated[str, typer.Option(help="What the holder will read.")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Say no to a request. What the desk shows at this moment is kept with it.

    \b
    yuanliu finance decline 3f0c… --reason "the term is too long for us" --key officer
    """
    with Desk.of(context).api(key) as api:
        seen = api.look_at_request(request)
        show_requests([api.decline_request(request, seen["hash"], reason)], as_json=as_json)


def take_back(
    context: typer.Context, quote: QuoteId, key: KeyName, as_json: AsJson = False
) -> None:
    """Take back what no second officer has approved: the lines get their room again.

    Once it is offered, an offer stands until it runs out, since the holder could submit it.

    \b
    yuanliu finance take-back 9b1d… --key officer
    """
    with Desk.of(context).member(key) as member:
        show_quote(member, member.api.withdraw_quote(quote), as_json=as_json)


def register(app: typer.Typer) -> None:
    """Adds these commands to `yuanliu finance`."""
    app.command("inbox")(inbox)
    app.command("quote")(quote)
    app.command("approve")(approve)
    app.command("decline")(decline)
    app.command("take-back")(take_back)


def _expires(asked: FinanceRequest) -> int:
    return int(datetime.fromisoformat(asked["expires"]).timestamp())


def _justification(text: str) -> tuple[str, str]:
    rule, _, why = text.partition("=")
    if not rule or not why:
        raise MalformedJustification(text[:64])
    return rule, why
