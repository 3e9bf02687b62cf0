"""Every request the API answers, one method each. Thin: no rule of the ledger lives here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from client.events import read_events
from client.financing_calls import FinancingCalls
from client.http import Http
from client.keys import Key
from client.line_calls import LineCalls
from client.problems import ApiFault, absent_as_none, refusal
from client.reconciling_calls import ReconcilingCalls
from client.records import (
    Act,
    Council,
    Document,
    Event,
    FreeAmount,
    InvoiceUsage,
    LotRecord,
    Oracles,
    Party,
    Policy,
    Proposal,
    Receivable,
    StatementLineRecord,
    StatementRecord,
    Validator,
)
from client.risk_calls import RiskCalls
from client.sign_in import Session, sign_in
from client.wire import hexed_all, verdict
from client.witness_calls import WitnessCalls
from ledger.acts import SignedAct
from ledger.checks import OraclesNotConfigured
from ledger.deployment import Deployment
from ledger.hexadecimal import hexed, unhexed
from ledger.ids import ClaimNo, Digest, PartyNo
from ledger.typed import Struct

XML = {"Content-Type": "application/xml"}
_WAIT_SECONDS = 10


class Api(FinancingCalls, LineCalls, ReconcilingCalls, RiskCalls, WitnessCalls):
    """One API, as one signed-in account sees it (or, before ``sign_in``, anyone).

    Every method raises the ``Refused`` that the API names, or ``ApiFault`` when it fails.
    """

    def __init__(self, http: Http, session: Session | None = None) -> None:
        self._http = http
        self.session = session

    @classmethod
    def at(cls, url: str, session: Session | None = None) -> Self:
        return cls(Http(url), session)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def sign_in(self, key: Key) -> Session:
        self.session = sign_in(self._http, key)
        return self.session

    # ── who ──────────────────────────────────────────────────────────────────────────────────

    def deployment(self) -> Deployment:
        return Deployment.from_json(self._get("/v1/deployment"))

    def operation(self) -> dict[str, Any]:
        """How operation goes: heights, queue, troubles. Nobody has to be signed in."""
        return cast("dict[str, Any]", self._get("/status.json"))

    def me(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self._get("/v1/me"))

    def oracles(self) -> Oracles | None:
        """The oracle members in force; None before the council has named any."""
        return absent_as_none(lambda: cast("Oracles", self._get("/v1/oracles")))

    def council(self) -> Council:
        return cast("Council", self._get("/v1/council"))

    def policies(self) -> list[Policy]:
        """Every policy contract there was a decision on."""
        return cast("list[Policy]", self._get("/v1/policies")["policies"])

    def validators(self) -> list[Validator]:
        """The council's record of the validator set, removed ones included."""
        return cast("list[Validator]", self._get("/v1/validators")["validators"])

    def oracle_config(self) -> bytes:
        """The digest of the oracle configuration in force; raises ``OraclesNotConfigured``."""
        found = self.oracles()
        if found is None:
            raise OraclesNotConfigured
        return unhexed(found["config"])

    def parties(self) -> Iterator[Party]:
        return cast("Iterator[Party]", self._pages("/v1/parties"))

    def party(self, number: PartyNo) -> Party:
        return cast("Party", self._get(f"/v1/parties/{number}"))

    def put_profile(self, name: str, account: dict[str, str] | None = None) -> None:
        body = {"name": name} | ({} if account is None else {"account": account})
        self._http.put("/v1/parties/me/profile", body, headers=self._headers())

    def grant_mandate(self, mandate: Struct, approvals: Sequence[bytes]) -> dict[str, Any]:
        body = {"message": mandate.to_json(), "approvals": hexed_all(approvals)}
        return cast("dict[str, Any]", self._post("/v1/mandates", body))

    # ── documents ────────────────────────────────────────────────────────────────────────────

    def upload_document(self, content: bytes, file_name: str | None = None) -> Document:
        params = {} if file_name is None else {"file_name": Path(file_name).name}
        return cast("Document", self._upload("/v1/documents", content, params))

    def documents(self) -> Iterator[Document]:
        return cast("Iterator[Document]", self._pages("/v1/documents"))

    def document(self, document: str) -> Document:
        return cast("Document", self._get(f"/v1/documents/{document}"))

    def document_content(self, document: str) -> bytes:
        path = f"/v1/documents/{document}/content"
        return self._http.get(path, headers=self._headers()).content

    def open_document(self, document: str, party: PartyNo) -> None:
        self._post(f"/v1/documents/{document}/openings", {"party": party})

    def invoice(self, fingerprint: bytes) -> InvoiceUsage:
        return cast("InvoiceUsage", self._get(f"/v1/invoices/{hexed(fingerprint)}"))

    def free_amount(self, fingerprint: bytes) -> FreeAmount:
        """What is free of an invoice, for those entitled to know."""
        return cast("FreeAmount", self._get(f"/v1/invoices/{hexed(fingerprint)}/free"))

    # ── agreements ───────────────────────────────────────────────────────────────────────────

    def propose(
        self,
        agreement: Struct,
        documents: Sequence[str],
        approvals: Sequence[bytes],
        opening: Mapping[str, str] | None = None,
    ) -> Proposal:
        """``opening`` is of the debt that the agreement makes: its reference and amount."""
        body = {
            "kind": type(agreement).__name__,
            "message": agreement.to_json(),
            "documents": list(documents),
            "approvals": hexed_all(approvals),
            "opening": opening,
        }
        return cast("Proposal", self._post("/v1/proposals", body))

    def proposals(self, status: str | None = None) -> Iterator[Proposal]:
        return cast("Iterator[Proposal]", self._pages("/v1/proposals", status=status))

    def proposal(self, proposal: str) -> Proposal:
        return cast("Proposal", self._get(f"/v1/proposals/{proposal}"))

    def approve(self, proposal: str, approval: bytes) -> Proposal:
        body = {"approval": hexed(approval)}
        return cast("Proposal", self._post(f"/v1/proposals/{proposal}/approvals", body))

    def submit(self, proposal: str) -> Act:
        return cast("Act", self._post(f"/v1/proposals/{proposal}/submission", {}))

    def refuse(self, proposal: str, reason: str) -> Proposal:
        return cast("Proposal", self._post(f"/v1/proposals/{proposal}/refusal", {"reason": reason}))

    def withdraw(self, proposal: str) -> Proposal:
        return cast("Proposal", self._post(f"/v1/proposals/{proposal}/withdrawal", {}))

    def submit_agreements(self, acts: Sequence[SignedAct]) -> list[Digest]:
        """Hand in concluded agreements; raises the first one's refusal, after all were taken."""
        agreements = [
            {
                "kind": act.kind.name,
                "message": act.agreement.to_json(),
                "approvals": [hexed_all(side) for side in act.approvals],
            }
            for act in acts
        ]
        answers = self._post("/v1/agreements", {"agreements": agreements})["acts"]
        for answer in answers:
            if "problem" in answer:
                raise refusal(answer["problem"])
        return [Digest(unhexed(answer["digest"])) for answer in answers]

    def act(self, digest: Digest, wait: int = 0) -> Act:
        path = f"/v1/agreements/{hexed(digest)}"
        return cast("Act", self._get(path, wait=wait or None))

    def confirmed(self, digest: Digest, timeout: float = 60.0) -> Act:
        """Wait until an act took effect; raises its refusal, or ``ApiFault`` after ``timeout``."""
        deadline = time.monotonic() + timeout
        while True:
            act = self.act(digest, wait=_WAIT_SECONDS)
            if act["status"] == "confirmed":
                return act
            if act["status"] == "refused":
                raise verdict(act)
            if time.monotonic() > deadline:
                raise ApiFault(f"act {hexed(digest)} is still {act['status']} after {timeout} s")

    # ── receivables ──────────────────────────────────────────────────────────────────────────

    def receivables(self) -> Iterator[Receivable]:
        return cast("Iterator[Receivable]", self._pages("/v1/receivables"))

    def receivable(self, claim: ClaimNo) -> Receivable:
        return cast("Receivable", self._get(f"/v1/receivables/{claim}"))

    def lots_of(self, claim: ClaimNo) -> Iterator[LotRecord]:
        return cast("Iterator[LotRecord]", self._pages(f"/v1/receivables/{claim}/lots"))

    def my_lots(self, state: str | None = "live") -> Iterator[LotRecord]:
        return cast("Iterator[LotRecord]", self._pages("/v1/lots", state=state))

    def lot_history(self, claim: ClaimNo, start: int) -> Iterator[LotRecord]:
        path = f"/v1/lots/{claim}/{start}/history"
        return cast("Iterator[LotRecord]", self._pages(path))

    def events(self, after: str | None = None) -> Iterator[Event]:
        """Entries as they come, without end; ``after`` is the last one already seen."""
        headers = self._headers() | {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = after
        with self._http.lines("/v1/events", headers) as lines:
            yield from read_events(lines)

    # ── payments ─────────────────────────────────────────────────────────────────────────────

    def payment_instructions(self, claim: ClaimNo) -> bytes:
        """A pain.001 message for the claim's live lots; for its debtor only."""
        headers = self._headers() | {"Accept": "application/xml"}
        return self._http.get("/v1/payment-instructions", headers=headers, claim=claim).content

    def submit_statement(self, content: bytes) -> StatementRecord:
        return cast("StatementRecord", self._upload("/v1/statements", content, {}))

    def worklist(self) -> Iterator[StatementLineRecord]:
        return cast("Iterator[StatementLineRecord]", self._pages("/v1/worklist"))

    # ── how ──────────────────────────────────────────────────────────────────────────────────

    def _headers(self) -> dict[str, str]:
        return {} if self.session is None else dict(self.session.headers)

    def _get(self, path: str, **params: Any) -> Any:
        return self._http.get(path, headers=self._headers(), **params).json()

    def _content(self, path: str, accept: str | None = None) -> bytes:
        headers = self._headers() | ({} if accept is None else {"Accept": accept})
        return self._http.get(path, headers=headers).content

    def _post(self, path: str, body: Any) -> Any:
        return self._http.post(path, body, headers=self._headers()).json()

    def _put(self, path: str, body: Any) -> Any:
        return self._http.put(path, body, headers=self._headers()).json()

    def _upload(self, path: str, content: bytes, params: dict[str, str]) -> Any:
        headers = self._headers() | XML
        return self._http.post(path, content=content, headers=headers, params=params).json()

    def _pages(self, path: str, **params: Any) -> Iterator[Any]:
        cursor = None
        while True:
            page = self._get(path, cursor=cursor, **params)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return
