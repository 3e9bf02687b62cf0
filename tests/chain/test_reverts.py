"""Revert data, sound and made up."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode

from chain.contracts import DEPLOYED, contract
from chain.reverts import decode_revert, refusal_in
from chain.rpc import RpcError
from ledger import refusals
from ledger.keccak import keccak
from ledger.refusals import (
    AlreadyEnrolled,
    CallFailed,
    InvalidCurrency,
    InvoiceMismatch,
    NotHolder,
    NotPolicy,
    ZeroAmount,
)

ADDRESS = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


def _revert(signature: str, *values: object) -> bytes:
    types = signature[signature.index("(") + 1 : -1]
    return keccak(signature.encode())[:4] + encode(types.split(",") if types else [], values)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (_revert("ZeroAmount()"), ZeroAmount()),
        (_revert("NotHolder(uint32,uint64,uint32,uint32)", 1, 2, 3, 4), NotHolder(1, 2, 3, 4)),
        (_revert("NotPolicy(address)", ADDRESS), NotPolicy(ADDRESS)),
        (_revert("AlreadyEnrolled(string,uint32)", "企业", 3), AlreadyEnrolled("企业", 3)),
        (
            _revert("InvoiceMismatch(bytes32,uint64,bytes3)", b"\1" * 32, 5, b"CNY"),
            InvoiceMismatch("0x" + "01" * 32, 5, "CNY"),
        ),
        (_revert("InvalidCurrency(bytes3)", b"cny"), InvalidCurrency("cny")),
        (_revert("InvalidCurrency(bytes3)", b"\xff\0A"), InvalidCurrency("0xff0041")),
        (_revert("Error(string)", "why"), CallFailed("why")),
        (_revert("Panic(uint256)", 0x11), CallFailed("panic 0x11")),
        (b"", CallFailed("0x")),
        (b"\x12", CallFailed("0x12")),
        (b"\xde\xad\xbe\xef" + bytes(32), CallFailed("0xdeadbeef" + "00" * 32)),
    ],
)
def test_decode__revert_data__is_its_refusal(data: bytes, refusal: object) -> None:
    assert decode_revert(data) == refusal


@pytest.mark.parametrize(
    "data",
    [
        _revert("AlreadyEnrolled(string,uint32)", "x" * 600, 3)[:512],
        _revert("NotHolder(uint32,uint64,uint32,uint32)", 1, 2, 3, 4)[:-1],
        keccak(b"NotPolicy(address)")[:4] + b"\xff" * 32,
        keccak(b"AlreadyEnrolled(string,uint32)")[:4] + b"\xff" * 64,
        _revert("Error(string)", "why")[:40],
        _revert("Error(string)", "why").replace(b"why", b"\xff\xfe\xfd"),
        keccak(b"Panic(uint256)")[:4],
    ],
)
def test_decode__cut_short_or_made_up__is_shown_as_it_came(data: bytes) -> None:
    assert decode_revert(data) == CallFailed("0x" + data.hex())


def test_decode__every_error_of_the_contracts__has_its_class() -> None:
    for name in DEPLOYED:
        for entry in contract(name).errors():
            types = [part["type"] for part in entry["inputs"]]
            zeros = {"string": "", "address": "0x" + "00" * 20, "bytes3": b"", "bytes32": b""}
            values = [zeros.get(kind, 0) for kind in types]
            data = _revert(f"{entry['name']}({','.join(types)})", *values)
            if hasattr(refusals, entry["name"]):
                assert decode_revert(data).name == entry["name"]


@pytest.mark.parametrize("data", [None, {"a": 1}, "no hex"])
def test_refusal_in__error_without_revert_data__is_none(data: object) -> None:
    assert refusal_in(RpcError(-32000, "nonce too low", data)) is None


def test_refusal_in__reverted_call__is_the_refusal() -> None:
    data = "0x" + _revert("ZeroAmount()").hex()
    assert refusal_in(RpcError(3, "execution reverted", data)) == ZeroAmount()
