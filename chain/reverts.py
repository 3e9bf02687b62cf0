"""Revert data to the named refusal it stands for."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple
from eth_utils.address import to_checksum_address

from chain.contracts import DEPLOYED, contract
from chain.rpc import RpcError
from ledger import refusals
from ledger.errors import Refused
from ledger.keccak import keccak
from ledger.refusals import CallFailed

_SELECTOR = 4
_TEXT = keccak(b"Error(string)")[:_SELECTOR]
_PANIC = keccak(b"Panic(uint256)")[:_SELECTOR]
_CODE_CHARACTERS = frozenset((string.ascii_letters + string.digits).encode())


@dataclass(frozen=True)
class _Error:
    """A custom error: the refusal of its name, and its arguments' ABI types."""

    refusal: Callable[..., Refused]
    types: list[str]


def decode_revert(data: bytes) -> Refused:
    """What a contract refused. Reverts that aren't its own errors become ``CallFailed``."""
    selector, body = data[:_SELECTOR], data[_SELECTOR:]
    try:
        if selector == _TEXT:
            return CallFailed(str(decode(["string"], body)[0]))
        if selector == _PANIC:
            return CallFailed(f"panic 0x{decode(['uint256'], body)[0]:02x}")
        known = _errors().get(selector)
        if known is not None:
            values = zip(known.types, decode(known.types, body), strict=True)
            return known.refusal(*(_plain(kind, value) for kind, value in values))
    except (DecodingError, UnicodeDecodeError):
        # Cut short by the relay, or made up by a contract account: say what came, as it came.
        pass
    return CallFailed("0x" + data.hex())


def refusal_in(error: RpcError) -> Refused | None:
    """The refusal behind a failed ``eth_call`` or ``eth_estimateGas``; None for other faults."""
    if not isinstance(error.data, str) or not error.data.startswith("0x"):
        return None
    return decode_revert(bytes.fromhex(error.data[2:]))


@cache
def _errors() -> dict[bytes, _Error]:
    found: dict[bytes, _Error] = {}
    for name in DEPLOYED:
        for entry in contract(name).errors():
            refusal = getattr(refusals, entry["name"], None)
            if refusal is not None:
                types = [collapse_if_tuple(part) for part in entry["inputs"]]
                signature = f"{entry['name']}({','.join(types)})"
                found[keccak(signature.encode())[:_SELECTOR]] = _Error(refusal, types)
    return found


def _plain(kind: str, value: Any) -> Any:
    """An ABI value as refusals hold it: numbers and text."""
    if kind == "address":
        return to_checksum_address(value)
    if kind == "bytes3" and _CODE_CHARACTERS.issuperset(value):
        return value.decode("ascii")
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value
