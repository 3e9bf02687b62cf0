"""A whole stack with parties in it, and what an attacker could hope to have changed there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from client.api import Api
from ledger.acts import SignedAct, decode_call
from ledger.agreements import FOREVER, InvoiceUse, Issue, Transfer
from ledger.commitments import EMPTY_ROOT
from ledger.deployment import Deployment
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from ledger.store import private
from ledger.store.engine import Database
from ledger.store.outbox import ActStatus, count_by_status, read_acts
from ledger.store.projector import tip
from ledger.typed import Struct
from tests.chain.stage import CORE_PARTY, FOUNDING_ENTRIES, TIER_1, TIER_2, TIER_3, script_for
from tests.e2e.mortal import MortalStack
from tests.support.synthetic import COUNCIL, MATURITY, Key, SyntheticLedger

BANK_ROLE = 4
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FACE = 10_000
XML = {"Content-Type": "application/xml"}

_KEPT = (
    private.documents,
    private.openings,
    private.proposals,
    private.approvals,
    private.statements,
    private.witness_signatures,
    private.profiles,
    private.mandates,
)


@dataclass
class Town:
    """``claim`` is of ``FACE`` units, all held by TIER_1 in one lot, at version 2 by now; its
    invoice is used up. ``part_used`` is an invoice of 1,000 with 400 left."""

    stack: MortalStack
    database: Database
    http: httpx.Client
    script: SyntheticLedger = field(init=False)
    claim: ClaimNo = field(init=False)
    bank: PartyNo = field(init=False)
    part_used: bytes = keccak(b"part used")
    tokens: dict[str, str] = field(default_factory=dict)
    _handed_in: int = FOUNDING_ENTRIES

    def __post_init__(self) -> None:
        self.script = script_for(self.deployment)
        self.bank = self.script.enrol("BANK", BANK_ROLE)
        self.post()
        self.claim = self.script.issue(CORE_PARTY, TIER_1, FACE)
        self.script.transfer(self.claim, 0, 0, FACE, TIER_2)
        self.script.transfer(self.claim, 0, 0, FACE, TIER_1)
        self.script.post_issue(self.issue(600, self.part_used, total=1_000))
        self.post()

    @property
    def deployment(self) -> Deployment:
        return self.stack.deployment

    # ── people ───────────────────────────────────────────────────────────────────────────────

    def key(self, who: int | Key) -> Key:
        return who if isinstance(who, Key) else self.script.parties[PartyNo(who)][0]

    def headers(self, who: int | Key) -> dict[str, str]:
        key = self.key(who)
        if key.name not in self.tokens:
            with Api.at(self.stack.settings.api_url) as api:
                self.tokens[key.name] = api.sign_in(key).token  # type: ignore[arg-type]
        return {"Authorization": f"Bearer {self.tokens[key.name]}"}

    def get(self, who: int | Key, path: str) -> httpx.Response:
        return self.http.get(path, headers=self.headers(who))

    def send(self, who: int | Key, path: str, body: Any) -> httpx.Response:
        return self.http.post(path, json=body, headers=self.headers(who))

    def upload(self, who: int | Key, path: str, content: Any, **params: str) -> httpx.Response:
        headers = self.headers(who) | XML
        return self.http.post(path, content=content, headers=headers, params=params)

    # ── what they sign ───────────────────────────────────────────────────────────────────────

    def issue(
        self,
        face: int,
        invoice: bytes,
        *,
        total: int | None = None,
        version: int = 0,
        currency: str = "CNY",
    ) -> Issue:
        use = InvoiceUse(invoice, face if total is None else total, face, version)
        return Issue(CORE_PARTY, TIER_1, currency, face, MATURITY, (use,), EMPTY_ROOT, FOREVER)

    def transfer(self, **changes: Any) -> Transfer:
        """All of the claim from TIER_1 to TIER_3, but for the changes."""
        lot = self.script.lots[self.claim, 0]
        sound = {
            "claim": self.claim,
            "lot": 0,
            "version": lot.version,
            "start": 0,
            "end": FACE,
            "holder": TIER_1,
            "recipient": TIER_3,
            "documents": EMPTY_ROOT,
            "validUntil": FOREVER,
        }
        return Transfer(**(sound | changes))

    def signed(self, agreement: Struct, *sides: Sequence[Key]) -> SignedAct:
        """By all its parties, unless told by whom."""
        return self.script.signed(agreement, *(sides or self._sides(agreement)))

    def _sides(self, agreement: Struct) -> list[Sequence[Key]]:
        match agreement:
            case Issue():
                parties = [agreement.debtor, agreement.creditor]
            case Transfer():
                parties = [agreement.holder, agreement.recipient]
            case _:
                return [COUNCIL[:2]]
        return [self.script.parties[PartyNo(one)] for one in parties]

    # ── doing and looking ────────────────────────────────────────────────────────────────────

    def post(self) -> None:
        """Have everything that the script has posted since confirmed."""
        new = self.script.entries[self._handed_in :]
        self._handed_in += len(new)
        acts = [call for entry in new if isinstance(call := decode_call(entry.memo), SignedAct)]
        with Api.at(self.stack.settings.api_url) as api:
            api.sign_in(COUNCIL[0])  # type: ignore[arg-type]
            digests = api.submit_agreements(acts)
        self.stack.wait_until_settled(self.database)
        with self.database.read() as connection:
            statuses = {act.status for act in read_acts(connection, digests)}
        assert statuses == {ActStatus.CONFIRMED}

    def fate(self, act: SignedAct, who: int | Key = CORE_PARTY) -> dict[str, Any]:
        """What becomes of an agreement: the API's own answer, or the chain's in the end."""
        body = {
            "kind": act.kind.name,
            "message": act.agreement.to_json(),
            "approvals": [["0x" + one.hex() for one in side] for side in act.approvals],
        }
        answer = self.send(who, "/v1/agreements", {"agreements": [body]})
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        (told,) = answer.json()["acts"]
        if "problem" in told:
            return {"status": "refused", "name": _name(told["problem"])}
        found = self.get(who, f"/v1/agreements/{told['digest']}?wait=20").json()
        return found | {"name": found["refusal"] and found["refusal"]["name"]}

    def standing(self) -> dict[str, Any]:
        """Everything that a refused attempt must leave as it is."""
        with self.database.read() as connection:
            chain, acts = tip(connection), count_by_status(connection)
            kept = {
                table.name: connection.scalar(select(func.count()).select_from(table))
                for table in _KEPT
            }
        del acts[ActStatus.REFUSED]
        return {"entries": chain.entries, "head": chain.global_head, "acts": acts, "kept": kept}

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        before = self.standing()
        yield
        assert self.standing() == before


def sample(name: str, **changes: str) -> bytes:
    """A sample document, with texts in it replaced."""
    text = (SAMPLES / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def problem_of(answer: httpx.Response) -> str:
    """The name of the problem that was answered."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["status"] == answer.status_code
    return _name(answer.json())


def _name(problem: dict[str, Any]) -> str:
    return str(problem["type"]).removeprefix("urn:yuanliu:problem:")
