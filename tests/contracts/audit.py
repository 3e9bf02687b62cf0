"""What an auditor would do beside the machine: fold the events, and read the contracts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from chain.contracts import ATTESTATIONS, FINANCING, LEDGER, RECEIVABLES, VALIDATORS
from ledger.acts import SignedAct, decode_call
from ledger.agreements import Issue, Payment
from ledger.deals import Remittance
from ledger.entries import EMPTY_HEAD, POSTED_TOPIC, Entry, Op, extend, read_posted
from ledger.fold import fold
from ledger.keccak import keccak
from ledger.words import OUTSTANDING, Lot, LotState, unpack_lot
from scripts.stage import Stage
from tests.support.model import SPENT
from tests.support.model_financing import FinancingModel
from tests.support.model_state import Place

_LOT_OPS = set(Op) - {Op.NOTED, Op.POLICY_SET, Op.RECORDED}
_STATES = {state: state.name.lower() for state in LotState}
_DEAL_STATES = ("unknown", "concluded", "advanced", "rescinded", "repaid", "enforced")
_DUTIES = ("advance", "buy-back", "repayment", "surplus")
_OUTCOMES = ("open", "paid", "rescinded")


class Audit:
    """Heads and tallies, from events alone."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.heads: dict[int, bytes] = defaultdict(lambda: EMPTY_HEAD)
        self.global_head = EMPTY_HEAD
        self.count = 0
        self.used: Counter[bytes] = Counter()
        self.paid: Counter[bytes] = Counter()
        for entry in self.logged():
            self._fold(entry)

    def absorb(self, entries: Sequence[Entry], call: bytes, model: FinancingModel) -> None:
        """What one act posted, right after it: at most one entry, and it says what it did."""
        assert len(entries) <= 1
        book = 0
        for entry in entries:
            assert entry.memo == call, "the memo is not the canonical call"
            self._fold(entry)
            book = entry.book
            for lot in self._lots(entry):
                assert _same(lot, model.places[lot.claim][lot.start]), lot
        heads = self._ask((LEDGER, "head", book), (LEDGER, "globalHead"), (LEDGER, "entryCount"))
        assert heads == [self.heads[book], self.global_head, self.count]

    def compare_everything(self, model: FinancingModel) -> None:
        """The contracts' whole state against the model's and against the events'."""
        self._compare_lots(model)
        self._compare_invoices(model)
        self._compare_lines(model)
        self._compare_validators(model)
        self._compare_deals(model)
        books = [(LEDGER, "head", book) for book in range(len(model.claims) + 1)]
        assert self._ask(*books) == [self.heads[book] for book in range(len(books))]
        entries = list(self.logged())
        assert [entry.index for entry in entries] == list(range(self.count))
        self._compare_folded(entries, model)

    def _compare_folded(self, entries: list[Entry], model: FinancingModel) -> None:
        """What an auditor makes of the entries alone, judging every rule but times."""
        folded = fold(entries, self.stage.deployment, whole=True)
        assert folded.findings == ()
        assert folded.state.held() == model.held()
        states = {number: deal.state.name.lower() for number, deal in folded.state.deals.items()}
        assert states == {number: deal.state for number, deal in model.deals.items()}
        outcomes = {c: owed.outcome.name.lower() for c, owed in folded.state.obligations.items()}
        assert outcomes == {c: debt.outcome for c, debt in model.debts.items()}

    def _compare_lots(self, model: FinancingModel) -> None:
        held: Counter[tuple[int, str]] = Counter()
        for claim, issue in model.claims.items():
            at, walked = 0, {}
            while at < issue.face:
                lot = self._lot(claim, at)
                assert lot.state in (*OUTSTANDING, LotState.DISCHARGED), "a gap in the claim"
                assert lot.claim == claim
                assert lot.start == at < lot.end, "lots overlap, or leave a gap"
                walked[at] = lot
                if lot.state in OUTSTANDING:
                    held[lot.holder, issue.currency] += lot.amount
                at = lot.end
            assert at == issue.face, "lots reach beyond the face"
            merged = {
                s: self._lot(claim, s) for s, p in model.places[claim].items() if s not in walked
            }
            everything = walked | merged
            assert everything.keys() == model.places[claim].keys()
            assert all(_same(lot, model.places[claim][s]) for s, lot in everything.items())
        assert held == model.held()

    def _compare_invoices(self, model: FinancingModel) -> None:
        assert self.used.keys() == model.invoices.keys()
        for fingerprint, invoice in model.invoices.items():
            known = self._ask((RECEIVABLES, "invoiceOf", fingerprint))[0]
            currency = invoice.currency.encode()
            assert known == (invoice.total, invoice.used, currency, invoice.version)
            assert self.used[fingerprint] == invoice.used <= invoice.total

    def _compare_lines(self, model: FinancingModel) -> None:
        assert self.paid.keys() == model.lines.keys()
        for line, paid in model.lines.items():
            assert self._ask((ATTESTATIONS, "paymentOf", line)) == [(paid.amount, paid.allocated)]
            assert self.paid[line] == paid.allocated <= paid.amount

    def _compare_validators(self, model: FinancingModel) -> None:
        known = [(one.party, one.power, one.version) for one in model.validators.values()]
        assert self._ask(*((VALIDATORS, "validator", key) for key in model.validators)) == known
        keys, count, power = self._ask(
            (VALIDATORS, "getKeys"), (VALIDATORS, "validatorCount"), (VALIDATORS, "totalPower")
        )
        in_force = model.in_force()
        assert set(keys) == in_force.keys()
        assert count == len(keys) == len(in_force)
        assert power == sum(one.power for one in in_force.values())

    def _compare_deals(self, model: FinancingModel) -> None:
        for number, deal in model.deals.items():
            found = self._ask((FINANCING, "dealOf", number))[0]
            known = (deal.claim, deal.start, deal.end, deal.seller, deal.bank, deal.mode)
            state = _DEAL_STATES.index(deal.state)
            assert found[:9] == (*known, state, deal.pay_by, deal.due_on)
            assert (found[9] > 0, found[10]) == (deal.demanded, deal.repay_by)
        for commitment, debt in model.debts.items():
            found = self._ask((FINANCING, "obligationOf", commitment))[0]
            duty, outcome = _DUTIES.index(debt.duty), _OUTCOMES.index(debt.outcome)
            assert found[:3] == (debt.deal, duty, outcome)
            if debt.duty == "buy-back":
                assert found[3:] == (debt.pay_by, debt.start, debt.end)
        for number, registered in model.registered.items():
            assert self._ask((FINANCING, "registrationOf", number)) == [registered]

    def _fold(self, entry: Entry) -> None:
        assert entry.index == self.count
        self.count += 1
        self.heads[entry.book] = extend(self.heads[entry.book], entry.hash())
        self.global_head = extend(self.global_head, entry.hash())
        call = decode_call(entry.memo) if entry.memo else None
        if not isinstance(call, SignedAct):
            return
        if isinstance(call.agreement, Issue):
            for use in call.agreement.invoices:
                self.used[use.fingerprint] += use.amount
        if isinstance(call.agreement, Remittance):
            self.paid[call.agreement.line] += SPENT
        if isinstance(call.agreement, Payment):
            self.paid[call.agreement.line] += unpack_lot(entry.words[0]).amount

    def logged(self) -> list[Entry]:
        query = {"address": self.stage.deployment.ledger, "fromBlock": "0x0", "toBlock": "latest"}
        topics = [["0x" + POSTED_TOPIC.hex()]]
        logs = self.stage.rpc.call("eth_getLogs", [{**query, "topics": topics}])
        return [
            read_posted(
                [bytes.fromhex(t[2:]) for t in log["topics"]], bytes.fromhex(log["data"][2:])
            )
            for log in logs
        ]

    @staticmethod
    def _lots(entry: Entry) -> list[Lot]:
        if entry.op not in _LOT_OPS:
            return []
        return [unpack_lot(word) for word in entry.words[1 if entry.op is Op.OPENED else 0 :]]

    def _lot(self, claim: int, start: int) -> Lot:
        """From storage itself, so that the reading function isn't trusted either."""
        key = ((claim << 64) | start).to_bytes(32, "big")
        slot = keccak(key + (2).to_bytes(32, "big"))
        where = [self.stage.deployment.ledger, "0x" + slot.hex(), "latest"]
        return unpack_lot(int(self.stage.rpc.call("eth_getStorageAt", where), 16))

    def _ask(self, *questions: tuple[Any, ...]) -> list[Any]:
        return self.stage.read_all(questions)


def _same(lot: Lot, place: Place) -> bool:
    return (lot.end, lot.holder, _STATES[lot.state], lot.version, lot.lien) == (
        place.end,
        place.holder,
        place.state,
        place.version,
        place.lien,
    )
