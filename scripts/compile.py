"""Contract artifacts: write them from the sources, or prove that the written ones match.

python -m scripts.compile            write contracts/artifacts
python -m scripts.compile --check    exit 1 when they differ from what the sources give
python -m scripts.compile --sizes    how large each contract is
python -m scripts.compile --input    the compiler's input, for slither
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from scripts.solidity import (
    SOLC_VERSION,
    Settings,
    analysis_input,
    closure,
    compile_input,
    source_names,
    standard_input,
)

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = Path("contracts/artifacts")

Artifact = dict[str, Any]


class DuplicateContract(Exception):
    """Two sources define a contract of one name, so one artifact would hide the other."""


def build(root: Path, settings: Settings) -> dict[Path, Artifact]:
    """Every artifact the sources give, by its path under ``root``."""
    # Two runs: a test contract must not be able to change the product's bytecode.
    with ThreadPoolExecutor() as pool:
        product = pool.submit(_compile, root, settings, test=False)
        tests = pool.submit(_compile, root, settings, test=True)
        return {
            **_by_path(ARTIFACTS, product.result()),
            **_by_path(ARTIFACTS / "test", tests.result()),
        }


def _by_path(folder: Path, artifacts: list[Artifact]) -> dict[Path, Artifact]:
    found: dict[Path, Artifact] = {}
    for artifact in artifacts:
        path = folder / f"{artifact['contract']}.json"
        if path in found:
            raise DuplicateContract(f"{artifact['source']} and {found[path]['source']}")
        found[path] = artifact
    return found


def build_one(root: Path, source: str, settings: Settings) -> Artifact:
    """The artifact of the one contract in ``source``, for tests that change it."""
    name, contract = compile_input(standard_input(root, [source], settings))[source].popitem()
    return _artifact(root, source, name, contract, settings)


def _compile(root: Path, settings: Settings, *, test: bool) -> list[Artifact]:
    names = source_names(root, test=test)
    if not names:
        return []
    output = compile_input(standard_input(root, names, settings))
    return [
        _artifact(root, source, name, contract, settings)
        for source, contracts in sorted(output.items())
        for name, contract in sorted(contracts.items())
        if _is_kept(source, contract)
    ]


def _is_kept(source: str, contract: dict[str, Any]) -> bool:
    """Whether anyone deploys it, or decodes its errors and events."""
    kinds = {entry["type"] for entry in contract["abi"]}
    if source.startswith("contracts/interfaces/"):
        return bool(kinds & {"error", "event"})
    # A library of internal functions has code of its own, but nothing in it to call.
    return bool(contract["evm"]["bytecode"]["object"] and kinds - {"error", "event"})


def _artifact(
    root: Path, source: str, name: str, contract: dict[str, Any], settings: Settings
) -> Artifact:
    runtime = contract["evm"]["deployedBytecode"]
    return {
        "contract": name,
        "source": source,
        "sourceHash": _source_hash(root, source),
        "compiler": {"version": SOLC_VERSION, **settings.as_input()},
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "runtime": f"0x{runtime['object']}",
        "immutables": sorted(
            place["start"] for places in runtime["immutableReferences"].values() for place in places
        ),
        "deployedSize": len(runtime["object"]) // 2,
        "storage": _storage(contract["storageLayout"]),
    }


def _source_hash(root: Path, source: str) -> str:
    digest = hashlib.sha256()
    for name, text in closure(root, [source]).items():
        digest.update(f"{name}\0{hashlib.sha256(text.encode()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _storage(layout: dict[str, Any]) -> dict[str, Any]:
    """The storage layout without syntax-tree ids, which move when any other file changes."""
    types = layout.get("types") or {}

    def place(entry: dict[str, Any]) -> dict[str, Any]:
        kind = types[entry["type"]]
        return {
            "label": entry["label"],
            "slot": int(entry["slot"]),
            "offset": entry["offset"],
            "bytes": int(kind["numberOfBytes"]),
            "type": kind["label"],
        }

    structs = {
        kind["label"]: [place(member) for member in kind["members"]]
        for kind in types.values()
        if "members" in kind
    }
    return {"variables": [place(entry) for entry in layout["storage"]], "structs": structs}


def render(artifact: Artifact) -> str:
    """An artifact's file: the same bytes for the same artifact."""
    return json.dumps(artifact, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write(root: Path, artifacts: dict[Path, Artifact]) -> None:
    for stale in _written(root) - artifacts.keys():
        (root / stale).unlink()
    for path, artifact in artifacts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(render(artifact), encoding="utf-8")


def differences(root: Path, artifacts: dict[Path, Artifact]) -> list[str]:
    """One line for each artifact that isn't what its sources give."""
    written = _written(root)
    lines = [f"{path}: no source gives it" for path in sorted(written - artifacts.keys())]
    for path, artifact in sorted(artifacts.items()):
        if path not in written:
            lines.append(f"{path}: missing")
        elif (text := (root / path).read_text(encoding="utf-8")) != render(artifact):
            lines.append(f"{path}: {_what_differs(text, artifact)}")
    return lines


def _what_differs(text: str, artifact: Artifact) -> str:
    try:
        committed = json.loads(text)
    except json.JSONDecodeError:
        return "not JSON"
    keys = [key for key in artifact if committed.get(key) != artifact[key]]
    return f"differs in {', '.join(keys)}" if keys else "differs in its formatting"


def _written(root: Path) -> set[Path]:
    return {path.relative_to(root) for path in (root / ARTIFACTS).glob("**/*.json")}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.compile", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true")
    action.add_argument("--sizes", action="store_true")
    action.add_argument("--input", action="store_true")
    return parser.parse_args()


def _check(artifacts: dict[Path, Artifact]) -> int:
    found = differences(ROOT, artifacts)
    if found:
        print(*found, "Artifacts aren't what the sources give: run `make compile`.", sep="\n")
    return 1 if found else 0


def _print_sizes(artifacts: dict[Path, Artifact]) -> None:
    for artifact in artifacts.values():
        print(f"{artifact['deployedSize']:6}  {artifact['contract']}")


def main() -> int:
    arguments = _arguments()
    settings = Settings()
    if arguments.input:
        json.dump(analysis_input(ROOT, settings), sys.stdout)
        return 0
    artifacts = build(ROOT, settings)
    if arguments.check:
        return _check(artifacts)
    if arguments.sizes:
        _print_sizes(artifacts)
    else:
        write(ROOT, artifacts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
