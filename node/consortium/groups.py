"""Which validators still reach each other."""

from __future__ import annotations

from collections.abc import Iterable

from node.consortium.fault import ConsortiumFault

Groups = tuple[frozenset[int], ...]


class BadGroups(ConsortiumFault):
    """This doesn't divide the validators into groups."""


def parse_groups(text: str) -> list[list[int]]:
    """`0,1` or `0,1|2|3`: groups of validator numbers."""
    try:
        return [[int(number) for number in group.split(",")] for group in text.split("|")]
    except ValueError:
        raise BadGroups(f"{text!r}: write validators' numbers as in 0,1 or 0,1|2,3") from None


def complete(groups: Iterable[Iterable[int]], members: Iterable[int]) -> Groups:
    """These groups of ``members``; whoever none of them names forms one more."""
    named: set[int] = set()
    complete_groups = []
    everybody = frozenset(members)
    for group in map(frozenset, groups):
        if not group or group & named or not group <= everybody:
            raise BadGroups(
                f"{sorted(group)}: each group holds validators of {sorted(everybody)}, "
                "and none is in two groups"
            )
        named |= group
        complete_groups.append(group)
    rest = everybody - named
    return (*complete_groups, rest) if rest else tuple(complete_groups)
