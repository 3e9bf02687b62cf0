"""Terms read back from their canonical document, as whoever opens a commitment does."""

from __future__ import annotations

import json

from ledger.canonical import Field, MalformedFile, read_json
from ledger.money import Units, currency_of
from ledger.pricing.convention import convention_of
from ledger.pricing.rates import rate_of
from ledger.pricing.terms import Fees, InterestRatio, Terms, Timing

_AMOUNT_BITS = 63
_MEMBERS = (
    "kind",
    "currency",
    "financed",
    "value_date",
    "maturity",
    "rate_bp",
    "late_rate_bp",
    "timing",
    "day_count",
    "year_base",
    "fees",
    "interest_ratio",
)


def read_terms(document: bytes) -> Terms:
    """The terms of exactly these bytes.

    Raises ``MalformedFile`` for anything but the one spelling, or the refusal of a term itself.
    """
    terms = _terms(Field("terms", read_json(document)))
    if terms.document() != document:
        raise MalformedFile("terms", "is not spelled canonically")
    return terms


def financed_in(document: bytes) -> Units:
    """What terms of these bytes finance, where they were read before: a bank asks it of all its
    deals at once."""
    return Units(int(json.loads(document)["financed"]))


def _terms(root: Field) -> Terms:
    fields = dict(zip(_MEMBERS, root.members(*_MEMBERS), strict=True))
    fields["kind"].constant(Terms.KIND)
    return Terms(
        currency=currency_of(fields["currency"].text()),
        financed=_units(fields["financed"]),
        value_date=fields["value_date"].day(),
        maturity=fields["maturity"].day(),
        rate=rate_of(fields["rate_bp"].integer()),
        late_rate=rate_of(fields["late_rate_bp"].integer()),
        timing=_timing(fields["timing"]),
        convention=convention_of(fields["day_count"].text(), fields["year_base"].text()),
        fees=_fees(fields["fees"]),
        ratio=_ratio(fields["interest_ratio"]),
    )


def _fees(field: Field) -> Fees:
    flat, bp = field.members("flat", "bp")
    return Fees(_units(flat), bp.integer())


def _ratio(field: Field) -> InterestRatio:
    holder, core = field.members("holder", "core")
    return InterestRatio(holder.integer(), core.integer())


def _units(field: Field) -> Units:
    return Units(field.uint(_AMOUNT_BITS))


def _timing(field: Field) -> Timing:
    try:
        return Timing(field.text())
    except ValueError:
        raise MalformedFile(field.path, "must be discount or arrears") from None
