"""Makes the golden vectors that Solidity and Python are both held to.

Nothing here is ours but the messages: digests come from eth_account, calls from web3 and the
compiled ABI, words and entry hashes from eth_abi. Run ``python -m tests.vectors.generate`` when a
struct changes, and read the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_abi.packed import encode_packed
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from chain.contracts import contract

FOLDER = Path(__file__).parent
U64, U32, U63 = (1 << 64) - 1, (1 << 32) - 1, (1 << 63) - 1
CHAIN_ID = 7777
CONTRACTS = {
    "Registry": "0x1000000000000000000000000000000000000001",
    "Attestations": "0x2000000000000000000000000000000000000002",
    "Receivables": "0x3000000000000000000000000000000000000003",
    "Validators": "0x4000000000000000000000000000000000000004",
    "Financing": "0x5000000000000000000000000000000000000005",
}
ALICE = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
BOB = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
HASHES = ["0x" + keccak(text=name).hex() for name in ("one", "two", "three")]
NONE = "0x" + 64 * "0"

TYPES: dict[str, str] = {
    "Enrolment": (
        "string identifier,uint32 roles,address[] signers,uint8 quorum,uint64 dualAbove,"
        "uint64 validUntil"
    ),
    "Amendment": (
        "uint32 party,uint32 version,uint32 roles,bool active,address[] added,address[] removed,"
        "uint8 quorum,uint64 dualAbove,uint64 validUntil"
    ),
    "Constitution": "uint32 epoch,address[] members,uint8 quorum,uint64 validUntil",
    "PolicyChange": "address policy,bool authorised,uint32 version,uint64 validUntil",
    "OracleConfig": "uint32 epoch,address[] members,uint8 quorum,uint64 validUntil",
    "ValidatorChange": "bytes32 key,uint32 party,uint64 power,uint32 version,uint64 validUntil",
    "Payment": (
        "bytes32 config,bytes32 line,bytes32 subject,string currency,uint64 amount,uint32 bookedOn"
    ),
    "InvoiceUse": "bytes32 fingerprint,uint64 total,uint64 amount,uint32 version",
    "Issue": (
        "uint32 debtor,uint32 creditor,string currency,uint64 face,uint32 maturity,"
        "InvoiceUse[] invoices,bytes32 documents,uint64 validUntil"
    ),
    "Transfer": (
        "uint32 claim,uint64 lot,uint32 version,uint64 start,uint64 end,uint32 holder,"
        "uint32 recipient,bytes32 documents,uint64 validUntil"
    ),
    "Merge": (
        "uint32 claim,uint64 left,uint32 leftVersion,uint64 right,uint32 rightVersion,"
        "uint32 holder,uint64 validUntil"
    ),
    "Remittance": "bytes32 config,bytes32 line,bytes32 commitment,uint32 bookedOn",
    "Registration": (
        "bytes32 config,uint32 claim,uint64 start,uint64 end,uint32 bank,bytes32 number,"
        "uint64 registeredAt,uint32 expiresOn"
    ),
    "Finance": (
        "uint32 claim,uint64 lot,uint32 version,uint64 start,uint64 end,uint32 seller,uint32 bank,"
        "uint8 mode,bytes32 terms,bytes32 advance,uint64 payBy,uint32 dueOn,bytes32 rules,"
        "bytes32 registration,bytes32 documents,uint64 validUntil"
    ),
    "Rescission": "bytes32 commitment,uint64 validUntil",
    "BuyBack": (
        "bytes32 deal,uint32 claim,uint64 lot,uint32 version,uint64 start,uint64 end,"
        "bytes32 commitment,uint64 payBy,uint64 validUntil"
    ),
    "Demand": "bytes32 deal,uint64 lot,uint32 version,uint64 validUntil",
    "Surplus": "bytes32 deal,bytes32 commitment,uint64 validUntil",
    "Repayment": "bytes32 deal,bytes32 commitment,uint64 payBy,uint64 validUntil",
    "Enforcement": "bytes32 deal,uint64 validUntil",
    "Order": (
        "uint32 claim,uint64 lot,uint32 version,bool freeze,bytes32 evidence,uint64 validUntil"
    ),
    "Recovery": (
        "uint32 claim,uint64 lot,uint32 version,uint32 holder,uint32 successor,bytes32 evidence,"
        "uint64 validUntil"
    ),
}
# Kind, contract called, function, whose domain is signed, and messages: fields in TYPES' order.
SAMPLES: list[tuple[str, str, str, str, list[list[Any]]]] = [
    (
        "Enrolment",
        "Registry",
        "enrol",
        "Registry",
        [
            ["lei:529900T8BM49AURSDO55", 1, [ALICE, BOB], 2, 1_000_000, 1_900_000_000],
            ["name:CN:源流供应链有限公司", U32, [ALICE], 1, U64, U64],
        ],
    ),
    (
        "Amendment",
        "Registry",
        "amend",
        "Registry",
        [
            [1, 1, 2, True, [BOB], [ALICE], 1, 0, 1_900_000_000],
            [U32, U32, U32, False, [], [], 255, U64, U64],
        ],
    ),
    ("Constitution", "Registry", "constitute", "Registry", [[2, [ALICE, BOB], 2, U64]]),
    (
        "PolicyChange",
        "Registry",
        "changePolicy",
        "Registry",
        [[ALICE, True, 0, 1_900_000_000], [BOB, False, U32, U64]],
    ),
    ("OracleConfig", "Attestations", "configure", "Attestations", [[1, [ALICE, BOB], 2, U64]]),
    (
        "ValidatorChange",
        "Validators",
        "changeValidator",
        "Validators",
        [
            [HASHES[0], 5, 10, 0, 1_900_000_000],
            ["0x" + "00" * 12 + ALICE[2:].lower(), U32, U64, U32, U64],
            [HASHES[2], 1, 0, 3, 0],
        ],
    ),
    (
        "Issue",
        "Receivables",
        "issue",
        "Receivables",
        [
            [1, 2, "CNY", 500, 2027_05_21, [[HASHES[0], 900, 500, 0]], NONE, 1_900_000_000],
            [
                U32,
                U32 - 1,
                "EUR",
                U63,
                9999_12_31,
                [[HASHES[1], U63, U63 - 1, U32], [HASHES[2], 1, 1, 0]],
                HASHES[0],
                U64,
            ],
            [1, 2, "JPY", 0, 1970_01_01, [], NONE, 0],
        ],
    ),
    (
        "Transfer",
        "Receivables",
        "transfer",
        "Receivables",
        [
            [12, 0, 1, 0, 4_500_000, 7, 31, NONE, 1_900_000_000],
            [U32, U64, U32, U64 - 1, U64, U32, U32 - 1, HASHES[2], U64],
        ],
    ),
    (
        "Merge",
        "Receivables",
        "merge",
        "Receivables",
        [[12, 0, 3, 4_500_000, 1, 7, 1_900_000_000], [U32, U64 - 1, U32, U64, U32, U32, U64]],
    ),
    (
        "Payment",
        "Receivables",
        "settle",
        "Attestations",
        [
            [HASHES[0], HASHES[1], "0x" + f"{12 << 96 | 1:064x}", "CNY", 4_500_000, 2027_05_21],
            [HASHES[2], HASHES[0], "0x" + "0" * 32 + "f" * 32, "USD", U64, U32],
        ],
    ),
    (
        "Finance",
        "Financing",
        "conclude",
        "Financing",
        [
            [12, 0, 3, 500, 4_500, 7, 5, 0, *HASHES[:2], 1_900_000_000, 2027_05_21, *HASHES, U64],
            [U32, U64, U32, U64 - 1, U64, U32, U32 - 1, 255, *HASHES[:2], U64, U32, *3 * [NONE], 0],
        ],
    ),
    (
        "Remittance",
        "Financing",
        "prove",
        "Attestations",
        [[*HASHES, 2027_05_21], [HASHES[2], HASHES[0], NONE, U32]],
    ),
    ("Rescission", "Financing", "rescind", "Financing", [[HASHES[0], U64], [HASHES[1], 0]]),
    (
        "BuyBack",
        "Financing",
        "buyBack",
        "Financing",
        [
            [HASHES[0], 12, 0, 3, 500, 4_500, HASHES[1], 1_900_000_000, 1_800_000_000],
            [HASHES[1], U32, U64, U32, U64, U64 - 1, HASHES[2], 0, U64],
        ],
    ),
    (
        "Demand",
        "Financing",
        "demandRecourse",
        "Financing",
        [[HASHES[0], 500, 2, 1_900_000_000], [HASHES[1], U64, U32, U64]],
    ),
    ("Surplus", "Financing", "admitSurplus", "Financing", [[*HASHES[:2], U64]]),
    ("Repayment", "Financing", "agreeRepayment", "Financing", [[*HASHES[1:], 1_900_000_000, U64]]),
    ("Enforcement", "Financing", "enforce", "Financing", [[HASHES[2], U64]]),
    (
        "Registration",
        "Financing",
        "register",
        "Attestations",
        [
            [HASHES[0], 12, 0, 4_500, 5, HASHES[1], 1_800_000_000, 2028_02_29],
            [HASHES[2], U32, U64, U64 - 1, U32, HASHES[0], U64, U32],
        ],
    ),
    (
        "Order",
        "Financing",
        "order",
        "Financing",
        [[12, 500, 3, True, HASHES[0], U64], [U32, U64, U32, False, HASHES[1], 0]],
    ),
    ("Recovery", "Financing", "recover", "Financing", [[12, 500, 3, 7, 8, HASHES[0], U64]]),
]
# Acts that carry two sides' approvals.
TWO_SIDED = ("issue", "transfer", "conclude", "buyBack", "agreeRepayment")
# Signatures only have to be carried through: these are none.
APPROVALS = ["0x" + "11" * 65, "0x" + ALICE[2:].lower() + "2233"]

CLAIMS = [
    {"debtor": 1, "face": "1", "maturity": 19700101, "currency": "CNY"},
    {"debtor": U32, "face": str(U63), "maturity": 99991231, "currency": "ZZZ"},
    {"debtor": 7, "face": "123456789", "maturity": 20270521, "currency": "EUR"},
]
LOTS = [
    {"claim": 1, "start": "0", "end": "100", "holder": 2, "lien": 0, "state": 1, "version": 1},
    {
        "claim": U32,
        "start": str(U64 - 1),
        "end": str(U64),
        "holder": U32,
        "lien": U32,
        "state": 3,
        "version": (1 << 24) - 1,
    },
    {
        "claim": 12,
        "start": "4500000",
        "end": "71300042",
        "holder": 31,
        "lien": 5,
        "state": 2,
        "version": 66051,
    },
    {"claim": 3, "start": "7", "end": "9", "holder": 4, "lien": 6, "state": 4, "version": 258},
]
REFERENCES = [
    {"claim": 12, "start": "0", "version": 1},
    {"claim": U32, "start": str(U64), "version": U32},
    {"claim": 1, "start": "71300042", "version": 3},
]


def words() -> dict[str, Any]:
    return {
        "claims": [c | {"word": _packed(_claim_parts(c))} for c in CLAIMS],
        "lots": [lot | {"word": _packed(_lot_parts(lot))} for lot in LOTS],
        "references": [r | {"subject": _packed(_reference_parts(r))} for r in REFERENCES],
    }


def agreements() -> dict[str, Any]:
    vectors = [
        _agreement(kind, called, function, domain, values)
        for kind, called, function, domain, messages in SAMPLES
        for values in messages
    ]
    return {"chainId": CHAIN_ID, "contracts": CONTRACTS, "agreements": vectors}


def entries() -> dict[str, Any]:
    """One entry of each op, chained; heads are those after it."""
    heads = {0: bytes(32), 1: bytes(32)}
    of_all = bytes(32)
    chained = []
    memos = [b"", b"\x01", bytes(range(256)), b"memo" * 40, b"x", b"y"]
    memos += [bytes([op]) * op for op in range(6, 14)]
    for op, memo in enumerate(memos):
        book = 0 if op in (0, 5) else 1
        entry = _entry(op, book, [n * U64 + op for n in range(op)], memo)
        digest = bytes.fromhex(entry["hash"][2:])
        heads[book] = keccak(heads[book] + digest)
        of_all = keccak(of_all + digest)
        after = {"head": "0x" + heads[book].hex(), "globalHead": "0x" + of_all.hex()}
        chained.append(entry | after)
    return {"entries": chained, "equivocations": list(map(_equivocation, HASHES[:2], [ALICE, BOB]))}


def _agreement(
    kind: str, called: str, function: str, domain: str, values: list[Any]
) -> dict[str, Any]:
    message = _message(kind, values)
    signed = encode_typed_data(full_message=_typed_data(kind, message, domain))
    sides = [APPROVALS, APPROVALS[:1]] if function in TWO_SIDED else [APPROVALS]
    call = contract(called).call_data(
        function, _abi(kind, values), *([bytes.fromhex(a[2:]) for a in side] for side in sides)
    )
    return {
        "kind": kind,
        "contract": called,
        "signedFor": domain,
        "message": _wire(kind, message),
        "structHash": "0x" + signed.body.hex(),
        "digest": "0x" + keccak(b"\x19\x01" + signed.header + signed.body).hex(),
        "approvals": sides,
        "call": "0x" + call.hex(),
    }


def _fields(kind: str) -> list[dict[str, str]]:
    pairs = (field.split(" ") for field in TYPES[kind].split(","))
    return [{"name": name, "type": type_} for type_, name in pairs]


def _message(kind: str, values: list[Any]) -> dict[str, Any]:
    return {
        field["name"]: [_message("InvoiceUse", use) for use in value]
        if field["type"] == "InvoiceUse[]"
        else value
        for field, value in zip(_fields(kind), values, strict=True)
    }


def _wire(kind: str, message: dict[str, Any]) -> dict[str, Any]:
    """As on the wire: 64-bit numbers as text."""
    return {
        field["name"]: str(message[field["name"]])
        if field["type"] == "uint64"
        else [_wire("InvoiceUse", use) for use in message[field["name"]]]
        if field["type"] == "InvoiceUse[]"
        else message[field["name"]]
        for field in _fields(kind)
    }


def _abi(kind: str, values: list[Any]) -> tuple[Any, ...]:
    return tuple(
        value.encode()
        if field["name"] == "currency"
        else [_abi("InvoiceUse", use) for use in value]
        if field["type"] == "InvoiceUse[]"
        else bytes.fromhex(value[2:])
        if field["type"] == "bytes32"
        else value
        for field, value in zip(_fields(kind), values, strict=True)
    )


def _typed_data(kind: str, message: dict[str, Any], domain: str) -> dict[str, Any]:
    own = {kind: _fields(kind)}
    if kind == "Issue":
        own["InvoiceUse"] = _fields("InvoiceUse")
    domain_type = "string name,string version,uint256 chainId,address verifyingContract"
    pairs = (field.split(" ") for field in domain_type.split(","))
    return {
        "types": {"EIP712Domain": [{"name": n, "type": t} for t, n in pairs]} | own,
        "primaryType": kind,
        "domain": {
            "name": "Yuanliu",
            "version": "1",
            "chainId": CHAIN_ID,
            "verifyingContract": CONTRACTS[domain],
        },
        "message": message,
    }


def _entry(op: int, book: int, contents: list[int], memo: bytes) -> dict[str, Any]:
    act = keccak(text=f"act {op}")
    words_hash = keccak(encode_packed(["uint256[]"], [contents]))
    hashed = encode(
        ["uint64", "uint32", "bytes32", "uint8", "address", "bytes32", "bytes32"],
        [op, book, act, op, ALICE, words_hash, keccak(memo)],
    )
    return {
        "index": str(op),
        "book": book,
        "act": "0x" + act.hex(),
        "op": op,
        "policy": ALICE,
        "words": [f"0x{word:064x}" for word in contents],
        "memo": "0x" + memo.hex(),
        "hash": "0x" + keccak(hashed).hex(),
    }


def _equivocation(line: str, member: str) -> dict[str, str]:
    act = keccak(encode(["bytes32", "address"], [bytes.fromhex(line[2:]), member]))
    return {"line": line, "member": member, "act": "0x" + act.hex()}


def _claim_parts(claim: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("bytes3", claim["currency"].encode()),
        ("uint32", claim["maturity"]),
        ("uint64", int(claim["face"])),
        ("uint32", claim["debtor"]),
    ]


def _lot_parts(lot: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("uint24", lot["version"]),
        ("uint8", lot["state"]),
        ("uint32", lot["lien"]),
        ("uint32", lot["holder"]),
        ("uint64", int(lot["end"])),
        ("uint64", int(lot["start"])),
        ("uint32", lot["claim"]),
    ]


def _reference_parts(reference: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("uint32", reference["claim"]),
        ("uint64", int(reference["start"])),
        ("uint32", reference["version"]),
    ]


def _packed(parts: list[tuple[str, Any]]) -> str:
    """Highest bits first, as Solidity packs them, filled up to 32 bytes in front."""
    types, values = zip(*parts, strict=True)
    return "0x" + encode_packed(types, values).rjust(32, b"\0").hex()


FILES = {"words.json": words, "agreements.json": agreements, "entries.json": entries}


def text_of(name: str) -> str:
    return json.dumps(FILES[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file_name in FILES:
        (FOLDER / file_name).write_text(text_of(file_name), encoding="utf-8")
