"""`yuanliu deploy`, `node`, `serve`, `db`, `run`, `bench`: how a ledger is kept up.

Each imports what it needs when it is called: the web server has no place in `yuanliu verify`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from chain.deploy import Founding
from ledger.ids import Address
from ledger.typed import ADDRESS
from scripts import founding
from scripts.desk import AsJson, Desk
from scripts.logs import log_as_service
from scripts.output import print_fields, print_json
from scripts.settings import NODE_PORT, Settings

node = typer.Typer(no_args_is_help=True, help="The dev node.")
serve = typer.Typer(no_args_is_help=True, help="One service in the foreground, until stopped.")
db = typer.Typer(no_args_is_help=True, help="The database.")

Port = Annotated[int | None, typer.Option(min=1, max=65535)]


@node.command("up")
def node_up(
    context: typer.Context, port: Annotated[int, typer.Option(min=1, max=65535)] = NODE_PORT
) -> None:
    """Run the dev node (anvil) until Ctrl-C; its chain is kept in the data folder.

    \b
    yuanliu node up --port 8545
    """
    from node.dev import serve_dev_node

    serve_dev_node(Desk.of(context).settings.node_dir, port)


@db.command("migrate")
def migrate(context: typer.Context) -> None:
    """Bring the database to the present schema. Safe to repeat.

    \b
    yuanliu db migrate
    DATABASE_URL=postgresql://… yuanliu db migrate
    """
    from ledger.store.migration import migrate as migrate_database

    settings = Desk.of(context).settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate_database(settings.database_url)


@db.command("backup")
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file; never written over.")],
) -> None:
    """Copy the database to a file, checked, while everything runs. SQLite only.

    It holds members' documents and accounts: keep it as carefully as the database.

    \b
    yuanliu db backup /backups/yuanliu-2026-11-22.db
    """
    from ledger.store.backup import back_up

    back_up(Desk.of(context).settings.database_url, file)
    print_fields([("backup", file), ("bytes", file.stat().st_size)])


@db.command("restore")
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `db backup` wrote.")],
) -> None:
    """Put a backup in the place of a database that is gone. SQLite only.

    Stop relayer, indexer and API first, and move what is left of the old database away. The
    indexer then reads on from where the backup ends.

    \b
    yuanliu db restore /backups/yuanliu-2026-11-22.db
    """
    from ledger.store.backup import put_back

    settings = Desk.of(context).settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    put_back(file, settings.database_url)
    print_fields([("database", settings.database_url)])


def deploy(
    context: typer.Context,
    council: Annotated[
        list[str] | None, typer.Option(help="A founding member's address; repeatable.")
    ] = None,
    quorum: Annotated[int, typer.Option(min=1, max=255, help="Members who decide.")] = 2,
    policy_delay: Annotated[
        int, typer.Option(min=0, help="Seconds until a newly authorised policy may act.")
    ] = founding.POLICY_DELAY_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Deploy the contracts and record where they stand.

    For an engine that runs here, a council of fresh keys founds the ledger unless you name one.
    Sent with the key `deployer`.

    \b
    yuanliu deploy
    yuanliu deploy --council 0x… --council 0x… --council 0x… --quorum 2
    """
    settings = Desk.of(context).settings
    if settings.deployment_file.exists():
        raise founding.AlreadyDeployed(str(settings.deployment_file))
    if not council:
        founding.draw_dev_keys(settings)
    members = tuple(Address(ADDRESS.from_json(one)) for one in council or ())
    founders = Founding(members or founding.dev_council(settings), quorum, policy_delay)
    deployment = founding.deploy_recorded(settings, founders)
    if as_json:
        print_json(deployment.to_json())
    else:
        print_fields(deployment.to_json().items())


@serve.callback()
def serve_as(context: typer.Context) -> None:
    log_as_service(str(context.invoked_subcommand))


@serve.command("relayer")
def serve_relayer(context: typer.Context) -> None:
    """Send accepted acts to the chain. Run exactly one for each relayer key."""
    from chain.relayer_process import RelayerSettings, run_relayer
    from client.keys import KeyStore

    settings = _deployed(context)
    run_relayer(
        RelayerSettings(
            database_url=settings.database_url,
            rpc_urls=settings.endpoints.rpc,
            profile=settings.profile.name,
            deployment=settings.deployment_file,
            keystore=KeyStore(settings.keys_dir).path(founding.RELAYER),
            passphrase=founding.operator_passphrase(settings),
            metrics_port=settings.metrics.relayer,
        )
    )


@serve.command("indexer")
def serve_indexer(context: typer.Context) -> None:
    """Read the chain into the database. Run exactly one for each database."""
    from chain.indexer_process import IndexerSettings, run_indexer

    settings = _deployed(context)
    run_indexer(
        IndexerSettings(
            database_url=settings.database_url,
            rpc_urls=settings.endpoints.rpc,
            comet_urls=settings.endpoints.comet,
            profile=settings.profile.name,
            deployment=settings.deployment_file,
            metrics_port=settings.metrics.indexer,
        )
    )


@serve.command("api")
def serve_api(context: typer.Context) -> None:
    """Answer HTTP requests; the docs page is at /docs."""
    from api.serve import run_api
    from api.settings import read_settings
    from ledger.store.engine import open_database
    from oracles.witness import Witness

    settings = read_settings({**os.environ, **_deployed(context).environment()})
    database = open_database(settings.database_url)
    try:
        run_api(settings, database, Witness(database, settings.deployment))
    finally:
        database.close()


def run(
    context: typer.Context,
    api_port: Port = None,
    node_port: Port = None,
    seed: Annotated[bool, typer.Option(help="Play the demonstration on an empty ledger.")] = True,
) -> None:
    """Run everything on this machine until Ctrl-C: node, contracts, database, services.

    The first time, the contracts are deployed and the demonstration fills the ledger.

    \b
    yuanliu run
    yuanliu run --api-port 9000 --no-seed
    """
    from scripts.run import run as run_stack

    run_stack(Desk.of(context).settings, api_port=api_port, node_port=node_port, seed=seed)


def bench(
    context: typer.Context,
    scale: Annotated[
        int,
        typer.Option(min=1_000, envvar="SCALE", help="Lots of the ledger that officers ask."),
    ] = 100_000,
) -> None:
    """Measure speed and gas on this machine; prints one JSON object.

    \b
    yuanliu bench
    yuanliu bench --scale 1000000
    """
    from scripts.bench.main import run as measure

    measure(Desk.of(context).settings.profile, scale)


def _deployed(context: typer.Context) -> Settings:
    """The settings, once there is something to serve; raises ``NotDeployed``."""
    settings = Desk.of(context).settings
    founding.read_deployment(settings)
    return settings
