"""How acts of the outbox are shown."""

from __future__ import annotations

from typing import Literal

from api.wire import Hash, Moment, Out, RequestId, iso_moment
from ledger.hexadecimal import hexed
from ledger.store.outbox import ActRecord

ActState = Literal["accepted", "sent", "confirmed", "refused"]


class Refusal(Out):
    """Why an act was refused: a problem's name and its facts."""

    name: str
    facts: dict[str, str | int | bool | None]


class Act(Out):
    """An act on its way. ``entry`` is where it took effect, ``claim`` whose book that is in,
    ``request_id`` the X-Request-ID of the request that had it accepted."""

    digest: Hash
    kind: str
    status: ActState
    refusal: Refusal | None
    entry: int | None
    tx: Hash | None
    block: int | None
    claim: int | None
    accepted: Moment
    request_id: RequestId | None


def show_act(record: ActRecord) -> Act:
    return Act(
        digest=hexed(record.digest),
        kind=record.kind,
        status=record.status.value,
        refusal=None if record.refusal is None else Refusal(**record.refusal),
        entry=record.entry,
        tx=None if record.tx is None else hexed(record.tx),
        block=record.block,
        claim=record.claim,
        accepted=iso_moment(record.created // 1000),
        request_id=record.request_id,
    )
