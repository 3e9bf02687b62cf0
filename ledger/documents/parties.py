"""Which identifier a party on an invoice goes by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger import identifiers
from ledger.identifiers import PartyId

_CHINA = "CN"
_FIRST_SCHEMES = ("uscc", "lei")


@dataclass(frozen=True)
class SchemedId:
    """An identifier as a document writes it; ``scheme`` is ``""`` where it names none."""

    value: str
    scheme: str = ""


@dataclass(frozen=True)
class StatedParty:
    """What a document says of a party, before any choice among its identifiers."""

    name: str
    country: str = identifiers.UNKNOWN_COUNTRY
    legal: SchemedId | None = None
    others: tuple[SchemedId, ...] = ()
    endpoint: SchemedId | None = None
    vat: tuple[str, ...] = ()
    tax: tuple[str, ...] = ()


@dataclass(frozen=True)
class InvoiceParty:
    """A party of an invoice; ``ids`` are never empty, the preferred one first."""

    ids: tuple[PartyId, ...]
    name: str
    country: str

    @property
    def id(self) -> PartyId:
        """The identifier the party goes by in this ledger."""
        return self.ids[0]


def identify(party: StatedParty) -> InvoiceParty:
    """Rank a party's identifiers: USCC, LEI, legal registration under an ISO 6523 scheme, other
    schemed identifiers, electronic address, VAT, unschemed register number, name.

    Raises what ``ledger.identifiers`` raises for a USCC or LEI with a wrong check digit.
    """
    found = list(dict.fromkeys(_candidates(party)))
    found.sort(key=_rank)
    return InvoiceParty(tuple(found), party.name, party.country)


def _rank(party: PartyId) -> int:
    scheme = identifiers.scheme_of(party)
    return _FIRST_SCHEMES.index(scheme) if scheme in _FIRST_SCHEMES else len(_FIRST_SCHEMES)


def _candidates(party: StatedParty) -> Iterator[PartyId]:
    yield from _chinese_codes(party)
    yield from _schemed(party)
    for number in party.vat:
        if identifiers.looks_like_vat(number):
            yield identifiers.vat(number)
    if party.legal is not None and not _is_used(party, party.legal):
        yield identifiers.legal(party.country, party.legal.value)
    yield identifiers.named(party.country, party.name)


def _schemed(party: StatedParty) -> Iterator[PartyId]:
    for stated in (party.legal, *party.others, party.endpoint):
        if stated is not None and identifiers.is_icd(stated.scheme):
            yield identifiers.registered(stated.scheme, stated.value)


def _chinese_codes(party: StatedParty) -> Iterator[PartyId]:
    """Unschemed codes of the USCC's shape; a Chinese party's has to pass its check digit."""
    stated = [one for one in (party.legal, *party.others) if one is not None]
    values = [one.value for one in stated if not one.scheme] + [*party.vat, *party.tax]
    for value in values:
        if _is_chinese_code(party, value):
            yield identifiers.uscc(value)


def _is_chinese_code(party: StatedParty, value: str) -> bool:
    """A Chinese party's code by its shape; without a country, only by its check digit too."""
    if party.country == identifiers.UNKNOWN_COUNTRY:
        return identifiers.is_uscc(value)
    return party.country == _CHINA and identifiers.looks_like_uscc(value)


def _is_used(party: StatedParty, legal: SchemedId) -> bool:
    unschemed_code = not legal.scheme and _is_chinese_code(party, legal.value)
    return unschemed_code or identifiers.is_icd(legal.scheme)
