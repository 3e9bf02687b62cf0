"""Bundles collected from a real node, and from nodes that lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chain.bundling import UnsoundBundle, collect_bundle, write_bundle
from chain.client import ChainClient
from chain.engine import Engine
from chain.passbooks import read_books
from chain.profile import DEV
from chain.rpc import Params, Rpc
from ledger.agreements import FOREVER, Merge
from ledger.bundle import DocumentSet, OpenedDocument
from ledger.commitments import commit
from ledger.entries import Entry
from ledger.fold import fold
from ledger.ids import CONSORTIUM_BOOK, Address, ClaimNo
from ledger.keccak import keccak
from ledger.refusals import UnknownClaim
from ledger.storage import head_slot
from ledger.trust import read_trust
from ledger.verify import verify
from ledger.words import LotRef, LotState
from tests.support.consortium import DUAL, TIER2, TIER3, Consortium

SALT = b"\5" * 32
CONTRACT = b"the contract behind it"


@pytest.fixture
def consortium(rpc: Rpc) -> Consortium:
    return Consortium.found(rpc)


@pytest.fixture
def papers() -> DocumentSet:
    return DocumentSet.of([commit(SALT, CONTRACT)], [OpenedDocument(SALT, CONTRACT)])


@pytest.fixture
def claim(consortium: Consortium, papers: DocumentSet) -> ClaimNo:
    """Split, merged, moved under four eyes, paid in part and in full; another claim beside it."""
    consortium.open_claim(invoice=b"another")
    consortium.do(consortium.issue(documents=papers.root))
    claim = ClaimNo(2)
    move = consortium.transfer
    consortium.do(move(claim, 4_000))
    consortium.do(move(claim, 2_000, version=2, holder=TIER2, recipient=TIER3))
    consortium.do(move(claim, 0, lot=2_000, start=2_000, end=4_000, holder=TIER2, recipient=TIER3))
    consortium.do(Merge(claim, 0, 3, 2_000, 2, TIER3, FOREVER))
    consortium.do(move(claim, 3_000, version=4, start=1_000, holder=TIER3, recipient=DUAL))
    for ref, amount in ((LotRef(claim, 1_000, 1), 500), (LotRef(claim, 4_000, 1), 5_000)):
        consortium.do(consortium.payment(ref, amount, line=ref.subject))
    return claim


def engine_of(consortium: Consortium) -> Engine:
    return Engine(DEV, consortium.stage.rpc)


def all_entries(consortium: Consortium) -> list[Entry]:
    client = ChainClient(consortium.stage.rpc)
    newest = client.block(DEV.finality)
    assert newest is not None
    return read_books(client, consortium.stage.deployment, newest.number)


def test_write_bundle__claim_that_lived__verifies_by_its_trust_file(
    consortium: Consortium, claim: ClaimNo, papers: DocumentSet, tmp_path: Path
) -> None:
    stage = consortium.stage
    written = write_bundle(
        engine_of(consortium), stage.deployment, claim, [papers], tmp_path / "out"
    )
    data = written.bundle.read_bytes()
    trust = read_trust(written.trust.read_bytes())
    report = verify(data, trust)
    assert report == written.report
    assert report.ok
    assert any("55.00 CNY of it discharged" in statement for statement in report.proven)
    assert not verify(data[:-2] + b"]\n", trust).ok
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "claim-2.bundle.json",
        "claim-2.trust.json",
    ]


def test_fold__everything_the_contracts_posted__no_rule_broken_and_their_own_lots(
    consortium: Consortium, claim: ClaimNo
) -> None:
    """The second implementation against the first."""
    found = fold(all_entries(consortium), consortium.stage.deployment, whole=True)
    assert found.findings == ()
    for lots in found.state.lots.values():
        for start, lot in lots.items():
            there = consortium.lot(lot.claim, start)
            assert there == {name: getattr(lot, name) for name in there}
    states = [lot.state for lot in found.state.current_lots(claim)]
    assert states.count(LotState.DISCHARGED) == 2


def test_collect_bundle__storage_slots__as_the_interface_documents_them(
    consortium: Consortium, claim: ClaimNo
) -> None:
    bundle = collect_bundle(engine_of(consortium), consortium.stage.deployment, claim)
    read = consortium.stage.read
    assert bundle.heads.claim == read("Ledger", "head", claim)
    assert bundle.heads.consortium == read("Ledger", "head", CONSORTIUM_BOOK)
    assert bundle.heads.all == read("Ledger", "globalHead")
    assert bundle.count == read("Ledger", "entryCount") == len(all_entries(consortium))
    assert head_slot(claim) != head_slot(CONSORTIUM_BOOK)


def test_write_bundle__claim_never_opened__unknown(consortium: Consortium, tmp_path: Path) -> None:
    stage = consortium.stage
    with pytest.raises(UnknownClaim):
        write_bundle(engine_of(consortium), stage.deployment, ClaimNo(99), [], tmp_path)


def test_write_bundle__documents_of_no_agreement__unsound_and_nothing_written(
    consortium: Consortium, claim: ClaimNo, tmp_path: Path
) -> None:
    stage = consortium.stage
    stray = DocumentSet.of([commit(SALT, b"x")], [OpenedDocument(SALT, b"x")])
    with pytest.raises(UnsoundBundle) as caught:
        write_bundle(engine_of(consortium), stage.deployment, claim, [stray], tmp_path)
    assert [problem.refusal.name for problem in caught.value.report.problems] == [
        "DocumentsUnknown"
    ]
    assert list(tmp_path.iterdir()) == []


def test_write_bundle__state_told_ahead_of_its_block__collected_again(
    consortium: Consortium, claim: ClaimNo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As anvil does for an instant while it mines."""
    real, asked = ChainClient.storage, []

    def ahead(client: ChainClient, address: Address, slot: int, block: int) -> bytes | None:
        asked.append(slot)
        return keccak(b"later") if len(asked) == 1 else real(client, address, slot, block)

    monkeypatch.setattr(ChainClient, "storage", ahead)
    stage = consortium.stage
    assert write_bundle(engine_of(consortium), stage.deployment, claim, [], tmp_path).report.ok


class LyingRpc(Rpc):
    """Leaves one log out of every answer."""

    def call(self, method: str, params: Params = ()) -> Any:
        answer = super().call(method, params)
        return answer[:-1] if method == "eth_getLogs" else answer


def test_write_bundle__node_that_hides_an_entry__unsound_and_nothing_written(
    consortium: Consortium, claim: ClaimNo, tmp_path: Path
) -> None:
    stage = consortium.stage
    with LyingRpc(stage.rpc.url) as lying, pytest.raises(UnsoundBundle, match="HeadMismatch"):
        write_bundle(Engine(DEV, lying), stage.deployment, claim, [], tmp_path)
    assert list(tmp_path.iterdir()) == []
