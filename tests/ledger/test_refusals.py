"""One name, one meaning: contracts, exceptions and problems."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from importlib.resources import files

import pytest

from ledger import refusals
from ledger.errors import Refused

PACKAGES = ("ledger", "chain", "api", "oracles", "client")
# Raised only while deploying, by OpenZeppelin's EIP712 constructor; our name fits in 31 bytes.
NEVER_AT_RUN_TIME = {"InvalidShortString", "StringTooLong"}


def _every_refusal() -> Iterator[type[Refused]]:
    for package in map(importlib.import_module, PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if "migrations" not in module.name:
                importlib.import_module(module.name)
    waiting = [Refused]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        yield found


def _contract_errors() -> Iterator[dict[str, object]]:
    for artifact in (files("contracts") / "artifacts").iterdir():
        if artifact.name.endswith(".json"):
            abi = json.loads(artifact.read_text("utf-8"))["abi"]
            yield from (entry for entry in abi if entry["type"] == "error")


def test_names__over_all_packages__each_is_used_once() -> None:
    counts = Counter(refusal.__name__ for refusal in _every_refusal())
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("error", list(_contract_errors()), ids=lambda error: str(error["name"]))
def test_contract_error__every_one__has_its_exception(error: dict[str, object]) -> None:
    if error["name"] in NEVER_AT_RUN_TIME:
        return
    refusal = getattr(refusals, str(error["name"]))
    inputs = error["inputs"]
    assert isinstance(inputs, list)
    assert [field.name for field in fields(refusal)] == [given["name"] for given in inputs]


@pytest.mark.parametrize("refusal", sorted(set(_every_refusal()), key=lambda r: r.__name__))
def test_summary__every_refusal__can_be_filled_in(refusal: type[Refused]) -> None:
    facts = [0 if field.type in ("int", int) else "x" for field in fields(refusal)]
    assert refusal(*facts).summary.format(**refusal(*facts).facts()) in str(refusal(*facts))
    assert 400 <= refusal.status < 600
