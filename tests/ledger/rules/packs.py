"""Folders of small packs with an index that pins them."""

from __future__ import annotations

from pathlib import Path

from ledger.hexadecimal import hexed
from ledger.rules.reading import read_pack

PACK = """
id = "{id}"
version = 1
title = "A limit on layers"
jurisdiction = "CN"
[[rule]]
id = "layers"
version = 1
title = "At most so many"
kind = "at-most@1"
acts = ["transfer"]
[rule.parameters]
fact = "split_layer"
limit = {limit}
otherwise = "refused"
[rule.source]
text = "A test"
article = "none"
known = "policy"
"""


def add_pack(folder: Path, name: str, period: str, limit: int = 5) -> None:
    """Writes a pack and pins it; ``period`` is the rest of its entry in the index."""
    data = PACK.format(id=name, limit=limit).encode()
    (folder / f"{name}.toml").write_bytes(data)
    pin(folder, name, hexed(read_pack(name, data).hash), period)


def pin(folder: Path, name: str, pack_hash: str, period: str) -> None:
    with (folder / "index.toml").open("a", encoding="utf-8") as index:
        index.write(f'[[pack]]\nid = "{name}"\nhash = "{pack_hash}"\n{period}\n')


def in_force(since: str, until: str = "") -> str:
    end = f"\nin_force_until = {until}" if until else ""
    return f'status = "in force"\nin_force_from = {since}{end}'


ANNOUNCED = 'status = "announced"'
