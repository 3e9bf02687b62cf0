"""The debtor's share of what a bank has lent, as the desk shows it."""

from __future__ import annotations

from ledger.credit import LineKind
from ledger.ids import Digest, PartyNo
from ledger.keccak import keccak
from ledger.store.keeping.reservations import Quote, Wanted, reserve
from tests.api.banking import Banking
from tests.api.world import BANK, NOW, World


def _shares(banking: Banking) -> tuple[int, int]:
    (request,) = banking.ask(BANK)
    lines = banking.look(BANK, request)["view"]["lines"]
    return lines["concentration_bp"], lines["concentration_after_bp"]


def _used(world: World, bank: int, party: int, amount: int) -> None:
    name = Digest(keccak(b"%d %d" % (bank, party)))
    quote = Quote(name, PartyNo(bank), 1, 1_000, 1, 1_000, 5_000, "CNY", NOW + 3_600)
    wanted = [Wanted(LineKind.DEBTOR, PartyNo(party), amount)]
    world.database.write(lambda one: reserve(one, quote, wanted, NOW, NOW))


def test_concentration__before_and_after__counts_the_banks_own_lines_alone(world: World) -> None:
    banking = Banking(world)
    assert _shares(banking) == (0, 10_000)
    other = world.ledger.enrol("OTHER CORE", 1)
    world.index()
    for bank in (BANK, banking.rival):
        banking.line(bank, other, LineKind.DEBTOR)
    banking.line(BANK, other, LineKind.RECOURSE)
    _used(world, banking.rival, other, 9_000)
    assert _shares(banking) == (0, 10_000)
    _used(world, BANK, other, 6_000)
    assert _shares(banking) == (0, 2_500)
