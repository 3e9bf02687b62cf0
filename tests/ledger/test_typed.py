"""Typed data: what we hash is what every wallet hashes."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from ledger.acts import ACT_KINDS, SignedAct, decode_call, kind_of, read_agreement
from ledger.agreements import FOREVER
from ledger.approvals import in_order, recover
from ledger.ids import Address
from ledger.typed import (
    ADDRESS,
    BOOL,
    BYTES32,
    CURRENCY,
    TEXT,
    UINT8,
    UINT32,
    UINT64,
    Domain,
    Kind,
    MalformedAgreement,
    Struct,
    digest_of,
    typed_data,
)

DOMAIN = Domain(7777, Address("0x5FbDB2315678afecb367f032d93F642f64180aa3"))
KEY = "0x" + "11" * 32

_UINTS = {UINT8: 8, UINT32: 32, UINT64: 64}
_addresses = st.binary(min_size=20, max_size=20).map(lambda raw: ADDRESS.from_abi("0x" + raw.hex()))
_SCALARS = {
    BOOL: st.booleans(),
    BYTES32: st.binary(min_size=32, max_size=32),
    ADDRESS: _addresses,
    TEXT: st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40),
    CURRENCY: st.from_regex(r"\A[A-Z]{3}\Z"),
} | {kind: st.integers(0, (1 << bits) - 1) for kind, bits in _UINTS.items()}


def _values(struct: type[Struct], name: str, kind: Kind) -> st.SearchStrategy[object]:
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind.eip712 == "address[]":
        return st.lists(_addresses, max_size=4).map(tuple)
    (part,) = struct.PARTS
    assert kind.eip712 == f"{part.__name__}[]", name
    return st.lists(_structs(part), max_size=3).map(tuple)


def _structs(struct: type[Struct]) -> st.SearchStrategy[Struct]:
    fields = [_values(struct, name, kind) for name, kind in struct.FIELDS.items()]
    return st.tuples(*fields).map(lambda values: struct(*values))


agreements = st.one_of([_structs(kind.struct) for kind in ACT_KINDS])


@given(agreements)
def test_digest__any_agreement__is_what_a_wallet_signs(agreement: Struct) -> None:
    wallet = encode_typed_data(full_message=typed_data(agreement, DOMAIN))
    signed = Account.sign_message(wallet, KEY)
    digest = digest_of(agreement, DOMAIN.separator())
    assert bytes(signed.message_hash) == digest
    assert recover(bytes(signed.signature), digest) == Account.from_key(KEY).address


@given(agreements)
def test_json__any_agreement__comes_back_as_it_was(agreement: Struct) -> None:
    assert read_agreement(kind_of(agreement).name, agreement.to_json()) == agreement


@given(agreements, st.data())
def test_call__any_signed_act__comes_back_as_it_was(agreement: Struct, data: st.DataObject) -> None:
    approvals = st.lists(st.binary(max_size=100), max_size=3).map(tuple)
    sides = tuple(data.draw(approvals) for _ in kind_of(agreement).sides)
    act = SignedAct(agreement, sides)
    assert decode_call(act.call_data()) == act


def _merge(**changes: object) -> dict[str, object]:
    message: dict[str, object] = {
        "claim": 1,
        "left": "0",
        "leftVersion": 1,
        "right": "5",
        "rightVersion": 1,
        "holder": 2,
        "validUntil": str(FOREVER),
    }
    return {name: value for name, value in (message | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (_merge(claim=None), "claim"),
        (_merge(nonce=1), "nonce"),
        (_merge(claim=True), "claim"),
        (_merge(claim=1.0), "claim"),
        (_merge(claim=1 << 32), "claim"),
        (_merge(left="-1"), "left"),
        (_merge(left="1e3"), "left"),
        (_merge(left="٣"), "left"),
        (_merge(left=str(1 << 64)), "left"),
        (_merge(left="9" * 5000), "left"),
        ([], "message"),
    ],
)
def test_from_json__malformed__names_the_field(message: object, field: str) -> None:
    with pytest.raises(MalformedAgreement) as refused:
        read_agreement("Merge", message)
    assert refused.value.field == field


def _enrolment(identifier: object) -> dict[str, object]:
    return {
        "identifier": identifier,
        "roles": 1,
        "signers": ["0x" + "11" * 20],
        "quorum": 1,
        "dualAbove": "0",
        "validUntil": str(FOREVER),
    }


@pytest.mark.parametrize(
    "text", ["", "x\0", "\n", "a\x1fb", "\x7f", "\x85", "\ud800", "x" * 257, "公" * 86, 7, None]
)
def test_from_json__text_empty_long_or_with_control_characters__is_refused(text: object) -> None:
    with pytest.raises(MalformedAgreement) as refused:
        read_agreement("Enrolment", _enrolment(text))
    assert refused.value.field == "identifier"


@pytest.mark.parametrize("text", ["x" * 256, "公" * 85, "name:CN: 江北 é ~"])
def test_from_json__text_of_any_script__is_taken(text: str) -> None:
    assert read_agreement("Enrolment", _enrolment(text)).to_json()["identifier"] == text


def test_recover__upper_half_s__is_no_signature() -> None:
    digest = digest_of(read_agreement("Merge", _merge()), DOMAIN.separator())
    signature = bytes(Account.unsafe_sign_hash(digest, KEY).signature)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    flipped = (
        signature[:32]
        + (order - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
        + bytes([55 - signature[64]])
    )
    assert recover(signature, digest) is not None
    assert recover(flipped, digest) is None


def test_in_order__two_signers__rises_by_address() -> None:
    digest = digest_of(read_agreement("Merge", _merge()), DOMAIN.separator())
    keys = ["0x" + f"{n:064x}" for n in range(1, 6)]
    approvals = [bytes(Account.unsafe_sign_hash(digest, key).signature) for key in keys]
    signers = [recover(approval, digest) for approval in in_order(approvals, digest)]
    assert [str(s).lower() for s in signers] == sorted(str(s).lower() for s in signers)
