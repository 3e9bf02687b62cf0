"""Lots financed through the HTTP API: registered, sold to the bank, the advance proven paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.acts import SignedAct
from ledger.agreements import FOREVER
from ledger.deals import Finance, Mode, Registration, Remittance
from ledger.keccak import keccak
from scripts.bench import load
from scripts.bench.consortium import FACE, MATURITY, Consortium

_REGISTERED_AT = 1_800_000_000


@dataclass(frozen=True)
class Financing:
    """Every claim's one lot goes from the seller to the bank, without recourse."""

    consortium: Consortium

    def rates(self, claims: Sequence[int]) -> dict[str, float]:
        """Acts per second of each kind, and of all: every act signed before the clock starts."""
        ready = {
            "register": [self._registration(claim) for claim in claims],
            "finance": [self._finance(claim) for claim in claims],
            "prove_advance": [self._advance_paid(claim) for claim in claims],
        }
        found = {name: load.rate(self.consortium.api, acts) for name, acts in ready.items()}
        seconds = sum(len(claims) / rate for rate in found.values())
        return found | {"all": len(ready) * len(claims) / seconds}

    def _registration(self, claim: int) -> SignedAct:
        return self.consortium.attested(
            Registration(
                config=self.consortium.oracles,
                claim=claim,
                start=0,
                end=FACE,
                bank=self.consortium.numbers["bank"],
                number=_about("registration", claim),
                registeredAt=_REGISTERED_AT,
                expiresOn=20991231,
            )
        )

    def _finance(self, claim: int) -> SignedAct:
        act = Finance(
            claim=claim,
            lot=0,
            version=1,
            start=0,
            end=FACE,
            seller=self.consortium.numbers["seller"],
            bank=self.consortium.numbers["bank"],
            mode=Mode.SALE.number,
            terms=_about("terms", claim),
            advance=_about("advance", claim),
            payBy=FOREVER,
            dueOn=MATURITY,
            rules=_about("rules", 0),
            registration=_about("registration", claim),
            documents=bytes(32),
            validUntil=FOREVER,
        )
        return self.consortium.signed(act, "seller", "bank")

    def _advance_paid(self, claim: int) -> SignedAct:
        line, commitment = _about("line", claim), _about("advance", claim)
        return self.consortium.attested(
            Remittance(self.consortium.oracles, line, commitment, MATURITY)
        )


def _about(word: str, claim: int) -> bytes:
    return keccak(b"bench %s %d" % (word.encode(), claim))
