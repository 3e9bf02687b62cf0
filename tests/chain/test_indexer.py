from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import update

from chain import indexer
from chain.client import ChainClient, Log
from chain.indexer import HeadMismatch, Indexer
from chain.profile import DEV
from chain.replay import NothingToReplay, TipNotOnChain, replay
from chain.rpc import Rpc, RpcError
from ledger.credit import CreditLine
from ledger.ids import Address, Digest
from ledger.store.keeping.lines import SignedLine, put_line
from ledger.store.private import credit_lines
from ledger.store.projector import tip
from ledger.store.tables import blocks, entries, lots
from node.anvil import free_port
from tests.chain.stage import CORE_PARTY, TIER_1, TIER_2, Stage

WIDEST = 3


def _live_a_little(stage: Stage) -> None:
    claim = stage.script.issue(CORE_PARTY, TIER_1, 1_000)
    for unit in range(3):
        stage.script.transfer(claim, unit, unit, unit + 1, TIER_2)
        stage.accept_script()
        stage.settle()


def _catch_up(stage: Stage) -> None:
    while stage.indexer.step():
        pass


def test_index__stored_entry_was_tampered_with__fault_and_nothing_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "_DOUBTS", 3)
    _live_a_little(stage)
    last = stage.indexer.tip.entries - 1
    tampered = update(entries).where(entries.c.index == last).values(global_head=bytes(32))
    stage.database.write(lambda connection: connection.execute(tampered))
    stage.script.issue(CORE_PARTY, TIER_1, 5)
    stage.accept_script()
    stage.relayer.step()
    with pytest.raises(HeadMismatch):
        _catch_up(stage)
    with stage.database.read() as connection:
        assert tip(connection).entries == last + 1


def test_index__engine_tells_of_a_state_ahead_of_its_block__asked_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As anvil does for an instant while it mines."""
    real, answers = ChainClient.storage, []

    def ahead(client: ChainClient, address: Address, slot: int, block: int) -> bytes | None:
        answers.append(bytes(32) if len(answers) < 2 else real(client, address, slot, block))
        return answers[-1]

    monkeypatch.setattr(ChainClient, "storage", ahead)
    _live_a_little(stage)
    assert len(answers) > 2
    assert stage.replay().drift == []


def test_index__engine_bears_few_blocks_at_a_time__reads_on_in_short_spans(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _live_a_little(stage)
    stage.rpc.call("anvil_mine", ["0x14"])
    told, real = [], ChainClient.logs

    def narrow(
        client: ChainClient, addresses: Sequence[Address], first: int, last: int
    ) -> list[Log]:
        if last - first + 1 > WIDEST:
            raise RpcError(-32005, "query returned more than 10000 results")
        told.append((first, last))
        return real(client, addresses, first, last)

    monkeypatch.setattr(ChainClient, "logs", narrow)
    replayed = stage.replay()
    assert replayed.drift == []
    assert replayed.entries == len(stage.script.entries)
    firsts, lasts = [first for first, _ in told], [last for _, last in told]
    assert firsts == [stage.deployment.block, *(last + 1 for last in lasts[:-1])]


def test_index__engine_away__waits_and_ends_when_told(stage: Stage) -> None:
    stop = threading.Event()
    with Rpc(f"http://127.0.0.1:{free_port()}") as nowhere:
        stranded = Indexer(ChainClient(nowhere), stage.database, stage.deployment, DEV)
        thread = threading.Thread(target=stranded.run, args=[stop])
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize("told", [None, "0x0"])  # CometBFT's engine tells 0 for every log
def test_index__engine_tells_no_times_with_logs__block_times_are_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, told: str | None
) -> None:
    _live_a_little(stage)
    real = Rpc.call

    def without_times(rpc: Rpc, method: str, params: Sequence[object] = ()) -> object:
        answer = real(rpc, method, params)
        if method == "eth_getLogs":
            for log in answer:
                log["blockTimestamp"] = told
        return answer

    monkeypatch.setattr(Rpc, "call", without_times)
    assert stage.replay().drift == []


def test_replay__rows_were_changed__each_change_is_reported(stage: Stage) -> None:
    _live_a_little(stage)
    changed = update(lots).where(lots.c.start == 3).values(holder=77)
    stage.database.write(lambda connection: connection.execute(changed))
    (drift,) = stage.replay().drift
    assert (drift.table, drift.column, drift.live, drift.rebuilt) == ("lots", "holder", 77, TIER_1)


def test_replay__line_holds_what_no_deal_takes_up__is_reported(stage: Stage) -> None:
    _live_a_little(stage)
    line = CreditLine(TIER_1, CORE_PARTY, "debtor", "CNY", 1_000, 2099_01_01, "test", 0, 2**40)
    change = SignedLine(Digest(bytes(32)), line, [], [])
    stage.database.write(lambda connection: put_line(connection, change, 0, 0))
    assert stage.replay().differences == []
    more = update(credit_lines).values(drawn=5)
    stage.database.write(lambda connection: connection.execute(more))
    replayed = stage.replay()
    assert replayed.drift == []
    assert replayed.differences == ["line 1: (0, 5), not (0, 0)"]


def test_replay__tip_is_of_another_chain__is_a_fault(stage: Stage) -> None:
    _live_a_little(stage)
    last = stage.indexer.tip.block
    assert last is not None
    foreign = update(blocks).where(blocks.c.number == last.number).values(hash=bytes(32))
    stage.database.write(lambda connection: connection.execute(foreign))
    with pytest.raises(TipNotOnChain):
        stage.replay()


def test_replay__nothing_indexed_yet__says_so(stage: Stage) -> None:
    with pytest.raises(NothingToReplay):
        replay(stage.client, stage.database, stage.deployment, DEV)
