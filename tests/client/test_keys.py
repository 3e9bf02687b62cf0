"""Keys: encrypted at rest, private to their owner, and signing what the contracts accept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from client.keys import (
    EmptyPassphrase,
    Key,
    KeyExists,
    KeyFileExposed,
    KeyStore,
    NoSuchKey,
    NotAKeyFile,
    ScryptCost,
    UnsafeKeyName,
    WrongPassphrase,
    address_in,
    open_key,
    read_passphrase,
)
from ledger.approvals import recover
from ledger.ids import Digest
from ledger.keccak import keccak

QUICK = ScryptCost.DEMONSTRATION
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


def test_key__created_and_opened__is_the_same_key(store: KeyStore) -> None:
    made = store.create("treasurer", "a passphrase", QUICK)
    assert store.open("treasurer", "a passphrase").address == made.address
    assert address_in(store.path("treasurer")) == made.address
    assert store.names() == ["treasurer"]


def test_key_file__on_disk__is_for_its_owner_alone_and_hides_the_secret(store: KeyStore) -> None:
    key = store.create("treasurer", "a passphrase", QUICK)
    path = store.path("treasurer")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert key._secret.to_hex() not in path.read_text()
    assert repr(key) == f"Key({key.address})"


def test_key_file__standard_cost__costs_what_the_keystore_standard_asks(store: KeyStore) -> None:
    store.create("treasurer", "a passphrase")
    keystore = json.loads(store.path("treasurer").read_text())
    assert keystore["crypto"]["kdfparams"]["n"] == 1 << 18


def test_key__opened_with_another_passphrase__is_refused(store: KeyStore) -> None:
    store.create("treasurer", "a passphrase", QUICK)
    with pytest.raises(WrongPassphrase):
        store.open("treasurer", "another")


def test_key__created_without_passphrase__is_refused_and_leaves_no_file(store: KeyStore) -> None:
    with pytest.raises(EmptyPassphrase):
        store.create("treasurer", "", QUICK)
    assert store.names() == []


def test_key__created_twice__keeps_the_first(store: KeyStore) -> None:
    first = store.create("treasurer", "a passphrase", QUICK)
    with pytest.raises(KeyExists):
        store.create("treasurer", "a passphrase", QUICK)
    assert store.open("treasurer", "a passphrase").address == first.address


@pytest.mark.parametrize("name", ["../escape", "a/b", "", ".hidden", "a" * 65, "a\x00b", "a b"])
def test_key_name__that_is_a_path__is_refused(store: KeyStore, name: str) -> None:
    with pytest.raises(UnsafeKeyName):
        store.create(name, "a passphrase", QUICK)


def test_key_file__readable_by_others__is_refused(store: KeyStore) -> None:
    store.create("treasurer", "a passphrase", QUICK)
    store.path("treasurer").chmod(0o644)
    with pytest.raises(KeyFileExposed):
        store.open("treasurer", "a passphrase")


def test_key_file__absent__is_refused(store: KeyStore) -> None:
    with pytest.raises(NoSuchKey):
        store.open("nobody", "a passphrase")


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        "[]",
        "{}",
        '{"version": 3}',
        '{"version": 3, "crypto": {}}',
        '{"version": 3, "crypto": 7}',
        '{"version": 4}',
        '{"version": 3, "crypto": {"kdf": "other"}}',
        "\udcff",
    ],
)
def test_key_file__that_is_none__is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    with pytest.raises(NotAKeyFile):
        open_key(path, "a passphrase")


def test_signature__of_any_digest__recovers_to_the_signer_with_low_s() -> None:
    key = Key(keccak(b"a secret"))
    for number in range(64):
        digest = Digest(keccak(number.to_bytes(32, "big")))
        approval = key.sign(digest)
        assert recover(approval, digest) == key.address
        assert approval[64] in (27, 28)
        assert int.from_bytes(approval[32:64], "big") <= _HALF_ORDER


def test_keystore__of_another_program__opens(tmp_path: Path) -> None:
    """The test vector of the Web3 Secret Storage Definition, with PBKDF2."""
    path = tmp_path / "vector.json"
    path.write_text(
        json.dumps(
            {
                "crypto": {
                    "cipher": "aes-128-ctr",
                    "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
                    "ciphertext": "5318b4d5bcd28de64ee5559e671353e1"
                    "6f075ecae9f99c7a79a38af5f869aa46",
                    "kdf": "pbkdf2",
                    "kdfparams": {
                        "c": 262144,
                        "dklen": 32,
                        "prf": "hmac-sha256",
                        "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
                    },
                    "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
                },
                "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
                "version": 3,
            }
        )
    )
    path.chmod(0o600)
    secret = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
    assert open_key(path, "testpassword").address == Key(bytes.fromhex(secret)).address


def test_passphrase_file__with_more_lines__gives_the_first(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text("correct horse\nsecond line\n")
    path.chmod(0o600)
    assert read_passphrase(path) == "correct horse"


def test_passphrase_file__readable_by_others__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text("correct horse\n")
    path.chmod(0o640)
    with pytest.raises(KeyFileExposed):
        read_passphrase(path)
