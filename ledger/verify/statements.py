"""What a sound bundle proves, and what it leaves to be believed, in plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.bundle import Bundle
from ledger.business_day import date_text
from ledger.evidence import Finalised
from ledger.fold import ContractApproval, Folded, PriorUses
from ledger.fold.state import State
from ledger.ids import PartyNo
from ledger.verify.documents import Opening
from ledger.verify.report import amount_text, time_text
from ledger.words import LotState

_VERBS = (
    (LotState.LIVE, "holds"),
    (LotState.FROZEN, "holds, frozen by the council,"),
    (LotState.DISCHARGED, "was paid"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the checks found. ``final`` is the signed block, None without consensus; ``whole``
    tells whether the bundle has the ledger's every entry."""

    bundle: Bundle
    folded: Folded
    opening: Opening
    final: Finalised | None
    whole: bool


def proven(told: Told) -> Iterator[str]:
    bundle, folded, state = told.bundle, told.folded, told.folded.state
    if told.final is not None:
        yield from _finality(told.final)
        if not list(_differing(told.final, _admitted(state))):
            yield "The network's validators are exactly those that the council admitted."
    heads = "trust file's" if told.final is None else "chain's"
    own = sum(entry.book == bundle.claim for entry in bundle.entries)
    yield (
        f"Nothing was added, left out, reordered or changed in the {own} entries of claim "
        f"{bundle.claim} and the consortium's {len(bundle.entries) - own}: they make the {heads} "
        "heads."
    )
    if told.whole:
        yield f"These are all {bundle.count} entries of the ledger, over all claims."
    yield (
        f"Council, parties, signers, oracle members and policies all go back to the "
        f"{len(state.founders.members)} founders that the trust file names."
    )
    contracts = sum(isinstance(note, ContractApproval) for note in folded.unproven)
    yield (
        f"{folded.signatures - contracts} signatures are of accounts that were entitled to sign "
        "when their act was posted, and every act had as many as it needed."
    )
    yield from _claim(bundle, state)
    yield from told.opening.statements


def unproven(told: Told) -> Iterator[str]:
    bundle, folded, opening = told.bundle, told.folded, told.opening
    if told.final is None:
        yield (
            f"That the heads are the chain's: no validator of engine {bundle.deployment.engine!r} "
            "has signed for them here. They are as good as the way by which the trust file came to "
            "you."
        )
    else:
        yield from _beyond(told.final, _admitted(folded.state))
    when = "When" if told.final is None else "When, before that block,"
    yield (
        f"{when} entries were posted: heads cover their order, not their time. That agreements "
        "were still valid and new policies had waited out their delay is the contracts' word."
    )
    if not told.whole:
        yield (
            f"What the ledger's other {bundle.count - len(bundle.entries)} entries say, such as "
            "further uses of the same invoices or statement lines by other claims."
        )
    for note in folded.unproven:
        yield _not_proven(note)
    missing = len(folded.state.papers) - opening.sets
    closed = opening.known - opening.opened
    if missing or closed:
        yield (
            f"What {closed} documents say, and those behind {missing} other agreements: they "
            "are not opened here."
        )
    yield (
        "That money moved and that keys are in their owners' hands: the oracle members' word, and "
        "the council's."
    )


def _finality(final: Finalised) -> Iterator[str]:
    yield (
        f"The heads are the chain's after block {final.state_height}: block {final.height} of "
        f"{time_text(final.time)} says so and is final, signed by {len(final.signers)} of "
        f"{len(final.validators)} validators, voting power {final.signed_power} of "
        f"{final.total_power} ({final.needed} needed)."
    )
    yield f"The validators whose signatures are carried: {', '.join(final.signers)}."
    yield f"Every entry here was posted by {time_text(final.time)}, at the latest."


def _beyond(final: Finalised, admitted: dict[bytes, int]) -> Iterator[str]:
    yield (
        "That these validators are the consortium's: they are as good as the way by which the "
        "trust file came to you."
    )
    if not admitted:
        yield "That the consortium's council admitted any of them: no act of it names a validator."
    else:
        yield from _differing(final, admitted)
    yield f"What was posted after block {final.state_height}."


def _differing(final: Finalised, admitted: dict[bytes, int]) -> Iterator[str]:
    """Between the council's act and the network's change of validators, either may be ahead."""
    named = zip(final.validators, final.keys, strict=True)
    strangers = [address for address, key in named if key not in admitted]
    if strangers:
        yield f"That the council admitted these of the validators: {', '.join(strangers)}."
    absent = [key.hex() for key in sorted(admitted.keys() - set(final.keys))]
    if absent:
        yield f"That these keys, which the council admitted, take part: {', '.join(absent)}."
    powers = zip(final.validators, final.keys, final.powers or (), strict=False)
    for address, key, power in powers:
        if power != admitted.get(key, power):
            yield f"That the council gave {address} a voting power of {power}, not {admitted[key]}."


def _admitted(state: State) -> dict[bytes, int]:
    """The voting power that the council gave, by key."""
    return {key: validator.power for key, validator in state.validators.items() if validator.power}


def _claim(bundle: Bundle, state: State) -> Iterator[str]:
    claim = state.claims[bundle.claim]
    lots = state.current_lots(bundle.claim)
    paid = sum(lot.amount for lot in lots if lot.state is LotState.DISCHARGED)
    yield (
        f"Claim {bundle.claim}: {_party(state, claim.debtor)} owes "
        f"{amount_text(claim.face, claim.currency)}, due {date_text(claim.maturity)}; its "
        f"{len(lots)} lots hold every unit of it exactly once, after every entry."
    )
    yield (
        f"{amount_text(paid, claim.currency)} of it discharged, by {len(state.payments)} statement "
        "lines that quorums of oracle members witnessed, none beyond its amount."
    )
    for condition, verb in _VERBS:
        sums: Counter[PartyNo] = Counter()
        for lot in lots:
            sums[lot.holder] += lot.amount if lot.state is condition else 0
        for holder, units in sorted((+sums).items()):
            yield f"{_party(state, holder)} {verb} {amount_text(units, claim.currency)}."


def _party(state: State, number: PartyNo) -> str:
    return f"party {number} ({state.parties[number].identifier})"


def _not_proven(note: ContractApproval | PriorUses) -> str:
    if isinstance(note, ContractApproval):
        return f"Entry {note.entry}: the approval of contract account {note.signer} (ERC-1271)."
    return (
        f"Entry {note.entry}: the {note.uses} earlier uses, by other claims, of invoice "
        f"0x{note.fingerprint.hex()[:16]}…"
    )
