"""A line on the worklist is resolved: drafted over the journal as it is, signed, handed in; and a
journal is checked without believing the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from client.api import Api
from client.drafts import valid_until
from client.keys import Key
from client.member import Member
from client.reconciling_records import JournalEntry
from client.records import StatementLineRecord
from client.signing import Line, amount_text
from client.wire import hexed_all
from ledger.approvals import in_order, signer_of
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.hexadecimal import hexed, unhexed
from ledger.ids import Address, Digest
from ledger.resolving import (
    EMPTY_JOURNAL,
    JournalBroken,
    Journalled,
    LineResolution,
    Remedy,
    follow,
    resolution_domain,
)
from ledger.typed import digest_of


@dataclass
class NotOnWorklist(Refused):
    """There is no such line that waits for a person, or not for this one."""

    line: str
    status: ClassVar[int] = 404
    summary: ClassVar[str] = "Line {line} isn't on your worklist."


def resolution_digest(resolution: LineResolution, deployment: Deployment) -> Digest:
    return digest_of(resolution, resolution_domain(deployment).separator())


def find_worklist_line(api: Api, line: str) -> StatementLineRecord:
    """Raises ``NotOnWorklist``."""
    found = next((one for one in api.worklist() if one["id"] == line), None)
    if found is None:
        raise NotOnWorklist(line)
    return found


def draft_resolution(
    api: Api, line: StatementLineRecord, remedy: Remedy, note: str
) -> LineResolution:
    """What was done about the line, over the end of the caller's journal."""
    position, head = api.journal_end()
    return LineResolution(
        line=unhexed(line["fingerprint"]),
        amount=int(line["amount"]),
        currency=line["currency"],
        remedy=remedy.value,
        note=note,
        position=position,
        head=head,
        validUntil=valid_until(),
    )


def resolve(
    member: Member, line: str, resolution: LineResolution, others: Sequence[Key] = ()
) -> StatementLineRecord:
    """Sign a resolution with the member's key, and its colleagues', and hand it in."""
    digest = resolution_digest(resolution, member.deployment)
    approvals = in_order([key.sign(digest) for key in (member.key, *others)], digest)
    body = {"message": resolution.to_json(), "approvals": hexed_all(approvals)}
    return member.api.resolve_line(line, body)


def check_journal(newest_first: Iterable[JournalEntry], deployment: Deployment) -> bytes:
    """The head that a journal really has; raises ``JournalBroken``.

    Every digest is computed and every signer recovered here: the chain of heads is as good as
    the signatures.
    """
    entries = list(newest_first)[::-1]
    return follow([_checked(one, deployment) for one in entries]) if entries else EMPTY_JOURNAL


def describe_resolution(resolution: LineResolution, deployment: Deployment) -> list[Line]:
    """The resolution as labelled lines for the person who signs it."""
    amount = amount_text(resolution.amount, resolution.currency)
    return [
        ("what", f"line {hexed(resolution.line)} of {amount}: {resolution.remedy}"),
        ("note", resolution.note),
        ("journal", f"resolution {resolution.position + 1}, after {hexed(resolution.head)}"),
        ("contract", resolution_domain(deployment).contract),
        ("digest", hexed(resolution_digest(resolution, deployment))),
    ]


def _checked(entry: JournalEntry, deployment: Deployment) -> Journalled:
    resolution = LineResolution.from_json(entry["message"])
    digest = resolution_digest(resolution, deployment)
    approvals = tuple(map(unhexed, entry["approvals"]))
    signers = tuple(signer_of(one, digest) for one in approvals)
    if not signers or list(signers) != entry["signers"]:
        raise JournalBroken(entry["position"], "isn't signed by whom it says")
    return Journalled(
        digest=digest,
        resolution=resolution,
        signers=tuple(map(Address, entry["signers"])),
        approvals=approvals,
        head=unhexed(entry["head"]),
    )
