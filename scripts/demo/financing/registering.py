"""A bank registers its financing with the movables registry; oracle members read the extract."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta

from client.records import FinanceRequest
from ledger.business_day import BUSINESS_ZONE
from ledger.commitments import new_salt
from ledger.ids import ClaimNo
from ledger.movables import RegistryExtract, write_extract
from scripts.demo.cast import DEBTOR
from scripts.demo.financing.story import Story
from scripts.demo.witnessing import witness_registration

_TERM = timedelta(days=365)


def register(story: Story, bank: str, request: FinanceRequest) -> None:
    """Once a quorum has attested it, the bank's officers find it at their desk."""
    extract = _registered(story, bank, request)
    file = write_extract(extract)
    (story.folder / f"registry-{extract.number}.json").write_bytes(file)
    witness_registration(story, file)


def _registered(story: Story, bank: str, request: FinanceRequest) -> RegistryExtract:
    """What the registry tells its registrant."""
    now = datetime.now(BUSINESS_ZONE)
    identifiers = {part.name: part.identifier for part in story.parts}
    return RegistryExtract(
        number=f"{now:%Y%m%d%H%M%S}{secrets.randbelow(10**12):012d}",
        salt=new_salt(),
        registered_at=int(time.time()),
        expires_on=story.today + _TERM,
        claim=ClaimNo(request["claim"]),
        start=int(request["start"]),
        end=int(request["end"]),
        secured=identifiers[bank],
        debtor=identifiers[DEBTOR],
        seller=identifiers[story.role_of(request["holder"])],
    )
