"""The trust file of a chain with consensus, and every change of its validators since.

Whoever makes one from a node trusts that node for the founders and the first set of validators;
to extend one, nobody has to be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chain.cometbft import Comet
from chain.engine import Engine
from chain.passbooks import read_books
from chain.proofs import NoSuchProof, comet_of
from chain.qbft_proofs import anchor_between
from ledger.bundle import Bundle
from ledger.deployment import Deployment
from ledger.entries import Entry
from ledger.evidence import Anchor
from ledger.evidence.cometbft import CometAnchor, CometFinality, Header, TrustedSet
from ledger.fold import fold
from ledger.ids import CONSORTIUM_BOOK, Address
from ledger.trust import Pinned, Trust


def trust_from(engine: Engine, deployment: Deployment) -> Trust:
    """A chain's trust file, read from it: the validators when the ledger began, and since.

    Raises NoSuchProof where there is no consensus, and the engine's faults.
    """
    height = engine.client.height()
    entries = read_books(engine.client, deployment, height, [CONSORTIUM_BOOK])
    if engine.profile.proof == "mpt":
        return trusting(deployment, entries, anchor_between(engine.rpc, deployment.block, height))
    comet = comet_of(engine)
    first = TrustedSet(deployment.block, comet.validators(deployment.block), None)
    chain_id = comet.signed_header(deployment.block).header.chain_id
    anchor = CometAnchor(chain_id, (first,))
    return extended(engine, trusting(deployment, entries, anchor))


def extended(engine: Engine, trust: Trust) -> Trust:
    """The same trust with every change of validators since its last set, and the headers that
    vouch for them.

    Raises NoSuchProof, a ``FinalityRefused`` when the chain's own changes aren't vouched for, and
    the engine's faults.
    """
    if not isinstance(trust.anchor, CometAnchor):
        raise NoSuchProof(f"a trust file with a {trust.anchor.kind} anchor isn't extended")
    comet = comet_of(engine)
    links = _changes(comet, trust.anchor.sets[-1].start, comet.latest())
    sets = tuple(_vouched(comet, header.height) for header in links)
    anchor = replace(trust.anchor, sets=(*trust.anchor.sets, *sets))
    anchor.check()
    return replace(trust, anchor=anchor)


def covers(trust: Trust, bundle: Bundle) -> bool:
    """Whether the trust file knows of the validators that signed the bundle's block. Where a bundle
    isn't proven by them, it isn't for this to say."""
    finality = None if bundle.evidence is None else bundle.evidence.finality
    if not isinstance(finality, CometFinality) or not isinstance(trust.anchor, CometAnchor):
        return True
    header = finality.signed.header
    return trust.anchor.in_force(header.height).hash == header.validators_hash


def trusting(deployment: Deployment, entries: list[Entry], anchor: Anchor | Pinned) -> Trust:
    """The trust of someone who believes these entries to be the ledger's: their founders."""
    founders = fold(entries, deployment, whole=False).state.founders
    members = frozenset(map(Address, founders.members))
    return Trust(deployment, members, founders.quorum, anchor)


def _changes(comet: Comet, first: int, last: int) -> Iterator[Header]:
    """The headers that name another validator set as the next."""
    height = first
    while height <= last:
        headers = comet.headers(height, last)
        yield from (one for one in headers if one.next_validators_hash != one.validators_hash)
        height = headers[-1].height + 1


def _vouched(comet: Comet, height: int) -> TrustedSet:
    return TrustedSet(height + 1, comet.validators(height + 1), comet.checkable_header(height))
