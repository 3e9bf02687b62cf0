"""`yuanliu pay`, `statement`, `attest`: from a lot that is due to the proof that it was paid."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from client.attesting import Reading
from client.records import Attested, StatementLineRecord
from client.signing import amount_text, describe
from ledger.documents.xml import read_bounded
from ledger.hexadecimal import hexed
from ledger.ids import ClaimNo
from scripts.desk import AsJson, Desk, KeyName, Yes, confirm
from scripts.output import note, print_fields, print_json, print_table, stderr

pay = typer.Typer(no_args_is_help=True, help="Payment instructions for your bank.")
statement = typer.Typer(no_args_is_help=True, help="Bank statements.")

StatementFile = Annotated[Path, typer.Argument(help="A camt.053 or camt.054 file, versions 2–13.")]


@pay.command("instructions")
def instructions(
    context: typer.Context,
    claim: Annotated[int, typer.Argument(help="The claim you owe.")],
    key: KeyName,
    out: Annotated[Path | None, typer.Option(help="File to write; else standard output.")] = None,
) -> None:
    """Write a pain.001 message that pays each live lot to whoever holds it now.

    Each transfer's EndToEndId is its lot's reference: a bank statement that shows it again is what
    settles the lot.

    \b
    yuanliu pay instructions 12 --key treasurer --out pay.xml
    """
    with Desk.of(context).api(key) as api:
        message = api.payment_instructions(ClaimNo(claim))
    if out is None:
        sys.stdout.buffer.write(message)
    else:
        out.write_bytes(message)
        note(f"wrote {out}")


@statement.command("submit")
def submit(
    context: typer.Context, file: StatementFile, key: KeyName, as_json: AsJson = False
) -> None:
    """Hand a bank's statement in; lines that match nothing go to the worklist, with the reason.

    This settles nothing: oracle members do, each by `attest`.

    \b
    yuanliu statement submit samples/statement-camt053.xml --key bank
    """
    with Desk.of(context).api(key) as api:
        found = api.submit_statement(read_bounded(file))
    if as_json:
        print_json(found)
        return
    columns = ("end-to-end id", "amount>", "booked on", "status", "reason")
    print_table(columns, map(_line_row, found["lines"]))


def attest(
    context: typer.Context,
    file: StatementFile,
    key: KeyName,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Read a bank statement yourself and sign, as an oracle member, every payment you see in it.

    Only what this machine reads in the file is signed, never what a server says of it. When enough
    members have signed the same payment, its lot is settled, or its debt under a deal proven paid.

    \b
    yuanliu attest statement.xml --key oracle-1
    """
    content = read_bounded(file)
    with Desk.of(context).member(key) as member:
        found = member.read_statement(content)
        for reading in found:
            if reading.fact is not None:
                line, shown = reading.line, describe(reading.fact, member.deployment)
                amount = amount_text(line.units, line.currency)
                print_fields([("line", f"{line.end_to_end_id}, {amount}"), *shown], stderr())
        payments = [reading for reading in found if reading.fact is not None]
        if payments:
            confirm(f"statement with {len(payments)} payments", agreed=yes)
        results = [(reading, member.attest(reading)) for reading in found]
    if as_json:
        print_json([_as_json(*result) for result in results])
    else:
        print_table(("end-to-end id", "amount>", "result"), (_row(*one) for one in results))


def _line_row(line: StatementLineRecord) -> tuple[object, ...]:
    amount = amount_text(int(line["amount"]), line["currency"])
    return line["end_to_end_id"], amount, line["booked_on"], line["status"], line["reason"]


def _as_json(reading: Reading, attested: Attested | None) -> dict[str, object]:
    return {
        "line": hexed(reading.line.fingerprint),
        "end_to_end_id": reading.line.end_to_end_id,
        "amount": str(reading.line.units),
        "currency": reading.line.currency,
        "attested": attested,
        "reason": None if reading.reason is None else str(reading.reason),
    }


def _row(reading: Reading, attested: Attested | None) -> tuple[object, ...]:
    line = reading.line
    result = str(reading.reason) if attested is None else _progress(attested)
    return line.end_to_end_id, amount_text(line.units, line.currency), result


def _progress(attested: Attested) -> str:
    enough = "settling" if attested["act"] is not None else "waiting for more members"
    return f"signed: {attested['given']} of {attested['needed']}, {enough}"
