"""`yuanliu registration`: extracts from the movables registry, read and witnessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from client.records import Attested, RegistrationRecord
from client.signing import describe
from ledger.commitments import new_salt
from ledger.documents.xml import read_bounded
from ledger.hexadecimal import hexed
from ledger.identifiers import party_id
from ledger.ids import ClaimNo
from ledger.movables import MAX_BYTES, RegistryExtract, read_extract, write_extract
from scripts.desk import AsJson, Desk, KeyName, Yes, confirm
from scripts.output import note, print_fields, print_json, print_table, stderr

app = typer.Typer(
    no_args_is_help=True,
    help="The movables registry (中登): a financing needs its registration witnessed first.",
)

ExtractFile = Annotated[Path, typer.Argument(help="An extract from the movables registry, JSON.")]
_DATE = ["%Y-%m-%d"]
_MOMENT = ["%Y-%m-%dT%H:%M:%SZ"]


@app.command("extract")
def extract(
    number: Annotated[str, typer.Argument(help="The number that the registry gave.")],
    claim: Annotated[int, typer.Option(help="The claim that the registration describes.")],
    units: Annotated[
        tuple[int, int], typer.Option(metavar="START END", help="Its units, minor: START to END.")
    ],
    secured: Annotated[str, typer.Option(help="The bank's identifier, e.g. uscc:9144….")],
    debtor: Annotated[str, typer.Option(help="The core enterprise's identifier.")],
    seller: Annotated[str, typer.Option(help="Who assigns or pledges, by its identifier.")],
    registered_at: Annotated[
        datetime, typer.Option(formats=_MOMENT, help="As the registry certifies it, UTC.")
    ],
    expires_on: Annotated[datetime, typer.Option(formats=_DATE, help="Its last day.")],
    out: Annotated[Path, typer.Option(help="File to write; it must not be there yet.")],
) -> None:
    """Write down what the registry certified, with a fresh salt, for oracle members to read.

    Give the same file to each member, with the registry's certificate; keep it: only the file tells
    which registration the chain's commitment names.

    \b
    yuanliu registration extract 05219944003118 --claim 12 --units 0 4500000 \\
        --secured uscc:91330200MABANK016N --debtor uscc:91310000MAC0RE00XR \\
        --seller uscc:91330200MATE1ER01L --registered-at 2026-11-22T02:10:05Z \\
        --expires-on 2027-11-22 --out extract.json
    """
    found = RegistryExtract(
        number=number,
        salt=new_salt(),
        registered_at=int(registered_at.replace(tzinfo=UTC).timestamp()),
        expires_on=expires_on.date(),
        claim=ClaimNo(claim),
        start=units[0],
        end=units[1],
        secured=party_id(secured),
        debtor=party_id(debtor),
        seller=party_id(seller),
    )
    _write(found, out)


@app.command("prolong")
def prolong(
    file: ExtractFile,
    expires_on: Annotated[datetime, typer.Option(formats=_DATE, help="Its new last day.")],
    out: Annotated[Path, typer.Option(help="File to write; it must not be there yet.")],
) -> None:
    """Write down that the registry prolonged a registration, for oracle members to read.

    Number, salt and all else stay as they are: it is the same registration.

    \b
    yuanliu registration prolong extract.json --expires-on 2028-11-22 --out extract-2.json
    """
    before = read_extract(read_bounded(file, max_bytes=MAX_BYTES))
    _write(replace(before, expires_on=expires_on.date()), out)


@app.command("read")
def read(file: ExtractFile, as_json: AsJson = False) -> None:
    """Show what an extract says, and the commitment that names it on the chain. Offline.

    \b
    yuanliu registration read extract.json
    """
    fields = _fields(read_extract(read_bounded(file, max_bytes=MAX_BYTES)))
    if as_json:
        print_json(dict(fields))
    else:
        print_fields(fields)


@app.command("attest")
def attest(
    context: typer.Context,
    file: ExtractFile,
    key: KeyName,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Read an extract yourself and sign, as an oracle member, that the registry shows it.

    Hold the file to the registry's own certificate first. When enough members have signed the same,
    the bank can quote on it.

    \b
    yuanliu registration attest extract.json --key oracle-1
    """
    content = read_bounded(file, max_bytes=MAX_BYTES)
    with Desk.of(context).member(key) as member:
        fact = member.read_extract(content)
        print_fields(describe(fact, member.deployment), stderr())
        confirm("registration", agreed=yes)
        attested = member.attest_fact(fact)
    if as_json:
        print_json(attested)
    else:
        print_fields([("number", hexed(fact.number)), ("result", progress(attested))])


@app.command("list")
def list_registrations(
    context: typer.Context,
    key: KeyName,
    claim: Annotated[int | None, typer.Option(help="Only those of this claim.")] = None,
    as_json: AsJson = False,
) -> None:
    """List your bank's registrations as a quorum of oracle members has witnessed them.

    \b
    yuanliu registration list --key officer
    """
    with Desk.of(context).api(key) as api:
        found = list(api.registrations(None if claim is None else ClaimNo(claim)))
    if as_json:
        print_json(found)
        return
    columns = ("number", "claim>", "units", "registered at", "expires on", "state")
    print_table(columns, map(_row, found))


def progress(attested: Attested) -> str:
    """How far the members have come with a fact."""
    enough = "on its way" if attested["act"] is not None else "waiting for more members"
    return f"signed: {attested['given']} of {attested['needed']}, {enough}"


def _write(found: RegistryExtract, out: Path) -> None:
    content = write_extract(found)
    read_extract(content)
    with out.open("xb") as file:
        file.write(content)
    note(f"wrote {out}")
    print_fields(_fields(found))


def _fields(found: RegistryExtract) -> Sequence[tuple[str, Any]]:
    return [
        ("number", found.number),
        ("commitment", hexed(found.commitment)),
        ("claim", found.claim),
        ("start", str(found.start)),
        ("end", str(found.end)),
        ("registered_at", datetime.fromtimestamp(found.registered_at, UTC).isoformat()),
        ("expires_on", found.expires_on.isoformat()),
        ("secured", found.secured),
        ("debtor", found.debtor),
        ("seller", found.seller),
    ]


def _row(one: RegistrationRecord) -> tuple[Any, ...]:
    return (
        one["number"],
        one["claim"],
        f"{one['start']} to {one['end']}",
        one["registered_at"],
        one["expires_on"],
        "lapsed" if one["lapsed"] else "holds",
    )
