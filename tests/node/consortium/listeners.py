"""Which addresses a process listens on, from Linux's own tables."""

from __future__ import annotations

import ipaddress
from pathlib import Path

_LISTEN = "0A"


def listening_addresses(pid: int) -> list[str]:
    """TCP, version 4 and 6; one entry for each listening socket."""
    inodes = {_inode(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
    return [
        str(_address(columns[1].split(":")[0]))
        for table in ("tcp", "tcp6")
        for columns in map(str.split, _rows(pid, table))
        if columns[3] == _LISTEN and columns[9] in inodes
    ]


def _rows(pid: int, table: str) -> list[str]:
    return Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]


def _inode(link: Path) -> str:
    try:
        target = str(link.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""
    return target.removeprefix("socket:[").removesuffix("]")


def _address(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Words of four bytes, each in the machine's order."""
    words = [bytes.fromhex(written[start : start + 8])[::-1] for start in range(0, len(written), 8)]
    return ipaddress.ip_address(b"".join(words))
