"""A stage for whole-path tests: contracts on a node, a database, a relayer and an indexer.

``script`` is a synthetic ledger bound to the deployed contracts. Whatever it posts becomes an
act to accept, and at the end the chain must have posted exactly what the script did.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from eth_account import Account
from eth_account.signers.local import LocalAccount
from sqlalchemy import select

from chain.client import ChainClient
from chain.deploy import Founding, deploy
from chain.indexer import Indexer
from chain.profile import DEV, EngineProfile
from chain.relayer import Post, Relayer
from chain.replay import Replay, replay
from chain.rpc import Rpc, RpcFault
from chain.signer import RelayerKey
from chain.sizing import BatchLimits, Sizing
from chain.transactions import Sender
from ledger.acts import EQUIVOCATION, Equivocation, SignedAct, decode_call
from ledger.deployment import Deployment
from ledger.entries import Entry
from ledger.ids import PartyNo
from ledger.store.engine import Database
from ledger.store.outbox import ActRecord, ActStatus, NewAct, accept, count_by_status, read_acts
from ledger.store.tables import entries
from tests.support.synthetic import CORE, COUNCIL, SUPPLIER, SyntheticLedger

DEADLINE = 60.0


def deploy_contracts(
    rpc: Rpc, profile: EngineProfile = DEV, account: LocalAccount | None = None
) -> Deployment:
    founding = Founding(tuple(key.address for key in COUNCIL), 2, policy_delay=0)
    return deploy(Sender(rpc, profile, account or Account.create()), founding)


def new_act(deployment: Deployment, entry: Entry) -> NewAct:
    call = decode_call(entry.memo)
    if isinstance(call, Equivocation):
        return NewAct(entry.act, EQUIVOCATION, deployment.attestations, entry.memo)
    assert isinstance(call, SignedAct)
    target = deployment.address(call.kind.contract)
    return NewAct(entry.act, call.kind.name, target, entry.memo)


def act_of(deployment: Deployment, signed: SignedAct) -> NewAct:
    digest = deployment.digest(signed.agreement)
    target = deployment.address(signed.kind.contract)
    return NewAct(digest, signed.kind.name, target, signed.call_data())


def script_for(deployment: Deployment) -> SyntheticLedger:
    """A founded script: party 1 a core enterprise, 2 to 4 suppliers. 5 entries to accept."""
    script = SyntheticLedger(deployment)
    script.found()
    script.seat_oracles()
    script.enrol("CORE", CORE)
    for name in ("TIER 1", "TIER 2", "TIER 3"):
        script.enrol(name, SUPPLIER)
    return script


FOUNDING_ENTRIES = 6
CORE_PARTY, TIER_1, TIER_2, TIER_3 = (PartyNo(number) for number in range(1, 5))


@dataclass
class Stage:
    """Everything but the API, in one process, stepped by the test."""

    rpc: Rpc
    deployment: Deployment
    database: Database
    script: SyntheticLedger = field(init=False)
    relayer: Relayer = field(init=False)
    indexer: Indexer = field(init=False)
    key: RelayerKey = field(default_factory=lambda: RelayerKey(Account.create()))
    profile: EngineProfile = DEV
    accepted: int = FOUNDING_ENTRIES

    def __post_init__(self) -> None:
        self.script = script_for(self.deployment)
        self.restart()

    @property
    def client(self) -> ChainClient:
        return ChainClient(self.rpc)

    def restart(self, limits: BatchLimits | None = None) -> None:
        """A new relayer and indexer that know nothing but the database and the chain."""
        post = Post(self.client, self.profile, self.deployment.relay, self.key)
        self.relayer = Relayer(self.database, post, Sizing(limits or BatchLimits.of(self.profile)))
        self.indexer = Indexer(self.client, self.database, self.deployment, self.profile)

    def accept_script(self) -> list[NewAct]:
        """Accept everything that the script posted since the last time."""
        new = [new_act(self.deployment, e) for e in self.script.entries[self.accepted :]]
        self.accepted = len(self.script.entries)
        self.accept(*new)
        return new

    def accept(self, *new: NewAct) -> list[ActRecord]:
        return self.database.write(lambda connection: accept(connection, new))

    def settle(self) -> None:
        """Step until every act is confirmed or refused and everything is indexed.

        Faults of an engine are borne where there is another endpoint to ask.
        """
        deadline = time.monotonic() + DEADLINE
        while self._moved() or self.open_acts():
            assert time.monotonic() < deadline, self.counts()

    def _moved(self) -> bool:
        try:
            with self.client.left_after_fault():
                relayed, indexed = self.relayer.step(), self.indexer.step()
        except RpcFault:
            if len(self.rpc.urls) == 1:
                raise
            return True
        return relayed or indexed

    def open_acts(self) -> int:
        counts = self.counts()
        return counts[ActStatus.ACCEPTED] + counts[ActStatus.SENT]

    def counts(self) -> dict[ActStatus, int]:
        with self.database.read() as connection:
            return count_by_status(connection)

    def records(self, *new: NewAct) -> list[ActRecord]:
        with self.database.read() as connection:
            found = {r.digest: r for r in read_acts(connection, [act.digest for act in new])}
        return [found[act.digest] for act in new]

    def replay(self) -> Replay:
        return replay(self.client, self.database, self.deployment, self.profile)

    def assert_chain_has_script(self) -> None:
        assert_posted(self.database, self.script)


def assert_posted(database: Database, script: SyntheticLedger) -> None:
    """The chain posted the script's entries, each as the script has it, and no other."""
    with database.read() as connection:
        stored = connection.execute(select(entries).order_by(entries.c.index)).all()
    got = [(e.book, e.act, e.op, e.words, e.memo) for e in stored[FOUNDING_ENTRIES:]]
    assert got == [_told(entry) for entry in script.entries[FOUNDING_ENTRIES:]]


def _told(entry: Entry) -> tuple[int, bytes, int, bytes, bytes]:
    words = b"".join(word.to_bytes(32, "big") for word in entry.words)
    return entry.book, entry.act, entry.op, words, entry.memo
