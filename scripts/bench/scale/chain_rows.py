"""Rows of the projection, as the indexer would have written them; only hashes are made up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Table

from ledger.agreements import FOREVER
from ledger.business_day import business_day, number_of
from ledger.deals import Duty, Mode
from ledger.identifiers import named
from ledger.projection import Step
from ledger.store import tables
from ledger.words import Claim, Lot, pack_claim, pack_lot
from scripts.bench.consortium import key_of
from scripts.bench.scale.lives import FINANCED, WIDTH, Deed, Done, Who, Written
from scripts.bench.scale.town import OFFICER, OWN, Town, digest

Row = dict[str, Any]

CURRENCY = "CNY"
EXPIRES_ON = 2099_12_31
_POLICY = "0x" + "5e" * 20
_MEMO = os.urandom(640)
"""As long as a transfer with two signatures."""


def chain_rows(town: Town) -> Iterator[tuple[Table, Iterator[Row]]]:
    """Every table of the projection that this ledger has something in."""
    yield tables.blocks, _blocks(town)
    yield tables.entries, _entries(town)
    yield tables.identifiers, _identifiers(town)
    yield tables.parties, _parties(town)
    yield tables.signers, _signers(town)
    yield tables.claims, _claims(town)
    yield tables.lots, _lots(town)
    yield tables.invoice_uses, _invoice_uses(town)
    yield tables.payments, _payments(town)
    yield tables.registrations, _registrations(town)
    yield tables.deals, _deals(town)
    yield tables.obligations, _obligations(town)
    yield tables.deal_steps, _deal_steps(town)


def maturity(town: Town, claim: int) -> int:
    """Within the last 300 days of what is paid; else within the next 180, YYYYMMDD."""
    days = -1 - claim % 300 if town.is_paid(claim) else 1 + claim % 180
    return number_of(business_day(town.now) + timedelta(days=days))


def mode(claim: int) -> Mode:
    return Mode.SALE if claim % 3 else Mode.RECOURSE


def deed_entry(town: Town, claim: int, deed: Deed) -> int:
    """The index of the entry by which this was done to the lot that is financed."""
    return town.entry(claim, town.life(claim).when(deed, FINANCED * WIDTH))


def fingerprint(claim: int) -> bytes:
    return digest("invoice", claim)


def act_of(entry: int) -> bytes:
    return digest("act", entry)


def advance_of(claim: int) -> bytes:
    return digest("advance", claim)


def financed(town: Town) -> Iterator[tuple[int, int]]:
    """Every claim, of which one lot is financed, and the entry that did it."""
    for claim in town.claims:
        yield claim, deed_entry(town, claim, Deed.FINANCE)


def _blocks(town: Town) -> Iterator[Row]:
    last = town.block(town.entries - 1)
    for number in range(1, last + 1):
        entry = min(number * (town.entries // last), town.entries) - 1
        time = town.now if number == last else town.time(entry)
        yield {"number": number, "hash": digest("block", number), "time": time}


def _entries(town: Town) -> Iterator[Row]:
    for party in town.parties:
        yield _entry(town, party - 1, 0, 0, (party,))
    for index, (claim, number) in enumerate(town.acts(), len(town.parties)):
        act = town.life(claim).acts[number]
        yield _entry(town, index, claim, int(act.op), _words(town, claim, act))


def _entry(town: Town, index: int, book: int, op: int, words: tuple[int, ...]) -> Row:
    block = town.block(index)
    return {
        "index": index,
        "book": book,
        "act": act_of(index),
        "op": op,
        "policy": _POLICY,
        "words": b"".join(word.to_bytes(32, "big") for word in words),
        "memo": _MEMO,
        "hash": digest("hash", index),
        "head": digest("head", index),
        "global_head": digest("global", index),
        "block": block,
        "time": town.time(index),
        "tx": digest("tx", block),
    }


def _words(town: Town, claim: int, act: Done) -> tuple[int, ...]:
    words = tuple(pack_lot(_lot(town, claim, written)) for written in act.wrote)
    if act.deed is Deed.ISSUE:
        face = town.life(claim).face
        words = (
            pack_claim(Claim(town.debtor(claim), face, maturity(town, claim), CURRENCY)),
            *words,
        )
    return words


def _lot(town: Town, claim: int, written: Written) -> Lot:
    holder, lien = (town.plays(claim, who) for who in (written.holder, written.lien))
    place = (written.start, written.end)
    return Lot(claim, *place, holder, lien, written.state, written.version)  # type: ignore[arg-type]


def _identifiers(town: Town) -> Iterator[Row]:
    for party in town.parties:
        identifier = named("CN", f"bench party {party}")
        yield {"party": party, "identifier": identifier, "since": party - 1, "until": None}


def _parties(town: Town) -> Iterator[Row]:
    for party in town.parties:
        yield {
            "number": party,
            "version": 1,
            "roles": int(town.role(party)),
            "active": True,
            "quorum": 1,
            "dual_above": str(FOREVER),
            "since": party - 1,
            "until": None,
        }


def _signers(town: Town) -> Iterator[Row]:
    for party in town.parties:
        key = OFFICER if party == OWN else key_of(f"party {party}")
        yield {"signer": key.address, "party": party, "since": party - 1, "until": None}


def _claims(town: Town) -> Iterator[Row]:
    for claim in town.claims:
        yield {
            "number": claim,
            "debtor": town.debtor(claim),
            "creditor": town.plays(claim, Who.TIER_1),
            "currency": CURRENCY,
            "face": town.life(claim).face,
            "maturity": maturity(town, claim),
            "documents": digest("documents", claim),
            "since": town.entry(claim, 0),
            "until": None,
        }


def _lots(town: Town) -> Iterator[Row]:
    for claim in town.claims:
        for number, written in town.life(claim).lots():
            yield {
                "claim": claim,
                "start": written.start,
                "version": written.version,
                "end": written.end,
                "holder": town.plays(claim, written.holder),
                "lien": town.plays(claim, written.lien),
                "state": int(written.state),
                "since": town.entry(claim, number),
                "until": None if written.until is None else town.entry(claim, written.until),
            }


def _invoice_uses(town: Town) -> Iterator[Row]:
    for claim in town.claims:
        face = town.life(claim).face
        yield {
            "fingerprint": fingerprint(claim),
            "since": town.entry(claim, 0),
            "position": 0,
            "claim": claim,
            "currency": CURRENCY,
            "total": face + WIDTH,
            "amount": face,
            "until": None,
        }


def _payments(town: Town) -> Iterator[Row]:
    for claim in filter(town.is_paid, town.claims):
        due = maturity(town, claim)
        for number, act in enumerate(town.life(claim).acts):
            if act.deed is Deed.PAY:
                yield {
                    "line": digest("line", claim, act.start),
                    "since": town.entry(claim, number),
                    "claim": claim,
                    "start": act.start,
                    "version": act.version,
                    "currency": CURRENCY,
                    "paid": WIDTH,
                    "allocated": WIDTH,
                    "booked_on": due,
                    "until": None,
                }


def _registrations(town: Town) -> Iterator[Row]:
    start = FINANCED * WIDTH
    for claim, _ in financed(town):
        since = deed_entry(town, claim, Deed.REGISTER)
        yield {
            "number": digest("registration", claim),
            "since": since,
            "claim": claim,
            "start": start,
            "end": start + WIDTH,
            "bank": town.bank(claim),
            "registered_at": str(town.time(since)),
            "expires_on": EXPIRES_ON,
            "until": None,
        }


def _deals(town: Town) -> Iterator[Row]:
    start = FINANCED * WIDTH
    for claim, since in financed(town):
        yield {
            "deal": act_of(since),
            "claim": claim,
            "start": start,
            "end": start + WIDTH,
            "seller": town.plays(claim, Who.TIER_3),
            "bank": town.bank(claim),
            "mode": mode(claim).number,
            "terms": digest("terms", claim),
            "due_on": maturity(town, claim),
            "rules": digest("rules"),
            "registration": digest("registration", claim),
            "documents": digest("documents", claim),
            "since": since,
            "until": None,
        }


def _obligations(town: Town) -> Iterator[Row]:
    for claim, since in financed(town):
        yield {
            "commitment": advance_of(claim),
            "deal": act_of(since),
            "duty": int(Duty.ADVANCE),
            "pay_by": str(town.time(since) + 7 * 86_400),
            "since": since,
            "until": None,
        }


def _deal_steps(town: Town) -> Iterator[Row]:
    for claim, _ in financed(town):
        since = deed_entry(town, claim, Deed.PAY_ADVANCE)
        yield {
            "since": since,
            "subject": advance_of(claim),
            "step": Step.PAID,
            "line": digest("remittance", claim),
            "booked_on": number_of(business_day(town.time(since))),
            "until": None,
        }
