"""Everything the environment decides, read in one place, once, and passed on frozen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from api.settings import InvalidSetting
from chain.profile import DEV, EngineProfile, profile_named

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
    rpc_url: str
    keys_dir: Path
    passphrase_file: Path | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """PROFILE, YUANLIU_DATA_DIR, DATABASE_URL, YUANLIU_API_URL, YUANLIU_RPC_URL,
        YUANLIU_KEYS_DIR, YUANLIU_PASSPHRASE_FILE; an empty one counts as not given."""
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
            rpc_url=given.get("YUANLIU_RPC_URL", settings.rpc_url),
            keys_dir=Path(given.get("YUANLIU_KEYS_DIR", settings.keys_dir)),
            passphrase_file=Path(passphrase_file) if passphrase_file else None,
        )

    @classmethod
    def in_folder(cls, profile: EngineProfile, data_dir: Path) -> Self:
        """What holds in a folder when nothing else is said."""
        data_dir = data_dir.absolute()
        endpoints = _read_endpoints(data_dir)
        return cls(
            profile=profile,
            data_dir=data_dir,
            database_url=f"sqlite:///{data_dir / 'yuanliu.db'}",
            api_url=endpoints.get("api", f"{LOOPBACK}:{API_PORT}"),
            rpc_url=endpoints.get("rpc", f"{LOOPBACK}:{NODE_PORT}"),
            keys_dir=data_dir / "keys",
            passphrase_file=None,
        )

    def __post_init__(self) -> None:
        for name, url in (("YUANLIU_API_URL", self.api_url), ("YUANLIU_RPC_URL", self.rpc_url)):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise InvalidSetting(name, f"has to be an http or https URL, not {url!r}")

    def environment(self) -> dict[str, str]:
        """What ``from_environment`` reads these settings from."""
        return {
            "PROFILE": self.profile.name,
            "YUANLIU_DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "YUANLIU_API_URL": self.api_url,
            "YUANLIU_RPC_URL": self.rpc_url,
            "YUANLIU_KEYS_DIR": str(self.keys_dir),
            "YUANLIU_PASSPHRASE_FILE": str(self.passphrase_file or ""),
        }

    def at(self, api_port: int, node_port: int) -> Settings:
        """These settings with services on these loopback ports."""
        api_url, rpc_url = f"{LOOPBACK}:{api_port}", f"{LOOPBACK}:{node_port}"
        return replace(self, api_url=api_url, rpc_url=rpc_url)

    def announce(self) -> None:
        """Tell other commands on this folder where the services are."""
        text = json.dumps({"api": self.api_url, "rpc": self.rpc_url})
        _endpoints_file(self.data_dir).write_text(text, encoding="utf-8")

    @property
    def deployment_file(self) -> Path:
        return self.data_dir / "deployment.json"

    @property
    def dev_passphrase_file(self) -> Path:
        """Opens the operator's keys that the dev profile draws for itself."""
        return self.data_dir / "passphrase"

    @property
    def node_dir(self) -> Path:
        return self.data_dir / "node"

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"


def _endpoints_file(data_dir: Path) -> Path:
    return data_dir / "endpoints.json"


def _read_endpoints(data_dir: Path) -> dict[str, str]:
    try:
        endpoints = json.loads(_endpoints_file(data_dir).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return {str(name): str(value) for name, value in endpoints.items()}
