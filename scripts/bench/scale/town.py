"""Who is there at a scale, which claims there are, and when everything happened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from client.keys import Key
from ledger.ids import PartyNo
from ledger.keccak import keccak
from ledger.roles import Role
from scripts.bench.scale.lives import PIECES, Life, Who, live_through

BANKS = tuple(map(PartyNo, range(1, 6)))
OWN = BANKS[0]
"""The bank whose officer asks: it has half of all deals."""

DEBTOR = PartyNo(6)
"""Owes four claims in ten."""

CORES = tuple(map(PartyNo, range(6, 26)))
OFFICER = Key(keccak(b"yuanliu bench officer"))
BLOCK_ENTRIES = 400
YEARS_SECONDS = 2 * 365 * 86_400

_FIRST_SUPPLIER = 26
_PATTERNS = 10
_CROWD = 100


def digest(*words: object) -> bytes:
    """32 bytes that nobody chose and that are always the same."""
    return hashlib.sha256(" ".join(map(str, words)).encode()).digest()


def public_id(*words: object) -> str:
    return digest("id", *words).hex()[:32]


@dataclass(frozen=True)
class Town:
    """As many claims as make ``lots`` lots. ``now`` in Unix seconds.

    The last claim is crowded: a hundredth of all lots is cut from it.
    """

    lots: int
    now: int

    @cached_property
    def usual(self) -> int:
        """How many claims have the usual number of lots; the crowded one comes after them."""
        return (self.lots - self.crowd) // PIECES

    @property
    def crowd(self) -> int:
        return max(PIECES, self.lots // _CROWD)

    @property
    def claims(self) -> range:
        return range(1, self.usual + 2)

    @property
    def suppliers(self) -> int:
        return max(20, self.lots // 200)

    @property
    def open_requests(self) -> int:
        """As many as an officer has before them; there are always some pages of them."""
        return max(200, self.lots // 500)

    @cached_property
    def _lives(self) -> list[Life]:
        """One claim in ten has fallen due and is paid."""
        return [live_through(paid=pattern == 0) for pattern in range(_PATTERNS)]

    @cached_property
    def _crowded(self) -> Life:
        return live_through(self.crowd, paid=False)

    def life(self, claim: int) -> Life:
        return self._crowded if claim > self.usual else self._lives[claim % _PATTERNS]

    def is_paid(self, claim: int) -> bool:
        return claim <= self.usual and claim % _PATTERNS == 0

    # ── parties ──────────────────────────────────────────────────────────────────────────────

    @property
    def parties(self) -> range:
        return range(1, _FIRST_SUPPLIER + self.suppliers)

    def role(self, party: int) -> Role:
        if party in BANKS:
            return Role.BANK
        return Role.CORE_ENTERPRISE if party in CORES else Role.SUPPLIER

    def debtor(self, claim: int) -> PartyNo:
        return DEBTOR if claim % 5 < 2 or claim > self.usual else CORES[claim % len(CORES)]

    def bank(self, claim: int) -> PartyNo:
        return OWN if claim % 2 else BANKS[1 + claim % (len(BANKS) - 1)]

    def plays(self, claim: int, who: Who) -> int:
        """The party that has this part in the claim's life; 0 for nobody."""
        if who is Who.NOBODY:
            return 0
        if who is Who.BANK:
            return self.bank(claim)
        return _FIRST_SUPPLIER + (claim * 7_919 + 31 * who) % self.suppliers

    # ── entries ──────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _rounds(self) -> list[tuple[int, list[int]]]:
        """For each round the index of its first entry, and for how many of the patterns before
        each one, and of all, there is an act in it.

        Claims act in turn, as they do: the first act of every claim, then the second, and so on.
        So one claim's entries lie far apart.
        """
        rounds, first = [], len(self.parties)
        for number in range(max(len(life.acts) for life in self._lives)):
            before = [0]
            for life in self._in_order():
                before.append(before[-1] + (len(life.acts) > number))
            rounds.append((first, before))
            groups, rest = divmod(self.usual, _PATTERNS)
            first += groups * before[-1] + before[rest]
        rounds.append((first, []))
        return rounds

    def _in_order(self) -> list[Life]:
        return [self._lives[claim % _PATTERNS] for claim in range(1, _PATTERNS + 1)]

    def entry(self, claim: int, act: int) -> int:
        """The index of the entry that a claim's act is."""
        if claim > self.usual:
            return self._rounds[-1][0] + act
        first, before = self._rounds[act]
        group, place = divmod(claim - 1, _PATTERNS)
        return first + group * before[-1] + before[place]

    def acts(self) -> Iterator[tuple[int, int]]:
        """Claim and number of every act, in the order of the entries."""
        for number in range(len(self._rounds) - 1):
            for claim in range(1, self.usual + 1):
                if len(self.life(claim).acts) > number:
                    yield claim, number
        crowded = self.usual + 1
        for number in range(len(self._crowded.acts)):
            yield crowded, number

    @cached_property
    def entries(self) -> int:
        return self._rounds[-1][0] + len(self._crowded.acts)

    def time(self, entry: int) -> int:
        return self.now - YEARS_SECONDS + YEARS_SECONDS * (entry + 1) // self.entries

    def block(self, entry: int) -> int:
        return 1 + entry // BLOCK_ENTRIES
