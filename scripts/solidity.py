"""Solidity sources to compiler output: what goes in, which compiler, which settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import solcx

SOLC_VERSION = "0.8.37"
WRAPPER = Path(__file__).with_name("solc.mjs")
REMAPPINGS = {"@openzeppelin/": "node_modules/@openzeppelin/"}
OUTPUTS = (
    "abi",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
    "storageLayout",
)

_IMPORT = re.compile(r"""^\s*import\s+(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class Settings:
    """What decides the bytecode, beside the sources and the compiler's version."""

    runs: int = 1_000_000
    via_ir: bool = True
    evm_version: str = "cancun"  # OpenZeppelin's SignatureChecker copies memory with mcopy

    def as_input(self) -> dict[str, Any]:
        return {
            "optimizer": {"enabled": True, "runs": self.runs},
            "viaIR": self.via_ir,
            "evmVersion": self.evm_version,
            "metadata": {"bytecodeHash": "none"},
            "remappings": [f"{prefix}={target}" for prefix, target in REMAPPINGS.items()],
        }


class SourceMissing(Exception):
    """A file that a source imports isn't there."""


class UnexpectedWarning(Exception):
    """The compiler warned: of doubtful code, or of a contract too large to deploy (EIP-170)."""


def source_names(root: Path, *, test: bool) -> list[str]:
    """The project's Solidity files: those of the product, or those only tests use."""
    paths = (path.relative_to(root) for path in root.glob("contracts/**/*.sol"))
    return sorted(path.as_posix() for path in paths if (path.parts[1] == "test") is test)


def closure(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Every source reachable from ``names`` through imports, by name, in stable order.

    The compiler gets all sources in its input, so it reads no file by itself and the native
    and the Node build see the same text.
    """
    texts: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in texts:
            texts[name] = _read(root, name)
            waiting.extend(_imports(name, texts[name]))
    return dict(sorted(texts.items()))


def _read(root: Path, name: str) -> str:
    try:
        return (root / name).read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise SourceMissing(name) from missing


def _imports(importer: str, text: str) -> Iterator[str]:
    for target in _IMPORT.findall(text):
        if target.startswith("."):
            yield os.path.normpath(Path(importer).parent / target)
        else:
            yield _remap(target)


def _remap(target: str) -> str:
    for prefix, replacement in REMAPPINGS.items():
        if target.startswith(prefix):
            return replacement + target.removeprefix(prefix)
    return target


def standard_input(root: Path, names: Iterable[str], settings: Settings) -> dict[str, Any]:
    """The compiler's standard JSON: all sources in, output for ``names`` only."""
    wanted = list(names)
    return {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in closure(root, wanted).items()},
        "settings": {
            **settings.as_input(),
            "outputSelection": {name: {"*": list(OUTPUTS)} for name in wanted},
        },
    }


def analysis_input(root: Path, settings: Settings) -> dict[str, Any]:
    """Standard JSON for a static analyser: syntax trees and source maps of every source."""
    request = standard_input(root, source_names(root, test=False), settings)
    outputs = ["abi", "evm.bytecode", "evm.deployedBytecode", "userdoc", "devdoc"]
    request["settings"]["outputSelection"] = {"*": {"*": outputs, "": ["ast"]}}
    return request


def compile_input(request: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Compiler output by source name and contract name."""
    output = solcx.compile_standard(request, solc_binary=compiler())
    warnings = [found["formattedMessage"] for found in output.get("errors", ())]
    if warnings:
        raise UnexpectedWarning("\n".join(warnings))
    contracts: dict[str, dict[str, Any]] = output["contracts"]
    return contracts


@cache
def compiler() -> Path:
    """The native compiler when it is here or asked for, else npm's behind the Node wrapper."""
    if os.environ.get("YUANLIU_NATIVE_SOLC") == "1":
        solcx.install_solc(SOLC_VERSION)
    if any(str(version) == SOLC_VERSION for version in solcx.get_installed_solc_versions()):
        return Path(solcx.install.get_executable(SOLC_VERSION))
    return WRAPPER
