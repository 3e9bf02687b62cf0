"""`yuanliu price`: what a financing costs, offline and exact to the minor unit."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

import typer

from client.signing import amount_text
from ledger.money import Currency, Units
from ledger.pricing import Balance, Price, Terms, Timing, days_past_due, late_interest
from ledger.pricing import price as price_of
from scripts.desk import AsJson
from scripts.output import print_fields, print_json, print_table
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
    When,
    YearLength,
    percent_text,
    rolled,
)

_DATE = ["%Y-%m-%d"]
_UNIT_FIELDS = ("interest", "holder_interest", "core_interest", "fees", "advance", "repayment")


def price(
    amount: Annotated[str, typer.Argument(help="What is financed, decimal, e.g. 1000000.00.")],
    value_date: Annotated[
        datetime,
        typer.Option("--from", formats=_DATE, help="The day of the advance; it bears interest."),
    ],
    maturity: Annotated[
        datetime, typer.Option("--to", formats=_DATE, help="The day of repayment; it bears none.")
    ],
    rate: Rate,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "CNY",
    late_rate: LateRate = None,
    timing: When = Timing.DISCOUNT,
    day_count: DayCounting = "actual",
    year_base: YearLength = "360",
    fee: FlatFee = "0",
    fee_bp: FeeBp = 0,
    ratio: Ratio = "1:0",
    roll: RollDay = Rolling.NONE,
    late_until: Annotated[
        datetime | None,
        typer.Option(formats=_DATE, help="Also late interest on all of it, paid on this day."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Price a financing: interest and who bears it, fees, advance, repayment, cost a year.

    Offline; nothing is asked of anyone. Interest is simple, worked out exactly and rounded once,
    half up; the parts of holder and core enterprise add up to it. A quote made of the same terms
    (`yuanliu finance quote`) has this price.

    \b
    yuanliu price 1000000.00 --from 2026-01-05 --to 2026-07-04 --rate 3.65
    yuanliu price 500000 --from 2026-01-05 --to 2026-07-04 --rate 4.2 --timing arrears \\
        --year-base 365 --fee 300.00 --fee-bp 5 --ratio 3:1
    yuanliu price 500000 --from 2026-01-05 --to 2026-10-01 --rate 4.2 --roll following
    yuanliu price 500000 --from 2026-01-05 --to 2026-07-04 --rate 4.2 --late-until 2026-08-01
    """
    given = GivenTerms(rate, late_rate, timing, day_count, year_base, fee, fee_bp, ratio)
    due = rolled(maturity.date(), roll)
    terms = given.over(amount, currency, value_date.date(), due)
    found = price_of(terms)
    late = None if late_until is None else _late(terms, late_until.date())
    if as_json:
        print_json(price_json(terms, found) | ({} if late is None else {"late": late}))
        return
    print_fields(terms_lines(terms))
    print_price(terms.currency, found)
    if late is not None:
        interest = amount_text(int(late["interest"]), terms.currency)
        print_fields([(f"{late['days_past_due']} days late", interest)])


def price_json(terms: Terms, found: Price) -> dict[str, Any]:
    """The terms as they are committed to, and their price; amounts are minor units as text."""
    figures = asdict(found)
    shown = {
        name: str(figures[name]) if name in _UNIT_FIELDS else figures[name] for name in figures
    }
    return {"terms": json.loads(terms.document()), "price": shown}


def terms_lines(terms: Terms) -> list[tuple[str, Any]]:
    convention, ratio = terms.convention, terms.ratio
    return [
        ("financed", amount_text(terms.financed, terms.currency)),
        ("term", f"{terms.value_date} to {terms.maturity}"),
        ("rate", f"{percent_text(terms.rate)} a year, {percent_text(terms.late_rate)} when late"),
        ("counted", f"{convention.day_count} days over a year of {convention.year_base}"),
        ("timing", terms.timing.value),
        ("borne by", f"holder {ratio.holder} : core enterprise {ratio.core}"),
    ]


def print_price(currency: Currency, found: Price) -> None:
    rows: list[tuple[str, str]] = [("days", str(found.days))]
    rows += [
        (name.replace("_", " "), amount_text(getattr(found, name), currency))
        for name in _UNIT_FIELDS
    ]
    rows.append(("cost a year", percent_text(found.annual_cost_bp)))
    print_table(("", "price>"), rows)


def _late(terms: Terms, until: date) -> dict[str, Any]:
    balances = [Balance(terms.maturity, Units(terms.financed))]
    return {
        "until": until.isoformat(),
        "days_past_due": days_past_due(terms.maturity, until),
        "interest": str(late_interest(terms, balances, until)),
    }
