"""An API over a made-up ledger: parties with keys, and a chain that takes what the outbox has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx import Response
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from ledger.acts import Call, Equivocation, SignedAct, decode_call
from ledger.agreements import FOREVER, Enrolment, Issue, Payment, Transfer
from ledger.commitments import EMPTY_ROOT
from ledger.deals import Registration
from ledger.entries import Op
from ledger.errors import Refused
from ledger.ids import ClaimNo, Digest, PartyNo
from ledger.keccak import keccak
from ledger.store.engine import Database
from ledger.store.outbox import PendingAct, mark_refused, next_accepted
from ledger.store.projector import Portion, Posting, apply
from ledger.typed import Struct
from oracles.witness import Witness
from tests.support.synthetic import COUNCIL, DEPLOYMENT, Key, SyntheticLedger

CORE, TIER1, TIER2, BANK, AUDITOR, STRANGER, CAREFUL = map(PartyNo, range(1, 8))
NOW = 1_795_000_000
URL = "http://api.test"
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
BUYER, SELLER = "uscc:91310000MAC0RE00XR", "uscc:91330200MATE1ER01L"
XML = {"Content-Type": "application/xml"}


def founded() -> SyntheticLedger:
    ledger = SyntheticLedger()
    ledger.found()
    ledger.seat_oracles()
    _enrol(ledger, "CORE", 1, BUYER)
    _enrol(ledger, "TIER 1", 2, SELLER)
    for name, role in {"TIER 2": 2, "BANK": 4, "AUDITOR": 8, "STRANGER": 2}.items():
        ledger.enrol(name, role)
    ledger.enrol("CAREFUL", 2, signers=2, quorum=2, dual_above=1_000)
    return ledger


def _enrol(ledger: SyntheticLedger, name: str, roles: int, identifier: str) -> None:
    number, key = PartyNo(len(ledger.parties) + 1), Key(name)
    act = Enrolment(identifier, roles, (key.address,), 1, FOREVER, FOREVER)
    ledger.post_act(ledger.signed(act, COUNCIL[:2]), Op.NOTED, [number])
    ledger.parties[number] = [key]


def einvoice(number: str = "26332000000000000017", **changes: str) -> bytes:
    """The sample 数电票 of TIER1 to CORE, under another number and with texts replaced."""
    text = (SAMPLES / "einvoice-cn.xml").read_text(encoding="utf-8")
    for old, new in {"26332000000000000017": number, **changes}.items():
        text = text.replace(old, new)
    return text.encode()


@dataclass
class World:
    """``now`` is the API's clock; ``posted`` how many entries the database has."""

    database: Database
    ledger: SyntheticLedger = field(default_factory=founded)
    now: int = NOW
    posted: int = 0
    blocks: int = 0

    def __post_init__(self) -> None:
        settings = Settings(database_url="", deployment=DEPLOYMENT, public_url=URL)
        witness = Witness(self.database, DEPLOYMENT)
        self.app: FastAPI = create_app(settings, self.database, witness, lambda: self.now)
        self.http = TestClient(self.app, base_url=URL, raise_server_exceptions=False)
        self.tokens: dict[str, str] = {}
        self.index()

    # ── the chain's side ─────────────────────────────────────────────────────────────────────

    def index(self) -> None:
        """Let the projection see what the ledger has posted since."""
        self.blocks += 1
        tx = keccak(b"tx %d" % self.blocks)
        fresh = self.ledger.entries[self.posted :]
        postings = [Posting(entry, self.blocks, self.now, tx) for entry in fresh]
        hashes = {self.blocks: keccak(b"block %d" % self.blocks)}
        portion = Portion(postings, [], hashes, self.blocks)
        self.database.write(lambda connection: apply(connection, portion))
        self.posted = len(self.ledger.entries)

    def waiting(self) -> list[PendingAct]:
        with self.database.read() as connection:
            return next_accepted(connection, 1000)

    def waiting_kinds(self) -> list[type[Call]]:
        return [type(decode_call(act.call)) for act in self.waiting()]

    def mine(self) -> int:
        """Post every accepted act as the contracts would; how many there were."""
        pending = self.waiting()
        for act in pending:
            match decode_call(act.call):
                case SignedAct(Issue() as issue):
                    self.ledger.post_issue(issue)
                case SignedAct(Transfer()) as signed:
                    self.ledger.post_transfer(signed)
                case SignedAct(Payment() as payment):
                    self.ledger.settle(payment)
                case SignedAct(Registration() as fact) as signed:
                    self.ledger.post_act(signed, Op.RECORDED, [fact.bank], ClaimNo(fact.claim))
                case Equivocation() as found:
                    self.ledger.post_equivocation(found)
        self.index()
        return len(pending)

    def refuse(self, refusal: Refused) -> None:
        """Refuse every accepted act, as the relayer does after simulating."""
        refused = [(act.id, refusal) for act in self.waiting()]
        self.database.write(lambda connection: mark_refused(connection, refused))

    # ── people ───────────────────────────────────────────────────────────────────────────────

    def key(self, who: int | Key) -> Key:
        return who if isinstance(who, Key) else self.ledger.parties[PartyNo(who)][0]

    def sign_in(self, who: int | Key) -> str:
        key = self.key(who)
        asked = self.http.post("/v1/sign-in/challenge", json={"address": key.address}).json()
        body = {"message": asked["message"], "signature": sign_text(key, asked["message"])}
        return str(self.http.post("/v1/sign-in", json=body).json()["token"])

    def token(self, who: int | Key) -> str:
        name = self.key(who).name
        if name not in self.tokens:
            self.tokens[name] = self.sign_in(who)
        return self.tokens[name]

    def headers(self, who: int | Key) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(who)}"}

    def get(self, who: int | Key, path: str, **params: Any) -> Response:
        return self.http.get(path, headers=self.headers(who), params=params)

    def post(self, who: int | Key, path: str, body: Any = None, **headers: str) -> Response:
        return self.http.post(path, json=body, headers={**self.headers(who), **headers})

    def upload(self, who: int | Key, path: str, content: bytes, **params: str) -> Response:
        headers = {**self.headers(who), **XML}
        return self.http.post(path, content=content, headers=headers, params=params)

    # ── what they sign ───────────────────────────────────────────────────────────────────────

    def approval(self, key: Key, agreement: Struct) -> str:
        return "0x" + key.sign(DEPLOYMENT.digest(agreement)).hex()

    def concluded(self, agreement: Struct, *sides: Sequence[Key]) -> dict[str, Any]:
        """An agreement as the bulk endpoint takes it; by default signed by all its parties."""
        signers = sides or self.sides(agreement)
        signed = self.ledger.signed(agreement, *signers)
        approvals = [["0x" + one.hex() for one in side] for side in signed.approvals]
        return {"kind": signed.kind.name, "message": agreement.to_json(), "approvals": approvals}

    def sides(self, agreement: Struct) -> list[Sequence[Key]]:
        match agreement:
            case Issue():
                parties = [agreement.debtor, agreement.creditor]
            case Transfer():
                parties = [agreement.holder, agreement.recipient]
            case _:
                return [COUNCIL[:2]]
        return [self.ledger.parties[PartyNo(one)] for one in parties]

    def transfer(
        self, claim: int, recipient: int = TIER2, amount: int | None = None, until: int = FOREVER
    ) -> Transfer:
        """The first units of the claim's lot at 0, from whoever holds it."""
        lot = self.ledger.lots[claim, 0]  # type: ignore[index]
        end = lot.end if amount is None else amount
        return Transfer(claim, 0, lot.version, 0, end, lot.holder, recipient, EMPTY_ROOT, until)

    def submit(self, who: int | Key, *agreements: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.post(who, "/v1/agreements", {"agreements": list(agreements)})
        assert answer.status_code == 202, answer.text
        acts: list[dict[str, Any]] = answer.json()["acts"]
        return acts


def sign_text(key: Key, text: str) -> str:
    content = text.encode()
    prefix = b"\x19Ethereum Signed Message:\n%d" % len(content)
    return "0x" + key.sign(Digest(keccak(prefix + content))).hex()


def problem_of(response: Response) -> str:
    """The name of the problem that was answered."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    kind = str(response.json()["type"])
    assert kind.startswith("urn:yuanliu:problem:")
    assert response.json()["status"] == response.status_code
    return kind.removeprefix("urn:yuanliu:problem:")
