"""Everything the environment decides, read in one place, once, and passed on frozen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from api.settings import InvalidSetting
from chain.endpoints import Endpoints
from chain.profile import DEV, EngineProfile, profile_named
from ledger.files import replace_file
from scripts.metrics_ports import MetricsPorts

API_PORT = 8000
NODE_PORT = 8545
LOOPBACK = "http://127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """Where things are. Every path below ``data_dir`` follows from it."""

    profile: EngineProfile
    data_dir: Path
    database_url: str
    api_url: str
    endpoints: Endpoints
    keys_dir: Path
    passphrase_file: Path | None
    metrics: MetricsPorts = field(default_factory=MetricsPorts)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """PROFILE, YUANLIU_DATA_DIR, DATABASE_URL, YUANLIU_API_URL, YUANLIU_RPC_URL and
        YUANLIU_COMET_URL (each may name several, separated by commas), YUANLIU_KEYS_DIR,
        YUANLIU_PASSPHRASE_FILE, YUANLIU_METRICS_PORT_… (``MetricsPorts``); an empty one counts
        as not given."""
        given = {name: value for name, value in environment.items() if value}
        profile = profile_named(given.get("PROFILE", DEV.name))
        settings = cls.in_folder(
            profile, Path(given.get("YUANLIU_DATA_DIR", f"var/{profile.name}"))
        )
        passphrase_file = given.get("YUANLIU_PASSPHRASE_FILE")
        return replace(
            settings,
            database_url=given.get("DATABASE_URL", settings.database_url),
            api_url=given.get("YUANLIU_API_URL", settings.api_url),
            endpoints=Endpoints(
                _urls(given, "YUANLIU_RPC_URL", settings.endpoints.rpc),
                _urls(given, "YUANLIU_COMET_URL", settings.endpoints.comet),
            ),
            keys_dir=Path(given.get("YUANLIU_KEYS_DIR", settings.keys_dir)),
            passphrase_file=Path(passphrase_file) if passphrase_file else None,
            metrics=MetricsPorts.from_environment(given, settings.metrics),
        )

    @classmethod
    def in_folder(cls, profile: EngineProfile, data_dir: Path) -> Self:
        """What holds in a folder when nothing else is said."""
        data_dir = data_dir.absolute()
        announced = _read_announced(data_dir)
        return cls(
            profile=profile,
            data_dir=data_dir,
            database_url=f"sqlite:///{data_dir / 'yuanliu.db'}",
            api_url=announced.get("api", f"{LOOPBACK}:{API_PORT}"),
            endpoints=Endpoints(
                tuple(announced.get("rpc", [f"{LOOPBACK}:{NODE_PORT}"])),
                tuple(announced.get("comet", [])),
            ),
            keys_dir=data_dir / "keys",
            passphrase_file=None,
            metrics=MetricsPorts.from_json(announced.get("metrics", {})),
        )

    def __post_init__(self) -> None:
        _require_url("YUANLIU_API_URL", self.api_url)
        for url in self.endpoints.rpc:
            _require_url("YUANLIU_RPC_URL", url)
        for url in self.endpoints.comet:
            _require_url("YUANLIU_COMET_URL", url)

    def environment(self) -> dict[str, str]:
        """What ``from_environment`` reads these settings from."""
        return {
            "PROFILE": self.profile.name,
            "YUANLIU_DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "YUANLIU_API_URL": self.api_url,
            "YUANLIU_RPC_URL": ",".join(self.endpoints.rpc),
            "YUANLIU_COMET_URL": ",".join(self.endpoints.comet),
            "YUANLIU_KEYS_DIR": str(self.keys_dir),
            "YUANLIU_PASSPHRASE_FILE": str(self.passphrase_file or ""),
            **self.metrics.environment(),
        }

    def at(self, api_port: int, node_port: int) -> Settings:
        """These settings with services on these loopback ports."""
        endpoints = Endpoints((f"{LOOPBACK}:{node_port}",))
        return replace(self, api_url=f"{LOOPBACK}:{api_port}", endpoints=endpoints)

    def on(self, endpoints: Endpoints) -> Settings:
        """These settings with an engine that answers here."""
        return replace(self, endpoints=endpoints)

    def announce(self) -> None:
        """Tell other commands on this folder where the services are."""
        announced = {
            "api": self.api_url,
            "rpc": self.endpoints.rpc,
            "comet": self.endpoints.comet,
            "metrics": asdict(self.metrics),
        }
        replace_file(_announced_file(self.data_dir), json.dumps(announced).encode())

    @property
    def deployment_file(self) -> Path:
        return self.data_dir / "deployment.json"

    @property
    def trust_file(self) -> Path:
        """What bundles of a chain with consensus are verified by."""
        return self.data_dir / "trust.json"

    @property
    def dev_passphrase_file(self) -> Path:
        """Opens the operator's keys that were drawn here, for an engine that runs here."""
        return self.data_dir / "passphrase"

    @property
    def node_dir(self) -> Path:
        return self.data_dir / "node"

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"


def _announced_file(data_dir: Path) -> Path:
    return data_dir / "endpoints.json"


def _read_announced(data_dir: Path) -> dict[str, Any]:
    try:
        text = _announced_file(data_dir).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    announced: dict[str, Any] = json.loads(text)
    return announced


def _urls(given: Mapping[str, str], name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    urls = tuple(filter(None, map(str.strip, given.get(name, "").split(","))))
    return urls or otherwise


def _require_url(name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InvalidSetting(name, f"has to be an http or https URL, not {url!r}")
