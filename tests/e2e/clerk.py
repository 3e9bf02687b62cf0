"""A client that hands in acts without pause, and again and again whatever got no answer."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple, TypeVar

import httpx
import pytest

from client.api import Api
from client.http import Http, Retries
from client.problems import ApiFault
from ledger.acts import SignedAct, decode_call
from ledger.agreements import FOREVER, InvoiceUse, Issue, Transfer
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.ids import ClaimNo, Digest
from ledger.keccak import keccak
from tests.chain.stage import CORE_PARTY, FOUNDING_ENTRIES, TIER_1, TIER_2, TIER_3, script_for
from tests.support.synthetic import COUNCIL, MATURITY, SyntheticLedger

T = TypeVar("T")

LONG_AGO = 1_000_000_000
ANSWERED_WITHIN = 120.0
_PAUSE = 0.05


class HandedIn(NamedTuple):
    """``asked`` is when the request was first made, on ``time.monotonic``'s clock."""

    asked: float
    digest: Digest


class Clerk:
    """``script`` is what was handed in and must stand on the chain, in that order.

    ``refused`` are the planted acts that the chain must have refused, each with the name it
    must have refused it by; those that the API itself must refuse are seen to at once.
    """

    def __init__(self, url: str, deployment: Deployment, dice: random.Random) -> None:
        self.script: SyntheticLedger = script_for(deployment)
        self.refused: dict[Digest, str] = {}
        self.perhaps: dict[Digest, str] = {}
        """Acts of the script that the chain may refuse, but by this name only."""
        self.accepted: set[Digest] = set()
        self.refused_at_once = 0
        self.handed_in: list[HandedIn] = []
        """The first act of every request that was answered."""
        self.reserved: set[ClaimNo] = set()
        """Claims that are an errand's own."""
        self.asking = threading.Event()
        """Set while a request is under way."""
        self.unanswered = 0
        self._deployment = deployment
        self._dice = dice
        self._key = COUNCIL[0]
        self._posted = FOUNDING_ENTRIES
        self._planted = 0
        self._errands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._http = Http(url, retries=Retries(attempts=3, pause=0.05))
        self._api = Api(self._http)

    def enrol(self) -> None:
        """Have the script's oracle members and parties admitted: the API knows them after that."""
        self.hand_in_and_wait()
        self._key = self.script.parties[CORE_PARTY][0]
        self._api.session = None

    def work(self, stop: threading.Event) -> None:
        """Until told to stop; nothing is left unanswered then."""
        while not stop.wait(self._dice.random() * 0.15):
            self._hand_in_more()
            if self._dice.random() < 0.2:
                self._hand_in_what_the_api_refuses()
            self._run_errands()
        self._run_errands()

    def close(self) -> None:
        self._http.close()

    # ── errands ──────────────────────────────────────────────────────────────────────────────

    def send_on(self, errand: Callable[[Clerk], T]) -> Future[T]:
        """Have something done in between, in the thread that works: acts keep one order."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(errand(self))
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
                done.set_exception(error)

        self._errands.put(run)
        return done

    def hand_in_and_wait(self) -> None:
        """Have what the script has posted since confirmed. In an errand, or before any work."""
        for digest in self._hand_in():
            self._api.confirmed(digest)

    def try_transfer(self, transfer: Transfer, otherwise: str) -> Refused | None:
        """Hand in a transfer that may be refused by this name; the refusal, if it comes at once.

        In an errand. Nothing else may depend on the lot.
        """
        act = self._signed(transfer)
        try:
            (digest,) = self._insist(lambda: self._api.submit_agreements([act]))
        except Refused as refusal:
            if refusal.name != otherwise:
                raise
            self.refused_at_once += 1
            return refusal
        self.script.post_transfer(act)
        self._posted += 1
        self.perhaps[digest] = otherwise
        self.accepted.add(digest)
        return None

    def _run_errands(self) -> None:
        while not self._errands.empty():
            self._errands.get()()

    # ── acts ─────────────────────────────────────────────────────────────────────────────────

    def _act(self) -> None:
        """One more act of any kind, every one of them valid in this order and in no other."""
        script, dice = self.script, self._dice
        live = [
            (claim, start)
            for (claim, start), lot in script.lots.items()
            if lot.amount > 1 and lot.state == 1 and claim not in self.reserved
        ]
        if len(live) < 3 or dice.random() < 0.2:
            script.issue(CORE_PARTY, TIER_1, dice.randrange(1_000, 1_000_000))
            return
        claim, start = dice.choice(live)
        lot = script.lots[claim, start]
        if dice.random() < 0.15:
            script.settle(script.payment(claim, start, dice.randrange(1, lot.amount + 1)))
            return
        recipient = dice.choice([one for one in (TIER_1, TIER_2, TIER_3) if one != lot.holder])
        first = dice.randrange(lot.start, lot.end)
        script.transfer(claim, start, first, dice.randrange(first + 1, lot.end + 1), recipient)

    def _what_the_chain_refuses(self) -> tuple[SignedAct, str]:
        if self._dice.random() < 0.5:
            return self._signed(self._transfer(ClaimNo(1_000_000))), "UnknownLot"
        # Claim 1 used its invoice up.
        used = InvoiceUse(keccak(b"invoice 0"), self.script.claims[ClaimNo(1)].face, 1, 1)
        issue = Issue(CORE_PARTY, TIER_1, "CNY", 1, MATURITY, (used,), self._salt(), FOREVER)
        return self._signed(issue), "InvoiceOverused"

    def _what_the_api_refuses(self) -> tuple[SignedAct, str]:
        sound = self._transfer(ClaimNo(1))
        match self._dice.randrange(3):
            case 0:
                return self._signed(self._transfer(ClaimNo(1), recipient=TIER_2)), "SelfDealing"
            case 1:
                return self._signed(self._transfer(ClaimNo(1), until=LONG_AGO)), "Expired"
            case _:
                other = self._signed(self._transfer(ClaimNo(1)))
                return SignedAct(sound, other.approvals), "NotSigner"

    def _transfer(self, claim: ClaimNo, recipient: int = TIER_3, until: int = FOREVER) -> Transfer:
        return Transfer(claim, 0, 1, 0, 1, TIER_2, recipient, self._salt(), until)

    def _signed(self, agreement: Issue | Transfer) -> SignedAct:
        sides = (
            (agreement.debtor, agreement.creditor)
            if isinstance(agreement, Issue)
            else (agreement.holder, agreement.recipient)
        )
        return self.script.signed(agreement, *(self.script.parties[one] for one in sides))

    def _salt(self) -> bytes:
        """Makes each planted act one of its own."""
        self._planted += 1
        return self._planted.to_bytes(32, "big")

    # ── handing in ───────────────────────────────────────────────────────────────────────────

    def _hand_in_more(self) -> None:
        for _ in range(self._dice.randrange(1, 12)):
            self._act()
        planted = []
        if self._dice.random() < 0.3:
            act, name = self._what_the_chain_refuses()
            self.refused[self._deployment.digest(act.agreement)] = name
            planted.append(act)
        self._hand_in(*planted)

    def _hand_in(self, *planted: SignedAct) -> list[Digest]:
        """What the script has posted since, and after it these; their digests."""
        new = self.script.entries[self._posted :]
        self._posted += len(new)
        acts = [*(decode_call(entry.memo) for entry in new), *planted]
        asked = time.monotonic()
        digests = self._insist(lambda: self._api.submit_agreements(acts))
        assert digests == [self._deployment.digest(act.agreement) for act in acts]
        self.accepted.update(digests)
        self.handed_in.append(HandedIn(asked, digests[0]))
        return digests

    def _hand_in_what_the_api_refuses(self) -> None:
        planted, name = self._what_the_api_refuses()

        def refused() -> str:
            with pytest.raises(Refused) as caught:
                self._api.submit_agreements([planted])
            return caught.value.name

        assert self._insist(refused) == name
        self.refused_at_once += 1

    def _insist(self, request: Callable[[], T]) -> T:
        """The answer, however often it takes asking: again after silence, or when the API says
        that it can't record anything just now, but after no other 5xx."""
        deadline = time.monotonic() + ANSWERED_WITHIN
        while True:
            self.asking.set()
            try:
                if self._api.session is None or not self._api.session.usable:
                    self._api.sign_in(self._key)
                return request()
            except ApiFault as fault:
                silent = isinstance(fault.__cause__, httpx.TransportError)
                put_off = " answered 503: Nothing can be recorded" in str(fault)
                if not (silent or put_off) or time.monotonic() > deadline:
                    raise
                self.unanswered += 1
                time.sleep(_PAUSE)
            finally:
                self.asking.clear()
