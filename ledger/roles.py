"""What a party may be; mirrors ``Roles`` in ``IRegistry.sol``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from typing import ClassVar

from ledger.errors import Refused


@dataclass
class UnknownRole(Refused):
    """The name is none of a party's roles."""

    role: str
    summary: ClassVar[str] = "{role!r} is not a role."


class Role(IntFlag):
    """A set of roles, as the registry keeps it."""

    CORE_ENTERPRISE = 1
    SUPPLIER = 2
    BANK = 4
    AUDITOR = 8
    ORACLE = 16
    REGULATOR = 32


NODE_OPERATORS = Role.CORE_ENTERPRISE | Role.BANK | Role.REGULATOR
"""Whoever has one of these may run a validator; mirrors ``Validators.OPERATORS``."""


def role_names(roles: int) -> list[str]:
    """The roles in a set, by name: ``["SUPPLIER", "BANK"]``."""
    return [role.name for role in Role if roles & role and role.name]


def roles_named(names: Iterable[str]) -> Role:
    """The set of roles with these names, in any case; raises ``UnknownRole``."""
    found = Role(0)
    for name in names:
        try:
            found |= Role[name.strip().upper().replace("-", "_")]
        except KeyError:
            raise UnknownRole(name[:64]) from None
    return found
