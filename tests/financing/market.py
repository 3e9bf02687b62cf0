"""Five banks, a core enterprise and its suppliers on real contracts, asking through the real API.

Relayer and indexer are stepped by the test: nothing reaches the chain before ``settle``, unless
somebody sends it there past all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from eth_account import Account
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import MetaData, Table, select
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from chain.batching import Call, relay_call
from chain.contracts import DEPLOYED, RELAY, contract
from chain.profile import DEV
from chain.transactions import Receipt, Sender, wait_for_receipt
from ledger.acts import SignedAct, decode_call
from ledger.agreements import FOREVER, InvoiceUse, Issue, Transfer
from ledger.business_day import business_day, number_of
from ledger.commitments import EMPTY_ROOT
from ledger.credit import CreditLine, LineKind, credit_domain
from ledger.deals import Finance, Registration, Remittance
from ledger.deployment import Deployment
from ledger.ids import ClaimNo, Digest, PartyNo
from ledger.keccak import keccak
from ledger.store.engine import Database
from ledger.store.outbox import ActRecord, ActStatus, read_act
from ledger.store.reading.receivables import current_lots
from ledger.store.tables import entries
from ledger.typed import Struct, digest_of
from ledger.words import Lot, LotRef
from oracles.witness import Witness
from scripts.stage import entries_in, refusals_in
from tests.chain.stage import Stage, act_of
from tests.support.accounts import COUNCIL, ORACLES, Key

NOW = 1_795_000_000
"""When the chain begins, and the API's clock with it: a Wednesday."""
URL = "http://market.test"
FACE = 10_000
LIMIT = 1_000_000
MATURITY = 2027_05_17
REGISTERED_UNTIL = 2030_12_31
BANK_ROLE, SUPPLIER_ROLE = 4, 2
ACT_GAS = 2_000_000

CORE, SELLER, OTHER, OUTSIDER = map(PartyNo, range(1, 5))
BANKS = tuple(map(PartyNo, range(5, 10)))
BANK, RIVAL = BANKS[:2]
CAREFUL = PartyNo(10)
"""A bank where two of three officers sign above 1,000."""

_NO_TRACE = {"sessions", "challenges", "heartbeats", "idempotency_keys"}


@dataclass
class Market:
    stage: Stage
    now: int = NOW
    claims: int = 0
    registrations: int = 0
    http: TestClient = field(init=False)
    app: FastAPI = field(init=False)
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Asked from elsewhere, as members do: what only the operator's machine is told isn't there.
        settings = Settings(
            database_url="", deployment=self.deployment, public_url=URL, host="192.0.2.1"
        )
        witness = Witness(self.database, self.deployment)
        self.app = create_app(settings, self.database, witness, lambda: self.now)
        self.http = TestClient(self.app, base_url=URL, raise_server_exceptions=False)

    @property
    def deployment(self) -> Deployment:
        return self.stage.deployment

    @property
    def database(self) -> Database:
        return self.stage.database

    def found(self) -> None:
        """Everybody is enrolled, and every bank has a line to CORE and one to SELLER."""
        script = self.stage.script
        for name in ("ONE", "TWO", "THREE", "FOUR", "FIVE"):
            script.enrol(f"BANK {name}", BANK_ROLE)
        script.enrol("CAREFUL BANK", BANK_ROLE, signers=3, quorum=2, dual_above=1_000)
        self.stage.accept_script()
        self.stage.settle()
        for bank in (*BANKS, CAREFUL):
            self.line(bank, CORE, LineKind.DEBTOR)
            self.line(bank, SELLER, LineKind.RECOURSE)

    # ── the chain ────────────────────────────────────────────────────────────────────────────

    def settle(self) -> None:
        self.stage.settle()

    def travel(self, seconds: int) -> None:
        """Time passes for everyone; whoever had signed in has to again."""
        self.now += seconds
        self.stage.rpc.batch([("evm_increaseTime", [seconds]), ("evm_mine", [])])
        self.tokens.clear()
        self.settle()

    def sender(self, name: str) -> Sender:
        """Somebody with a key and a way to a node, past API, outbox and relayer."""
        return Sender(self.stage.rpc, DEV, Account.from_key(keccak(name.encode())))

    def relayed(self, sender: Sender, *acts: SignedAct) -> bytes:
        """A signed transaction that hands these acts to the relay contract."""
        calls = [Call(self._target(act), ACT_GAS, act.call_data()) for act in acts]
        nonce, gas = sender.next_nonce(), DEV.block_gas_limit // 2
        return sender.sign(self.deployment.relay, relay_call(calls), nonce=nonce, gas=gas)

    def refusals(self, receipt: Receipt) -> list[str]:
        return [refused.name for refused in refusals_in(receipt)]

    def entries(self, receipt: Receipt) -> list[bytes]:
        """Digests of the acts that the ledger took in this transaction."""
        return [bytes(entry.act) for entry in entries_in(receipt, self.deployment)]

    def read(self, name: str, function: str, *arguments: Any) -> Any:
        data = "0x" + contract(name).call_data(function, *arguments).hex()
        call = {"to": getattr(self.deployment, name.lower()), "data": data}
        answer = self.stage.rpc.call("eth_call", [call, "latest"])
        return contract(name).read_result(function, bytes.fromhex(answer[2:]))

    def _target(self, act: SignedAct) -> Any:
        return self.deployment.address(act.kind.contract)

    # ── people ───────────────────────────────────────────────────────────────────────────────

    def keys(self, party: int) -> list[Key]:
        return self.stage.script.parties[PartyNo(party)]

    def key(self, who: int | Key) -> Key:
        return who if isinstance(who, Key) else self.keys(who)[0]

    def headers(self, who: int | Key) -> dict[str, str]:
        key = self.key(who)
        if key.name not in self.tokens:
            asked = self.http.post("/v1/sign-in/challenge", json={"address": key.address})
            message = asked.json()["message"]
            body = {"message": message, "signature": _signed_text(key, message)}
            self.tokens[key.name] = self.http.post("/v1/sign-in", json=body).json()["token"]
        return {"Authorization": f"Bearer {self.tokens[key.name]}"}

    def get(self, who: int | Key, path: str, **params: Any) -> Response:
        return self.http.get(path, headers=self.headers(who), params=params)

    def post(self, who: int | Key, path: str, body: Any = None) -> Response:
        return self.http.post(path, json=body, headers=self.headers(who))

    def put(self, who: int | Key, path: str, body: Any) -> Response:
        return self.http.put(path, json=body, headers=self.headers(who))

    def signature(self, who: int | Key, agreement: Struct) -> str:
        return "0x" + self.key(who).sign(self.deployment.digest(agreement)).hex()

    # ── acts ─────────────────────────────────────────────────────────────────────────────────

    def signed(self, agreement: Struct, *sides: int | Sequence[Key]) -> SignedAct:
        """By these sides, each a party or the keys that sign for it; untold, by all it takes."""
        given = sides or self._sides(agreement)
        keys = [self.keys(side) if isinstance(side, int) else side for side in given]
        return self.stage.script.signed(agreement, *keys)

    def _sides(self, agreement: Struct) -> Sequence[int | Sequence[Key]]:
        match agreement:
            case Issue():
                return [agreement.debtor, agreement.creditor]
            case Transfer():
                return [agreement.holder, agreement.recipient]
            case Finance():
                return [agreement.seller, agreement.bank]
            case Registration() | Remittance():
                return [ORACLES[:2]]
            case _:
                return [COUNCIL[:2]]

    def post_act(self, agreement: Struct, *sides: int | Sequence[Key]) -> Digest:
        """Past the API's own checks: the chain takes it."""
        act = act_of(self.deployment, self.signed(agreement, *sides))
        self.stage.accept(act)
        self.settle()
        record = self.record(act.digest)
        assert record.status is ActStatus.CONFIRMED, record
        return act.digest

    def record(self, digest: Digest) -> ActRecord:
        with self.database.read() as connection:
            found = read_act(connection, digest)
        assert found is not None
        return found

    def handed_in(self, who: int | Key, *acts: SignedAct) -> list[dict[str, Any]]:
        body = {"agreements": [_wire(act) for act in acts]}
        answer = self.post(who, "/v1/agreements", body)
        assert answer.status_code == 202, answer.text
        told: list[dict[str, Any]] = answer.json()["acts"]
        return told

    def fate(self, act: SignedAct, who: int | Key = OUTSIDER) -> str | None:
        """Why the act was refused, by the API or by the chain after all; None if it wasn't."""
        (told,) = self.handed_in(who, act)
        if "problem" in told:
            return _name_in(told["problem"])
        self.settle()
        return refusal_of(self.record(Digest(bytes.fromhex(told["digest"][2:]))))

    def past_the_api(self, act: SignedAct) -> list[str]:
        """As what a transaction of somebody's own refuses the act; nothing if it took it."""
        sender = self.sender("somebody")
        raw = self.relayed(sender, act)
        self.stage.rpc.call("eth_sendRawTransaction", ["0x" + raw.hex()])
        return self.refusals(wait_for_receipt(self.stage.rpc, keccak(raw)))

    def issued(self, face: int = FACE, maturity: int = MATURITY, **changes: Any) -> ClaimNo:
        """A new claim of CORE that SELLER holds, unless changed."""
        self.post_act(self.issue(face, maturity, **changes))
        self.claims += 1
        return ClaimNo(self.read("Ledger", "claimCount"))

    def registered(self, claim: int, *banks: int, **changes: Any) -> None:
        """The movables registry shows all of the claim for each of these banks, and, as it turns
        out, each time since before all that was known: who was asked last may quote."""
        for bank in banks:
            self.registrations += 1
            fact = Registration(
                config=self.stage.script.config,
                claim=claim,
                start=0,
                end=FACE,
                bank=bank,
                number=registration_of(claim, bank),
                registeredAt=self.now - 60 * self.registrations,
                expiresOn=REGISTERED_UNTIL,
            )
            self.post_act(replace(fact, **changes))

    def issue(
        self,
        face: int = FACE,
        maturity: int = MATURITY,
        *,
        holder: int = SELLER,
        invoice: InvoiceUse | None = None,
    ) -> Issue:
        """On an invoice of its own if none is given."""
        use = invoice or InvoiceUse(keccak(b"invoice %d" % self.claims), face, face, 0)
        return Issue(CORE, holder, "CNY", face, maturity, (use,), EMPTY_ROOT, FOREVER)

    def moved(self, claim: int, holder: int, recipient: int) -> None:
        """The claim's first lot goes to another."""
        lot = self.lot(claim)
        act = Transfer(claim, 0, lot.version, 0, lot.end, holder, recipient, EMPTY_ROOT, FOREVER)
        self.post_act(act)

    def lot(self, claim: int, start: int = 0) -> Lot:
        ref = LotRef(ClaimNo(claim), start, 1)
        with self.database.read() as connection:
            return current_lots(connection, [ref])[claim, start][0]

    # ── lines ────────────────────────────────────────────────────────────────────────────────

    def change_of(self, bank: int, party: int, kind: LineKind, limit: int) -> CreditLine:
        ends = number_of(business_day(self.now + 2 * 365 * 86_400))
        version = next((one["version"] for one in self.lines(bank, party, kind)), 0)
        until = self.now + 86_400
        return CreditLine(bank, party, kind.value, "CNY", limit, ends, "test", version, until)

    def put_line(self, who: int | Key, change: CreditLine, *keys: Key) -> Response:
        """The bank's own change, signed by these or by all of the bank's signers."""
        digest = digest_of(change, credit_domain(self.deployment).separator())
        signers = sorted(keys or self.keys(change.bank), key=lambda key: key.address.lower())
        approvals = ["0x" + key.sign(digest).hex() for key in signers]
        return self.put(who, "/v1/lines", {"message": change.to_json(), "approvals": approvals})

    def line(self, bank: int, party: int, kind: LineKind, limit: int = LIMIT) -> None:
        answer = self.put_line(bank, self.change_of(bank, party, kind, limit))
        assert answer.status_code == 200, answer.text

    def lines(self, bank: int, party: int, kind: LineKind) -> list[dict[str, Any]]:
        items = self.get(bank, "/v1/lines", party=party).json()["items"]
        return [one for one in items if one["kind"] == kind.value]

    def used(self, bank: int, party: int = CORE, kind: LineKind = LineKind.DEBTOR) -> int:
        (line,) = self.lines(bank, party, kind)
        return int(line["open"]) + int(line["drawn"])

    def concluded(self) -> dict[bytes, Finance]:
        """Every deal that the ledger has an entry of, by digest."""
        with self.database.read() as connection:
            rows = connection.execute(select(entries.c.act, entries.c.memo))
            calls = {row.act: decode_call(row.memo) for row in rows if row.memo}
        return {
            digest: call.agreement
            for digest, call in calls.items()
            if isinstance(call, SignedAct) and isinstance(call.agreement, Finance)
        }

    # ── that nothing changed ─────────────────────────────────────────────────────────────────

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """As the database has them, by name."""
        found = MetaData()
        with self.database.read() as connection:
            found.reflect(connection)
        return found.tables

    def standing(self) -> dict[str, Any]:
        """All that the chain and the database hold, but for what says that somebody asked: tokens,
        and acts that were taken in to be refused."""
        found: dict[str, Any] = {"chain": self.storage()}
        with self.database.read() as connection:
            for table in self.tables.values():
                if table.name in _NO_TRACE:
                    continue
                query = select(table)
                if table.name == "acts":
                    query = query.where(table.c.status != ActStatus.REFUSED)
                found[table.name] = sorted(repr(tuple(row)) for row in connection.execute(query))
        return found

    def storage(self) -> list[str]:
        """The roots of what the contracts keep."""
        kept = [getattr(self.deployment, name.lower()) for name in DEPLOYED if name != RELAY]
        proofs = [("eth_getProof", [address, [], "latest"]) for address in kept]
        return [proof["storageHash"] for proof in self.stage.rpc.batch(proofs)]

    @contextmanager
    def unchanged_on_chain(self) -> Iterator[None]:
        """Blocks may come, and what they refused; the contracts' storage is what it was."""
        before = self.storage()
        yield
        self.settle()
        assert self.storage() == before

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        before = self.standing()
        yield
        after = self.standing()
        changed = {name for name in before if before[name] != after[name]}
        assert changed == set()


def registration_of(claim: int, bank: int) -> bytes:
    return keccak(b"registration of claim %d for bank %d" % (claim, bank))


def refusal_of(record: ActRecord) -> str | None:
    assert record.status in (ActStatus.CONFIRMED, ActStatus.REFUSED)
    return None if record.refusal is None else str(record.refusal["name"])


def problem_of(answer: Response) -> str:
    """The name of the problem that was answered."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["status"] == answer.status_code
    return _name_in(answer.json())


def _name_in(problem: dict[str, Any]) -> str:
    return str(problem["type"]).removeprefix("urn:yuanliu:problem:")


def _wire(act: SignedAct) -> dict[str, Any]:
    approvals = [["0x" + one.hex() for one in side] for side in act.approvals]
    return {"kind": act.kind.name, "message": act.agreement.to_json(), "approvals": approvals}


def _signed_text(key: Key, text: str) -> str:
    content = text.encode()
    prefix = b"\x19Ethereum Signed Message:\n%d" % len(content)
    return "0x" + key.sign(keccak(prefix + content)).hex()
