"""`yuanliu mandate`: let an auditor read your party's data."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from ledger.business_day import BUSINESS_ZONE
from ledger.ids import PartyNo
from ledger.mandates import ALL_CLAIMS
from scripts.desk import AsJson, Desk, KeyName
from scripts.output import print_fields, print_json

app = typer.Typer(no_args_is_help=True, help="Let an auditor read your party's data.")


@app.command("grant")
def grant(
    context: typer.Context,
    auditor: Annotated[int, typer.Argument(help="The auditor's party number.")],
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day it holds (Asia/Shanghai).")
    ],
    key: KeyName,
    claim: Annotated[
        int, typer.Option(min=0, help="One claim's number; 0 for all of them.")
    ] = ALL_CLAIMS,
    as_json: AsJson = False,
) -> None:
    """Let an auditor read what your party may, of one claim or of all, until a day.

    \b
    yuanliu mandate grant 9 --until 2027-06-30 --claim 12 --key treasurer
    """
    end = until.replace(tzinfo=BUSINESS_ZONE) + timedelta(days=1)
    with Desk.of(context).member(key) as member:
        mandate = member.mandate(PartyNo(auditor), int(end.timestamp()) - 1, claim)
    if as_json:
        print_json(mandate.to_json())
    else:
        print_fields(mandate.to_json().items())
