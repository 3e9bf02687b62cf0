"""Everything the environment decides for the API: read once, checked, passed on frozen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ledger.deployment import Deployment

DEFAULT_URL = "http://127.0.0.1:8000"
SWAGGER_UI = Path(__file__).resolve().parent.parent / "node_modules" / "swagger-ui-dist"


class InvalidSetting(Exception):
    """A variable of the environment has a value that can't be used."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}")


@dataclass(frozen=True)
class Settings:
    """``public_url`` is where callers reach the API, and what their wallets show as they sign in.

    Lifetimes are in seconds. ``origins`` are the sites whose scripts may call; none by default.
    ``swagger_ui`` is the folder that npm has put Swagger UI in. ``metrics_port``, on loopback, is
    where Prometheus asks; None: nowhere.
    """

    database_url: str = field(repr=False)
    deployment: Deployment
    public_url: str = DEFAULT_URL
    host: str = "127.0.0.1"
    port: int = 8000
    origins: tuple[str, ...] = ()
    challenge_lifetime: int = 300
    session_lifetime: int = 900
    swagger_ui: Path = SWAGGER_UI
    metrics_port: int | None = None

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine, or a proxy on it, can ask."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def domain(self) -> str:
        """Host and port of the public URL: EIP-4361's domain."""
        return urlsplit(self.public_url).netloc


def read_settings(environment: Mapping[str, str]) -> Settings:
    """PROFILE, YUANLIU_DATA_DIR, DATABASE_URL, YUANLIU_API_URL, YUANLIU_API_HOST,
    YUANLIU_API_PORT, YUANLIU_API_ORIGINS (separated by commas), YUANLIU_METRICS_PORT_API (0: off);
    an empty one counts as not given.

    Raises ``InvalidSetting``.
    """
    given = {name: value for name, value in environment.items() if value}
    folder = Path(given.get("YUANLIU_DATA_DIR", f"var/{given.get('PROFILE', 'dev')}")).absolute()
    public_url = _url("YUANLIU_API_URL", given.get("YUANLIU_API_URL", DEFAULT_URL))
    origins = filter(None, map(str.strip, given.get("YUANLIU_API_ORIGINS", "").split(",")))
    return Settings(
        database_url=given.get("DATABASE_URL", f"sqlite:///{folder / 'yuanliu.db'}"),
        deployment=_deployment(folder / "deployment.json"),
        public_url=public_url,
        host=given.get("YUANLIU_API_HOST", "127.0.0.1"),
        port=_port(
            "YUANLIU_API_PORT",
            given.get("YUANLIU_API_PORT") or str(urlsplit(public_url).port or 8000),
        ),
        origins=tuple(_url("YUANLIU_API_ORIGINS", origin) for origin in origins),
        metrics_port=metrics_port(given, "YUANLIU_METRICS_PORT_API"),
    )


def _url(name: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.netloc and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(mark in text for mark in "@?# \n"):
        raise InvalidSetting(name, "has to be an http or https URL")
    return text.rstrip("/")


def metrics_port(given: Mapping[str, str], name: str) -> int | None:
    """The port that such a variable names; None when it names none, or 0."""
    text = given.get(name) or "0"
    return None if text == "0" else _port(name, text)


def _port(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise InvalidSetting(name, "has to be a port number")
    return int(text)


def _deployment(path: Path) -> Deployment:
    try:
        return Deployment.from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError:
        raise InvalidSetting("YUANLIU_DATA_DIR", f"has no readable {path.name}") from None
    except (ValueError, KeyError, TypeError):
        raise InvalidSetting("YUANLIU_DATA_DIR", f"has a broken {path.name}") from None
