from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import solcx.exceptions

from node.anvil import NODE_MODULES
from scripts.compile import DuplicateContract, build, differences, write
from scripts.solidity import WRAPPER, Settings, SourceMissing, UnexpectedWarning, closure

HEADER = "// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.37;\n"
COUNTER = """
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {
    ICounter
} from "./interfaces/ICounter.sol";

library Steps {
    error Backwards(int256 step);

    function check(int256 step) internal pure {
        if (step < 0) revert Backwards(step);
    }
}

contract Counter is ICounter {
    struct Tally { uint128 total; uint64 steps; }

    mapping(address who => Tally) private tallies;
    uint8 private last;

    function add(int256 step, bytes32 digest, bytes calldata signature) external {
        Steps.check(step);
        if (step == 0) revert Idle();
        last = uint8(uint256(step));
        tallies[ECDSA.recoverCalldata(digest, signature)].total += uint128(uint256(step));
    }
}
"""
INTERFACE = "interface ICounter { error Idle(); }"
FAST = Settings(via_ir=False)
ARTIFACT = Path("contracts/artifacts/Counter.json")


def _put(root: Path, name: str, text: str) -> None:
    path = root / "contracts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    _put(tmp_path, "Counter.sol", COUNTER)
    _put(tmp_path, "interfaces/ICounter.sol", INTERFACE)
    return tmp_path


def _names(artifacts: dict[Path, dict[str, Any]]) -> set[str]:
    return {path.as_posix().removeprefix("contracts/artifacts/") for path in artifacts}


def test_build__contracts_libraries_and_tests__what_is_deployed_or_decoded(project: Path) -> None:
    _put(
        project,
        "test/Probe.sol",
        'import {Counter} from "../Counter.sol";\n'
        "contract Probe { function go() external returns (Counter) { return new Counter(); } }",
    )

    artifacts = build(project, FAST)

    assert _names(artifacts) == {"Counter.json", "ICounter.json", "test/Probe.json"}
    assert {"Idle", "Backwards"} <= {entry.get("name") for entry in artifacts[ARTIFACT]["abi"]}


def test_build__other_file_added__artifact_unchanged(project: Path) -> None:
    before = build(project, FAST)[ARTIFACT]
    _put(project, "Aardvark.sol", "contract Aardvark { function go() external {} }")

    assert build(project, FAST)[ARTIFACT] == before


def test_build__structs_in_storage__layout_by_name(project: Path) -> None:
    storage = build(project, FAST)[ARTIFACT]["storage"]

    assert [entry["label"] for entry in storage["variables"]] == ["tallies", "last"]
    members = storage["structs"]["struct Counter.Tally"]
    assert [(one["label"], one["slot"], one["offset"]) for one in members] == [
        ("total", 0, 0),
        ("steps", 0, 16),
    ]


def test_differences__sources_as_written__none(project: Path) -> None:
    write(project, build(project, FAST))

    assert differences(project, build(project, FAST)) == []


def test_differences__source_changed__names_what_differs(project: Path) -> None:
    write(project, build(project, FAST))
    _put(project, "Counter.sol", COUNTER.replace("step == 0", "step == 1"))

    (difference,) = differences(project, build(project, FAST))

    assert difference.startswith(f"{ARTIFACT}: differs in sourceHash, bytecode")


def test_differences__contract_gone__stale_until_written(project: Path) -> None:
    write(project, build(project, FAST))
    (project / "contracts/Counter.sol").unlink()
    artifacts = build(project, FAST)

    assert differences(project, artifacts) == [f"{ARTIFACT}: no source gives it"]
    write(project, artifacts)
    assert differences(project, artifacts) == []


def test_differences__artifact_edited__told(project: Path) -> None:
    artifacts = build(project, FAST)
    write(project, artifacts)
    edited = json.loads((project / ARTIFACT).read_text())
    edited["bytecode"] += "00"
    (project / ARTIFACT).write_text(json.dumps(edited))

    assert differences(project, artifacts) == [f"{ARTIFACT}: differs in bytecode"]


def test_build__over_the_code_limit__refused(project: Path) -> None:
    _put(
        project,
        "Big.sol",
        "contract Big { function go() external pure returns (bytes memory) "
        f'{{ return hex"{"5b" * 25_000}"; }} }}',
    )

    with pytest.raises(match="Big"):
        build(project, FAST)


def test_build__two_contracts_of_one_name__refused(project: Path) -> None:
    _put(project, "Again.sol", "contract Counter { function go() external {} }")

    with pytest.raises(DuplicateContract, match=r"Again\.sol"):
        build(project, FAST)


def test_build__compiler_warns__refused(project: Path) -> None:
    _put(project, "Idle.sol", "contract Idle { function go() external { uint256 unused; } }")

    with pytest.raises(UnexpectedWarning, match="Unused"):
        build(project, FAST)


def test_build__broken_source__compiler_error(project: Path) -> None:
    _put(project, "Broken.sol", "contract Broken {")

    with pytest.raises(solcx.exceptions.SolcError, match=r"Broken\.sol"):
        build(project, FAST)


def test_closure__import_missing__named(project: Path) -> None:
    _put(project, "Lost.sol", 'import "./Nowhere.sol";')

    with pytest.raises(SourceMissing, match=r"contracts/Nowhere\.sol"):
        closure(project, ["contracts/Lost.sol"])


def test_wrapper__option_it_does_not_know__exit_2() -> None:
    answer = subprocess.run([WRAPPER, "--combined-json", "abi"], capture_output=True, check=False)

    assert answer.returncode == 2
