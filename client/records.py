"""What the API answers with, as it stands in the JSON: amounts are decimal strings."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

ActStatus = Literal["accepted", "sent", "confirmed", "refused"]


class Party(TypedDict):
    """``signers``, ``quorum`` and ``dual_above`` only of one's own party."""

    number: int
    identifier: str
    name: str | None
    roles: list[str]
    active: bool
    version: int
    quorum: NotRequired[int]
    dual_above: NotRequired[str]
    signers: NotRequired[list[str]]


class Council(TypedDict):
    epoch: int
    quorum: int
    members: list[str]


class Oracles(Council):
    config: str


class Validator(TypedDict):
    """``power`` is "0" once it is removed."""

    key: str
    party: int
    power: str
    version: int


class Policy(TypedDict):
    policy: str
    authorised: bool


class Document(TypedDict):
    id: str
    kind: str
    fingerprint: str
    sha256: str
    salt: str
    commitment: str
    invoice: dict[str, Any]


class InvoiceUsage(TypedDict):
    total: str
    used: str
    free: str
    version: int
    currency: str


class Side(TypedDict):
    side: str
    party: int
    needed: int
    given: list[str]


class Proposal(TypedDict):
    id: str
    digest: str
    kind: str
    message: dict[str, Any]
    documents: list[str]
    proposer: int
    sides: list[Side]
    status: Literal["open", "ready", "submitted", "refused", "withdrawn"]
    act: dict[str, Any] | None


class Act(TypedDict):
    digest: str
    kind: str
    status: ActStatus
    refusal: dict[str, Any] | None
    entry: int | None
    tx: str | None
    block: int | None
    claim: int | None
    request_id: str | None


class Receivable(TypedDict):
    claim: int
    debtor: int
    creditor: int
    currency: str
    face: str
    maturity: str


class LotRecord(TypedDict):
    claim: int
    start: str
    end: str
    holder: int
    lien: int
    state: str
    version: int
    amount: str
    currency: str
    reference: str


class StatementLineRecord(TypedDict):
    fingerprint: str
    end_to_end_id: str
    amount: str
    currency: str
    booked_on: str | None
    status: Literal["matched", "unmatched"]
    reason: str | None
    payment: dict[str, Any] | None


class StatementRecord(TypedDict):
    id: str
    lines: list[StatementLineRecord]


class Attested(TypedDict):
    digest: str
    given: int
    needed: int
    act: dict[str, Any] | None


class Event(TypedDict):
    """One entry of the ledger, as far as the reader may see it."""

    id: str
    event: str
    data: dict[str, Any]
