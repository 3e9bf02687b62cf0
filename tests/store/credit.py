"""A bank's desk over a made-up ledger: lines, quotes, and a chain that concludes and pays them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ledger.credit import CreditLine, LineKind
from ledger.entries import Entry, Op
from ledger.ids import Address, ClaimNo, Digest, EntryIndex, PartyNo
from ledger.keccak import keccak
from ledger.store.connection import Connection
from ledger.store.engine import Database
from ledger.store.keeping.lines import Line, SignedLine, find_line, put_line
from ledger.store.keeping.reservations import (
    Issuing,
    Quote,
    Reservation,
    Wanted,
    find_reservation,
    reserve,
    reserve_issue,
)
from ledger.store.line_use import differences, expire, horizon
from ledger.store.projector import Portion, Posting, apply, rewind
from ledger.words import Claim as ClaimWord
from ledger.words import Lot, LotState, pack_claim, pack_lot

T = TypeVar("T")
CORE, SELLER, BANK, RIVAL, SECOND_SELLER = map(PartyNo, range(1, 6))
NOBODY = PartyNo(0)
NOW = 1_795_000_000
CNY = "CNY"
POLICY = "0x" + "11" * 20


def digest_of(name: str) -> Digest:
    return Digest(keccak(name.encode()))


@dataclass
class Desk:
    """``now`` is everybody's clock and the next block's; ``lots`` the chain's present ones."""

    database: Database
    now: int = NOW
    blocks: int = 0
    entries: int = 0
    lots: dict[tuple[int, int], Lot] = field(default_factory=dict)
    versions: dict[tuple[int, int], int] = field(default_factory=dict)
    kept: list[tuple[int, int, dict[tuple[int, int], Lot], dict[tuple[int, int], int]]] = field(
        default_factory=list
    )
    changes: int = 0

    # ── the chain's side ─────────────────────────────────────────────────────────────────────

    def post(self, book: int, act: bytes, op: Op, words: list[int], memo: bytes = b"") -> None:
        """One entry in a block of its own."""
        self.kept.append((self.blocks, self.entries, dict(self.lots), dict(self.versions)))
        entry = Entry(
            EntryIndex(self.entries),
            ClaimNo(book),
            Digest(act),
            op,
            Address(POLICY),
            tuple(words),
            memo,
        )
        self.entries += 1
        self._block([Posting(entry, self.blocks + 1, self.now, keccak(act))])

    def tick(self) -> None:
        """A block that says nothing but what time it is."""
        self._block([])

    def _block(self, postings: list[Posting]) -> None:
        self.blocks += 1
        hashes = {self.blocks: keccak(b"%d %d" % (self.blocks, self.now))}
        portion = Portion(postings, [], hashes, self.blocks, self.now)
        self.database.write(lambda connection: apply(connection, portion))

    def rewind(self, entries: int) -> None:
        """The last entries, and every block since, are gone."""
        self.blocks, self.entries, self.lots, self.versions = self.kept[-entries]
        del self.kept[-entries:]
        self.database.write(lambda connection: rewind(connection, self.blocks))

    def open_claim(self, number: int, face: int, act: bytes | None = None) -> None:
        claim = ClaimWord(CORE, face, 2027_05_21, CNY)
        lot = Lot(ClaimNo(number), 0, face, SELLER, NOBODY, LotState.LIVE, 1)
        before = dict(self.lots), dict(self.versions)
        self._keep(lot)
        words = [pack_claim(claim), pack_lot(lot)]
        self._post_with(before, number, act or digest_of(f"issue {number}"), words, Op.OPENED)

    def write_units(
        self,
        claim: int,
        start: int,
        end: int,
        act: bytes,
        *,
        holder: int | None = None,
        lien: int | None = None,
        state: LotState | None = None,
    ) -> None:
        """Units of one lot get another holder, lien or state; the rest stays as it is."""
        at = self.lot_of(claim, start)
        assert end <= at.end
        before = dict(self.lots), dict(self.versions)
        del self.lots[claim, at.start]
        pieces = []
        for first, last in ((at.start, start), (start, end), (end, at.end)):
            if first == last:
                continue
            taken = first == start
            version = self.versions.get((claim, first), 0) + 1
            piece = Lot(
                ClaimNo(claim),
                first,
                last,
                PartyNo(holder) if taken and holder is not None else at.holder,
                PartyNo(lien) if taken and lien is not None else at.lien,
                state if taken and state is not None else at.state,
                version,
            )
            self._keep(piece)
            pieces.append(pack_lot(piece))
        self._post_with(before, claim, act, pieces, Op.MOVED)

    def conclude(self, quote: Quote) -> None:
        """A sale: the units are the bank's, under a lien for the seller."""
        at = self.lot_of(quote.claim, quote.start)
        self.write_units(
            quote.claim, quote.start, quote.end, quote.digest, holder=quote.bank, lien=at.holder
        )

    def settle(self, claim: int, start: int, end: int) -> None:
        act = digest_of(f"payment {self.entries} {self.blocks}")
        self.write_units(claim, start, end, act, state=LotState.DISCHARGED)

    def lot_of(self, claim: int, unit: int) -> Lot:
        return next(
            lot
            for (number, start), lot in self.lots.items()
            if number == claim and start <= unit < lot.end
        )

    def _keep(self, lot: Lot) -> None:
        self.lots[lot.claim, lot.start] = lot
        self.versions[lot.claim, lot.start] = lot.version

    def _post_with(
        self,
        before: tuple[dict[tuple[int, int], Lot], dict[tuple[int, int], int]],
        book: int,
        act: bytes,
        words: list[int],
        op: Op,
    ) -> None:
        self.post(book, act, op, words)
        self.kept[-1] = (*self.kept[-1][:2], *before)

    # ── the bank's side ──────────────────────────────────────────────────────────────────────

    def put(
        self,
        limit: int,
        *,
        bank: PartyNo = BANK,
        party: PartyNo = CORE,
        kind: LineKind = LineKind.DEBTOR,
        expires_on: int = 2027_12_31,
        version: int | None = None,
    ) -> Line:
        found = self.find(bank, party, kind)
        current = 0 if found is None else found.version
        self.changes += 1
        line = CreditLine(
            bank,
            party,
            kind.value,
            CNY,
            limit,
            expires_on,
            f"change {self.changes}",
            current if version is None else version,
            NOW,
        )
        change = SignedLine(digest_of(line.reason), line, (), ())
        return self.database.write(
            lambda one: put_line(one, change, self.now, horizon(one)), turns=[bank, party]
        )

    def find(
        self, bank: PartyNo = BANK, party: PartyNo = CORE, kind: LineKind = LineKind.DEBTOR
    ) -> Line | None:
        with self.database.read() as connection:
            return find_line(connection, bank, party, kind, CNY)

    def line(
        self, bank: PartyNo = BANK, party: PartyNo = CORE, kind: LineKind = LineKind.DEBTOR
    ) -> Line:
        found = self.find(bank, party, kind)
        assert found is not None
        return found

    def quote(
        self,
        name: str,
        claim: int = 1,
        start: int = 0,
        end: int | None = None,
        *,
        bank: PartyNo = BANK,
        seconds: int = 3_600,
    ) -> Quote:
        """Over units of one lot as it is now."""
        at = self.lot_of(claim, start)
        return Quote(
            digest_of(name),
            bank,
            claim,
            at.start,
            at.version,
            start,
            at.end if end is None else end,
            CNY,
            self.now + seconds,
        )

    def reserve(self, quote: Quote, amount: int, recourse: int = 0) -> Reservation:
        wanted = [Wanted(LineKind.DEBTOR, CORE, amount)]
        if recourse:
            wanted.append(Wanted(LineKind.RECOURSE, SELLER, recourse))
        return self.write(lambda one: reserve(one, quote, wanted, self.now, horizon(one)))

    def reserve_issue(self, name: str, face: int, seconds: int = 3_600) -> Reservation | None:
        issue = Issuing(digest_of(name), CORE, CNY, face, self.now + seconds)
        return self.write(lambda one: reserve_issue(one, issue, self.now, horizon(one)))

    def sweep(self) -> int:
        return self.write(lambda connection: expire(connection, horizon(connection)))

    def reservation(self, quote: Quote) -> Reservation:
        with self.database.read() as connection:
            found = find_reservation(connection, quote.bank, quote.digest)
        assert found is not None
        return found

    def state(self, quote: Quote) -> str:
        return self.reservation(quote).state.value

    def write(self, work: Callable[[Connection], T]) -> T:
        return self.database.write(work)

    def wrong(self) -> list[str]:
        with self.database.read() as connection:
            return differences(connection)
