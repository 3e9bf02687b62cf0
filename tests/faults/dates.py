"""Dates at their edges: a day ends in Shanghai, and an agreement while it is on its way.

What contracts and API say of one agreement has to be the same, whoever is asked.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import uvicorn

from api.app import create_app
from api.settings import Settings
from chain.client import ChainClient
from client.http import Http
from client.sign_in import sign_in
from ledger.acts import SignedAct
from ledger.agreements import FOREVER, InvoiceUse, Issue, Transfer
from ledger.errors import Refused
from ledger.ids import ClaimNo, Digest
from ledger.keccak import keccak
from ledger.store.outbox import ActStatus, accept, read_act
from node.anvil import free_port
from oracles.witness import Witness
from tests.chain.stage import CORE_PARTY, TIER_1, TIER_2, act_of
from tests.e2e.clerk import Clerk
from tests.faults.fault import Check, fault
from tests.faults.scene import Scene, Unmet, wait_until
from tests.support.synthetic import NO_DOCUMENTS

_ZONE = ZoneInfo("Asia/Shanghai")
_FACE = 10_000
_FROZEN_SECONDS = 3.0
_SECONDS_LEFT = range(-2, 10)
_NO_DAY = 2027_02_29


@fault("due-dates", "agreements run out on their way, claims are due at midnight in Shanghai")
def due_dates(scene: Scene) -> Iterator[Check]:
    due = scene.errand(_issue_due_around_today)
    _state_accounts(scene)
    scene.errand(lambda clerk: _bypass_the_api(scene, clerk))
    claims = scene.errand(_issue_one_for_each_edge)
    with _frozen(scene.stack.pids()["relayer"]):
        edges = scene.errand(lambda clerk: _hand_in_about_to_expire(clerk, claims))
        time.sleep(_FROZEN_SECONDS)

    def check() -> None:
        _require_same_clock(scene, edges)
        _require_payment_days(scene, due)

    yield check


# ── agreements that run out on their way ─────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Edge:
    digest: Digest
    valid_until: int


def _issue_one_for_each_edge(clerk: Clerk) -> list[ClaimNo]:
    claims = [_issue(clerk, _number(_today())) for _ in _SECONDS_LEFT]
    clerk.hand_in_and_wait()
    return claims


def _hand_in_about_to_expire(clerk: Clerk, claims: list[ClaimNo]) -> list[_Edge]:
    """One transfer for each claim; those that the API took, whose time may be up any moment."""
    edges = []
    now = int(time.time())
    for claim, left in zip(claims, _SECONDS_LEFT, strict=True):
        transfer = Transfer(claim, 0, 1, 0, _FACE, TIER_1, TIER_2, NO_DOCUMENTS, now + left)
        refusal = clerk.try_transfer(transfer, "Expired")
        if refusal is None:
            edges.append(_Edge(clerk.script.deployment.digest(transfer), now + left))
        elif time.time() <= now + left:
            raise Unmet(f"the API called an agreement expired {left} s before its time")
    return edges


def _require_same_clock(scene: Scene, edges: list[_Edge]) -> None:
    """Confirmed in a block of its time, or refused after it: nothing in between."""
    outcomes = set()
    with closing(scene.ask(0).rpc) as rpc:
        for edge in edges:
            outcomes.add(_require_in_time(scene, ChainClient(rpc), edge))
    if outcomes != {ActStatus.CONFIRMED, ActStatus.REFUSED}:
        raise Unmet(f"the edge wasn't met: all of {len(edges)} agreements were {outcomes}")


def _require_in_time(scene: Scene, client: ChainClient, edge: _Edge) -> ActStatus:
    with scene.database.read() as connection:
        record = read_act(connection, edge.digest)
    if record is None or record.settled is None:
        raise Unmet(f"0x{edge.digest.hex()} has no answer")
    if record.status is ActStatus.REFUSED:
        if record.settled < (edge.valid_until + 1) * 1000:
            raise Unmet(f"0x{edge.digest.hex()} was called expired before its time")
        return record.status
    block = client.block(record.block or 0)
    if block is None or block.time > edge.valid_until:
        raise Unmet(f"0x{edge.digest.hex()} took effect after its time")
    return record.status


def _bypass_the_api(scene: Scene, clerk: Clerk) -> None:
    """What the API refuses by a name, the contracts refuse by the same one."""
    sides = [clerk.script.parties[one] for one in (CORE_PARTY, TIER_1)]
    planted = {
        "InvalidDate": _terms(clerk, _NO_DAY),
        "Expired": _terms(clerk, _number(_today()), int(time.time()) - 60),
    }
    for name, issue in planted.items():
        act = clerk.script.signed(issue, *sides)
        _require_refused(scene, act, name)
        new = act_of(clerk.script.deployment, act)
        scene.database.write(lambda connection, new=new: accept(connection, [new]))  # type: ignore[misc]
        clerk.refused[new.digest] = name
        clerk.accepted.add(new.digest)


def _require_refused(scene: Scene, act: SignedAct, name: str) -> None:
    try:
        with scene.api() as api:
            api.submit_agreements([act])
    except Refused as refusal:
        if refusal.name != name:
            raise Unmet(f"the API refused by {refusal.name}, not by {name}") from refusal
    else:
        raise Unmet(f"the API took what it has to refuse by {name}")


# ── claims that are due around today ─────────────────────────────────────────────────────────


def _issue_due_around_today(clerk: Clerk) -> dict[ClaimNo, date]:
    """Claims due yesterday, today and tomorrow, confirmed."""
    days = [_today() + timedelta(days=offset) for offset in (-1, 0, 1)]
    due = {_issue(clerk, _number(day)): day for day in days}
    clerk.hand_in_and_wait()
    return due


def _issue(clerk: Clerk, maturity: int) -> ClaimNo:
    claim = clerk.script.post_issue(_terms(clerk, maturity))
    clerk.reserved.add(claim)
    return claim


def _terms(clerk: Clerk, maturity: int, until: int = FOREVER) -> Issue:
    invoice = keccak(b"due %d until %d for claim %d" % (maturity, until, len(clerk.script.claims)))
    use = InvoiceUse(invoice, _FACE, _FACE, 0)
    return Issue(CORE_PARTY, TIER_1, "CNY", _FACE, maturity, (use,), NO_DOCUMENTS, until)


def _state_accounts(scene: Scene) -> None:
    for party in (CORE_PARTY, TIER_1):
        with scene.api() as api:
            api.sign_in(scene.clerk.script.parties[party][0])  # type: ignore[arg-type]
            account = {"account": f"CN{party:016d}", "agent_bic": "ICBKCNBJXXX"}
            api.put_profile(f"Party {party}", account)


def _require_payment_days(scene: Scene, due: dict[ClaimNo, date]) -> None:
    """A claim is paid on its day, or today if that is past; a day begins in Shanghai."""
    today = _today()
    midnight = datetime.combine(today, datetime.min.time(), _ZONE)
    days = {midnight - timedelta(seconds=1): today - timedelta(days=1), midnight: today}
    for clock, day in days.items():
        expected = {claim: max(maturity, day) for claim, maturity in due.items()}
        found = _requested_days(scene, list(due), clock)
        if found != expected:
            raise Unmet(f"at {clock} claims are to be paid {found}, not {expected}")


def _requested_days(scene: Scene, claims: list[ClaimNo], now: datetime) -> dict[ClaimNo, date]:
    """By the API at another time, on the same database."""
    with _api_at(scene, int(now.timestamp())) as url, closing(Http(url)) as http:
        headers = sign_in(http, scene.debtor).headers  # type: ignore[arg-type]
        asked = {
            claim: http.get("/v1/payment-instructions", headers=headers, claim=claim).json()
            for claim in claims
        }
    return {claim: date.fromisoformat(one["requested_on"]) for claim, one in asked.items()}


@contextmanager
def _api_at(scene: Scene, now: int) -> Iterator[str]:
    """The address of an API for which it is this time, in Unix seconds."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    deployment = scene.stack.deployment
    settings = Settings(database_url="", deployment=deployment, public_url=url)
    app = create_app(settings, scene.database, Witness(scene.database, deployment), lambda: now)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, log_level="warning"))
    serving = threading.Thread(target=server.run)
    serving.start()
    try:
        wait_until(lambda: server.started, "an API at another time")
        yield url
    finally:
        server.should_exit = True
        serving.join()


def _today() -> date:
    return datetime.now(_ZONE).date()


def _number(day: date) -> int:
    """As agreements write a day: YYYYMMDD."""
    return int(day.strftime("%Y%m%d"))


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
