"""How long an officer's questions take at a scale, beside the same questions at a small one.

Both ledgers are up at once, each with an API process of its own, and are asked in turn: whatever
else the machine does meets both. So their ratio holds where the times themselves don't. What an
answer costs its process in processor time holds on a busy machine too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from chain.profile import DEV
from client.http import Http
from client.sign_in import Session, sign_in
from ledger.deployment import Deployment
from ledger.hexadecimal import hexed
from ledger.ids import Address
from ledger.store.engine import open_database
from node.anvil import free_port
from scripts import founding
from scripts.bench import audit
from scripts.bench.load import percentile
from scripts.bench.scale.building import build
from scripts.bench.scale.desk_rows import Desk
from scripts.bench.scale.town import DEBTOR, OFFICER, Town
from scripts.services import Service, ServiceFailed
from scripts.settings import Settings
from scripts.stack import await_ready, with_metrics_ports

SMALL = 10_000
"""Lots of the ledger that the others are held against."""

_TIMES, _WARM_UP = 500, 50
_REQUESTS = "/v1/finance-requests"

Figures = dict[str, Any]


@dataclass
class Officer:
    """Signed in at one ledger's API, with the requests that wait there."""

    http: Http
    session: Session
    pid: int
    crowded: str
    waiting: Iterator[str]

    @classmethod
    def at(cls, url: str, pid: int, town: Town) -> Officer:
        http = Http(url)
        officer = cls(http, sign_in(http, OFFICER), pid, Desk(town).crowded_request(), iter(()))
        officer.waiting = cycle([one for one in officer._all_open() if one != officer.crowded])
        return officer

    def inbox(self, cursor: str | None = None) -> dict[str, Any]:
        """One page of what waits for an answer."""
        found: dict[str, Any] = self._get(_REQUESTS, role="bank", open_only="true", cursor=cursor)
        return found

    def requests(self) -> None:
        """One page of every request, answered or not."""
        self._get(_REQUESTS)

    def look(self) -> None:
        """The next waiting request, with everything that it takes to decide."""
        self._look(next(self.waiting))

    def look_at_crowd(self) -> None:
        """A request over a claim of which a hundredth of the ledger's lots was cut."""
        self._look(self.crowded)

    def exposure(self) -> None:
        """To the debtor of four claims in ten."""
        self._get(f"/v1/exposures/{DEBTOR}")

    def _all_open(self) -> Iterator[str]:
        page = self.inbox()
        while True:
            yield from (one["id"] for one in page["items"])
            if page["next"] is None:
                return
            page = self.inbox(page["next"])

    def _get(self, path: str, **params: Any) -> Any:
        return self.http.get(path, headers=self._headers(), **params).json()

    def _look(self, request: str) -> None:
        path = f"/v1/desk/requests/{request}/views"
        self.http.post(path, {"registration": None}, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        if not self.session.usable:
            self.session = sign_in(self.http, OFFICER)
        return self.session.headers


Question = Callable[[Officer], object]

QUESTIONS: dict[str, Question] = {
    "inbox": Officer.inbox,
    "requests": Officer.requests,
    "look": Officer.look,
    "look_at_crowd": Officer.look_at_crowd,
    "exposure": Officer.exposure,
}


def measure_scale(lots: int, folder: Path) -> Figures:
    """Milliseconds of every question at ``lots`` lots and at ``SMALL``, and their ratios."""
    towns = [Town(SMALL, int(time.time())), Town(lots, int(time.time()))]
    figures: Figures = {"lots": lots, "small": SMALL}
    with ExitStack() as stack:
        officers = []
        for town in towns:
            started = time.perf_counter()
            settings = _built(town, folder / str(town.lots))
            figures[f"build_s_{town.lots}"] = round(time.perf_counter() - started, 1)
            pid = stack.enter_context(_served(settings))
            officers.append(Officer.at(settings.api_url, pid, town))
        for name, question in QUESTIONS.items():
            _say(f"{name}: {_TIMES} times at either scale")
            figures[name] = _compared(question, officers)
    return figures


def _built(town: Town, folder: Path) -> Settings:
    _say(f"building a ledger of {town.lots:,} lots")
    settings = with_metrics_ports(Settings.in_folder(DEV, folder).at(free_port(), free_port()))
    founding.write_deployment(settings, _nowhere())
    database = open_database(settings.database_url)
    try:
        build(database, town)
    finally:
        database.close()
    return settings


def _nowhere() -> Deployment:
    """A deployment of no chain: nothing here asks one."""
    names = ("ledger", "registry", "attestations", "receivables", "validators", "financing")
    addresses = {name: Address("0x" + f"{n:02x}" * 20) for n, name in enumerate((*names, "relay"))}
    return Deployment(
        engine=DEV.name,
        chain_id=7777,
        block=1,
        block_hash=hexed(bytes(32)),
        commit="0" * 40,
        sources="0" * 64,
        **addresses,
    )


@contextmanager
def _served(settings: Settings) -> Iterator[int]:
    """The pid of an API that answers."""
    service = Service("api", settings)
    service.start()
    try:
        await_ready(settings.api_url, service.require_alive)
        if service.pid is None:
            raise ServiceFailed("the API ended")
        yield service.pid
    finally:
        service.stop()


def _compared(question: Question, officers: Sequence[Officer]) -> Figures:
    """Of the ledger of the second officer, and its ratios to the first's."""
    _in_turn(question, officers, _WARM_UP)
    before = [audit.processor_seconds(officer.pid) for officer in officers]
    times = _in_turn(question, officers, _TIMES)
    after = [audit.processor_seconds(officer.pid) for officer in officers]
    found: Figures = {}
    for percent in (50, 99):
        found |= _pair(f"p{percent}", *(percentile(taken, percent) for taken in times))
    spent = (1000 * (end - start) / _TIMES for start, end in zip(before, after, strict=True))
    return found | _pair("processor", *spent)


def _in_turn(question: Question, officers: Sequence[Officer], times: int) -> list[list[float]]:
    """Milliseconds of every asking, for each officer, rising."""
    taken: list[list[float]] = [[] for _ in officers]
    for _ in range(times):
        for officer, list_of in zip(officers, taken, strict=True):
            started = time.perf_counter()
            question(officer)
            list_of.append(1000 * (time.perf_counter() - started))
    return [sorted(list_of) for list_of in taken]


def _pair(name: str, small: float, large: float) -> Figures:
    return {
        f"{name}_ms": round(large, 1),
        f"{name}_ms_small": round(small, 1),
        # A clock that ticks a hundred times a second may not have moved for a few answers.
        f"{name}_ratio": round(large / small, 2) if small else None,
    }


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
