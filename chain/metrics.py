"""What relayer and indexer tell Prometheus. Labels are statuses, names of errors and configured
endpoints: their number is bounded by the code and the configuration."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chain.rpc import RpcFault
from ledger.store.engine import Database
from ledger.store.faults import StorageFault
from ledger.store.outbox import now_ms
from ledger.store.reading.operation import Pool, pool

_ACTS = (1, 2, 5, 10, 20, 50, 100, 200, 400, 1000)
_GAS = (100e3, 200e3, 500e3, 1e6, 2e6, 5e6, 10e6, 20e6, 50e6, 100e6, 300e6)
_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 300, 3600)
_HEIGHTS_KEPT = 4096


def place_of(url: str) -> str:
    """Host and port: what else stands in an endpoint's URL may be a secret."""
    return urlsplit(url).netloc.rpartition("@")[2]


class ServiceMetrics:
    """What both have in common: rounds, faults, and which endpoint serves."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.last_round: float | None = None
        """Unix seconds; None before the first."""
        self._url = ""
        self._endpoint: str | None = None
        self._round = Gauge(
            "yuanliu_last_round_timestamp_seconds",
            "When the service last finished a round of its work, done or nothing to do.",
            registry=self.registry,
        )
        self._engine_faults = Counter(
            "yuanliu_engine_faults",
            "Times that the engine couldn't be asked, or answered with an error, by kind.",
            ["kind"],
            registry=self.registry,
        )
        self._database_faults = Counter(
            "yuanliu_database_faults",
            "Times that the database didn't answer or refused to write.",
            ["trouble"],
            registry=self.registry,
        )
        self._in_use = Gauge(
            "yuanliu_engine_endpoint_in_use",
            "1 for the endpoint that is asked at present.",
            ["endpoint"],
            registry=self.registry,
        )
        self._failovers = Counter(
            "yuanliu_engine_failovers",
            "Times that another endpoint was found in use than the round before.",
            registry=self.registry,
        )

    def round(self, url: str) -> None:
        """A round has ended well; ``url`` is the endpoint now in use."""
        self.last_round = time.time()
        self._round.set(self.last_round)
        if url == self._url:
            return
        endpoint, self._url = place_of(url), url
        if self._endpoint is not None:
            self._in_use.labels(self._endpoint).set(0)
            self._failovers.inc()
        self._in_use.labels(endpoint).set(1)
        self._endpoint = endpoint

    def engine_fault(self, fault: RpcFault) -> None:
        self._engine_faults.labels(type(fault).__name__).inc()

    def database_fault(self, fault: StorageFault) -> None:
        self._database_faults.labels(fault.trouble.value).inc()


class RelayerMetrics(ServiceMetrics):
    def __init__(self) -> None:
        super().__init__()
        self._refused = Counter(
            "yuanliu_relayer_acts_refused",
            "Acts refused before they were sent, by error.",
            ["error"],
            registry=self.registry,
        )
        self._batch_acts = Histogram(
            "yuanliu_relayer_batch_acts",
            "Acts in a batch that was signed.",
            buckets=_ACTS,
            registry=self.registry,
        )
        self._batch_gas = Histogram(
            "yuanliu_relayer_batch_gas",
            "Gas limit of a batch that was signed.",
            buckets=_GAS,
            registry=self.registry,
        )

    def refused(self, error: str) -> None:
        self._refused.labels(error).inc()

    def batch_signed(self, acts: int, gas: int) -> None:
        self._batch_acts.observe(acts)
        self._batch_gas.observe(gas)

    def watch_pool(self, database: Database) -> None:
        """From now on, count the queue whenever somebody asks for the numbers."""
        self.registry.register(_PoolCollector(database))


class IndexerMetrics(ServiceMetrics):
    def __init__(self) -> None:
        super().__init__()
        self._seen: deque[tuple[int, float]] = deque(maxlen=_HEIGHTS_KEPT)
        self._height = Gauge(
            "yuanliu_indexer_height",
            "The last block that was read into the projection.",
            registry=self.registry,
        )
        self._entries = Gauge(
            "yuanliu_indexer_entries", "Entries in the projection.", registry=self.registry
        )
        self._lag_blocks = Gauge(
            "yuanliu_indexer_lag_blocks",
            "Blocks that are final and not in the projection.",
            registry=self.registry,
        )
        self._lag_seconds = Gauge(
            "yuanliu_indexer_lag_seconds",
            "How long ago the oldest of those was first seen.",
            registry=self.registry,
        )
        self._refused = Counter(
            "yuanliu_indexer_acts_refused",
            "Acts of ours that the chain refused in a batch, by error.",
            ["error"],
            registry=self.registry,
        )
        self._act_seconds = Histogram(
            "yuanliu_act_seconds",
            "From an act's acceptance until the projection shows it.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.indexed_height: int | None = None
        self.lag_blocks: int | None = None
        self.lag_seconds: float | None = None

    def indexed(self, height: int, entries: int) -> None:
        self.indexed_height = height
        self._height.set(height)
        self._entries.set(entries)

    def confirmed(self, seconds: float) -> None:
        self._act_seconds.observe(seconds)

    def refused(self, error: str) -> None:
        self._refused.labels(error).inc()

    def final_height(self, height: int) -> None:
        """The newest final block, as somebody saw it just now."""
        now = time.monotonic()
        if not self._seen or height > self._seen[-1][0]:
            self._seen.append((height, now))
        indexed = -1 if self.indexed_height is None else self.indexed_height
        while self._seen and self._seen[0][0] <= indexed:
            self._seen.popleft()
        self.lag_blocks = max(0, height - indexed)
        self.lag_seconds = now - self._seen[0][1] if self._seen else 0.0
        self._lag_blocks.set(self.lag_blocks)
        self._lag_seconds.set(self.lag_seconds)


class _PoolCollector(Collector):
    """Looks at the queue when the numbers are asked for: nobody pays while nobody asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found: Pool | None = None
        with suppress(StorageFault), self._database.read() as connection:
            found = pool(connection)
        up = "Whether the database answered just now."
        yield GaugeMetricFamily("yuanliu_database_up", up, float(found is not None))
        if found is None:
            return
        acts = GaugeMetricFamily(
            "yuanliu_pool_acts", "Acts that the chain hasn't decided.", labels=["status"]
        )
        acts.add_metric(["accepted"], found.accepted)
        acts.add_metric(["sent"], found.sent)
        yield acts
        age = 0.0 if found.oldest is None else max(0.0, (now_ms() - found.oldest) / 1000)
        yield GaugeMetricFamily(
            "yuanliu_pool_oldest_seconds", "How long the oldest of them has waited.", age
        )
