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


class FreeAmount(TypedDict):
    free: str
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
    opening: dict[str, str] | None


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
    id: str
    fingerprint: str
    end_to_end_id: str
    amount: str
    currency: str
    booked_on: str | None
    status: Literal["matched", "unmatched"]
    reason: str | None
    repeated: bool
    resolution: str | None
    payment: dict[str, Any] | None


class StatementRecord(TypedDict):
    id: str
    lines: list[StatementLineRecord]


class Attested(TypedDict):
    digest: str
    given: int
    needed: int
    act: dict[str, Any] | None


class Kept(TypedDict):
    """A fact that members have signed; ``kind`` tells which."""

    digest: str
    kind: Literal["Payment", "Remittance", "Registration"]
    message: dict[str, Any]
    members: list[str]
    act: dict[str, Any] | None


class RegistrationRecord(TypedDict):
    """``number`` commits to the registry's number; it holds up to ``expires_on``."""

    number: str
    claim: int
    start: str
    end: str
    bank: int
    registered_at: str
    expires_on: str
    lapsed: bool
    entry: int


class Event(TypedDict):
    """One entry of the ledger, as far as the reader may see it."""

    id: str
    event: str
    data: dict[str, Any]


class FinanceMessage(TypedDict):
    party: int
    text: str
    at: str


class FinanceRequest(TypedDict):
    id: str
    ask: str | None
    holder: int
    bank: int
    claim: int
    lot: str
    version: int
    start: str
    end: str
    amount: str
    currency: str
    mode: str
    value_date: str
    documents: list[str]
    expires: str
    status: str
    reason: str | None
    messages: list[FinanceMessage]


class DeskView(TypedDict):
    """What an officer is shown; ``hash`` names it when deciding."""

    hash: str
    view: dict[str, Any]


class QuotePrice(TypedDict):
    days: int
    interest: str
    holder_interest: str
    core_interest: str
    fees: str
    advance: str
    repayment: str
    annual_cost_bp: int


class Quote(TypedDict):
    id: str
    request: str
    digest: str
    message: dict[str, Any]
    terms: str
    salt: str
    reference: str
    price: QuotePrice
    sides: list[Side]
    status: str
    valid_until: str


class DeskDecision(TypedDict):
    id: str
    request: str
    quote: str | None
    officer: str
    kind: str
    view_hash: str
    pack_hash: str
    rules: dict[str, Any]
    justifications: dict[str, str]
    created: str
