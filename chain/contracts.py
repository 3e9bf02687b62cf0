"""Compiled contracts: their artifacts, and how calls to them are written and read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from eth_abi.abi import decode
from eth_utils.abi import collapse_if_tuple
from web3 import Web3

LEDGER = "Ledger"
REGISTRY = "Registry"
ATTESTATIONS = "Attestations"
RECEIVABLES = "Receivables"
RELAY = "Relay"
VALIDATORS = "Validators"
FINANCING = "Financing"
DEPLOYED = (LEDGER, REGISTRY, ATTESTATIONS, RECEIVABLES, RELAY, VALIDATORS, FINANCING)
"""The product's contracts, in the order they are deployed."""

WORD = 32


@dataclass(frozen=True, eq=False)
class Contract:
    """One compiled contract. ``runtime`` holds zeros at the ``immutables``' offsets."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    runtime: bytes
    immutables: tuple[int, ...]

    @cached_property
    def _factory(self) -> Any:
        return Web3().eth.contract(abi=self.abi, bytecode=self.bytecode)

    def creation_data(self, *arguments: Any) -> bytes:
        """What a transaction that creates it carries."""
        data: str = self._factory.constructor(*arguments).data_in_transaction
        return bytes.fromhex(data.removeprefix("0x"))

    def call_data(self, function: str, *arguments: Any) -> bytes:
        data: str = self._factory.encode_abi(function, arguments)
        return bytes.fromhex(data.removeprefix("0x"))

    def read_result(self, function: str, data: bytes) -> Any:
        """A function's one return value, or the tuple of them."""
        values = decode(self._returned_types(function), data)
        return values[0] if len(values) == 1 else values

    def errors(self) -> Iterator[dict[str, Any]]:
        yield from (entry for entry in self.abi if entry["type"] == "error")

    def _returned_types(self, function: str) -> list[str]:
        for entry in self.abi:
            if entry["type"] == "function" and entry["name"] == function:
                return [collapse_if_tuple(output) for output in entry["outputs"]]
        raise KeyError(f"{self.name} has no function {function}")


@cache
def contract(name: str) -> Contract:
    """A contract by its name, from the artifacts that come with the package."""
    text = (files("contracts") / "artifacts" / f"{name}.json").read_text(encoding="utf-8")
    return from_artifact(json.loads(text))


def from_artifact(artifact: dict[str, Any]) -> Contract:
    return Contract(
        name=artifact["contract"],
        abi=artifact["abi"],
        bytecode=bytes.fromhex(artifact["bytecode"][2:]),
        runtime=bytes.fromhex(artifact["runtime"][2:]),
        immutables=tuple(artifact["immutables"]),
    )
