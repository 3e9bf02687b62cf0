"""The `yuanliu` command: its groups, and how every ending is told to the caller."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from api.settings import InvalidSetting
from chain.bundling import ChainMoved, UnsoundBundle
from chain.code_check import DeploymentMismatch
from chain.profile import UnknownProfile
from chain.proofs import NoSuchProof, StateUnavailable
from chain.replay import NothingToReplay, TipNotOnChain
from chain.rpc import RpcFault
from chain.signer import KeystoreUnusable
from chain.transactions import NoReceipt, TransactionFailed
from client.problems import ApiFault
from ledger.errors import Refused
from ledger.store.engine import UnsupportedDatabase
from ledger.store.faults import StorageFault
from node.anvil import AnvilMissing, NodeFailed, PortTaken
from node.consortium.fault import ConsortiumFault
from node.folder import DataFolderInUse
from scripts.commands import (
    audit,
    council,
    finance,
    invoice,
    keys,
    line,
    mandate,
    network,
    operate,
    party,
    payments,
    proposals,
    propose,
    registration,
    report,
    risk,
    rules,
    show,
    worklist,
)
from scripts.commands.demo import demo
from scripts.commands.price import price
from scripts.commands.sign import hand_in, sign
from scripts.commands.sign_in import sign_in
from scripts.commands.status import status
from scripts.commands.watch import watch
from scripts.logs import is_service, log_as_command, log_as_service
from scripts.services import ServiceFailed
from scripts.settings import Settings

FAULT, REFUSED, INTERRUPTED = 1, 2, 130

# Faults that have a name and a cause; any other one is ours, and ends in its traceback.
_FAULTS = (
    AnvilMissing,
    ApiFault,
    ChainMoved,
    ConsortiumFault,
    DataFolderInUse,
    DeploymentMismatch,
    InvalidSetting,
    KeystoreUnusable,
    NoReceipt,
    NoSuchProof,
    NodeFailed,
    NothingToReplay,
    OSError,
    PortTaken,
    RpcFault,
    ServiceFailed,
    StateUnavailable,
    StorageFault,
    TipNotOnChain,
    TransactionFailed,
    UnknownProfile,
    UnsoundBundle,
    UnsupportedDatabase,
)

_SERVICES = ("serve", "node")

app = typer.Typer(
    name="yuanliu",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""Yuanliu 源流: receivables that anyone can follow from source to final use.

    \b
    First            yuanliu demo
    A key of yours   yuanliu keys new treasurer
    From an invoice  yuanliu propose issue invoice.xml --key supplier
    The other side   yuanliu countersign ID --key treasurer
    Take effect      yuanliu submit ID --key treasurer
    Trust nobody     yuanliu verify bundle.json --trust trust.json

    Exit code 0: done. 2: refused, with the reason's name on standard error. 1: a fault.""",
)

for name, group in {
    "keys": keys.app,
    "party": party.app,
    "council": council.app,
    "invoice": invoice.app,
    "propose": propose.app,
    "show": show.app,
    "pay": payments.pay,
    "statement": payments.statement,
    "mandate": mandate.app,
    "finance": finance.app,
    "line": line.app,
    "registration": registration.app,
    "risk": risk.app,
    "worklist": worklist.app,
    "report": report.app,
    "rules": rules.app,
    "audit": audit.app,
    "node": operate.node,
    "network": network.app,
    "serve": operate.serve,
    "db": operate.db,
}.items():
    app.add_typer(group, name=name)

for command in (
    sign_in,
    proposals.proposals,
    proposals.countersign,
    proposals.submit,
    proposals.refuse,
    proposals.withdraw,
    sign,
    hand_in,
    payments.attest,
    watch,
    audit.verify,
    operate.deploy,
    operate.run,
    operate.bench,
    status,
    price,
    demo,
):
    app.command()(command)


@app.callback()
def settle(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where keys and records are; else YUANLIU_DATA_DIR.")
    ] = None,
    api: Annotated[
        str | None, typer.Option(metavar="URL", help="The API; else YUANLIU_API_URL.")
    ] = None,
) -> None:
    if context.invoked_subcommand in _SERVICES:
        log_as_service(str(context.invoked_subcommand))
    else:
        log_as_command()
    environment = dict(os.environ)
    if data_dir is not None:
        environment["YUANLIU_DATA_DIR"] = str(data_dir)
    if api is not None:
        environment["YUANLIU_API_URL"] = api
    context.obj = Settings.from_environment(environment)


def main() -> None:
    """Run the command. Refusals and faults become one line on stderr and an exit code."""
    # py_ecc, which eth-account brings along, lifts it so far that a deep document could end the
    # process instead of being refused.
    sys.setrecursionlimit(1_000)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as tidily as Ctrl-C
    try:
        app()
    except Refused as refused:
        _end(str(refused), REFUSED)
    except _FAULTS as fault:
        _end(f"{type(fault).__name__}: {fault}", FAULT)
    except KeyboardInterrupt:
        _end("Interrupted: stopped as asked.", INTERRUPTED)


def _end(message: str, code: int) -> None:
    line = " ".join(message.split())
    if is_service():
        structlog.get_logger(__name__).critical("ended", reason=line, exit_code=code)
    else:
        print(line, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
