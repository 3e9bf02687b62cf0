"""The relayer and the indexer as processes that can be killed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from eth_account import Account

from ledger.deployment import Deployment

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse battery staple"

_RELAYER = """
import sys
from pathlib import Path
from chain.relayer_process import RelayerSettings, run_relayer
from chain.sizing import BatchLimits
database, rpc, deployment, keystore, passphrase = sys.argv[1:]
few = BatchLimits(acts=7)
run_relayer(
    RelayerSettings(database, (rpc,), "dev", Path(deployment), Path(keystore), passphrase, few)
)
"""
_INDEXER = """
import sys
from pathlib import Path
from chain.indexer_process import IndexerSettings, run_indexer
run_indexer(IndexerSettings(sys.argv[1], (sys.argv[2],), "dev", Path(sys.argv[3])))
"""


@dataclass
class Processes:
    """Both processes on one database and one node; ``folder`` holds their files and logs."""

    folder: Path
    database_url: str
    rpc_url: str
    deployment: Deployment
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self._deployment.write_text(json.dumps(self.deployment.to_json()))
        # Few iterations: this keystore keeps nothing safe.
        keystore = Account.encrypt(Account.create().key, PASSPHRASE, iterations=2)
        self._keystore.write_text(json.dumps(keystore))

    @property
    def _deployment(self) -> Path:
        return self.folder / "deployment.json"

    @property
    def _keystore(self) -> Path:
        return self.folder / "keystore.json"

    def start_all(self) -> None:
        self.start_relayer()
        self.start_indexer()

    def start_relayer(self) -> None:
        files = [str(self._deployment), str(self._keystore)]
        self._start("relayer", [_RELAYER, self.database_url, self.rpc_url, *files, PASSPHRASE])

    def start_indexer(self) -> None:
        arguments = [_INDEXER, self.database_url, self.rpc_url, str(self._deployment)]
        self._start("indexer", arguments)

    def kill(self, name: str) -> None:
        """As kill -9."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop_all(self) -> dict[str, int]:
        """Ask both to end, as SIGTERM does; tells their exit codes."""
        for process in self.running.values():
            process.terminate()
        codes = {name: process.wait(30) for name, process in self.running.items()}
        self.running.clear()
        return codes

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def _start(self, name: str, arguments: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-c", *arguments], cwd=ROOT, stdout=log, stderr=log
            )
