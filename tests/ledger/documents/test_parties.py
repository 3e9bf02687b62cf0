"""The order in which a party's identifiers are preferred."""

from __future__ import annotations

import pytest

from ledger import identifiers
from ledger.documents.parties import SchemedId, StatedParty, identify

USCC, LEI = "91310000MAC0RE00XR", "0000YUAN11UDEM000188"


def test_identify__everything_stated__in_order_of_preference() -> None:
    party = StatedParty(
        name="Example Ltd",
        country="CN",
        legal=SchemedId("5560000000", "0007"),
        others=(SchemedId("1238764941386", "0088"), SchemedId(LEI, "0199"), SchemedId(USCC)),
        endpoint=SchemedId("DE000000001", "9930"),
        vat=("SE556000000001",),
    )
    assert identify(party).ids == (
        f"uscc:{USCC}",
        f"lei:{LEI}",
        "0007:5560000000",
        "0088:1238764941386",
        "9930:DE000000001",
        "vat:SE556000000001",
        "name:CN:EXAMPLE LTD",
    )


@pytest.mark.parametrize("scheme", ["", "FR:SIRET"])
def test_identify__legal_id_without_iso_scheme__qualified_by_country(scheme: str) -> None:
    party = StatedParty("Example", "NL", legal=SchemedId("32 081 330", scheme))
    assert identify(party).id == "legal:NL:32081330"


def test_identify__vat_before_unschemed_legal_id__preferred() -> None:
    party = StatedParty("Example", "NL", legal=SchemedId("32081330"), vat=("NL809163160B01",))
    assert identify(party).ids[:2] == ("vat:NL809163160B01", "legal:NL:32081330")


@pytest.mark.parametrize("scheme", ["EM", "SEPA", "XR03", ""])
def test_identify__no_register_behind_the_scheme__left_out(scheme: str) -> None:
    party = StatedParty("Example", "DE", others=(SchemedId("me@example.org", scheme),))
    assert identify(party).ids == ("name:DE:EXAMPLE",)


def test_identify__vat_number_without_country__left_out() -> None:
    assert identify(StatedParty("Example", "DK", vat=("16356706",))).id == "name:DK:EXAMPLE"


def test_identify__unschemed_uscc_without_country__recognised_by_its_check_digit() -> None:
    assert identify(StatedParty("Example", legal=SchemedId(USCC))).id == f"uscc:{USCC}"
    wrong = StatedParty("Example", legal=SchemedId(USCC[:-1] + "0"))
    assert identify(wrong).id == f"legal:ZZ:{USCC[:-1]}0"


def test_identify__tax_number_of_a_chinese_party__is_its_uscc() -> None:
    assert identify(StatedParty("Example", "CN", tax=(USCC,))).id == f"uscc:{USCC}"


def test_identify__chinese_code_with_wrong_check_digit__refused() -> None:
    with pytest.raises(identifiers.WrongCheckDigit):
        identify(StatedParty("Example", "CN", legal=SchemedId(USCC[:-1] + "0")))
