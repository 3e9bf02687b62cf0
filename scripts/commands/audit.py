"""`yuanliu audit` and `yuanliu verify`: from the chain to a proof that needs nobody's word."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chain.admission import seats
from chain.bundling import collect_bundle, write_bundle
from chain.client import ChainClient
from chain.engine import open_engine
from chain.replay import Replay
from chain.replay import replay as replay_chain
from chain.rpc import Rpc
from chain.trusting import extended, trust_from
from ledger.bundle import Bundle, DocumentSet, read_bundle
from ledger.documents.xml import read_bounded
from ledger.evidence.cometbft import CometAnchor
from ledger.files import replace_file
from ledger.hexadecimal import hexed
from ledger.ids import ClaimNo
from ledger.store.engine import open_database
from ledger.trace import render as render_trace
from ledger.trace import trace as trace_unit
from ledger.trust import Trust, read_trust, trust_bytes
from ledger.verify import Report, render
from ledger.verify import verify as verify_bundle
from scripts.desk import AsJson, Desk
from scripts.founding import read_deployment
from scripts.lots import Place
from scripts.output import print_fields, print_json, print_table
from scripts.papers import opened_documents, roots_in
from scripts.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Audit bundles, replay, and the path of one unit.")

MAX_BUNDLE_BYTES = 1 << 28
REFUSED, DRIFTED = 2, 1

BundleFile = Annotated[Path, typer.Argument(help="A bundle, as `audit bundle` writes it.")]


@app.command("bundle")
def bundle(
    context: typer.Context,
    claim: Annotated[int, typer.Argument(help="The claim's number.")],
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path(),
    key: Annotated[
        str | None,
        typer.Option("--key", "-k", help="Open the invoices that this key's party may read."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a claim's audit bundle from the chain, and the trust file to check it by.

    Hand the trust file over by another way than the bundle: who controls both controls the proof.
    On an engine with consensus it is the chain's own, one for all bundles (`audit trust`).

    \b
    yuanliu audit bundle 12 --out for-the-auditor --key treasurer
    """
    desk = Desk.of(context)
    settings = desk.settings
    deployment = read_deployment(settings)
    with open_engine(settings.profile, settings.endpoints) as engine:
        papers: list[DocumentSet] = []
        if key is not None:
            collected = collect_bundle(engine, deployment, ClaimNo(claim))
            with desk.api(key) as api:
                papers = opened_documents(api, roots_in(collected))
        number = ClaimNo(claim)
        written = write_bundle(engine, deployment, number, papers, out, settings.trust_file)
    if as_json:
        print_json({"bundle": str(written.bundle), "trust": str(written.trust)})
        return
    print(render(written.report))
    print_fields([("bundle", written.bundle), ("trust", written.trust)])


@app.command("trust")
def trust(
    context: typer.Context,
    extend: Annotated[
        Path | None, typer.Option(help="A trust file of your own, to bring up to date.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the chain's trust file: who its validators are, and every change of them since.

    It serves every bundle of the chain. The first set is the node's word; each later one is
    vouched for by the one before it, so extending a file takes nobody's word.

    \b
    yuanliu audit trust
    yuanliu audit trust --extend kept-since-last-year.trust.json
    """
    settings = Desk.of(context).settings
    path = extend or settings.trust_file
    before = read_trust(read_bounded(path)) if extend or path.exists() else None
    with open_engine(settings.profile, settings.endpoints) as engine:
        if before is None:
            after = trust_from(engine, read_deployment(settings))
        else:
            after = extended(engine, before)
    if after != before:
        replace_file(path, trust_bytes(after))
    sets = _validator_sets(after)
    if as_json:
        print_json({"trust": str(path), "sets": sets})
        return
    print_table(
        ("from block>", "validators>", "voting power>"), [tuple(one.values()) for one in sets]
    )
    print_fields([("trust", path)])


@app.command("validators")
def validators(context: typer.Context, as_json: AsJson = False) -> None:
    """Compare those who sign the blocks with those whom the council admitted.

    Exit code 1 if they differ.

    \b
    yuanliu audit validators
    """
    settings = Desk.of(context).settings
    with open_engine(settings.profile, settings.endpoints) as engine:
        found = seats(engine, read_deployment(settings))
    rows = [(hexed(seat.key), seat.admitted, seat.signing) for seat in found]
    if as_json:
        names = ("key", "admitted", "signing")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table(("validator", "admitted>", "signing>"), rows)
    if not all(seat.agrees for seat in found):
        raise typer.Exit(DRIFTED)


@app.command("replay")
def replay(context: typer.Context, as_json: AsJson = False) -> None:
    """Rebuild the projection from the chain beside the live one and report every difference.

    What deals take up of credit lines is worked out anew as well.
    Exit code 1 if there is any. Nothing is changed.

    \b
    yuanliu audit replay
    """
    found = replayed(Desk.of(context).settings)
    facts = {"entries": found.entries, "block": found.block, "drift": len(found.differences)}
    if as_json:
        print_json(facts | {"differences": found.differences})
    else:
        rows = ((one.table, one) for one in found.drift)
        lines = (("credit lines", one) for one in found.line_differences)
        print_fields([*facts.items(), *rows, *lines])
    if found.differences:
        raise typer.Exit(DRIFTED)


def replayed(settings: Settings) -> Replay:
    """The projection rebuilt from the chain, beside the live one, which may be in use."""
    deployment = read_deployment(settings)
    database = open_database(settings.database_url)
    try:
        with Rpc(settings.endpoints.rpc) as rpc:
            return replay_chain(ChainClient(rpc), database, deployment, settings.profile)
    finally:
        database.close()


@app.command("trace")
def trace(
    context: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="CLAIM:UNIT", help="One unit, from 0.")],
    bundle: Annotated[
        Path | None, typer.Option(help="Read a bundle, offline, instead of the chain.")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="The trust file that the bundle is checked by first.")
    ] = None,
) -> None:
    """Follow one unit of a claim from its issue to whoever was paid for it.

    A bundle is verified first: exit code 2, and no path, if anything is wrong with it.

    \b
    yuanliu audit trace 12:71300042
    yuanliu audit trace 12:71300042 --bundle claim-12.bundle.json --trust claim-12.trust.json
    """
    place = Place.named(unit)
    if (bundle is None) != (trust is None):
        raise typer.BadParameter("--bundle and --trust go together")
    if bundle is not None and trust is not None:
        found = _verified(bundle, trust)
    else:
        settings = Desk.of(context).settings
        with open_engine(settings.profile, settings.endpoints) as engine:
            found = collect_bundle(engine, read_deployment(settings), place.claim)
    print(render_trace(trace_unit(found.entries, place.claim, place.start)))


def verify(
    bundle: BundleFile,
    trust: Annotated[Path, typer.Option(help="The trust file, from a source of your own.")],
) -> None:
    """Check an audit bundle offline: no network, no database, nobody's word but the trust file's.

    Exit code 0 and what was proven, or 2 and everything that is wrong with it.

    \b
    yuanliu verify claim-12.bundle.json --trust claim-12.trust.json
    """
    report = _check(read_bounded(bundle, max_bytes=MAX_BUNDLE_BYTES), trust)
    print(render(report))
    if not report.ok:
        raise typer.Exit(REFUSED)


def _validator_sets(trust: Trust) -> list[dict[str, int]]:
    sets = trust.anchor.sets if isinstance(trust.anchor, CometAnchor) else ()
    return [
        {
            "from": one.start,
            "validators": len(one.validators.validators),
            "power": one.validators.power,
        }
        for one in sets
    ]


def _verified(bundle: Path, trust: Path) -> Bundle:
    """The bundle, once nothing was found wrong with it."""
    data = read_bounded(bundle, max_bytes=MAX_BUNDLE_BYTES)
    report = _check(data, trust)
    if not report.ok:
        print(render(report))
        raise typer.Exit(REFUSED)
    return read_bundle(data)


def _check(bundle: bytes, trust: Path) -> Report:
    return verify_bundle(bundle, read_trust(read_bounded(trust)))
