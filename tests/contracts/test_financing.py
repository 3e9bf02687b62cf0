"""Deals: what a bank, a seller or an outsider might try, and what must come of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chain.contracts import ATTESTATIONS, FINANCING, LEDGER, contract
from chain.rpc import Rpc
from ledger.agreements import FOREVER, Amendment, Merge
from ledger.deals import (
    BuyBack,
    DealState,
    Demand,
    Duty,
    Enforcement,
    Finance,
    Mode,
    Order,
    Outcome,
    Recovery,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.errors import Refused
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.refusals import (
    AdvanceUnpaid,
    AlreadyDemanded,
    AlreadyPaid,
    AlreadyRescinded,
    AmountTooLarge,
    CommitmentTaken,
    DealClosed,
    DealUnknown,
    EvidenceMissing,
    Expired,
    InvalidDate,
    LineUsed,
    LotChanged,
    LotLiened,
    LotNotFrozen,
    LotNotLive,
    NoRecourse,
    NotCouncil,
    NotDue,
    NotHolder,
    NotMember,
    NotPledge,
    NotPolicy,
    NotRescindable,
    NotSigner,
    NotYetLate,
    OutsideDeal,
    OutsideLot,
    PartyNotActive,
    RegistrationForeign,
    RegistrationKnown,
    RegistrationLapsed,
    RegistrationTooSmall,
    RegistrationUnknown,
    RemittanceMismatch,
    RoleMissing,
    SelfDealing,
    UnknownClaim,
    UnknownMode,
    WrongConfig,
    ZeroAmount,
)
from ledger.remittance import commitment_to
from ledger.roles import Role
from ledger.words import LotRef, LotState
from scripts.stage import enrolment
from tests.support.consortium import (
    BANK,
    CORE,
    MATURITY,
    PAPERS,
    TIER1,
    TIER2,
    TIER3,
    Consortium,
    call_data,
)

FACE = 9_000
PAST, FUTURE = 2020_01_01, 2099_12_31
LATE = 1
RIVAL = 7
NUMBER = keccak(b"registration")
NOTHING = keccak(b"nobody owes this")


def _commitment(name: str) -> bytes:
    return commitment_to(name, "CNY", 8_500)


class Desk:
    """One claim of CORE that TIER1 holds, registered for BANK, and whatever is done with it."""

    def __init__(self, consortium: Consortium, maturity: int = PAST) -> None:
        self.consortium = consortium
        consortium.do(consortium.issue(FACE, maturity=maturity))
        self.claim = consortium.stage.read(LEDGER, "claimCount")
        consortium.do(self.registration())

    def registration(self, **changes: Any) -> Registration:
        fact = Registration(self.consortium.config, self.claim, 0, FACE, BANK, NUMBER, 1, FUTURE)
        return replace(fact, **changes)

    def finance(self, mode: Mode | int = Mode.SALE, **changes: Any) -> Finance:
        act = Finance(
            claim=self.claim,
            lot=0,
            version=1,
            start=0,
            end=FACE,
            seller=TIER1,
            bank=BANK,
            mode=mode.number if isinstance(mode, Mode) else mode,
            terms=keccak(b"terms"),
            advance=_commitment("advance"),
            payBy=FOREVER,
            dueOn=PAST,
            rules=keccak(b"rules"),
            registration=NUMBER,
            documents=PAPERS,
            validUntil=FOREVER,
        )
        return replace(act, **changes)

    def conclude(self, mode: Mode = Mode.SALE, **changes: Any) -> bytes:
        act = self.finance(mode, **changes)
        self.consortium.do(act)
        return bytes(self.consortium.stage.deployment.digest(act))

    def remittance(self, name: str = "advance", **changes: Any) -> Remittance:
        config, line = self.consortium.config, keccak(b"line of " + name.encode())
        return replace(Remittance(config, line, _commitment(name), MATURITY), **changes)

    def advanced(self, mode: Mode = Mode.SALE, **changes: Any) -> bytes:
        deal = self.conclude(mode, **changes)
        self.consortium.do(self.remittance())
        return deal

    def do(self, act: Any, *parties: int) -> None:
        self.consortium.do(act, *map(self.consortium.signers, parties))

    def refuse(self, act: Any, name: type[Refused], *parties: int, **facts: Any) -> None:
        sides = map(self.consortium.signers, parties)
        self.consortium.refuse(self.consortium.signed(act, *sides), name, **facts)

    def lot(self, start: int = 0) -> tuple[int, int, int, LotState]:
        found = self.consortium.lot(self.claim, start)
        return found["end"], found["holder"], found["lien"], LotState(found["state"])

    def version(self, start: int = 0) -> int:
        return self.consortium.lot(self.claim, start)["version"]

    def state(self, deal: bytes) -> DealState:
        return DealState(self.consortium.stage.read(FINANCING, "dealOf", deal)[6])

    def pay_debt(self, amount: int, start: int = 0, line: bytes = b"debtor's") -> None:
        ref = LotRef(ClaimNo(self.claim), start, self.version(start))
        self.consortium.do(self.consortium.payment(ref, amount, line))

    def suspend(self, party: int, role: Role) -> None:
        version = self.consortium.stage.read("Registry", "party", party)[0]
        self.consortium.do(Amendment(party, version, int(role), False, (), (), 1, FOREVER, FOREVER))

    def enrol_rival(self) -> None:
        consortium = self.consortium
        consortium.do(enrolment("test:rival", Role.BANK, consortium.signers(RIVAL)))
        number = keccak(b"rival's")
        consortium.do(self.registration(bank=RIVAL, number=number))


@pytest.fixture
def desk(consortium: Consortium) -> Desk:
    return Desk(consortium)


# ── concluding ────────────────────────────────────────────────────────────────────────────────


def test_conclude__sale_of_a_part__bank_holds_it_under_the_sellers_lien(desk: Desk) -> None:
    deal = desk.conclude(start=1_000, end=5_000)
    assert desk.lot(0) == (1_000, TIER1, 0, LotState.LIVE)
    assert desk.lot(1_000) == (5_000, BANK, TIER1, LotState.LIVE)
    assert desk.lot(5_000) == (FACE, TIER1, 0, LotState.LIVE)
    assert desk.state(deal) is DealState.CONCLUDED
    assert desk.consortium.stage.read(FINANCING, "obligationOf", _commitment("advance"))[:3] == (
        deal,
        Duty.ADVANCE,
        Outcome.OPEN,
    )


def test_conclude__pledge_of_a_part__seller_keeps_it_under_the_banks_lien(desk: Desk) -> None:
    desk.conclude(Mode.PLEDGE, end=4_000)
    assert desk.lot(0) == (4_000, TIER1, BANK, LotState.LIVE)
    assert desk.lot(4_000) == (FACE, TIER1, 0, LotState.LIVE)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"validUntil": 1}, Expired),
        ({"bank": TIER1}, SelfDealing),
        ({"mode": 3}, UnknownMode),
        ({"start": 5, "end": 5}, ZeroAmount),
        ({"start": 6, "end": 5}, ZeroAmount),
        ({"dueOn": 2027_02_29}, InvalidDate),
        ({"registration": NOTHING}, RegistrationUnknown),
        ({"bank": TIER2}, RegistrationForeign),
        ({"claim": 2}, RegistrationTooSmall),
        ({"end": FACE + 1}, RegistrationTooSmall),
        ({"version": 2}, LotChanged),
        ({"seller": TIER2}, NotHolder),
    ],
)
def test_conclude__unsound_terms__refused(
    changes: dict[str, Any], refusal: type[Refused], desk: Desk
) -> None:
    desk.refuse(desk.finance(**changes), refusal)


def test_conclude__beyond_the_lot_though_registered__refused(desk: Desk) -> None:
    desk.consortium.do(desk.registration(end=FACE + 1, number=keccak(b"wide")))
    desk.refuse(desk.finance(end=FACE + 1, registration=keccak(b"wide")), OutsideLot)


def test_conclude__by_no_bank__refused(desk: Desk) -> None:
    desk.consortium.do(desk.registration(bank=TIER2, number=keccak(b"no bank's")))
    act = desk.finance(bank=TIER2, registration=keccak(b"no bank's"))
    desk.refuse(act, RoleMissing)


def test_conclude__suspended_bank__refused(desk: Desk) -> None:
    desk.suspend(BANK, Role.BANK)
    desk.refuse(desk.finance(), PartyNotActive)


def test_conclude__signed_by_the_bank_twice__refused(desk: Desk) -> None:
    desk.refuse(desk.finance(), NotSigner, BANK, BANK)


@pytest.mark.parametrize("first", [BANK, RIVAL])
def test_conclude__one_lot_at_two_banks__the_second_is_refused(first: int, desk: Desk) -> None:
    desk.enrol_rival()
    acts = {
        BANK: desk.finance(),
        RIVAL: desk.finance(
            bank=RIVAL, registration=keccak(b"rival's"), advance=_commitment("rival's")
        ),
    }
    second = acts.pop(RIVAL if first == BANK else BANK)
    desk.do(*acts.values(), TIER1, first)
    desk.refuse(second, LotChanged)


def test_conclude__commitment_of_another_deal__refused(desk: Desk) -> None:
    desk.conclude(end=4_000)
    again = desk.finance(lot=4_000, start=4_000)
    desk.refuse(again, CommitmentTaken, commitment="0x" + _commitment("advance").hex())


def test_conclude__liened_lot__can_neither_move_nor_merge_nor_be_financed(desk: Desk) -> None:
    desk.conclude(end=4_000)
    transfer = desk.consortium.transfer(desk.claim, 4_000, version=2, holder=BANK)
    desk.refuse(transfer, LotLiened, lien=TIER1)
    desk.refuse(
        desk.finance(end=4_000, version=2, seller=BANK, bank=TIER1),
        RegistrationForeign,
    )
    desk.conclude(lot=4_000, start=4_000, advance=_commitment("second"))
    desk.refuse(Merge(desk.claim, 0, 2, 4_000, 2, BANK, FOREVER), LotLiened)


def test_conclude__pledged_lot__can_not_be_sold_to_another_bank(desk: Desk) -> None:
    desk.enrol_rival()
    desk.conclude(Mode.PLEDGE)
    act = desk.finance(
        version=2, bank=RIVAL, registration=keccak(b"rival's"), advance=_commitment("rival's")
    )
    desk.refuse(act, LotLiened, lien=BANK)


# ── the advance ───────────────────────────────────────────────────────────────────────────────


def test_prove__advance__lien_ends_and_the_bank_may_pass_it_on(desk: Desk) -> None:
    deal = desk.advanced()
    assert desk.lot() == (FACE, BANK, 0, LotState.LIVE)
    assert desk.state(deal) is DealState.ADVANCED
    transfer = desk.consortium.transfer(desk.claim, FACE, version=3, holder=BANK, recipient=TIER3)
    desk.do(transfer, BANK, TIER3)


def test_prove__advance_of_a_pledge__the_banks_lien_stays(desk: Desk) -> None:
    deal = desk.advanced(Mode.PLEDGE)
    assert desk.lot() == (FACE, TIER1, BANK, LotState.LIVE)
    assert desk.state(deal) is DealState.ADVANCED


def test_prove__after_the_last_day_but_not_rescinded__counts(desk: Desk) -> None:
    deal = desk.advanced(payBy=LATE)
    assert desk.state(deal) is DealState.ADVANCED


def test_prove__payment_of_nothing_or_another_amount__refused(desk: Desk) -> None:
    desk.conclude()
    other = commitment_to("advance", "CNY", 8_499)
    desk.refuse(desk.remittance(commitment=other), RemittanceMismatch)


def test_prove__another_deals_payment__proves_that_one_alone(desk: Desk) -> None:
    one = desk.conclude(end=4_000)
    two = desk.conclude(lot=4_000, start=4_000, advance=_commitment("second"))
    desk.consortium.do(desk.remittance("second"))
    assert desk.state(one) is DealState.CONCLUDED
    assert desk.state(two) is DealState.ADVANCED


def test_prove__twice__refused(desk: Desk) -> None:
    desk.advanced()
    desk.refuse(desk.remittance(line=keccak(b"another line")), AlreadyPaid)


def test_prove__line_that_proved_another_advance__refused(desk: Desk) -> None:
    desk.advanced(end=4_000)
    desk.conclude(lot=4_000, start=4_000, advance=_commitment("second"))
    desk.refuse(desk.remittance("second", line=desk.remittance().line), LineUsed)


def test_prove__line_that_paid_a_lot__refused_and_the_other_way_round(desk: Desk) -> None:
    desk.conclude(end=4_000)
    desk.pay_debt(1_000, 4_000, b"shared")
    shared = keccak(b"shared")
    desk.refuse(desk.remittance(line=shared), LineUsed)
    desk.consortium.do(desk.remittance(line=keccak(b"own")))
    ref = LotRef(ClaimNo(desk.claim), 5_000, desk.version(5_000))
    payment = desk.consortium.payment(ref, 1_000, b"own")
    desk.refuse(payment, LineUsed)
    assert desk.consortium.stage.read(ATTESTATIONS, "paymentOf", keccak(b"own")) == (
        2**64 - 1,
        2**64 - 1,
    )


def test_prove__witnessed_by_others_or_under_an_old_configuration__refused(desk: Desk) -> None:
    desk.conclude()
    council = desk.consortium.council[:2]
    desk.consortium.refuse(desk.consortium.signed(desk.remittance(), council), NotMember)
    desk.refuse(desk.remittance(config=bytes(32)), WrongConfig)
    desk.refuse(desk.remittance(bookedOn=2027_13_01), InvalidDate)


def test_prove__debtor_paid_a_part_before__the_rest_is_released(desk: Desk) -> None:
    desk.conclude()
    desk.pay_debt(1_000)
    desk.pay_debt(500, 1_000, b"more")
    desk.consortium.do(desk.remittance())
    assert desk.lot(0) == (1_000, BANK, TIER1, LotState.DISCHARGED)
    assert desk.lot(1_500) == (FACE, BANK, 0, LotState.LIVE)


def test_prove__debtor_paid_everything_before__on_record(desk: Desk) -> None:
    deal = desk.conclude()
    desk.pay_debt(FACE)
    desk.consortium.do(desk.remittance())
    assert desk.state(deal) is DealState.ADVANCED


def test_remit_and_witness__not_by_a_policy__refused(desk: Desk) -> None:
    fact = desk.remittance()
    signed = desk.consortium.signed(fact)
    data = call_data(ATTESTATIONS, "remit", fact.to_abi(), list(signed.approvals[0]))
    with desk.consortium.unchanged():
        refused = desk.consortium.refusal_of(desk.consortium.stage.deployment.attestations, data)
    assert type(refused) is NotPolicy


# ── rescission ────────────────────────────────────────────────────────────────────────────────


def test_rescind__unpaid_sale__units_go_back(desk: Desk) -> None:
    deal = desk.conclude(payBy=LATE, start=1_000)
    desk.do(Rescission(_commitment("advance"), FOREVER), TIER1)
    assert desk.lot(1_000) == (FACE, TIER1, 0, LotState.LIVE)
    assert desk.state(deal) is DealState.RESCINDED
    desk.refuse(desk.remittance(), AlreadyRescinded)
    desk.refuse(Rescission(_commitment("advance"), FOREVER - 1), AlreadyRescinded, TIER1)


def test_rescind__unpaid_pledge__lien_ends(desk: Desk) -> None:
    desk.conclude(Mode.PLEDGE, payBy=LATE)
    desk.do(Rescission(_commitment("advance"), FOREVER), TIER1)
    assert desk.lot() == (FACE, TIER1, 0, LotState.LIVE)


def test_rescind__before_or_by_others_or_of_nothing__refused(desk: Desk) -> None:
    desk.conclude(end=4_000)
    act = Rescission(_commitment("advance"), FOREVER)
    desk.refuse(act, NotYetLate, TIER1, payBy=FOREVER)
    desk.refuse(replace(act, commitment=NOTHING), RemittanceMismatch, TIER1)
    desk.refuse(replace(act, validUntil=1), Expired, TIER1)
    desk.conclude(lot=4_000, start=4_000, payBy=LATE, advance=_commitment("late"))
    desk.refuse(Rescission(_commitment("late"), FOREVER), NotSigner, BANK)


def test_rescind__paid_in_the_meantime__refused(desk: Desk) -> None:
    desk.advanced(payBy=LATE)
    desk.refuse(Rescission(_commitment("advance"), FOREVER), AlreadyPaid, TIER1)


def test_rescind__debtor_paid_a_part__the_rest_goes_back(desk: Desk) -> None:
    desk.conclude(payBy=LATE)
    desk.pay_debt(1_000)
    desk.do(Rescission(_commitment("advance"), FOREVER), TIER1)
    assert desk.lot(1_000) == (FACE, TIER1, 0, LotState.LIVE)


# ── recourse ──────────────────────────────────────────────────────────────────────────────────


def _buy_back(desk: Desk, deal: bytes, **changes: Any) -> BuyBack:
    lot = changes.get("lot", 0)
    act = BuyBack(
        deal=deal,
        claim=desk.claim,
        lot=lot,
        version=desk.version(lot),
        start=0,
        end=FACE,
        commitment=_commitment("buy-back"),
        payBy=FOREVER,
        validUntil=FOREVER,
    )
    return replace(act, **changes)


def test_buy_back__proven__units_are_the_sellers_again(desk: Desk) -> None:
    deal = desk.advanced(Mode.RECOURSE)
    desk.do(_buy_back(desk, deal, start=2_000, end=6_000), TIER1, BANK)
    assert desk.lot(2_000) == (6_000, BANK, TIER1, LotState.LIVE)
    desk.consortium.do(desk.remittance("buy-back"))
    assert desk.lot(0) == (2_000, BANK, 0, LotState.LIVE)
    assert desk.lot(2_000) == (6_000, TIER1, 0, LotState.LIVE)
    assert desk.lot(6_000) == (FACE, BANK, 0, LotState.LIVE)


def test_buy_back__debtor_pays_meanwhile__the_rest_comes_back(desk: Desk) -> None:
    deal = desk.advanced(Mode.RECOURSE)
    desk.do(_buy_back(desk, deal), TIER1, BANK)
    desk.pay_debt(8_000)
    desk.consortium.do(desk.remittance("buy-back"))
    assert desk.lot(8_000) == (FACE, TIER1, 0, LotState.LIVE)


def test_buy_back__not_paid_in_time__bank_withdraws(desk: Desk) -> None:
    deal = desk.advanced(Mode.RECOURSE)
    desk.do(_buy_back(desk, deal, payBy=LATE), TIER1, BANK)
    act = Rescission(_commitment("buy-back"), FOREVER)
    desk.refuse(act, NotSigner, TIER1)
    desk.do(act, BANK)
    assert desk.lot() == (FACE, BANK, 0, LotState.LIVE)
    assert desk.state(deal) is DealState.ADVANCED
    desk.refuse(desk.remittance("buy-back"), AlreadyRescinded)


def test_buy_back__frozen_and_late__bank_withdraws_only_when_it_could_have_been_proven(
    desk: Desk,
) -> None:
    deal = desk.advanced(Mode.RECOURSE)
    desk.do(_buy_back(desk, deal, payBy=LATE), TIER1, BANK)
    desk.consortium.do(_order(desk, True, version=desk.version()))
    desk.refuse(desk.remittance("buy-back"), LotNotLive)
    act = Rescission(_commitment("buy-back"), FOREVER)
    desk.refuse(act, LotNotLive, BANK, claim=desk.claim, state=LotState.FROZEN)
    desk.consortium.do(_order(desk, False, version=desk.version()))
    desk.do(act, BANK)
    assert desk.lot() == (FACE, BANK, 0, LotState.LIVE)


def test_buy_back__unsound__refused(desk: Desk) -> None:
    deal = desk.conclude(Mode.RECOURSE, start=1_000)
    act = _buy_back(desk, deal, lot=1_000, start=1_000)
    desk.refuse(act, AdvanceUnpaid, TIER1, BANK)
    desk.consortium.do(desk.remittance())
    act = replace(act, version=act.version + 1)
    for changes, refusal in (
        ({"deal": NOTHING}, DealUnknown),
        ({"start": 999}, OutsideDeal),
        ({"end": FACE + 1}, OutsideDeal),
        ({"claim": desk.claim + 1}, OutsideDeal),
        ({"end": 1_000}, ZeroAmount),
        ({"version": act.version - 1}, LotChanged),
        ({"lot": 0, "version": 2}, NotHolder),
        ({"commitment": _commitment("advance")}, CommitmentTaken),
        ({"validUntil": 1}, Expired),
    ):
        desk.refuse(replace(act, **changes), refusal, TIER1, BANK)  # type: ignore[arg-type]
    desk.refuse(act, NotSigner, BANK, TIER1)
    desk.do(act, TIER1, BANK)
    again = replace(act, version=act.version + 1, commitment=_commitment("again"))
    desk.refuse(again, LotLiened, TIER1, BANK)


@pytest.mark.parametrize("mode", [Mode.SALE, Mode.PLEDGE])
def test_recourse__not_agreed__refused(mode: Mode, desk: Desk) -> None:
    deal = desk.advanced(mode)
    desk.refuse(_buy_back(desk, deal), NoRecourse, TIER1, BANK, mode=mode.number)
    desk.refuse(Demand(deal, 0, desk.version(), FOREVER), NoRecourse, BANK)


def test_recourse__claim_not_due_yet__refused(consortium: Consortium) -> None:
    desk = Desk(consortium, maturity=FUTURE)
    deal = desk.advanced(Mode.RECOURSE)
    desk.refuse(_buy_back(desk, deal), NotDue, TIER1, BANK, date=FUTURE)
    desk.refuse(Demand(deal, 0, desk.version(), FOREVER), NotDue, BANK)


def test_demand__overdue__on_record_once(desk: Desk) -> None:
    deal = desk.advanced(Mode.RECOURSE)
    act = Demand(deal, 0, desk.version(), FOREVER)
    desk.refuse(act, NotSigner, TIER1)
    desk.do(act, BANK)
    clock = int(
        desk.consortium.stage.rpc.call("eth_getBlockByNumber", ["latest", False])["timestamp"], 16
    )
    today = datetime.fromtimestamp(clock, ZoneInfo("Asia/Shanghai"))
    on = desk.consortium.stage.read(FINANCING, "dealOf", deal)[9]
    assert on == int(f"{today:%Y%m%d}")
    desk.refuse(replace(act, validUntil=FOREVER - 1), AlreadyDemanded, BANK, on=on)


def test_demand__paid_or_passed_on_or_another_lot__refused(desk: Desk) -> None:
    deal = desk.advanced(Mode.RECOURSE, start=1_000)
    desk.refuse(Demand(deal, 1_000, 9, FOREVER), LotChanged, BANK)
    desk.refuse(Demand(deal, 0, desk.version(), FOREVER), NotHolder, BANK)
    desk.pay_debt(FACE, 1_000)
    desk.refuse(Demand(deal, 1_000, desk.version(1_000), FOREVER), LotNotLive, BANK)
    transfer = desk.consortium.transfer(desk.claim, 1_000, version=2, recipient=BANK)
    desk.do(transfer, TIER1, BANK)
    desk.refuse(Demand(deal, 0, desk.version(), FOREVER), OutsideDeal, BANK)


def test_surplus__under_recourse__owed_and_proven(desk: Desk) -> None:
    deal = desk.advanced(Mode.RECOURSE)
    act = Surplus(deal, _commitment("surplus"), FOREVER)
    desk.refuse(act, NotSigner, TIER1)
    desk.do(act, BANK)
    desk.refuse(act, CommitmentTaken, BANK)
    desk.refuse(Rescission(_commitment("surplus"), FOREVER), NotRescindable, TIER1)
    desk.consortium.do(desk.remittance("surplus"))
    desk.refuse(desk.remittance("surplus", line=NOTHING), AlreadyPaid)


def test_surplus__without_recourse_or_advance__refused(desk: Desk) -> None:
    sale = desk.advanced(end=4_000)
    desk.refuse(Surplus(sale, _commitment("surplus"), FOREVER), NoRecourse, BANK)
    owed = desk.conclude(
        Mode.RECOURSE, lot=4_000, start=4_000, advance=_commitment("second"), payBy=LATE
    )
    act = Surplus(owed, _commitment("surplus"), FOREVER)
    desk.refuse(act, AdvanceUnpaid, BANK)
    desk.do(Rescission(_commitment("second"), FOREVER), TIER1)
    desk.refuse(act, DealClosed, BANK, state=DealState.RESCINDED)
    desk.refuse(replace(act, deal=NOTHING), DealUnknown, BANK)


# ── pledge ────────────────────────────────────────────────────────────────────────────────────


def test_repayment__proven__lot_is_free_and_the_deal_closed(desk: Desk) -> None:
    deal = desk.advanced(Mode.PLEDGE)
    act = Repayment(deal, _commitment("repayment"), LATE, FOREVER)
    desk.refuse(act, NotSigner, BANK, BANK)
    desk.do(act, TIER1, BANK)
    desk.consortium.do(desk.remittance("repayment"))
    assert desk.lot() == (FACE, TIER1, 0, LotState.LIVE)
    assert desk.state(deal) is DealState.REPAID
    desk.refuse(Enforcement(deal, FOREVER), DealClosed, BANK, state=DealState.REPAID)
    again = replace(act, commitment=_commitment("again"))
    desk.refuse(again, DealClosed, TIER1, BANK)


def test_repayment__not_agreed__releases_nothing(desk: Desk) -> None:
    desk.advanced(Mode.PLEDGE)
    desk.refuse(desk.remittance("repayment"), RemittanceMismatch)
    assert desk.lot() == (FACE, TIER1, BANK, LotState.LIVE)


def test_repayment__of_a_sale_or_before_the_advance__refused(desk: Desk) -> None:
    sale = desk.advanced(end=4_000)
    desk.refuse(Repayment(sale, NOTHING, LATE, FOREVER), NotPledge, TIER1, BANK)
    desk.refuse(Enforcement(sale, FOREVER), NotPledge, BANK)
    pledge = desk.conclude(Mode.PLEDGE, lot=4_000, start=4_000, advance=_commitment("second"))
    desk.refuse(Repayment(pledge, NOTHING, LATE, FOREVER), AdvanceUnpaid, TIER1, BANK)
    desk.refuse(Enforcement(pledge, FOREVER), AdvanceUnpaid, BANK)


def test_enforce__due_and_not_repaid__lot_is_the_banks(desk: Desk) -> None:
    deal = desk.advanced(Mode.PLEDGE, end=4_000)
    desk.refuse(Enforcement(deal, FOREVER), NotSigner, TIER1)
    desk.do(Enforcement(deal, FOREVER), BANK)
    assert desk.lot() == (4_000, BANK, 0, LotState.LIVE)
    assert desk.state(deal) is DealState.ENFORCED
    desk.refuse(Enforcement(deal, FOREVER - 1), DealClosed, BANK)
    desk.do(Surplus(deal, _commitment("surplus"), FOREVER), BANK)


def test_enforce__repayment_agreed_and_in_time__refused(desk: Desk) -> None:
    deal = desk.advanced(Mode.PLEDGE)
    desk.do(Repayment(deal, _commitment("repayment"), FOREVER, FOREVER), TIER1, BANK)
    desk.refuse(Enforcement(deal, FOREVER), NotYetLate, BANK)


def test_enforce__then_repaid__refused(desk: Desk) -> None:
    deal = desk.advanced(Mode.PLEDGE)
    desk.do(Repayment(deal, _commitment("repayment"), LATE, FOREVER), TIER1, BANK)
    desk.do(Enforcement(deal, FOREVER), BANK)
    desk.refuse(desk.remittance("repayment"), DealClosed, state=DealState.ENFORCED)


def test_enforce__on_the_due_day_in_shanghai__only_after_its_midnight(desk: Desk, rpc: Rpc) -> None:
    now = int(rpc.call("eth_getBlockByNumber", ["latest", False])["timestamp"], 16)
    shanghai = ZoneInfo("Asia/Shanghai")
    due = datetime.fromtimestamp(now, shanghai).date() + timedelta(days=2)
    deal = desk.advanced(Mode.PLEDGE, dueOn=int(f"{due:%Y%m%d}"))
    midnight = datetime(due.year, due.month, due.day, tzinfo=shanghai) + timedelta(days=1)
    rpc.call("evm_setNextBlockTimestamp", [int(midnight.timestamp()) - 1])
    desk.refuse(Enforcement(deal, FOREVER), NotDue, BANK)
    rpc.call("evm_setNextBlockTimestamp", [int(midnight.timestamp())])
    desk.do(Enforcement(deal, FOREVER), BANK)


# ── refinance ─────────────────────────────────────────────────────────────────────────────────


def test_refinance__bank_sells_to_another__as_any_seller(desk: Desk) -> None:
    desk.enrol_rival()
    desk.advanced()
    act = desk.finance(
        version=3,
        end=6_000,
        seller=BANK,
        bank=RIVAL,
        registration=keccak(b"rival's"),
        advance=_commitment("rediscount"),
    )
    desk.do(act, BANK, RIVAL)
    assert desk.lot() == (6_000, RIVAL, BANK, LotState.LIVE)
    desk.consortium.do(desk.remittance("rediscount"))
    assert desk.lot() == (6_000, RIVAL, 0, LotState.LIVE)
    desk.pay_debt(6_000)


# ── registration ──────────────────────────────────────────────────────────────────────────────


def test_register__prolonged__known_until_then(desk: Desk) -> None:
    desk.consortium.do(desk.registration(expiresOn=FUTURE + 10_000))
    kept = desk.consortium.stage.read(FINANCING, "registrationOf", NUMBER)
    assert kept == (desk.claim, 0, FACE, BANK, FUTURE + 10_000)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, RegistrationKnown),
        ({"expiresOn": FUTURE - 1}, RegistrationKnown),
        ({"expiresOn": FUTURE + 10_000, "bank": TIER1}, RegistrationKnown),
        ({"expiresOn": FUTURE + 10_000, "end": FACE - 1}, RegistrationKnown),
        ({"expiresOn": PAST}, RegistrationLapsed),
        ({"expiresOn": 2099_02_29}, InvalidDate),
        ({"start": FACE}, ZeroAmount),
        ({"end": 2**63}, AmountTooLarge),
        ({"number": NOTHING, "claim": 99}, UnknownClaim),
        ({"number": NOTHING, "config": bytes(32)}, WrongConfig),
    ],
)
def test_register__known_or_unsound__refused(
    changes: dict[str, Any], refusal: type[Refused], desk: Desk
) -> None:
    desk.refuse(desk.registration(**changes), refusal)


def test_conclude__registration_lapsed_since__refused(desk: Desk, rpc: Rpc) -> None:
    now = int(rpc.call("eth_getBlockByNumber", ["latest", False])["timestamp"], 16)
    today = datetime.fromtimestamp(now, ZoneInfo("Asia/Shanghai"))
    soon = int(f"{today + timedelta(days=1):%Y%m%d}")
    desk.consortium.do(desk.registration(number=keccak(b"soon"), expiresOn=soon))
    desk.consortium.travel(3 * 86_400)
    act = desk.finance(registration=keccak(b"soon"))
    desk.refuse(act, RegistrationLapsed, expiresOn=soon)


# ── the council's orders ──────────────────────────────────────────────────────────────────────


def _order(desk: Desk, freeze: bool, **changes: Any) -> Order:
    return replace(Order(desk.claim, 0, desk.version(), freeze, PAPERS, FOREVER), **changes)


def test_order__frozen__nothing_goes_until_thawed(desk: Desk) -> None:
    before = desk.finance()
    desk.consortium.do(_order(desk, True))
    assert desk.lot() == (FACE, TIER1, 0, LotState.FROZEN)
    desk.refuse(before, LotChanged)
    frozen = {"claim": desk.claim, "state": LotState.FROZEN}
    desk.refuse(desk.finance(version=2), LotNotLive, **frozen)
    desk.refuse(desk.consortium.transfer(desk.claim, FACE, version=2), LotNotLive, **frozen)
    payment = desk.consortium.payment(LotRef(ClaimNo(desk.claim), 0, 2), FACE)
    desk.refuse(payment, LotNotLive, **frozen)
    desk.consortium.do(_order(desk, False))
    desk.do(desk.consortium.transfer(desk.claim, FACE, version=3), TIER1, TIER2)


def test_order__unsound__refused(desk: Desk) -> None:
    desk.refuse(_order(desk, True, evidence=bytes(32)), EvidenceMissing)
    desk.refuse(_order(desk, True, validUntil=1), Expired)
    desk.refuse(_order(desk, True, version=2), LotChanged)
    desk.refuse(_order(desk, False), LotNotFrozen)
    oracles = desk.consortium.oracles[:2]
    desk.consortium.refuse(desk.consortium.signed(_order(desk, True), oracles), NotCouncil)
    desk.consortium.do(_order(desk, True))
    desk.refuse(_order(desk, True), LotNotLive)


def test_order__financed_lot_frozen__advance_counts_but_nothing_goes_back(desk: Desk) -> None:
    deal = desk.conclude(payBy=LATE)
    desk.consortium.do(_order(desk, True))
    desk.refuse(Rescission(_commitment("advance"), FOREVER), LotNotLive, TIER1)
    desk.consortium.do(desk.remittance())
    assert desk.lot() == (FACE, BANK, 0, LotState.FROZEN)
    assert desk.state(deal) is DealState.ADVANCED


def test_recover__pledged_and_frozen__lien_and_freeze_go_with_it(desk: Desk) -> None:
    desk.advanced(Mode.PLEDGE)
    desk.consortium.do(_order(desk, True))
    act = Recovery(desk.claim, 0, desk.version(), TIER1, TIER2, PAPERS, FOREVER)
    desk.refuse(replace(act, evidence=bytes(32)), EvidenceMissing)
    desk.refuse(replace(act, successor=TIER1), SelfDealing)
    desk.refuse(replace(act, holder=TIER3), NotHolder)
    desk.refuse(replace(act, version=9), LotChanged)
    desk.consortium.do(act)
    assert desk.lot() == (FACE, TIER2, BANK, LotState.FROZEN)


def test_recover__to_a_suspended_party_or_a_paid_lot__refused(desk: Desk) -> None:
    act = Recovery(desk.claim, 0, 1, TIER1, TIER2, PAPERS, FOREVER)
    desk.suspend(TIER2, Role.SUPPLIER)
    desk.refuse(act, PartyNotActive)
    desk.pay_debt(FACE)
    desk.refuse(replace(act, version=2, successor=TIER3), LotNotLive)


# ── dates ─────────────────────────────────────────────────────────────────────────────────────


def test_date_in_shanghai__over_centuries__the_calendars(desk: Desk) -> None:
    exposed = contract("test/HashesExposed")
    stage = desk.consortium.stage
    address = stage.sender.send(None, exposed.creation_data())["contractAddress"]
    leap = datetime(2028, 2, 29, 15, 59, 59, tzinfo=UTC)
    times = [0, 86_399, int(leap.timestamp()), int(leap.timestamp()) + 1, 951_753_599, 951_753_600]
    times += [4_107_542_400 + 86_400 * n for n in range(-1, 2)]
    times += [86_400 * n + 57_600 - n % 2 for n in range(0, 48_000, 397)]
    calls = [
        {"to": address, "data": "0x" + exposed.call_data("dateInShanghai", time).hex()}
        for time in times
    ]
    answers = stage.rpc.batch([("eth_call", [call, "latest"]) for call in calls])
    epoch = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=8)
    for time, answer in zip(times, answers, strict=True):
        assert int(answer, 16) == int(f"{epoch + timedelta(seconds=time):%Y%m%d}")


def test_issue__claims_fields__kept_beside_deals(desk: Desk) -> None:
    """A deal leaves the claim as it was: the debtor owes what it owed, on the same day."""
    desk.advanced()
    assert desk.consortium.stage.read(LEDGER, "claimOf", desk.claim) == (CORE, b"CNY", PAST, FACE)
