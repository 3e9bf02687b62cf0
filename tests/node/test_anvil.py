from __future__ import annotations

from pathlib import Path

import pytest

from chain.profile import DEV
from node.anvil import AnvilMissing, NodeFailed, find_binary, free_port, start_anvil


def test_find_binary__npm_not_run__says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(AnvilMissing, match="make install"):
        find_binary(tmp_path)


def test_start_anvil__state_it_cannot_read__fails_with_the_log(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("{")

    with pytest.raises(NodeFailed, match=r"anvil\.log"):
        start_anvil(DEV, port=free_port(), log=tmp_path / "anvil.log", load_state=state)

    assert (tmp_path / "anvil.log").read_text()
