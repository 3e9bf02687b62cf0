"""Commands at the market's desks, and a bank that carries out what it is instructed."""

from __future__ import annotations

import httpx
import pytest
from lxml import etree

from client import deal_drafts, deals
from ledger.business_day import business_day, number_of
from ledger.deals import Remittance
from ledger.keccak import keccak
from ledger.money import currency_of, minor_units
from ledger.remittance import commitment_to
from scripts.commands import deals as commands
from tests.financing.market import URL, Market
from tests.support.accounts import Key
from tests.support.commanding import connect_to

_PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def connect(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on commands talk to this market, which is settled after whatever is posted; keys
    are named by party and number, e.g. ``10.1``."""

    def settle(request: httpx.Request) -> None:
        if request.method == "POST":
            market.settle()

    def key(party: int, number: int) -> Key:
        return market.keys(party)[number]

    def valid_until(seconds: int = 3_600) -> int:
        return market.now + seconds

    connect_to(market.http, URL, key, monkeypatch, settle)
    for module in (deals, deal_drafts, commands):
        monkeypatch.setattr(module, "valid_until", valid_until)


def instructed(message: bytes) -> tuple[str, int]:
    """EndToEndId and minor units of the one transfer in a pain.001 message."""
    root = etree.fromstring(message)
    (transfer,) = root.findall(".//p:CdtTrfTxInf", _PAIN)
    amount = transfer.find("p:Amt/p:InstdAmt", _PAIN)
    reference = transfer.findtext("p:PmtId/p:EndToEndId", namespaces=_PAIN)
    assert amount is not None
    assert reference is not None
    return reference, minor_units(str(amount.text), currency_of(str(amount.get("Ccy"))))


def carry_out(market: Market, message: bytes) -> None:
    """The bank pays as instructed, and two oracle members have read it in its statement."""
    market.post_act(remittance(market, message))


def remittance(market: Market, message: bytes) -> Remittance:
    """What a member reads in the bank's statement, once the bank paid as instructed."""
    reference, amount = instructed(message)
    return Remittance(
        config=market.stage.script.config,
        line=keccak(b"line " + reference.encode()),
        commitment=commitment_to(reference, "CNY", amount),
        bookedOn=number_of(business_day(market.now)),
    )
