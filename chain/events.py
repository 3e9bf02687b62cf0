"""Our contracts' events, from logs."""

from __future__ import annotations

from collections.abc import Sequence

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from chain.client import Log
from chain.reverts import decode_revert
from ledger.deployment import Deployment
from ledger.entries import POSTED_TOPIC, MalformedEvent, read_posted
from ledger.keccak import keccak
from ledger.store.projector import Posting
from ledger.store.verdicts import RefusedCall

REFUSED_TOPIC = keccak(b"ActRefused(bytes32,address,bytes)")


def read_events(
    deployment: Deployment, logs: Sequence[Log], times: dict[int, int]
) -> tuple[list[Posting], list[RefusedCall]]:
    """The entries and the refused calls among logs; ``times`` has each block's Unix seconds.

    Raises ``MalformedEvent``.
    """
    ledger, relay = deployment.ledger.lower(), deployment.relay.lower()
    postings: list[Posting] = []
    refused: list[RefusedCall] = []
    for log in logs:
        contract, topic = log.address.lower(), log.topics[0] if log.topics else b""
        if contract == ledger and topic == POSTED_TOPIC:
            entry = read_posted(log.topics, log.data)
            postings.append(Posting(entry, log.block, times[log.block], log.tx))
        elif contract == relay and topic == REFUSED_TOPIC:
            refused.append(_refused(log))
    return postings, refused


def _refused(log: Log) -> RefusedCall:
    try:
        (reason,) = decode(["bytes"], log.data)
    except DecodingError as error:
        raise MalformedEvent(f"not an ActRefused event: {error}") from error
    if len(log.topics) != 3:
        raise MalformedEvent("not an ActRefused event")
    return RefusedCall(
        call_hash=log.topics[1],
        target=to_checksum_address(log.topics[2][12:]),
        reason=reason,
        refusal=decode_revert(reason),
        block=log.block,
        tx=log.tx,
        log_index=log.index,
    )
