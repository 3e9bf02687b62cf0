"""What the client checks of a deal it is told about, and what it drafts from it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from client import deals
from client.deal_drafts import Owed
from client.deal_records import DealDetail
from client.deals import NothingLeft, SeveralOpen
from client.member import DebtUnopened, require_opened
from ledger.commitments import CommitmentMismatch, commit, new_salt
from ledger.deals import Demand, Repayment
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import PartyNo
from ledger.remittance import OpeningDiffers

SELLER, BANK = PartyNo(2), PartyNo(8)
DEAL = "0x" + 32 * "11"
SALT = new_salt()


def _debt(duty: str, amount: int = 9_900, **changes: Any) -> dict[str, Any]:
    owed = Owed("CNY", amount)
    payer, payee = (BANK, SELLER) if duty in ("advance", "surplus") else (SELLER, BANK)
    opening = owed.opening | {"commitment": hexed(owed.commitment), "currency": "CNY"}
    told = {
        "commitment": hexed(owed.commitment),
        "duty": duty,
        "payer": payer,
        "payee": payee,
        "outcome": "open",
        "opening": opening,
    }
    return told | changes


def _lot(start: int, end: int, **changes: Any) -> dict[str, Any]:
    lot = {"claim": 12, "start": str(start), "end": str(end), "holder": BANK, "lien": 0}
    return lot | {"state": "live", "version": 3} | changes


def _deal(*debts: dict[str, Any], **changes: Any) -> DealDetail:
    dues = {"on": "2026-11-22", "days_past_due": 10, "principal": "10000", "charges": "0"}
    dues |= {"late_interest": "20", "total": "10020", "received": "0", "surplus": "0"}
    told = {
        "digest": DEAL,
        "claim": 12,
        "start": "0",
        "end": "10000",
        "currency": "CNY",
        "seller": SELLER,
        "bank": BANK,
        "state": "advanced",
        "terms": hexed(commit(SALT, b"{}")),
        "obligations": list(debts),
        "lots": [_lot(0, 10_000)],
        "opened": {"terms": "{}", "salt": hexed(SALT)},
        "dues": dues,
    }
    return told | changes  # type: ignore[return-value]


class _Api:
    def __init__(self, told: DealDetail) -> None:
        self._told = told

    def deal(self, _digest: str) -> DealDetail:
        return deepcopy(self._told)


def _read(told: DealDetail) -> DealDetail:
    return deals.read_deal(_Api(told), DEAL)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"amount": "9901"}, {"currency": "USD"}])
def test_read_deal__another_amount_than_was_signed__is_refused(wrong: dict[str, str]) -> None:
    debt = _debt("advance")
    assert _read(_deal(debt))["obligations"] == [debt]
    debt["opening"] |= wrong
    with pytest.raises(OpeningDiffers):
        _read(_deal(debt))


def test_read_deal__other_terms_than_were_signed__is_refused() -> None:
    with pytest.raises(CommitmentMismatch):
        _read(_deal(opened={"terms": '{"rate_bp":1}', "salt": hexed(SALT)}))


def test_open_debt__none_or_several__has_to_be_named() -> None:
    first, second = _debt("buy_back"), _debt("buy_back")
    assert deals.open_debt(_deal(_debt("advance"), first), SELLER) == first
    with pytest.raises(SeveralOpen) as caught:
        deals.open_debt(_deal(first, second), SELLER)
    assert caught.value.commitments == [first["commitment"], second["commitment"]]
    with pytest.raises(NothingLeft):
        deals.open_debt(_deal(first, second), BANK)
    with pytest.raises(NothingLeft):
        deals.open_debt(_deal(_debt("buy_back", outcome="paid")), SELLER)


def test_rescission__by_either_creditor__is_of_what_it_is_owed() -> None:
    advance, back = _debt("advance"), _debt("buy_back")
    deal = _deal(advance, back, _debt("repayment"), _debt("surplus"))
    assert hexed(deals.rescission(deal, SELLER).commitment) == advance["commitment"]
    assert hexed(deals.rescission(deal, BANK).commitment) == back["commitment"]


def test_buy_back__lot_merged_with_a_neighbour__only_the_deals_units() -> None:
    deal = _deal(start="4000", end="7000", lots=[_lot(2_000, 9_000)])
    act = deals.buy_back(deal).act
    assert (act.lot, act.version, act.start, act.end) == (2_000, 3, 4_000, 7_000)  # type: ignore[union-attr]


def test_buy_back__one_of_two_lots__with_its_share_of_the_late_interest() -> None:
    deal = _deal(lots=[_lot(0, 2_500), _lot(2_500, 10_000), _lot(0, 9, state="discharged")])
    first, second = deals.buy_back(deal), deals.buy_back(deal, start=2_500)
    assert (first.owed.amount, second.owed.amount) == (2_505, 7_515)
    assert deals.buy_back(deal, amount=2_400).owed.amount == 2_400
    assert first.act.commitment == first.owed.commitment
    with pytest.raises(NothingLeft):
        deals.buy_back(deal, start=1)


@pytest.mark.parametrize("lots", [[], [_lot(0, 10_000, holder=SELLER)]])
def test_demand__nothing_unpaid_at_the_bank__nothing_left(lots: list[dict[str, Any]]) -> None:
    with pytest.raises(NothingLeft):
        deals.demand(_deal(lots=lots))


def test_surplus__none__nothing_left() -> None:
    with pytest.raises(NothingLeft):
        deals.surplus(_deal())
    with pytest.raises(NothingLeft):
        deals.repayment(_deal(dues=None))
    assert deals.surplus(_deal(), amount=7).owed.amount == 7


def test_require_opened__debt_that_nothing_or_something_else_opens__is_refused() -> None:
    owed = Owed("CNY", 5_000)
    act = Repayment(bytes(32), owed.commitment, 1, 1)
    told: dict[str, Any] = {"kind": "Repayment", "opening": owed.opening | {"currency": "CNY"}}
    require_opened(told, act)  # type: ignore[arg-type]
    cheaper = told | {"opening": told["opening"] | {"amount": "4999"}}
    wrong: list[tuple[dict[str, Any], type[Refused]]] = [
        (told | {"opening": None}, DebtUnopened),
        (cheaper, OpeningDiffers),
    ]
    for proposal, refusal in wrong:
        with pytest.raises(refusal):
            require_opened(proposal, act)  # type: ignore[arg-type]
    require_opened(told | {"opening": None}, Demand(bytes(32), 0, 1, 1))  # type: ignore[arg-type]
