"""On which loopback ports our processes tell their numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from api.settings import InvalidSetting

_VARIABLE = "YUANLIU_METRICS_PORT_"


@dataclass(frozen=True)
class MetricsPorts:
    """By service: None where nobody has chosen one, 0 where it is to be off."""

    relayer: int | None = None
    indexer: int | None = None
    api: int | None = None

    @classmethod
    def from_environment(cls, given: Mapping[str, str], otherwise: MetricsPorts) -> Self:
        """YUANLIU_METRICS_PORT_RELAYER, …_INDEXER, …_API; raises ``InvalidSetting``."""
        known = asdict(otherwise)
        return cls(**{name: _port(given, _variable(name), known[name]) for name in _names()})

    @classmethod
    def from_json(cls, announced: Mapping[str, Any]) -> Self:
        return cls(**{name: announced.get(name) for name in _names()})

    def environment(self) -> dict[str, str]:
        """What ``from_environment`` reads these from."""
        ports = asdict(self).items()
        return {_variable(name): "" if port is None else str(port) for name, port in ports}

    def chosen(self, choose: Callable[[int | None], int]) -> Self:
        """These, with what ``choose`` makes of every one that isn't off."""
        ports = asdict(self).items()
        return type(self)(**{name: 0 if port == 0 else choose(port) for name, port in ports})


def _names() -> list[str]:
    return [field.name for field in fields(MetricsPorts)]


def _variable(name: str) -> str:
    return _VARIABLE + name.upper()


def _port(given: Mapping[str, str], name: str, otherwise: int | None) -> int | None:
    text = given.get(name)
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or int(text) >= 65536:
        raise InvalidSetting(name, "has to be a port number, or 0 for none")
    return int(text)
