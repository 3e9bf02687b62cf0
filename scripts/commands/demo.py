"""`yuanliu demo`: the main job, from an invoice to a bundle anyone can verify."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from client.drafts import BUSINESS_ZONE
from ledger.errors import Refused
from node.anvil import free_port
from scripts import founding
from scripts.demo.performance import House, Script, perform, rehearse
from scripts.demo.screen import Screen
from scripts.desk import Desk
from scripts.output import print_line
from scripts.settings import Settings
from scripts.stack import Stack, tend_until_interrupted

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "einvoice-cn.xml"


@dataclass
class FolderInUse(Refused):
    """The demonstration starts from nothing, and writes over nobody's data."""

    path: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "{path} isn't empty: the demonstration needs a folder of its own."


def demo(
    context: typer.Context,
    invoice: Annotated[
        Path, typer.Option(help="An invoice in UBL 2.1, CII or 数电票 XML; else our sample.")
    ] = SAMPLE,
    data_dir: Annotated[
        Path | None, typer.Option(help="An empty folder for it all; else a new one under var/.")
    ] = None,
    keep_running: Annotated[
        bool, typer.Option(help="Stay up after the play, API and all, until Ctrl-C.")
    ] = False,
    running: Annotated[
        bool, typer.Option(help="Play on the `yuanliu run` of your data folder instead.")
    ] = False,
) -> None:
    """Play a receivable's whole life with fictional people, on a ledger of its own.

    An invoice is read and becomes a debt that both sides sign; it is split down three tiers of
    suppliers; the bank pays; oracle members prove it from the bank's statement; the auditor gets
    one bundle that proves everything offline. The last line is one JSON object.

    \b
    yuanliu demo
    yuanliu demo --invoice samples/invoice-ubl.xml --data-dir /tmp/play
    """
    script = rehearse(invoice)  # before anything is started
    screen = Screen()
    if running:
        settings = Desk.of(context).settings
        print_line(play(script, settings, screen))
        return
    settings = _fresh(Desk.of(context).settings, data_dir)
    with Stack(settings, screen.say) as stack:
        print_line(play(script, stack.settings, screen))
        if keep_running:
            screen.say(f"{settings.api_url}/docs stays up until Ctrl-C")
            tend_until_interrupted(stack)


def play(script: Script, settings: Settings, screen: Screen) -> dict[str, object]:
    """Play on the stack that these settings describe."""
    house = House(
        api_url=settings.api_url,
        profile=settings.profile,
        endpoints=settings.endpoints,
        council=founding.council_keys(settings),
        keys_dir=settings.keys_dir,
        passphrase=founding.operator_passphrase(settings),
        folder=settings.data_dir / "demo",
    )
    return perform(script, house, screen)


def _fresh(settings: Settings, data_dir: Path | None) -> Settings:
    """Settings of a stack of its own: a new folder, its own database, free ports."""
    moment = datetime.now(BUSINESS_ZONE)
    folder = data_dir or settings.data_dir.parent / f"demo-{moment:%Y%m%d-%H%M%S}"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderInUse(str(folder))
    return Settings.in_folder(settings.profile, folder).at(free_port(), free_port())
