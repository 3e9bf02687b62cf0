"""anvil, from npm: where its binary is, how it is started, when it is ready."""

from __future__ import annotations

import platform
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from chain.profile import EngineProfile
from chain.rpc import NodeUnreachable, Rpc
from node.child import Child

NODE_MODULES = Path(__file__).resolve().parent.parent / "node_modules"
START_TIMEOUT = 30.0
STATES_IN_MEMORY = 32

_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class AnvilMissing(Exception):
    """npm installed no anvil for this machine."""


class NodeFailed(Exception):
    """The node ended, or never answered."""


class PortTaken(Exception):
    """Something else listens where the node should."""


@dataclass(frozen=True)
class Anvil:
    """A running anvil that answers at ``url``."""

    child: Child
    url: str
    log: Path

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def alive(self) -> bool:
        return self.child.exit_code is None


def find_binary(node_modules: Path = NODE_MODULES) -> Path:
    """The binary itself, not npm's launcher, which would leave us a process to lose."""
    system = _SYSTEMS.get(platform.system(), platform.system())
    machine = _MACHINES.get(platform.machine(), platform.machine())
    binary = node_modules / "@foundry-rs" / f"anvil-{system}-{machine}" / "bin" / "anvil"
    if not binary.is_file():
        raise AnvilMissing(f"{binary} isn't there: run `make install`")
    return binary


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_anvil(
    profile: EngineProfile, *, port: int, log: Path, load_state: Path | None = None
) -> Anvil:
    """Start anvil on loopback and return when it answers.

    One that loads a state mines nothing until it is told to: whoever waited for it to come back
    must not change what it came back with before that has been looked at.
    """
    _require_free(port)
    command = [str(find_binary()), *_flags(profile, port)]
    if load_state is not None:
        command += ["--load-state", str(load_state), "--no-mining"]
    anvil = Anvil(Child(command, log), f"http://127.0.0.1:{port}", log)
    try:
        _wait_until_ready(anvil, profile)
    except BaseException:
        anvil.child.kill()
        raise
    return anvil


def _require_free(port: int) -> None:
    """Else whoever has the port would answer in our node's place while ours fails."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(f"127.0.0.1:{port} is in use") from error


def _flags(profile: EngineProfile, port: int) -> list[str]:
    return [
        "--quiet",
        *("--host", "127.0.0.1"),
        *("--port", str(port)),
        *("--chain-id", str(profile.chain_id)),
        *("--hardfork", "prague"),
        *("--gas-limit", str(profile.block_gas_limit)),
        *("--gas-price", str(profile.gas_price)),
        *("--block-base-fee-per-gas", "0"),
        "--disable-min-priority-fee",
        *("--slots-in-an-epoch", "1"),
        *("--accounts", "0"),  # nobody needs funds, and these keys are known to the world
        # Without this anvil writes every block's whole state to ~/.foundry: gigabytes in minutes.
        *("--prune-history", str(STATES_IN_MEMORY)),
        # No web page in a browser on this machine may drive the node.
        "--no-cors",
        "--no-request-size-limit",
    ]


def _wait_until_ready(anvil: Anvil, profile: EngineProfile) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    with Rpc(anvil.url, timeout=5) as rpc:
        while not _answers(rpc, profile):
            if not anvil.alive:
                raise NodeFailed(f"anvil ended with {anvil.child.exit_code}; see {anvil.log}")
            if time.monotonic() > deadline:
                raise NodeFailed(f"anvil didn't answer in {START_TIMEOUT:.0f} s; see {anvil.log}")
            time.sleep(0.01)


def _answers(rpc: Rpc, profile: EngineProfile) -> bool:
    try:
        chain_id = int(rpc.call("eth_chainId"), 16)
    except NodeUnreachable:
        return False
    if chain_id != profile.chain_id:
        raise NodeFailed(f"{rpc.url} is chain {chain_id}, not {profile.chain_id}")
    return True
