"""An invoice's totals and the EN 16931 rules between them that protect money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from ledger.documents.errors import (
    GrossDoesNotAddUp,
    LinesDoNotAddUp,
    MixedCurrencies,
    NegativeInvoice,
    NetDoesNotAddUp,
    NothingPayable,
    PayableDoesNotAddUp,
)
from ledger.documents.fields import Fields, text_of
from ledger.money import Currency, Units, signed_minor_units

_NOTHING = Units(0)


@dataclass(frozen=True)
class Totals:
    """Document totals in signed minor units, named with their EN 16931 terms.

    ``lines`` is BT-106 (None where the profile has no lines), ``allowances`` BT-107, ``charges``
    BT-108, ``net`` BT-109, ``tax`` BT-110, ``gross`` BT-112, ``paid`` BT-113, ``rounding``
    BT-114, ``payable`` BT-115, ``third_party`` BT-DEX-002 (XRechnung Extension only).
    """

    net: Units
    tax: Units
    gross: Units
    payable: Units
    lines: Units | None = None
    allowances: Units = _NOTHING
    charges: Units = _NOTHING
    paid: Units = _NOTHING
    rounding: Units = _NOTHING
    third_party: Units = _NOTHING


def require_payable(totals: Totals) -> None:
    """Raises ``NegativeInvoice`` or ``NothingPayable`` unless something is owed."""
    if totals.gross < 0:
        raise NegativeInvoice(totals.gross, totals.payable)
    if totals.payable <= 0:
        raise NothingPayable(totals.gross, totals.payable)


def require_consistent(totals: Totals) -> None:
    """Raises ``NetDoesNotAddUp``, ``GrossDoesNotAddUp`` or ``PayableDoesNotAddUp``."""
    if totals.lines is not None:
        net = totals.lines - totals.allowances + totals.charges
        if net != totals.net:
            raise NetDoesNotAddUp(net, totals.net)
    gross = totals.net + totals.tax
    if gross != totals.gross:
        raise GrossDoesNotAddUp(gross, totals.gross)
    payable = totals.gross - totals.paid + totals.rounding + totals.third_party
    if payable != totals.payable:
        raise PayableDoesNotAddUp(payable, totals.payable)


def require_lines(amounts: Iterable[Units], stated: Units | None) -> None:
    """Raises ``LinesDoNotAddUp`` unless the lines' net amounts make BT-106 (BR-CO-10)."""
    computed = sum(amounts)
    if stated is not None and computed != stated:
        raise LinesDoNotAddUp(computed, stated)


@dataclass(frozen=True)
class AmountFields:
    """Reads amounts that have to be in the document's currency."""

    fields: Fields
    currency: Currency
    currency_is_optional: bool
    """CII leaves the currency attribute out; UBL requires it."""

    def units(self, node: etree._Element, label: str) -> Units:
        """Signed minor units; raises ``MixedCurrencies`` and what ``ledger.money`` raises."""
        found = node.get("currencyID", "")
        if found != self.currency and (found or not self.currency_is_optional):
            raise MixedCurrencies(label, self.currency, found)
        return signed_minor_units(text_of(node, label), self.currency)

    def one(self, parent: etree._Element, path: str, label: str) -> Units:
        """The mandatory amount at ``path``."""
        return self.units(self.fields.one(parent, path, label), label)

    def maybe(self, parent: etree._Element, path: str, label: str) -> Units | None:
        """The amount at ``path``, or None."""
        node = self.fields.maybe(parent, path, label)
        return None if node is None else self.units(node, label)

    def or_zero(self, parent: etree._Element, path: str, label: str) -> Units:
        """The amount at ``path``, or nothing at all, which is zero."""
        return self.maybe(parent, path, label) or _NOTHING

    def tax(self, totals: list[etree._Element], accounting: str) -> Units:
        """BT-110 among the stated tax totals; BT-111, in the accounting currency, is left out.

        Raises ``MixedCurrencies`` for any third currency.
        """
        own = [one for one in totals if not self._is_accounting(one, accounting)]
        return Units(sum(self.units(one, "BT-110 total VAT amount") for one in own))

    def _is_accounting(self, node: etree._Element, accounting: str) -> bool:
        return accounting != self.currency and node.get("currencyID", "") == accounting != ""
