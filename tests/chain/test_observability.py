"""The numbers move by exactly what was done, and the lines of log carry the request's id."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from chain.endpoints import Endpoints
from chain.indexer import Indexer
from chain.metrics import IndexerMetrics, RelayerMetrics, place_of
from chain.observability import metrics_served
from chain.observer import ChainObserver, ChainSight
from chain.profile import DEV
from chain.relayer import Post, Relayer
from chain.rpc import Rpc
from chain.sizing import BatchLimits, Sizing
from ledger.agreements import Transfer
from ledger.ids import ClaimNo
from ledger.store.keeping.heartbeats import last_beats
from ledger.store.outbox import ActStatus
from node.anvil import free_port
from tests.chain.processes import Processes
from tests.chain.stage import CORE_PARTY, TIER_1, TIER_2, Stage, act_of, new_act
from tests.store.refusals import takes_no_writes

SETTLED = 60.0


def _value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    found = registry.get_sample_value(name, labels)
    return 0.0 if found is None else found


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SETTLED
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class _Watched:
    """A stage whose relayer and indexer are measured."""

    def __init__(self, stage: Stage, limits: BatchLimits | None = None) -> None:
        self.stage = stage
        self.relayer, self.indexer = RelayerMetrics(), IndexerMetrics()
        post = Post(stage.client, DEV, stage.deployment.relay, stage.key)
        sizing = Sizing(limits or BatchLimits())
        stage.relayer = Relayer(stage.database, post, sizing, self.relayer)
        stage.indexer = Indexer(stage.client, stage.database, stage.deployment, DEV, self.indexer)

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()
        threads = [
            threading.Thread(target=one.run, args=(stop,))
            for one in (self.stage.relayer, self.stage.indexer)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def _stale_transfer(stage: Stage) -> Any:
    """A transfer of a lot version that is gone by the time it is simulated."""
    script = stage.script
    claim = script.issue(CORE_PARTY, TIER_1, 100)
    lot = script.lots[claim, 0]  # type: ignore[index]
    stale = script.signed(
        Transfer(claim, 0, lot.version + 7, 0, 100, TIER_1, TIER_2, bytes(32), 2**63 - 1),
        script.parties[TIER_1],
        script.parties[TIER_2],
    )
    return act_of(stage.deployment, stale)


def test_metrics__known_acts__count_exactly(either_stage: Stage) -> None:
    watched = _Watched(either_stage, BatchLimits(acts=4))
    stage = watched.stage
    stale = _stale_transfer(stage)
    stage.accept_script()
    accepted = stage.open_acts()
    stage.settle()
    stage.accept(stale)
    stage.settle()
    relayer, indexer = watched.relayer.registry, watched.indexer.registry
    assert _value(relayer, "yuanliu_relayer_batch_acts_sum") == accepted
    assert _value(relayer, "yuanliu_relayer_batch_acts_count") == -(-accepted // 4)
    assert _value(relayer, "yuanliu_relayer_batch_gas_sum") > 21_000 * (accepted // 4)
    assert _value(relayer, "yuanliu_relayer_acts_refused_total", error="LotChanged") == 1
    assert _value(indexer, "yuanliu_act_seconds_count") == accepted
    assert 0 < _value(indexer, "yuanliu_act_seconds_sum") < SETTLED * accepted
    assert _value(indexer, "yuanliu_indexer_entries") == len(stage.script.entries)
    tip = stage.indexer.tip.block
    assert tip is not None
    assert _value(indexer, "yuanliu_indexer_height") == tip.number


def test_pool__accepted_acts__are_counted_when_asked(either_stage: Stage) -> None:
    metrics = RelayerMetrics()
    metrics.watch_pool(either_stage.database)
    either_stage.accept_script()
    waiting = either_stage.open_acts()
    assert _value(metrics.registry, "yuanliu_pool_acts", status="accepted") == waiting
    assert _value(metrics.registry, "yuanliu_pool_acts", status="sent") == 0
    assert 0 <= _value(metrics.registry, "yuanliu_pool_oldest_seconds") < SETTLED
    assert _value(metrics.registry, "yuanliu_database_up") == 1


def test_logs__act_from_request_to_entry__can_be_followed_by_one_id(stage: Stage) -> None:
    stale = replace(_stale_transfer(stage), request_id="ticket-2")
    stage.accept_script()
    stage.settle()
    stage.script.transfer(ClaimNo(1), 0, 0, 60, TIER_2)
    (entry,) = stage.script.entries[stage.accepted :]
    moved = replace(new_act(stage.deployment, entry), request_id="ticket-1")
    stage.accept(stale, moved)
    with capture_logs() as logs:
        stage.settle()
    (refused,) = [line for line in logs if line["event"] == "act_refused"]
    assert (refused["request_id"], refused["error"]) == ("ticket-2", "LotChanged")
    signed = [line for line in logs if line["event"] == "batch_signed"]
    assert [line["request_ids"] for line in signed] == [["ticket-1"]]
    (confirmed,) = [line for line in logs if line["event"] == "act_confirmed"]
    (record,) = stage.records(moved)
    assert confirmed["request_id"] == record.request_id == "ticket-1"
    assert confirmed["digest"] == "0x" + moved.digest.hex()
    assert (confirmed["entry"], confirmed["block"]) == (record.entry, record.block)


def test_run__database_takes_no_writes_for_a_while__goes_on_where_it_was(
    either_stage: Stage,
) -> None:
    watched = _Watched(either_stage)
    stage = watched.stage
    stage.accept_script()
    accepted = stage.open_acts()
    name = "yuanliu_database_faults_total"
    registries = (watched.relayer.registry, watched.indexer.registry)
    with takes_no_writes(stage.database) as trouble, watched.running():
        _until(lambda: all(_value(one, name, trouble=trouble) >= 2 for one in registries))
        assert stage.counts()[ActStatus.ACCEPTED] == accepted
    with watched.running():
        _until(lambda: stage.open_acts() == 0)
    stage.assert_chain_has_script()
    assert stage.replay().drift == []


def test_observer__node_and_a_dead_one__tells_height_and_who_answers(stage: Stage) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    metrics = IndexerMetrics()
    stage.accept_script()
    with ChainObserver(Endpoints((stage.rpc.url, dead)), DEV.finality, metrics) as observer:
        stage.settle()
        head = stage.client.block("latest")
        assert head is not None
        metrics.indexed(head.number - 2, 0)
        observer.look()
        value = metrics.registry.get_sample_value
        assert observer.sight == ChainSight(head.number, head.time, nodes_up=1, nodes=2)
        assert value("yuanliu_node_up", {"endpoint": place_of(stage.rpc.url)}) == 1
        assert value("yuanliu_node_up", {"endpoint": place_of(dead)}) == 0
        assert value("yuanliu_chain_height") == head.number
        assert value("yuanliu_indexer_lag_blocks") == 2
        time.sleep(0.05)
        observer.look()
        assert (value("yuanliu_indexer_lag_seconds") or 0) >= 0.05
        metrics.indexed(head.number, 0)
        observer.look()
        assert (value("yuanliu_indexer_lag_blocks"), value("yuanliu_indexer_lag_seconds")) == (0, 0)
        assert observer.facts()["behind_blocks"] == 0


def test_observer__comet_of_four__only_who_is_silent_for_long_is_missing(stage: Stage) -> None:
    answers: dict[str, Any] = {"/net_info": {"n_peers": "3"}}

    def commits(height: int, *flags: int) -> None:
        commit = {"height": str(height), "signatures": [{"block_id_flag": flag} for flag in flags]}
        answers["/commit"] = {"signed_header": {"commit": commit}}

    metrics = IndexerMetrics()
    with _serving(answers) as comet:
        endpoints = Endpoints((stage.rpc.url,), (comet,))
        with ChainObserver(endpoints, DEV.finality, metrics) as observer:
            signing = []
            for height, late in enumerate((1, 1, 1, 1, 1, 2, 2, 2, 2, 2)):
                commits(height, 2, 2, late, 2 if height != 4 else 1)
                observer.look()
                signing.append(observer.sight.signing)
            assert signing == [3, 3, 3, 3, 3, 4, 4, 4, 4, 4]
            for height in range(10, 15):
                commits(height, 2, 1, 2, 2)
                observer.look()
    assert (observer.sight.validators, observer.sight.signing) == (4, 3)
    value = metrics.registry.get_sample_value
    assert value("yuanliu_chain_validators") == 4
    assert value("yuanliu_chain_validators_signing") == 3
    assert value("yuanliu_node_peers", {"endpoint": place_of(comet)}) == 3


@contextmanager
def _serving(answers: dict[str, Any]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"result": answers[self.path]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_round__another_endpoint_than_before__is_a_failover() -> None:
    metrics = RelayerMetrics()
    for url in ("http://u:secret@a:1/x", "http://u:secret@a:1/x", "http://b:2"):
        metrics.round(url)
    value = metrics.registry.get_sample_value
    assert value("yuanliu_engine_failovers_total") == 1
    assert value("yuanliu_engine_endpoint_in_use", {"endpoint": "a:1"}) == 0
    assert value("yuanliu_engine_endpoint_in_use", {"endpoint": "b:2"}) == 1


def test_run__engine_unreachable__faults_are_counted_by_kind(stage: Stage) -> None:
    watched = _Watched(stage)
    with Rpc(f"http://127.0.0.1:{free_port()}") as nowhere:
        stage.client.rpc.close()
        post = replace(watched.stage.relayer._post, client=type(stage.client)(nowhere))
        relayer = Relayer(stage.database, post, Sizing(BatchLimits()), watched.relayer)
        stop = threading.Event()
        thread = threading.Thread(target=relayer.run, args=(stop,))
        thread.start()
        name, kind = "yuanliu_engine_faults_total", "NodeUnreachable"
        _until(lambda: _value(watched.relayer.registry, name, kind=kind) >= 2)
        stop.set()
        thread.join()


def test_metrics_served__on_loopback__can_be_scraped_until_the_end() -> None:
    metrics, port = RelayerMetrics(), free_port()
    metrics.batch_signed(3, 500_000)
    url = f"http://127.0.0.1:{port}/metrics"
    with metrics_served(metrics.registry, port):
        told = text_string_to_metric_families(httpx.get(url, trust_env=False).text)
        (acts,) = [one for one in told if one.name == "yuanliu_relayer_batch_acts"]
        assert {one.name: one.value for one in acts.samples}["yuanliu_relayer_batch_acts_sum"] == 3
        with capture_logs() as logs, metrics_served(metrics.registry, port):
            pass  # the port is taken: the service goes on without
        assert [line["event"] for line in logs] == ["metrics_not_served"]
    with metrics_served(metrics.registry, port):
        assert httpx.get(url, trust_env=False).status_code == 200


class _Piped(Processes):
    """Their logs go through pipes: what limits files must not limit them."""

    def _start(self, name: str, arguments: list[str]) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.running[name] = process
        self.lines: dict[str, list[str]] = getattr(self, "lines", {})
        lines = self.lines.setdefault(name, [])
        reader = threading.Thread(target=lambda: [lines.append(x.decode()) for x in process.stdout])  # type: ignore[union-attr]
        reader.start()


def test_processes__files_cannot_grow_for_a_while__live_on_and_lose_nothing(
    stage: Stage, tmp_path: Any
) -> None:
    """What a full disk does to SQLite, done to real processes by the operating system."""
    url = f"sqlite:///{tmp_path / 'yuanliu.db'}"
    both = _Piped(tmp_path / "processes", url, stage.rpc.url, stage.deployment)
    both.start_all()
    pids = {name: process.pid for name, process in both.running.items()}
    try:
        stage.accept_script()
        _until(lambda: stage.open_acts() == 0)
        unlimited = resource.prlimit(pids["relayer"], resource.RLIMIT_FSIZE)
        for pid in pids.values():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, unlimited[1]))
        stage.script.issue(CORE_PARTY, TIER_1, 700)
        stage.accept_script()
        _until(lambda: any("database_fault" in line for line in both.lines["relayer"]))
        assert stage.counts()[ActStatus.ACCEPTED] == 1
        for pid in pids.values():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        _until(lambda: stage.open_acts() == 0)
        assert {name: one.pid for name, one in both.running.items()} == pids
        with stage.database.read() as connection:
            assert set(last_beats(connection)) == {"relayer", "indexer"}
    finally:
        codes = both.stop_all()
    assert codes == {"relayer": 0, "indexer": 0}
    stage.assert_chain_has_script()
