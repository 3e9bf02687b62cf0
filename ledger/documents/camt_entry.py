"""One ``Ntry`` of a camt message, as one line per transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from lxml import etree

from ledger.documents.errors import MalformedField, MissingField
from ledger.documents.fields import Fields, calendar_day, iso_date, text_of
from ledger.documents.statement import Counterparty, Direction, StatementLine
from ledger.money import Currency, Units, currency_of, minor_units

_DIRECTIONS = {"CRDT": Direction.CREDIT, "DBIT": Direction.DEBIT}
_TRUTHS = {"": False, "false": False, "0": False, "true": True, "1": True}
_DATE_TIME = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9]{2}:[0-9]{2}:[0-9]{2}.*")
_TRANSACTION_AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt")

Money = tuple[Units, Currency]


def path(steps: str) -> str:
    """``A/B`` in the message's own namespace, for ``Fields``."""
    return "/".join(f"c:{step}" for step in steps.split("/"))


class EntryReader:
    """Reads the entries of one account's statement."""

    def __init__(self, fields: Fields, statement: etree._Element) -> None:
        """``fields`` maps the prefix ``c`` to the message's namespace."""
        self._fields = fields
        self._account = self._account_at(statement, "Acct")
        if not self._account:
            raise MissingField("account")

    @property
    def account(self) -> str:
        return self._account

    def lines(self, entry: etree._Element) -> Iterator[StatementLine]:
        """One line per transaction; one for the entry if it doesn't say how it is divided.

        An entry of several transactions of which one has no amount stays undivided, under no
        end-to-end reference: its amount can't be given to any of them. So does one whose
        transactions, in its own currency, don't add up to what was booked.
        """
        transactions = self._fields.all(entry, path("NtryDtls/TxDtls"))
        amounts = [self._transaction_amount(one) for one in transactions]
        total = self._amount(self._fields.one(entry, path("Amt"), "entry amount"), "entry amount")
        if _contradict(total, amounts):
            yield self._line(entry, None, total)
        elif len(transactions) == 1:
            yield self._line(entry, transactions[0], amounts[0] or total)
        elif transactions and None not in amounts:
            for transaction, amount in zip(transactions, amounts, strict=True):
                yield self._line(entry, transaction, amount or total)
        else:
            yield self._line(entry, None, total)

    def movement(self, entry: etree._Element) -> tuple[Direction, Money] | None:
        """What a booked entry moved, as one; None for one that isn't booked."""
        if not self._is_booked(entry):
            return None
        total = self._amount(self._fields.one(entry, path("Amt"), "entry amount"), "entry amount")
        return self._direction(entry, None), total

    def balance_code(self, balance: etree._Element) -> str:
        return self._text(balance, "Tp/CdOrPrtry/Cd", "balance type")

    def is_page(self, balance: etree._Element, code: str) -> bool:
        return self._text(balance, "Tp/SubTp/Cd", "balance subtype") == code

    def balance(self, balance: etree._Element) -> int:
        """Signed minor units: below zero where the account is overdrawn."""
        units, _ = self._amount(self._fields.one(balance, path("Amt"), "balance"), "balance")
        return units if self._direction(balance, None) is Direction.CREDIT else -units

    def balance_currency(self, balance: etree._Element) -> Currency:
        return self._amount(self._fields.one(balance, path("Amt"), "balance"), "balance")[1]

    def balance_day(self, balance: etree._Element) -> date | None:
        return self._date(balance, "Dt", "balance date")

    def _line(
        self, entry: etree._Element, detail: etree._Element | None, amount: Money
    ) -> StatementLine:
        units, currency = amount
        return StatementLine(
            account=self._account,
            bank_reference=self._bank_reference(entry, detail),
            end_to_end_id=self._text(detail, "Refs/EndToEndId", "end-to-end id"),
            units=units,
            currency=currency,
            direction=self._direction(entry, detail),
            booked=self._is_booked(entry),
            reversal=self._is_reversal(entry, detail),
            booking_date=self._date(entry, "BookgDt", "booking date"),
            value_date=self._date(entry, "ValDt", "value date"),
            debtor=self._party(detail, "Dbtr"),
            creditor=self._party(detail, "Cdtr"),
            remittance=self._remittance(detail),
        )

    def _text(self, node: etree._Element | None, steps: str, label: str) -> str:
        return "" if node is None else self._fields.maybe_text(node, path(steps), label)

    def _first_text(self, node: etree._Element, places: tuple[str, ...], label: str) -> str:
        return next(filter(None, (self._text(node, one, label) for one in places)), "")

    def _transaction_amount(self, transaction: etree._Element) -> Money | None:
        for steps in _TRANSACTION_AMOUNTS:
            node = self._fields.maybe(transaction, path(steps), "transaction amount")
            if node is not None:
                return self._amount(node, "transaction amount")
        return None

    def _amount(self, node: etree._Element, label: str) -> Money:
        currency = currency_of(node.get("Ccy", ""))
        return minor_units(text_of(node, label), currency), currency

    def _bank_reference(self, entry: etree._Element, detail: etree._Element | None) -> str:
        label = "account servicer reference"
        own = self._text(detail, "Refs/AcctSvcrRef", label)
        return own or self._text(entry, "AcctSvcrRef", label)

    def _direction(self, entry: etree._Element, detail: etree._Element | None) -> Direction:
        label = "credit or debit indicator"
        own = self._text(detail, "CdtDbtInd", label)
        stated = own or self._fields.text(entry, path("CdtDbtInd"), label)
        if stated not in _DIRECTIONS:
            raise MalformedField(label, stated[:64])
        return _DIRECTIONS[stated]

    def _is_booked(self, entry: etree._Element) -> bool:
        status = self._fields.one(entry, path("Sts"), "status")
        if len(status):
            return self._text(status, "Cd", "status") == "BOOK"
        return text_of(status, "status") == "BOOK"

    def _is_reversal(self, entry: etree._Element, detail: etree._Element | None) -> bool:
        """``RvslInd`` takes an entry back; ``RtrInf`` marks money that came back to its payer."""
        stated = self._text(entry, "RvslInd", "reversal indicator")
        if stated not in _TRUTHS:
            raise MalformedField("reversal indicator", stated[:64])
        returned = detail is not None and bool(self._fields.all(detail, path("RtrInf")))
        return _TRUTHS[stated] or returned

    def _date(self, entry: etree._Element, name: str, label: str) -> date | None:
        """The day as written: a date-time is not moved to another time zone."""
        moment = self._text(entry, f"{name}/DtTm", label)
        if moment:
            match = _DATE_TIME.fullmatch(moment)
            if match is None:
                raise MalformedField(label, moment[:64])
            return calendar_day(match["day"], label)
        day = self._text(entry, f"{name}/Dt", label)
        return iso_date(day, label) if day else None

    def _party(self, detail: etree._Element | None, role: str) -> Counterparty:
        if detail is None:
            return Counterparty()
        places = (f"{role}/Nm", f"{role}/Pty/Nm", f"{role}/Agt/FinInstnId/Nm")
        names = tuple(f"RltdPties/{place}" for place in places)
        return Counterparty(
            name=self._first_text(detail, names, "party name"),
            account=self._account_at(detail, f"RltdPties/{role}Acct"),
        )

    def _account_at(self, node: etree._Element, steps: str) -> str:
        places = (f"{steps}/Id/IBAN", f"{steps}/Id/Othr/Id")
        return "".join(self._first_text(node, places, "account").split()).upper()

    def _remittance(self, detail: etree._Element | None) -> str:
        if detail is None:
            return ""
        nodes = self._fields.all(detail, path("RmtInf/Ustrd"))
        nodes += self._fields.all(detail, path("RmtInf/Strd/CdtrRefInf/Ref"))
        return " ".join(filter(None, (text_of(node, "remittance") for node in nodes)))


def _contradict(total: Money, amounts: Sequence[Money | None]) -> bool:
    stated = [amount for amount in amounts if amount is not None]
    if len(stated) < len(amounts) or any(currency != total[1] for _, currency in stated):
        return False
    return bool(stated) and sum(units for units, _ in stated) != total[0]
