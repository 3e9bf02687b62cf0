"""What every command needs at its start: settings, the user's key, a signed-in API."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from client.api import Api
from client.keys import Key, KeyStore, NoSuchKey, open_key, read_passphrase
from client.member import Member
from client.sign_in import Session
from ledger.deployment import Deployment
from ledger.errors import Refused
from scripts.founding import read_deployment
from scripts.settings import Settings

KeyName = Annotated[
    str,
    typer.Option("--key", "-k", help="A key's name in the key folder, or the path of a key file."),
]
KeyNames = Annotated[
    list[str], typer.Option("--key", "-k", help="One signer's key; give the option once for each.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Sign without asking.")]


@dataclass
class PassphraseNeeded(Refused):
    """There is nobody to ask for a passphrase, and no file names one."""

    key: str
    summary: ClassVar[str] = (
        "The passphrase of {key} is needed: name its file with YUANLIU_PASSPHRASE_FILE."
    )


@dataclass
class NotConfirmed(Refused):
    """The person did not agree to sign, or there is nobody to ask."""

    what: str
    summary: ClassVar[str] = "{what} was not signed: answer y, or give --yes."


@dataclass
class DeploymentDiffers(Refused):
    """The API speaks of another ledger than the one recorded here: nothing is signed for it."""

    stated: str
    recorded: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "The API's registry is {stated}; {recorded} is the one recorded here."


@dataclass(frozen=True)
class Desk:
    """One user's settings and keys at work."""

    settings: Settings

    @classmethod
    def of(cls, context: typer.Context) -> Desk:
        return cls(context.find_object(Settings) or Settings.from_environment({}))

    def key_path(self, name: str) -> Path:
        """A name in the key folder, or a path: whatever ends in ``.json`` or has a folder."""
        if name.endswith(".json") or "/" in name:
            return Path(name)
        return KeyStore(self.settings.keys_dir).path(name)

    def key(self, name: str) -> Key:
        path = self.key_path(name)
        if not path.exists():
            raise NoSuchKey(str(path))
        return open_key(path, self.passphrase(name))

    def passphrase(self, name: str, *, confirm: bool = False) -> str:
        """From the file in the settings, else from whoever sits at the terminal."""
        if self.settings.passphrase_file is not None:
            return read_passphrase(self.settings.passphrase_file)
        if not sys.stdin.isatty():
            raise PassphraseNeeded(name)
        asked = f"Passphrase of {name}"
        return str(typer.prompt(asked, hide_input=True, confirmation_prompt=confirm, err=True))

    def open_api(self) -> Api:
        """The API, not signed in."""
        return Api.at(self.settings.api_url)

    def api(self, name: str) -> Api:
        """The API, signed in with this key; a kept session that still holds is used again."""
        session = self._kept_session(name)
        if session is not None:
            return Api.at(self.settings.api_url, session)
        return self.api_for(self.key(name), name)

    def api_for(self, key: Key, name: str) -> Api:
        api = self.open_api()
        self._keep_session(name, api.sign_in(key))
        return api

    @contextmanager
    def member(self, name: str) -> Iterator[Member]:
        """Whoever holds this key, signed in and ready to sign."""
        key = self.key(name)
        with self.api_for(key, name) as api:
            yield Member(key, api, self.deployment(api))

    def deployment(self, api: Api) -> Deployment:
        """What is signed against: the API's word, held to the record in the data folder if any."""
        stated = api.deployment()
        if self.settings.deployment_file.exists():
            recorded = read_deployment(self.settings)
            if stated != recorded:
                raise DeploymentDiffers(stated.registry, recorded.registry)
        return stated

    def _kept_session(self, name: str) -> Session | None:
        try:
            record = json.loads(self._session_file(name).read_text(encoding="utf-8"))
            session = Session.from_json(record)
        except (FileNotFoundError, ValueError, KeyError):
            return None
        return session if session.usable and session.url == self.settings.api_url else None

    def _keep_session(self, name: str, session: Session) -> None:
        path = self._session_file(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(session.to_json()), encoding="utf-8")

    def _session_file(self, name: str) -> Path:
        return self.settings.keys_dir / "sessions" / f"{self.key_path(name).stem}.json"


def confirm(what: str, *, agreed: bool) -> None:
    """Ask before signing; raises ``NotConfirmed``."""
    if agreed:
        return
    if not sys.stdin.isatty() or not typer.confirm(f"Sign this {what}?", err=True):
        raise NotConfirmed(what)
