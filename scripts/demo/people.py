"""Fictional people, each with their own key file and their own connection to the API."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from client.api import Api
from client.keys import Key, KeyStore, ScryptCost
from client.member import Member
from ledger.deployment import Deployment


class People:
    """Draws keys into a folder and signs their holders in; ``doors`` closes what that opens."""

    def __init__(self, folder: Path, passphrase: str, url: str, doors: ExitStack) -> None:
        self._store = KeyStore(folder)
        self._passphrase = passphrase
        self._url = url
        self._doors = doors
        self._keys: dict[str, Key] = {}
        self._members: dict[str, Member] = {}

    def key(self, name: str) -> Key:
        """This person's key, drawn and kept in a file the first time."""
        if name not in self._keys:
            known = self._store.path(name).exists()
            self._keys[name] = self._open(name) if known else self._draw(name)
        return self._keys[name]

    def at_work(self, name: str, deployment: Deployment) -> Member:
        """This person, signed in over a connection of their own."""
        if name not in self._members:
            self._members[name] = self.sign_in(self.key(name), deployment)
        return self._members[name]

    def sign_in(self, key: Key, deployment: Deployment) -> Member:
        """Whoever holds this key, signed in."""
        api = self._doors.enter_context(Api.at(self._url))
        api.sign_in(key)
        return Member(key, api, deployment)

    def _open(self, name: str) -> Key:
        return self._store.open(name, self._passphrase)

    def _draw(self, name: str) -> Key:
        return self._store.create(name, self._passphrase, ScryptCost.DEMONSTRATION)
