"""What proves a bundle's heads to be the chain's, to someone who trusts only its validators.

Two links, each of a kind of its own by engine:

    storage words of the ledger contract ──StateProof──▶ state root ──Finality──▶ validators

and the trust file's ``Anchor``: the validators themselves, set after set. Pure: no network, no
clock. ``interface`` says what a kind has to do, ``kinds`` names those that there are.
"""

from ledger.evidence.interface import Anchor, Evidence, Finalised, Finality, StateProof

__all__ = ["Anchor", "Evidence", "Finalised", "Finality", "StateProof"]
