"""One lot at five banks, one line under 200 quotes: whatever the order, one wins and none is above.

Once in every run of the tests, the ways past the desk in a short form; ten times in a soak. On
SQLite and on PostgreSQL.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeVar

import pytest

from chain.rpc import Rpc
from chain.transactions import wait_for_receipt
from ledger.acts import SignedAct
from ledger.agreements import FOREVER
from ledger.commitments import EMPTY_ROOT
from ledger.credit import LineKind
from ledger.deals import Finance, Mode
from ledger.ids import PartyNo
from ledger.keccak import keccak
from ledger.store.line_use import differences
from ledger.store.outbox import ActStatus
from tests.financing.dealing import Dealing
from tests.financing.market import (
    BANK,
    BANKS,
    CORE,
    FACE,
    LIMIT,
    MATURITY,
    SELLER,
    Market,
    problem_of,
    refusal_of,
    registration_of,
)

T = TypeVar("T")
ATTEMPTS, FEW, QUOTES = 200, 50, 40
ALL_AT_ONCE = 40
LINE = 10 * FACE
RUNS = [0, *(pytest.param(run, marks=pytest.mark.soak) for run in range(1, 11))]
LOST = {"LotPromised", "QuoteClosed", "RequestClosed"}


@pytest.fixture
def dealing(either_market: Market) -> Dealing:
    return Dealing(either_market, either_market.issued())


def _all_at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each of them gives; as many as there are threads start together, the rest follow."""
    ready = threading.Barrier(min(len(works), ALL_AT_ONCE))

    def run(number: int) -> T:
        if number < ready.parties:
            ready.wait()
        return works[number]()

    with ThreadPoolExecutor(ready.parties) as pool:
        return list(pool.map(run, range(len(works))))


def _quotes(dealing: Dealing, chance: random.Random) -> list[dict[str, Any]]:
    """Of all five banks, each of which believed itself the first in the registry."""
    quotes = []
    for bank in BANKS:
        request = dealing.ask_registered(bank)
        view = dealing.look(bank, request)
        for _ in range(QUOTES // len(BANKS)):
            answer = dealing.hand_in(bank, request, dealing.draft(bank, request, view))
            assert answer.status_code == 201, answer.text
            quotes.append(answer.json())
    chance.shuffle(quotes)
    return quotes


def _finance(dealing: Dealing, number: int, **changes: Any) -> Finance:
    """What a holder who deceives five banks signs with one of them, 200 times."""
    bank = BANKS[number % 5]
    return Finance(
        claim=dealing.claim,
        lot=0,
        version=1,
        start=0,
        end=FACE,
        seller=SELLER,
        bank=bank,
        mode=(Mode.SALE, Mode.RECOURSE, Mode.PLEDGE)[number % 3].number,
        terms=keccak(b"terms %d" % number),
        advance=keccak(b"advance %d" % number),
        payBy=FOREVER,
        dueOn=MATURITY,
        rules=keccak(b"rules"),
        registration=registration_of(dealing.claim, bank),
        documents=EMPTY_ROOT,
        validUntil=dealing.market.now + 3_600,
    )


def _attempts(run: int) -> int:
    """All in a soak; in the run of every day the races by other ways are shorter."""
    return ATTEMPTS if run else FEW


def _all_signed(dealing: Dealing, count: int, chance: random.Random) -> list[SignedAct]:
    signed = [dealing.market.signed(_finance(dealing, number)) for number in range(count)]
    chance.shuffle(signed)
    return signed


def _require_one_deal(dealing: Dealing, digest: bytes) -> Finance:
    """The chain knows this deal over the lot and no other; what it says of the lot agrees."""
    market = dealing.market
    market.settle()
    deals = market.concluded()
    assert list(deals) == [digest]
    act = deals[digest]
    lot = market.lot(dealing.claim)
    pledge = act.mode == Mode.PLEDGE.number
    holder, lien = (SELLER, act.bank) if pledge else (act.bank, SELLER)
    assert (lot.end, lot.holder, lot.lien, lot.version) == (FACE, holder, lien, 2)
    chains = market.read("Ledger", "lotAt", dealing.claim, 0)
    assert chains[3:5] == (holder, lien)
    assert market.read("Financing", "dealOf", digest)[6] == 1
    return act


def _require_sound_lines(market: Market) -> None:
    with market.database.read() as connection:
        assert differences(connection) == []


@pytest.mark.parametrize("run", RUNS)
def test_one_lot_at_five_banks__200_acceptances__one_wins(dealing: Dealing, run: int) -> None:
    market, chance = dealing.market, random.Random(run)
    quotes = _quotes(dealing, chance)
    works = [lambda quote=quote: dealing.accept(quote) for quote in quotes] * (ATTEMPTS // QUOTES)
    answers = _all_at_once(works)
    won = [answer.json() for answer in answers if answer.status_code == 200]
    lost = Counter(problem_of(answer) for answer in answers if answer.status_code != 200)
    assert (len(won), lost.total()) == (1, ATTEMPTS - 1)
    assert lost.keys() <= LOST
    winner = _require_one_deal(dealing, bytes.fromhex(won[0]["digest"][2:])).bank
    # The lot has moved on: what the others held for it is theirs again.
    assert {bank: market.used(bank) for bank in BANKS} == {
        bank: FACE if bank == winner else 0 for bank in BANKS
    }
    _require_sound_lines(market)


@pytest.mark.parametrize("run", RUNS)
def test_one_lot_at_five_banks__200_signed_acts_handed_in__one_wins(
    dealing: Dealing, run: int
) -> None:
    """Whoever has both signatures may submit: the chain alone decides."""
    market = dealing.market
    market.registered(dealing.claim, *BANKS)
    signed = _all_signed(dealing, _attempts(run), random.Random(run))
    market.headers(SELLER)
    works = [lambda act=act: market.handed_in(SELLER, act)[0] for act in signed]
    told = _all_at_once(works)
    assert {one["status"] for one in told} == {"accepted"}
    market.settle()
    records = [market.record(bytes.fromhex(one["digest"][2:])) for one in told]
    won = [one for one in records if one.status is ActStatus.CONFIRMED]
    refused = Counter(name for one in records if (name := refusal_of(one)))
    assert (len(won), refused) == (1, {"LotChanged": _attempts(run) - 1})
    _require_one_deal(dealing, won[0].digest)


@pytest.mark.parametrize("run", RUNS)
def test_one_lot_at_five_banks__200_transactions_past_the_api__one_wins(
    dealing: Dealing, run: int
) -> None:
    market = dealing.market
    market.registered(dealing.claim, *BANKS)
    signed = _all_signed(dealing, _attempts(run), random.Random(run))
    raw = [market.relayed(market.sender(f"{run} {n}"), act) for n, act in enumerate(signed)]

    def send(transaction: bytes) -> Any:
        with Rpc(market.stage.rpc.url) as rpc:
            rpc.call("eth_sendRawTransaction", ["0x" + transaction.hex()])
            return wait_for_receipt(rpc, keccak(transaction))

    receipts = _all_at_once([lambda one=one: send(one) for one in raw])
    taken = [digest for receipt in receipts for digest in market.entries(receipt)]
    refused = Counter(name for receipt in receipts for name in market.refusals(receipt))
    assert (len(taken), refused) == (1, {"LotChanged": _attempts(run) - 1})
    _require_one_deal(dealing, taken[0])


@pytest.mark.parametrize("run", RUNS)
def test_one_lot_at_five_banks__every_way_at_once__one_wins(dealing: Dealing, run: int) -> None:
    """The holder accepts one quote while acts signed with the other banks travel past the desk."""
    market, chance = dealing.market, random.Random(run)
    quotes = _quotes(dealing, chance)
    signed = _all_signed(dealing, _attempts(run) - QUOTES, chance)
    directly, handed_in = signed[: len(signed) // 4], signed[len(signed) // 4 :]
    raw = [market.relayed(market.sender(f"{run} {n}"), act) for n, act in enumerate(directly)]

    def send(transaction: bytes) -> None:
        with Rpc(market.stage.rpc.url) as rpc:
            rpc.call("eth_sendRawTransaction", ["0x" + transaction.hex()])

    works: list[Callable[[], Any]] = [lambda one=one: dealing.accept(one) for one in quotes]
    works += [lambda one=one: market.handed_in(SELLER, one) for one in handed_in]
    works += [lambda one=one: send(one) for one in raw]
    assert len(works) == _attempts(run)
    chance.shuffle(works)
    _all_at_once(works)
    market.settle()
    (digest,) = market.concluded()
    _require_one_deal(dealing, digest)
    _require_sound_lines(market)


@pytest.mark.parametrize("by_desk_first", [True, False])
def test_one_lot_at_two_banks__one_after_the_other__the_second_is_refused(
    dealing: Dealing, by_desk_first: bool
) -> None:
    """Both orders: the desk's quote before the act that the holder signed with another bank, and
    after it."""
    market = dealing.market
    market.registered(dealing.claim, BANKS[1])
    quote = dealing.quoted(BANK, dealing.ask_registered(BANK))
    elsewhere = market.signed(_finance(dealing, 1))
    if by_desk_first:
        assert dealing.accept(quote).status_code == 200
        market.settle()
        with market.unchanged():
            assert market.fate(elsewhere) == "LotChanged"
        return
    assert market.fate(elsewhere) is None
    with market.unchanged():
        assert problem_of(dealing.accept(quote)) == "LotChanged"
    assert market.used(BANK) == 0


class _Watch:
    """Asks for the line all the while, as its bank does."""

    def __init__(self, market: Market, bank: PartyNo) -> None:
        self._market, self._bank = market, bank
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.uses: list[int] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert len(set(self.uses)) > 1
        assert max(self.uses) <= LINE

    def _look(self) -> None:
        while not self._stop.is_set():
            self.uses.append(self._market.used(self._bank))


@pytest.mark.parametrize("run", RUNS)
def test_one_line__200_quotes__never_above_it(dealing: Dealing, run: int) -> None:
    market, chance = dealing.market, random.Random(run)
    market.line(BANK, CORE, LineKind.DEBTOR, LINE)
    market.registered(dealing.claim, BANK)
    drafts = []
    for _ in range(20):
        (request,) = dealing.ask(BANK, end=str(chance.randint(1_000, FACE)))
        view = dealing.look(BANK, request)
        drafts += [(request, dealing.draft(BANK, request, view)) for _ in range(ATTEMPTS // 20)]
    chance.shuffle(drafts)
    works = [lambda r=request, d=draft: dealing.hand_in(BANK, r, d) for request, draft in drafts]
    with _Watch(market, BANK):
        answers = _all_at_once(works)
    pairs = [
        (answer, int(request["amount"]))
        for answer, (request, _) in zip(answers, drafts, strict=True)
    ]
    fitted = [amount for answer, amount in pairs if answer.status_code == 201]
    refused = [(problem_of(a), amount) for a, amount in pairs if a.status_code != 201]
    assert {name for name, _ in refused} == {"LineExceeded"}
    assert market.used(BANK) == sum(fitted) <= LINE
    assert min(amount for _, amount in refused) > LINE - sum(fitted)
    assert [market.used(bank) for bank in BANKS[1:]] == [0] * 4
    _require_sound_lines(market)


@pytest.mark.parametrize("run", RUNS)
def test_one_line__lowered_while_200_quotes_come__never_below_its_use(
    dealing: Dealing, run: int
) -> None:
    market, chance = dealing.market, random.Random(run)
    request = dealing.ask_registered(BANK)
    view = dealing.look(BANK, request)
    drafts = [dealing.draft(BANK, request, view) for _ in range(_attempts(run))]
    limits = [LIMIT // 2, LIMIT // 4, LIMIT // 8, 3 * FACE, FACE]
    changes = [market.change_of(BANK, CORE, LineKind.DEBTOR, limit) for limit in limits]
    works = [lambda one=one: dealing.hand_in(BANK, request, one) for one in drafts]
    works += [lambda one=one: market.put_line(BANK, one) for one in changes]
    chance.shuffle(works)
    answers = _all_at_once(works)
    told = Counter(problem_of(one) for one in answers if not one.is_success)
    assert told.keys() <= {"LineExceeded", "LineChanged", "LineBelowUse"}
    (line,) = market.lines(BANK, CORE, LineKind.DEBTOR)
    assert int(line["open"]) <= int(line["limit"])
    assert int(line["open"]) == FACE * sum(one.status_code == 201 for one in answers)
    _require_sound_lines(market)
