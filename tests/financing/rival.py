"""Everything that a rival bank can read: as a validator on the chain, as an officer at the API."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from chain.contracts import DEPLOYED
from tests.financing.market import Market

SESSION_SECONDS = 900
UNASKED = {
    # See ``events``.
    "/v1/events",
    # A probe without a token: how long the oldest act of anybody has waited for the chain.
    "/ready",
}

_NOBODYS = {"challenges", "sessions", "idempotency_keys", "acts", "batches"}
_ID = re.compile("[0-9a-f]{32}")
_PARAMETER = re.compile(r"\{(\w+)\}")


def chain(market: Market) -> Iterator[Any]:
    """Blocks with their transactions, receipts with their logs, what contracts called each other
    with, and the state: as dumped, as proven, and slot by slot."""
    rpc = market.stage.rpc
    height = int(rpc.call("eth_blockNumber"), 16)
    for number in range(height + 1):
        block = rpc.call("eth_getBlockByNumber", [hex(number), True])
        yield block
        for transaction in block["transactions"]:
            yield rpc.call("eth_getTransactionReceipt", [transaction["hash"]])
            tracer = {"tracer": "callTracer", "tracerConfig": {"withLog": True}}
            yield rpc.call("debug_traceTransaction", [transaction["hash"], tracer])
    state = json.loads(gzip.decompress(bytes.fromhex(rpc.call("anvil_dumpState")[2:])))
    yield state
    accounts = {address.lower(): account for address, account in state["accounts"].items()}
    for name in DEPLOYED:
        address = getattr(market.deployment, name.lower())
        slots = list(accounts[address.lower()]["storage"])
        yield rpc.call("eth_getProof", [address, slots, "latest"])
        yield rpc.batch([("eth_getStorageAt", [address, slot, "latest"]) for slot in slots])


@dataclass(frozen=True)
class Names:
    """What names anything there is, as if the rival had guessed or overheard all of it: ids of
    every kind for every route that takes one, the rest by what it is called in a path."""

    ids: list[str]
    others: dict[str, list[str]]

    @classmethod
    def of(cls, market: Market) -> Names:
        ids: set[str] = set()
        with market.database.read() as connection:
            for table in market.tables.values():
                if table.name not in _NOBODYS and "id" in table.c:
                    ids |= {str(one) for one in connection.scalars(select(table.c.id))}

            def known(table: str, column: str) -> list[Any]:
                found = connection.scalars(select(market.tables[table].c[column]))
                return sorted(set(found))

            others = {
                "claim": _texts(known("claims", "number")),
                "number": _texts(known("parties", "number")),
                "start": _texts(known("lots", "start")),
                "digest": _hexed(known("entries", "act") + known("acts", "digest")),
                "deal": _hexed(known("deals", "deal")),
                "commitment": _hexed(known("obligations", "commitment")),
                "fingerprint": _hexed(known("invoice_uses", "fingerprint")),
            }
        return cls(sorted(one for one in ids if _ID.fullmatch(one)), others)

    def fitting(self, name: str) -> list[str]:
        return self.ids if name.endswith("_id") else self.others[name]


def _texts(values: Iterable[int]) -> list[str]:
    return list(map(str, values))


def _hexed(values: Iterable[bytes]) -> list[str]:
    return sorted({"0x" + value.hex() for value in values})


def answers(market: Market, who: int, names: Names) -> dict[str, Any]:
    """What every GET route answers to this party, for every name that fits; by path."""
    paths = [path for path, has in market.app.openapi()["paths"].items() if "get" in has]
    assert len(paths) > 30
    found: dict[str, Any] = {}
    for path in paths:
        if path in UNASKED:
            continue
        wanted = _PARAMETER.findall(path)
        for values in itertools.product(*map(names.fitting, wanted)):
            filled = path
            for name, value in zip(wanted, values, strict=True):
                filled = filled.replace("{" + name + "}", value)
            found[filled] = _answer(market, who, filled)
    for claim in range(1, market.claims + 1):
        filled = f"/v1/payment-instructions?claim={claim}"
        found[filled] = _answer(market, who, filled)
    return found


def events(market: Market, who: int) -> str:
    """The stream from the first entry on, until the token runs out."""
    market.tokens.clear()
    began, headers = market.now, market.headers(who)
    market.now += SESSION_SECONDS - 1
    over = threading.Timer(0.5, lambda: setattr(market, "now", began + SESSION_SECONDS + 1))
    over.start()
    try:
        return market.http.get("/v1/events", headers=headers | {"Last-Event-ID": "0"}).text
    finally:
        over.join()
        market.now = began


def _answer(market: Market, who: int, path: str) -> Any:
    answer = market.http.get(path, headers=market.headers(who))
    assert answer.status_code < 500, path
    kept = {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "content-length")}
    body: Any = answer.text
    if "json" in answer.headers.get("content-type", ""):
        body = answer.json()
    if answer.status_code == 404:
        body.pop("instance", None)
    return {"status": answer.status_code, "headers": kept, "body": body}
