"""What the API tells Prometheus: how much is asked, how long it takes, what is refused.

Labels are route templates, methods and problems' names, never a path or an id: their number is
bounded by the code.
"""

from __future__ import annotations

from http import HTTPMethod

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
_METHODS = frozenset(HTTPMethod)


class ApiMetrics:
    """One API's numbers, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.in_flight = Gauge(
            "yuanliu_api_requests_in_flight",
            "Requests that aren't answered yet, streams included.",
            registry=self.registry,
        )
        self._requests = Counter(
            "yuanliu_api_requests",
            "Requests answered.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "yuanliu_api_request_seconds",
            "From a request until its answer begins; with `wait`, the waiting too.",
            ["route", "method"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._problems = Counter(
            "yuanliu_api_problems",
            "Problems answered, by name; agreements of a bulk request each count.",
            ["problem"],
            registry=self.registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """``route`` is a template; ``status`` 0 when the caller was gone before an answer."""
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(seconds)

    def problem(self, name: str) -> None:
        self._problems.labels(name).inc()
