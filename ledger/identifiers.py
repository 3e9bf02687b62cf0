"""Party identifiers: one canonical ``scheme:value`` text per way of naming a legal entity.

| scheme | value | check |
|---|---|---|
| ``uscc`` | unified social credit code, 18 characters | GB 32100 check character |
| ``lei`` | ISO 17442 legal entity identifier, 20 characters | ISO 7064 mod 97-10 |
| four digits | ISO 6523 ICD or EAS code, e.g. ``0088:1238764941386`` | the scheme's own registry |
| ``vat`` | country prefix and VAT number, ``vat:DK16356706`` | shape only |
| ``legal`` | country and register number, ``legal:NL:32081330`` | none |
| ``name`` | country and name, ``name:DK:BUYERCOMPANY LTD`` | none, a last resort |

ICD 0199 is the LEI and becomes ``lei``. Values are NFKC, upper case and without spaces (in a
name: with single ones), so one entity spelled twice is one identifier.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar, NewType

from stdnum import lei as stdnum_lei
from stdnum.cn import uscc as stdnum_uscc
from stdnum.exceptions import ValidationError

from ledger.errors import Refused

PartyId = NewType("PartyId", str)
"""A canonical party identifier; made only by this module."""

UNKNOWN_COUNTRY = "ZZ"
"""Stands for the country where a document gives none (a code ISO 3166 leaves to users)."""

MAX_VALUE_LENGTH = 500
EVIDENCE_BYTES = 32

_LEI_ICD = "0199"
_ICD = re.compile(r"[0-9]{4}")
_USCC = re.compile(r"[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}")
_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_VAT = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,15}")
_COUNTRY = re.compile(r"[A-Z]{2}|1A")


@dataclass
class MalformedPartyId(Refused):
    """The text does not have the shape its scheme asks for."""

    text: str
    summary: ClassVar[str] = "{text!r} is not a party identifier of the form scheme:value."


@dataclass
class UnknownIdScheme(Refused):
    """The scheme is none of those this ledger knows."""

    scheme: str
    summary: ClassVar[str] = "{scheme!r} is not a known identifier scheme."


@dataclass
class WrongCheckDigit(Refused):
    """The identifier has the right shape and a wrong check digit."""

    scheme: str
    value: str
    summary: ClassVar[str] = "The check digit of {scheme}:{value} is wrong."


@dataclass
class EvidenceNotAccepted(Refused):
    """Evidence was offered where it can override nothing, or is not a 32-byte commitment."""

    scheme: str
    summary: ClassVar[str] = "Evidence overrides only a USCC's check digit, not {scheme}'s."


def party_id(text: str, *, evidence: bytes | None = None) -> PartyId:
    """The canonical form of ``scheme:value`` (or ``scheme:country:value``).

    ``evidence`` is the 32-byte commitment (``ledger.commitments``) to a register extract that
    shows the code as issued. It is accepted for ``uscc`` alone, because codes with a wrong check
    digit were issued in the wild; an LEI that fails was never issued.
    Raises ``MalformedPartyId``, ``UnknownIdScheme``, ``WrongCheckDigit``, ``EvidenceNotAccepted``.
    """
    scheme, separator, value = text.partition(":")
    scheme = scheme.strip().lower()
    if not separator or not value.strip():
        raise MalformedPartyId(text)
    if scheme == "uscc":
        return uscc(value, evidence=evidence)
    if evidence is not None:
        raise EvidenceNotAccepted(scheme)
    if scheme == "lei":
        return lei(value)
    if scheme == "vat":
        return vat(value)
    if scheme in {"legal", "name"}:
        country, _, rest = value.partition(":")
        return legal(country, rest) if scheme == "legal" else named(country, rest)
    return registered(scheme, value)


def uscc(value: str, *, evidence: bytes | None = None) -> PartyId:
    """A unified social credit code; see ``party_id`` for ``evidence``."""
    code = stdnum_uscc.compact(compacted(value))
    if _USCC.fullmatch(code) is None:
        raise MalformedPartyId(f"uscc:{_excerpt(value)}")
    if evidence is not None and len(evidence) != EVIDENCE_BYTES:
        raise EvidenceNotAccepted("uscc")
    if evidence is None and not stdnum_uscc.is_valid(code):
        raise WrongCheckDigit("uscc", code)
    return PartyId(f"uscc:{code}")


def lei(value: str) -> PartyId:
    """A legal entity identifier with its two check digits (ISO 17442)."""
    code = stdnum_lei.compact(compacted(value))
    if _LEI.fullmatch(code) is None:
        raise MalformedPartyId(f"lei:{_excerpt(value)}")
    try:
        stdnum_lei.validate(code)
    except ValidationError:
        raise WrongCheckDigit("lei", code) from None
    return PartyId(f"lei:{code}")


def registered(icd: str, value: str) -> PartyId:
    """An identifier under a four-digit ISO 6523 ICD or EAS code; 0199 becomes ``lei``."""
    if not is_icd(icd):
        raise UnknownIdScheme(_excerpt(icd))
    if icd == _LEI_ICD:
        return lei(value)
    return PartyId(f"{icd}:{_bounded(compacted(value))}")


def vat(value: str) -> PartyId:
    """A VAT number that starts with its two-letter country prefix."""
    number = re.sub(r"[.\-]", "", compacted(value))
    if _VAT.fullmatch(number) is None:
        raise MalformedPartyId(f"vat:{_excerpt(value)}")
    return PartyId(f"vat:{number}")


def legal(country: str, value: str) -> PartyId:
    """A register number whose scheme the document does not say, qualified by its country."""
    return PartyId(f"legal:{country_code(country)}:{_bounded(compacted(value))}")


def named(country: str, name: str) -> PartyId:
    """The last resort for a party that carries no identifier: its country and name."""
    visible = "".join(letter for letter in name if letter.isprintable() or letter.isspace())
    canonical = _nfkc(" ".join(_nfkc(_nfkc(visible).upper()).split()))
    return PartyId(f"name:{country_code(country)}:{_bounded(canonical)}")


def country_code(text: str) -> str:
    """An upper-case country code: two letters as in ISO 3166-1 (membership is not checked), or
    ``1A``, which EN 16931 uses for Kosovo.
    """
    code = text.strip().upper()
    if _COUNTRY.fullmatch(code) is None:
        raise MalformedPartyId(_excerpt(text))
    return code


def is_icd(scheme: str) -> bool:
    """Whether a scheme is a four-digit ISO 6523 ICD or EAS code."""
    return _ICD.fullmatch(scheme) is not None


def looks_like_uscc(value: str) -> bool:
    """Whether a value has the length and alphabet of a USCC, whatever its check digit."""
    return _USCC.fullmatch(stdnum_uscc.compact(compacted(value))) is not None


def is_uscc(value: str) -> bool:
    """Whether a value is a USCC with the right check digit."""
    return looks_like_uscc(value) and stdnum_uscc.is_valid(compacted(value))


def looks_like_vat(value: str) -> bool:
    """Whether a value starts with two letters, as a VAT number under EN 16931 BR-CO-9 does."""
    return _VAT.fullmatch(re.sub(r"[.\-]", "", compacted(value))) is not None


def scheme_of(party: PartyId) -> str:
    """The scheme of a canonical identifier."""
    return party.partition(":")[0]


def compacted(text: str) -> str:
    """One spelling of a code or number: NFKC, upper case, no spaces.

    Case comes first and NFKC last, because an upper-case letter may decompose and what a space
    kept apart may compose.
    """
    return _nfkc("".join(_nfkc(_nfkc(text).upper()).split()))


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _bounded(value: str) -> str:
    if not value or len(value) > MAX_VALUE_LENGTH or not value.isprintable():
        raise MalformedPartyId(_excerpt(value))
    return value


def _excerpt(text: str) -> str:
    return text if len(text) <= MAX_VALUE_LENGTH else text[:MAX_VALUE_LENGTH] + "…"
