"""`yuanliu demo`: the main job, from an invoice to a bundle anyone can verify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from ledger.business_day import BUSINESS_ZONE
from ledger.errors import Refused
from node.anvil import free_port
from scripts import founding
from scripts.commands.audit import replayed
from scripts.demo.financing import performance as financing
from scripts.demo.house import House
from scripts.demo.performance import Script, perform, rehearse
from scripts.demo.screen import Screen
from scripts.desk import Desk
from scripts.output import print_line
from scripts.settings import Settings
from scripts.stack import Stack, tend_until_interrupted

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "einvoice-cn.xml"


Tale = Callable[[House, Screen], dict[str, Any]]


class StoryName(StrEnum):
    """What is played."""

    RECEIVABLE = "receivable"
    FINANCING = "financing"


@dataclass
class FolderInUse(Refused):
    """The demonstration starts from nothing, and writes over nobody's data."""

    path: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "{path} isn't empty: the demonstration needs a folder of its own."


def demo(
    context: typer.Context,
    story: Annotated[
        StoryName, typer.Option(help="One receivable's life, or its financing by banks.")
    ] = StoryName.RECEIVABLE,
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

    The story `financing`: a tier-3 supplier sells half of its lot to the better of two banks; a
    deal with recourse goes overdue and is bought back; a pledge is repaid and released; the day's
    books balance to the last fen.

    \b
    yuanliu demo
    yuanliu demo --invoice samples/invoice-ubl.xml --data-dir /tmp/play
    yuanliu demo --story financing
    """
    tale = _tale(story, invoice)  # what can be refused is refused before anything is started
    screen = Screen()
    if running:
        print_line(tale(house_of(Desk.of(context).settings), screen))
        return
    settings = _fresh(Desk.of(context).settings, data_dir)
    with Stack(settings, screen.say) as stack:
        print_line(tale(house_of(stack.settings), screen))
        if keep_running:
            screen.say(f"{settings.api_url}/docs stays up until Ctrl-C")
            tend_until_interrupted(stack)


def play(script: Script, settings: Settings, screen: Screen) -> dict[str, object]:
    """Play a receivable's life on the stack that these settings describe."""
    return perform(script, house_of(settings), screen)


def house_of(settings: Settings) -> House:
    """The stack that these settings describe, as its players know it."""
    return House(
        api_url=settings.api_url,
        profile=settings.profile,
        endpoints=settings.endpoints,
        council=founding.council_keys(settings),
        keys_dir=settings.keys_dir,
        passphrase=founding.operator_passphrase(settings),
        folder=settings.data_dir / "demo",
        audit=lambda: len(replayed(settings).differences),
    )


def _tale(story: StoryName, invoice: Path) -> Tale:
    if story is StoryName.FINANCING:
        if invoice != SAMPLE:
            raise typer.BadParameter("the story of financing has invoices of its own")
        return financing.perform
    return partial(perform, rehearse(invoice))


def _fresh(settings: Settings, data_dir: Path | None) -> Settings:
    """Settings of a stack of its own: a new folder, its own database, free ports."""
    moment = datetime.now(BUSINESS_ZONE)
    folder = data_dir or settings.data_dir.parent / f"demo-{moment:%Y%m%d-%H%M%S}"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderInUse(str(folder))
    return Settings.in_folder(settings.profile, folder).at(free_port(), free_port())
