"""Act four: the auditor looks for itself, and one bundle proves everything without us."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from chain.bundling import Written, write_bundle
from chain.endpoints import Endpoints
from chain.engine import open_engine
from chain.profile import EngineProfile
from client.drafts import valid_until
from client.records import LotRecord
from ledger.bundle import DocumentSet, OpenedDocument
from ledger.errors import Refused
from ledger.hexadecimal import unhexed
from ledger.trust import read_trust
from ledger.verify import Report, verify
from scripts.demo.cast import AUDITOR, DEBTOR
from scripts.demo.scene import Scene

MANDATE_SECONDS = 30 * 86_400


@dataclass
class AuditorDisagrees(Refused):
    """What the auditor reads through its mandate isn't what the debtor was shown."""

    claim: int
    summary: ClassVar[str] = "The auditor reads other lots of claim {claim} than the debtor does."


@dataclass
class BundleUnproven(Refused):
    """The bundle doesn't verify: something is wrong with us, not with the audience."""

    problems: str
    summary: ClassVar[str] = "The bundle doesn't verify: {problems}"


def let_audit(scene: Scene, seen: list[LotRecord]) -> None:
    """The debtor's mandate, and the auditor's own look; raises ``AuditorDisagrees``."""
    debtor, auditor = scene.member(f"{DEBTOR}-treasurer"), scene.member(AUDITOR)
    debtor.mandate(scene.numbers[AUDITOR], valid_until(MANDATE_SECONDS), scene.claim)
    read = sorted(auditor.api.lots_of(scene.claim), key=lambda lot: int(lot["start"]))
    if read != seen:
        raise AuditorDisagrees(scene.claim)


def write(scene: Scene, profile: EngineProfile, endpoints: Endpoints, document: str) -> Written:
    """The claim's bundle with its invoice opened, and the trust file that goes with it."""
    record = scene.member(f"{DEBTOR}-treasurer").api.document(document)
    opened = OpenedDocument(unhexed(record["salt"]), scene.script.content)
    commitment = unhexed(record["commitment"])
    with open_engine(profile, endpoints) as engine:
        papers = DocumentSet((commitment,), (opened,))
        return write_bundle(engine, scene.deployment, scene.claim, [papers], scene.folder)


def prove(bundle: Path, trust: Path) -> Report:
    """Verify the files as anyone else would; raises ``BundleUnproven``."""
    report = verify(bundle.read_bytes(), read_trust(trust.read_bytes()))
    if not report.ok:
        raise BundleUnproven("; ".join(map(str, report.problems)))
    return report
