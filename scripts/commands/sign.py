"""`yuanliu sign` and `hand-in`: agreements that go from hand to hand as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from client.agreement_file import AgreementFile
from client.signing import describe
from scripts.commands.show import show_act
from scripts.desk import AsJson, Desk, KeyName, Yes, confirm
from scripts.founding import read_deployment
from scripts.output import note, print_fields, stderr

AgreementPath = Annotated[Path, typer.Argument(help="A file with kind, message and approvals.")]


def sign(
    context: typer.Context,
    agreement: AgreementPath,
    key: KeyName,
    side: Annotated[str, typer.Option(help="Whom the key signs for: debtor, holder, council, …")],
    yes: Yes = False,
) -> None:
    """Sign an agreement in a file, offline; the approval is added to the file.

    Needs the deployment record in the data folder, and no network: it works on a machine that
    has none.

    \b
    yuanliu sign transfer.json --side holder --key treasurer
    yuanliu sign transfer.json --side recipient --key supplier
    yuanliu hand-in transfer.json --key supplier
    """
    desk = Desk.of(context)
    deployment = read_deployment(desk.settings)
    paper = AgreementFile.read(agreement)
    print_fields(describe(paper.agreement, deployment), stderr())
    confirm(type(paper.agreement).__name__, agreed=yes)
    paper.signed_by(desk.key(key), side, deployment).write(agreement)
    note(f"signed for {side} in {agreement}")


def hand_in(
    context: typer.Context, agreement: AgreementPath, key: KeyName, as_json: AsJson = False
) -> None:
    """Hand in an agreement file that every side has signed, and wait until it took effect.

    Whoever holds all signatures may do it.

    \b
    yuanliu hand-in transfer.json --key anyone
    """
    paper = AgreementFile.read(agreement)
    with Desk.of(context).api(key) as api:
        (digest,) = api.submit_agreements([paper.act()])
        show_act(api.confirmed(digest), as_json=as_json)
