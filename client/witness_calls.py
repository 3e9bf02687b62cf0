"""The API's requests about what is witnessed, one method each: part of ``client.api.Api``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, cast

from client.records import Attested, Kept, Party, RegistrationRecord
from ledger.hexadecimal import hexed
from ledger.ids import ClaimNo
from ledger.witnessing import Fact, fact_kind

_ATTESTATIONS = "/v1/attestations"


class WitnessCalls(ABC):
    """Attesting, and the movables registry."""

    @abstractmethod
    def _get(self, path: str, **params: Any) -> Any: ...

    @abstractmethod
    def _post(self, path: str, body: Any) -> Any: ...

    @abstractmethod
    def _pages(self, path: str, **params: Any) -> Iterator[Any]: ...

    def attest(self, fact: Fact, approval: bytes) -> Attested:
        """Hand in a member's approval of a payment, a remittance or a registration."""
        message = {"kind": fact_kind(fact), "message": fact.to_json(), "approval": hexed(approval)}
        return cast("Attested", self._post(_ATTESTATIONS, message))

    def attestations(self) -> Iterator[Kept]:
        """Facts that members have signed, newest first."""
        return cast("Iterator[Kept]", self._pages(_ATTESTATIONS))

    def doubt_of_extract(self, extract: bytes) -> str | None:
        """Why an extract from the movables registry doesn't fit the ledger, if so."""
        answer = self._post("/v1/registry-extracts", {"extract": extract.decode()})
        return cast("str | None", answer["doubt"])

    def registrations(self, claim: ClaimNo | None = None) -> Iterator[RegistrationRecord]:
        """Of the caller's bank, as a quorum has witnessed them."""
        return cast("Iterator[RegistrationRecord]", self._pages("/v1/registrations", claim=claim))

    def party_called(self, identifier: str) -> Party | None:
        """The party enrolled under this identifier."""
        found = self._get("/v1/parties", identifier=identifier)["items"]
        return cast("Party", found[0]) if found else None
