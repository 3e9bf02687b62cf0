"""What an authority's order rests on: a file that stays with the council, and its commitment.

The salt is kept beside the file, so that whoever is shown both can check the order on chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ledger.canonical import Field, read_json, write_canonical
from ledger.commitments import commit, new_salt, verify_opening
from ledger.documents.xml import read_bounded
from ledger.files import replace_file
from ledger.hexadecimal import hexed

MAX_BYTES = 1 << 25
_KIND = "yuanliu.evidence.v1"


@dataclass(frozen=True)
class Evidence:
    """A file's commitment, and where the salt that opens it is kept."""

    commitment: bytes
    salt_file: Path

    @classmethod
    def of(cls, file: Path) -> Self:
        """The file's commitment: the one made before if it still opens, else under a new salt.

        Raises ``UnreadableFile``, ``DocumentTooLarge``, ``MalformedFile``, or, if the file was
        changed since, ``CommitmentMismatch``.
        """
        content = read_bounded(file, max_bytes=MAX_BYTES)
        salt_file = file.with_name(file.name + ".salt.json")
        if salt_file.exists():
            return cls(_kept(salt_file, content), salt_file)
        salt = new_salt()
        made = cls(commit(salt, content), salt_file)
        kept = {"kind": _KIND, "commitment": hexed(made.commitment), "salt": hexed(salt)}
        replace_file(salt_file, write_canonical(kept))
        return made


def _kept(salt_file: Path, content: bytes) -> bytes:
    root = Field(salt_file.name, read_json(read_bounded(salt_file)))
    kind, commitment, salt = root.members("kind", "commitment", "salt")
    kind.constant(_KIND)
    verify_opening(commitment.hash(), salt.hash(), content)
    return commitment.hash()
