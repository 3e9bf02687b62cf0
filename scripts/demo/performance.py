"""The whole play, in order, before an API that is up."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from client import drafts
from client.api import Api
from client.signing import amount_text
from ledger.documents import Invoice, iso20022, read_invoice
from ledger.documents.xml import read_bounded
from scripts.demo import audit, enrolment, settlement, trade, validators
from scripts.demo.cast import BANK, DEBTOR, cast_for
from scripts.demo.ending import Ending, show, summary
from scripts.demo.house import House
from scripts.demo.people import People
from scripts.demo.plan import plan_for
from scripts.demo.scene import Scene, Script
from scripts.demo.screen import Screen
from scripts.demo.witnessing import witness_statement


def rehearse(file: Path) -> Script:
    """Everything that can be refused before anything is started, refused.

    Raises what ``read_invoice`` and ``cast_for`` do, and ``InvalidInstruction`` for an amount that
    no bank can be told to pay.
    """
    content = read_bounded(file)
    invoice = read_invoice(content)
    iso20022.decimal("InstdAmt", invoice.payable, invoice.currency)
    return Script(invoice, content, cast_for(invoice), plan_for(invoice.payable))


def perform(script: Script, house: House, screen: Screen) -> dict[str, Any]:
    """Play it all; the facts of the last line."""
    house.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as doors:
        people = People(house.keys_dir, house.passphrase, house.api_url, doors)
        deployment = doors.enter_context(Api.at(house.api_url)).deployment()
        scene = Scene(
            parts=script.parts,
            people=people,
            deployment=deployment,
            council=house.council,
            folder=house.folder,
            screen=screen,
            script=script,
        )
        ending = _play(scene, house)
        show(scene, ending)
        return summary(scene, ending)


def _play(scene: Scene, house: House) -> Ending:
    screen, invoice = scene.screen, scene.script.invoice
    maturity = drafts.maturity_of(invoice, drafts.today())
    with screen.step(f"The council enrols {len(scene.script.parts)} parties and 3 oracle members"):
        enrolment.enrol(scene)
    if house.profile.proof != "none":
        with screen.step("The council admits the validators that make the network"):
            validators.admit(scene, house, (BANK, DEBTOR))
    with screen.step(_issue_title(invoice, maturity)):
        document = trade.issue(scene, maturity)
    with screen.step("The claim is passed on down the tiers"):
        trade.pass_on(scene)
    with screen.step("The core enterprise's bank pays every lot and states what it booked"):
        statement = settlement.pay(scene)
    with screen.step("The oracle members read the statement, each for itself, and a quorum agrees"):
        witness_statement(scene, statement)
    lots = settlement.lots(scene)
    with screen.step("The auditor reads by mandate"):
        audit.let_audit(scene, lots)
    with screen.step("One bundle is written and verified offline"):
        written = audit.write(scene, house.profile, house.endpoints, document)
        audit.prove(written.bundle, written.trust)
    header = scene.member(f"{DEBTOR}-treasurer").api.receivable(scene.claim)
    return Ending(header, lots, written)


def _issue_title(invoice: Invoice, maturity: drafts.Maturity) -> str:
    amount = amount_text(invoice.payable, invoice.currency)
    agreed = f"due {maturity.day} ({maturity.reason})"
    return f"Invoice {invoice.number} becomes a receivable of {amount}, {agreed}"
