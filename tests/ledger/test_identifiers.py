"""Party identifiers: one entity spelled twice is one identifier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import identifiers
from ledger.errors import Refused
from ledger.identifiers import party_id

USCC = "91310000MAC0RE00XR"
USCC_WITH_WRONG_CHECK = "91310000MAC0RE00X0"
LEI = "0000YUAN11UDEM000188"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (f"uscc:{USCC}", f"uscc:{USCC}"),
        (" USCC: 9131 0000-mac0re00xr ", f"uscc:{USCC}"),
        (f"lei:{LEI.lower()}", f"lei:{LEI}"),
        (f"0199:{LEI}", f"lei:{LEI}"),
        ("0088:1238764941386", "0088:1238764941386"),
        ("9930: de 123456789", "9930:DE123456789"),
        ("vat:dk 16.35.67-06", "vat:DK16356706"),
        ("legal:nl:32081330 Amersfoort", "legal:NL:32081330AMERSFOORT"),
        ("name:dk:  Buyercompany   ltd ", "name:DK:BUYERCOMPANY LTD"),
        ("name:1a:Shembull", "name:1A:SHEMBULL"),
        ("name:DE:Soft\u00adhyphen\nGmbH", "name:DE:SOFTHYPHEN GMBH"),
        ("name:CN:虚构（上海）有限公司", "name:CN:虚构(上海)有限公司"),
    ],
)
def test_party_id__any_spelling__canonical(text: str, canonical: str) -> None:
    assert party_id(text) == canonical


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (f"uscc:{USCC_WITH_WRONG_CHECK}", identifiers.WrongCheckDigit),
        ("uscc:9131", identifiers.MalformedPartyId),
        ("uscc:9131000OMAC0RE00XR", identifiers.MalformedPartyId),
        ("lei:0000YUAN11UDEM000189", identifiers.WrongCheckDigit),
        ("0199:0000YUAN11UDEM000189", identifiers.WrongCheckDigit),
        ("lei:SHORT", identifiers.MalformedPartyId),
        ("vat:16356706", identifiers.MalformedPartyId),
        ("name:Denmark:X", identifiers.MalformedPartyId),
        ("name:DK", identifiers.MalformedPartyId),
        ("0088:" + "1" * 501, identifiers.MalformedPartyId),
        ("0088:1\x002", identifiers.MalformedPartyId),
        ("gln:123", identifiers.UnknownIdScheme),
        ("88:123", identifiers.UnknownIdScheme),
        ("٠٠٨٨:123", identifiers.UnknownIdScheme),
        ("no scheme", identifiers.MalformedPartyId),
        ("uscc:", identifiers.MalformedPartyId),
    ],
)
def test_party_id__malformed__named_refusal(text: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        party_id(text)


def test_party_id__wrong_check_digit_with_evidence__accepted() -> None:
    found = party_id(f"uscc:{USCC_WITH_WRONG_CHECK}", evidence=b"\x01" * 32)
    assert found == f"uscc:{USCC_WITH_WRONG_CHECK}"


def test_party_id__evidence_for_a_malformed_code__refused() -> None:
    with pytest.raises(identifiers.MalformedPartyId):
        party_id("uscc:9131", evidence=b"\x01" * 32)


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("lei:0000YUAN11UDEM000189", b"\x01" * 32),
        (f"uscc:{USCC_WITH_WRONG_CHECK}", b"trust me"),
    ],
)
def test_party_id__evidence_that_proves_nothing__refused(text: str, evidence: bytes) -> None:
    with pytest.raises(identifiers.EvidenceNotAccepted):
        party_id(text, evidence=evidence)


@given(st.sampled_from(["name:CN", "legal:DE", "0088", "vat"]), st.text(max_size=40))
def test_party_id__canonical_form__is_stable(scheme: str, value: str) -> None:
    try:
        once = party_id(f"{scheme}:{value}")
    except Refused:
        return
    assert party_id(once) == once


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_party_id__one_character_of_a_uscc_changed__refused(place: int, character: str) -> None:
    changed = USCC[:place] + character + USCC[place + 1 :]
    if changed == USCC:
        return
    with pytest.raises(Refused):
        party_id(f"uscc:{changed}")
