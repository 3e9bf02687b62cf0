from __future__ import annotations

import time
from pathlib import Path

from chain.rpc import Rpc
from tests.chain.processes import Processes
from tests.chain.stage import Stage

SETTLED_WITHIN = 60.0


def test_processes__asked_to_end__end_well(stage: Stage, rpc: Rpc, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'yuanliu.db'}"
    processes = Processes(tmp_path / "processes", url, rpc.url, stage.deployment)
    processes.start_all()
    stage.accept_script()
    _wait_until_settled(stage, processes)
    assert processes.stop_all() == {"relayer": 0, "indexer": 0}


def _wait_until_settled(stage: Stage, processes: Processes) -> None:
    deadline = time.monotonic() + SETTLED_WITHIN
    while stage.open_acts():
        assert all(process.poll() is None for process in processes.running.values())
        assert time.monotonic() < deadline, (stage.counts(), processes.log("relayer")[-2000:])
        time.sleep(0.02)
