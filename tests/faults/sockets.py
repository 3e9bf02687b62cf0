"""Whom a process is talking to, as Linux tells it: nothing has to be asked of the process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_ESTABLISHED = "01"


def ports_talked_to(pid: int) -> set[int]:
    """Remote ports of the TCP connections that a process holds open."""
    mine = set(_sockets_of(pid))
    return {port for inode, port in _established(pid) if inode in mine}


def _sockets_of(pid: int) -> Iterator[str]:
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:  # closed meanwhile
            continue
        if target.startswith("socket:["):
            yield target[len("socket:[") : -1]


def _established(pid: int) -> Iterator[tuple[str, int]]:
    """Inode and remote port, by proc_net_tcp(5)."""
    for line in Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] == _ESTABLISHED:
            yield fields[9], int(fields[2].rpartition(":")[2], 16)
