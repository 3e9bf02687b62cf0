"""`yuanliu network`: a consortium's validators on this machine, and every way to hurt them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from chain.endpoints import Endpoints
from chain.profile import CONSORTIUM
from ledger.errors import Refused
from ledger.ids import Address
from ledger.typed import ADDRESS
from node.folder import owner_of
from scripts import founding
from scripts.commands.generate import generate
from scripts.desk import AsJson, Desk
from scripts.logs import log_as_service
from scripts.output import note, print_fields, print_json, print_table
from scripts.services import ServiceFailed, tail
from scripts.settings import Settings

UP_TIMEOUT, DOWN_TIMEOUT = 180.0, 30.0
_POLL_SECONDS = 0.1

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""A consortium of validators on this machine: up, down, and hurt in parts.

    \b
    yuanliu network up --profile consortium
    yuanliu network kill 2 --profile consortium
    yuanliu network status --profile consortium

    Validators are numbered from 0. With PROFILE=consortium the option isn't needed. All but `up`
    work as well while `yuanliu run` owns the network.""",
)

app.command("generate")(generate)

Profile = Annotated[str | None, typer.Option("--profile", help="The engine profile; else PROFILE.")]
Number = Annotated[int, typer.Argument(min=0, metavar="N", help="A validator's number, from 0.")]


@dataclass
class NoNetworkHere(Refused):
    """Only the consortium profile's engine is a network that this command runs."""

    profile: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = (
        "The profile {profile} has no network of validators run here: use --profile consortium."
    )


@app.command("up")
def up(
    context: typer.Context,
    validators: Annotated[
        int, typer.Option(min=1, max=20, help="How many found it; an existing chain has its own.")
    ] = 4,
    block_time: Annotated[
        int, typer.Option(min=50, max=60_000, help="Milliseconds from one block to the next.")
    ] = CONSORTIUM.block_ms,
    fund: Annotated[
        list[str] | None,
        typer.Option(help="One more account that sends transactions; repeatable; at founding."),
    ] = None,
    foreground: Annotated[bool, typer.Option(help="Stay here until Ctrl-C.")] = False,
    profile: Profile = None,
) -> None:
    """Found the network if there is none yet, start it, and return when it makes blocks.

    A process in the background owns the validators: when it ends, so do they. Operator keys are
    drawn where they are missing; the genesis funds them, and lets only the deployer deploy.

    \b
    yuanliu network up --profile consortium
    yuanliu network up --validators 7 --block-time 250 --foreground --profile consortium
    """
    settings = _settings(context, profile)
    also_funded = [Address(ADDRESS.from_json(account)) for account in fund or ()]
    if foreground:
        _serve(settings, validators, block_time, also_funded)
        return
    if owner_of(settings.node_dir) is None:
        options = ["--validators", str(validators), "--block-time", str(block_time)]
        for account in also_funded:
            options += ["--fund", account]
        _start_supervisor(settings, options)
    else:
        note("up already")
    _print_endpoints(Endpoints(**_ask(settings, "endpoints")))


@app.command("status")
def status(context: typer.Context, as_json: AsJson = False, profile: Profile = None) -> None:
    """How each validator fares, and whether they have the same state.

    A validator is running, paused, down (taken down), died (by itself) or silent. The app hash is
    that of the highest block that all who answer have.

    \b
    yuanliu network status --profile consortium
    """
    answer = _ask(_settings(context, profile), "status")
    if as_json:
        print_json(answer)
        return
    columns = ("n>", "state", "pid>", "height>", "catching up", "power>", "peers>", "app hash")
    print_table(columns, map(_row, answer["validators"]))
    print_fields(
        [
            ("common height", answer["common_height"]),
            ("same state", "yes" if answer["agree"] else "NO"),
            ("partition", " | ".join(_listed(group) for group in answer["groups"]) or "none"),
        ]
    )


@app.command("logs")
def logs(
    context: typer.Context,
    number: Number,
    lines: Annotated[int, typer.Option(min=1, help="How many of the last lines.")] = 40,
    profile: Profile = None,
) -> None:
    """The end of a validator's log, whether it runs or not.

    \b
    yuanliu network logs 2 --lines 100 --profile consortium
    """
    from node.consortium.chain_folder import ChainFolder
    from node.consortium.fleet import NoSuchValidator

    path = ChainFolder(_settings(context, profile).node_dir).home(number) / "log"
    if not path.exists():
        raise NoSuchValidator(f"there is no {path}")
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]:
        print(line)


@app.command("kill")
def kill(context: typer.Context, number: Number, profile: Profile = None) -> None:
    """End a validator as a power failure would. It stays down until it is started.

    One of four: blocks go on. Two of four: no more blocks, and reads are still served.

    \b
    yuanliu network kill 2 --profile consortium
    """
    _do(_settings(context, profile), "kill", number=number)


@app.command("start")
def start(context: typer.Context, number: Number, profile: Profile = None) -> None:
    """Start a validator that is down; it catches up by itself.

    \b
    yuanliu network start 2 --profile consortium
    """
    _do(_settings(context, profile), "start", number=number)


@app.command("pause")
def pause(context: typer.Context, number: Number, profile: Profile = None) -> None:
    """Freeze a validator: connections to it stay open, and it says nothing.

    \b
    yuanliu network pause 1 --profile consortium
    """
    _do(_settings(context, profile), "pause", number=number)


@app.command("resume")
def resume(context: typer.Context, number: Number, profile: Profile = None) -> None:
    """Let a paused validator go on.

    \b
    yuanliu network resume 1 --profile consortium
    """
    _do(_settings(context, profile), "resume", number=number)


@app.command("wipe")
def wipe(context: typer.Context, number: Number, profile: Profile = None) -> None:
    """Delete the chain data of a validator that is down, as a lost disk would.

    Its keys stay, and its record of what it signed: without that it might sign a second block at
    a height where it signed one before. Once started it fetches the chain from the others.

    \b
    yuanliu network kill 3 && yuanliu network wipe 3 && yuanliu network start 3
    """
    _do(_settings(context, profile), "wipe", number=number)


@app.command("partition")
def partition(
    context: typer.Context,
    groups: Annotated[
        str, typer.Argument(help="Numbers, as in 0,1 or 0|1,2; the rest is a group.")
    ],
    profile: Profile = None,
) -> None:
    """Cut the wires between groups of validators. Whoever isn't named forms one more group.

    Only a group with more than two thirds of the power makes blocks.

    \b
    yuanliu network partition 0,1 --profile consortium
    yuanliu network partition '0|1,2,3' --profile consortium
    """
    from node.consortium.groups import parse_groups

    made = _ask(_settings(context, profile), "partition", groups=parse_groups(groups))
    print(" | ".join(_listed(group) for group in made))


@app.command("heal")
def heal(context: typer.Context, profile: Profile = None) -> None:
    """Mend all wires: everybody reaches everybody again.

    \b
    yuanliu network heal --profile consortium
    """
    _do(_settings(context, profile), "heal")


@app.command("join")
def join(context: typer.Context, as_json: AsJson = False, profile: Profile = None) -> None:
    """Add a validator: a new node catches up, and stakes what another's operator gives it.

    \b
    yuanliu network join --profile consortium
    """
    _print_change(_ask(_settings(context, profile), "join"), as_json)


@app.command("leave")
def leave(
    context: typer.Context, number: Number, as_json: AsJson = False, profile: Profile = None
) -> None:
    """End a validator's part in consensus: its operator takes back all that it staked.

    Its node runs on and serves reads. It can't come back under its key; another can join.

    \b
    yuanliu network leave 4 --profile consortium
    """
    _print_change(_ask(_settings(context, profile), "leave", number=number), as_json)


@app.command("down")
def down(context: typer.Context, profile: Profile = None) -> None:
    """End the network, and with it whoever owns it, be it `network up` or `run`. The chain stays.

    \b
    yuanliu network down --profile consortium
    """
    settings = _settings(context, profile)
    owner = owner_of(settings.node_dir)
    if owner is None:
        note("it isn't up")
        return
    os.kill(owner, signal.SIGTERM)
    if not _is_released(settings.node_dir, DOWN_TIMEOUT):
        os.kill(owner, signal.SIGKILL)  # its validators end with it
        _is_released(settings.node_dir, DOWN_TIMEOUT)


def _settings(context: typer.Context, profile: str | None) -> Settings:
    """Raises ``NoNetworkHere``."""
    settings = Desk.of(context).settings
    if profile is not None and profile != settings.profile.name:
        environment = {**os.environ, "PROFILE": profile}
        data_dir = context.find_root().params.get("data_dir")
        if data_dir is not None:
            environment["YUANLIU_DATA_DIR"] = str(data_dir)
        settings = Settings.from_environment(environment)
    if settings.profile != CONSORTIUM:
        raise NoNetworkHere(settings.profile.name)
    return settings


def _serve(
    settings: Settings, validators: int, block_time_ms: int, also_funded: Sequence[Address]
) -> None:
    from node.consortium.network import Network
    from node.consortium.serve import serve_network

    log_as_service("network")
    accounts = founding.engine_accounts(settings)
    network = Network(
        settings.node_dir,
        validators=validators,
        funded=(*accounts.funded, *also_funded),
        deployers=accounts.deployers,
        block_time_ms=block_time_ms,
    )

    def announce() -> None:
        settings.on(network.endpoints).announce()

    serve_network(network, announce)


def _start_supervisor(settings: Settings, options: Iterable[str]) -> None:
    """In a session of its own, so that it outlives the terminal."""
    log = settings.logs_dir / "network.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "scripts.cli", "network", "up", "--foreground", *options]
    with log.open("ab") as output:
        supervisor = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **settings.environment()},
            start_new_session=True,
        )
    deadline = time.monotonic() + UP_TIMEOUT
    while not _is_up(settings):
        if supervisor.poll() is not None:
            raise ServiceFailed(f"the network ended with {supervisor.returncode}: {tail(log)}")
        if time.monotonic() > deadline:
            supervisor.terminate()
            raise ServiceFailed(f"no network within {UP_TIMEOUT:.0f} s: {tail(log)}")
        time.sleep(_POLL_SECONDS)


def _is_up(settings: Settings) -> bool:
    from node.consortium.control import Control, NetworkNotUp

    try:
        Control.of(settings.node_dir)
    except NetworkNotUp:
        return False
    return True


def _is_released(folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while owner_of(folder) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _ask(settings: Settings, command: str, **arguments: Any) -> Any:
    from node.consortium.control import Control

    return Control.announced(settings.node_dir).ask(command, **arguments)


def _do(settings: Settings, command: str, **arguments: Any) -> None:
    """For what has no answer of its own: say how the network fares afterwards."""
    _ask(settings, command, **arguments)
    states = _ask(settings, "status")["validators"]
    print("  ".join(f"n{each['number']} {each['state']}" for each in states))


def _print_endpoints(endpoints: Endpoints) -> None:
    columns = ("n>", "Ethereum JSON-RPC", "CometBFT RPC")
    rows = zip(range(len(endpoints.rpc)), endpoints.rpc, endpoints.comet, strict=True)
    print_table(columns, rows)


def _print_change(change: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(change)
    else:
        print_fields((name.replace("_", " "), value) for name, value in change.items())


def _row(validator: dict[str, Any]) -> tuple[Any, ...]:
    catching_up = {True: "yes", False: "no", None: ""}[validator["catching_up"]]
    app_hash = (validator["app_hash"] or "")[:16]
    names = ("number", "state", "pid", "height")
    return (
        *(validator[name] for name in names),
        catching_up,
        validator["power"],
        validator["peers"],
        app_hash,
    )


def _listed(group: Iterable[int]) -> str:
    return ",".join(map(str, group))
