"""EIP-712 typed data and ABI encoding from one description of each struct.

A struct is a frozen dataclass that lists its fields' EIP-712 types once; its typehash, struct
hash, ABI tuple, JSON form and back all follow from that list. Hashing is done word by word,
because the general encoders cost more than the signature check itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

from eth_utils.address import is_address, to_checksum_address

from ledger.errors import Refused
from ledger.ids import Address, Digest
from ledger.keccak import keccak

DOMAIN_NAME = "Yuanliu"
DOMAIN_VERSION = "1"
MAX_TEXT = 256
_CURRENCY = re.compile("[A-Z]{3}")
_DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


@dataclass
class MalformedAgreement(Refused):
    """A field is missing, unknown, of the wrong form or out of range."""

    kind: str
    field: str
    reason: str
    summary = "{kind}.{field}: {reason}"


@dataclass(frozen=True, slots=True)
class Domain:
    """Binds a signature to one contract on one chain."""

    chain_id: int
    contract: Address

    def separator(self) -> bytes:
        return keccak(
            keccak(_DOMAIN_TYPE.encode())
            + keccak(DOMAIN_NAME.encode())
            + keccak(DOMAIN_VERSION.encode())
            + self.chain_id.to_bytes(32, "big")
            + bytes(12)
            + bytes.fromhex(self.contract[2:])
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.contract,
        }


def _uint_from_json(bits: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 78:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("must be a whole number")
        if not 0 <= value < 1 << bits:
            raise ValueError(f"must be from 0 to {(1 << bits) - 1}")
        return value

    return read


def _bytes32_from_json(value: Any) -> bytes:
    if not isinstance(value, str) or len(value) != 66 or not value.startswith("0x"):
        raise ValueError("must be 0x and 64 hexadecimal digits")
    return bytes.fromhex(value[2:])


def _address_from_json(value: Any) -> Address:
    if not isinstance(value, str) or not is_address(value):
        raise ValueError("must be an address")
    return Address(to_checksum_address(value))


def _bool_from_json(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text_from_json(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value.encode()) <= MAX_TEXT:
        raise ValueError(f"must be text of 1 to {MAX_TEXT} bytes in UTF-8")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("must not contain control characters")
    return value


def _currency_from_json(value: Any) -> str:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise ValueError("must be three capital letters")
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """How one EIP-712 type is written: in the signature, on the wire, in a hash, in a call."""

    eip712: str
    abi: str
    word: Callable[[Any], bytes]
    to_json: Callable[[Any], Any]
    from_json: Callable[[Any], Any]
    to_abi: Callable[[Any], Any] = lambda value: value
    from_abi: Callable[[Any], Any] = lambda value: value


def _uint(bits: int) -> Kind:
    # 64-bit amounts and instants travel as text: JSON readers lose digits above 2**53.
    to_json: Callable[[Any], Any] = str if bits > 32 else int
    return Kind(
        f"uint{bits}",
        f"uint{bits}",
        lambda v: v.to_bytes(32, "big"),
        to_json,
        _uint_from_json(bits),
    )


def _address_word(value: str) -> bytes:
    return bytes(12) + bytes.fromhex(value[2:])


UINT8, UINT32, UINT64 = _uint(8), _uint(32), _uint(64)
BOOL = Kind("bool", "bool", lambda v: int(v).to_bytes(32, "big"), bool, _bool_from_json)
BYTES32 = Kind(
    "bytes32", "bytes32", lambda v: v, lambda v: "0x" + v.hex(), _bytes32_from_json, from_abi=bytes
)
ADDRESS = Kind(
    "address", "address", _address_word, str, _address_from_json, from_abi=to_checksum_address
)
TEXT = Kind("string", "string", lambda v: keccak(v.encode()), str, _text_from_json)
CURRENCY = Kind(
    "string",
    "bytes3",
    lambda v: keccak(v.encode("latin-1")),
    str,
    _currency_from_json,
    # A member may have signed any three bytes, and posted them as an equivocation.
    to_abi=lambda v: v.encode("latin-1"),
    from_abi=lambda v: v.decode("latin-1"),
)


def array_of(kind: Kind) -> Kind:
    """An EIP-712 array: the hash of its members' words, one after the other."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > 256:
            raise ValueError("must be a list of at most 256 members")
        return tuple(kind.from_json(member) for member in value)

    return Kind(
        f"{kind.eip712}[]",
        f"{kind.abi}[]",
        lambda values: keccak(b"".join(map(kind.word, values))),
        lambda values: [kind.to_json(v) for v in values],
        read,
        to_abi=lambda values: [kind.to_abi(v) for v in values],
        from_abi=lambda values: tuple(kind.from_abi(v) for v in values),
    )


class Struct:
    """Base of every EIP-712 struct. Subclasses are frozen dataclasses whose ``FIELDS`` names
    each attribute and its kind, in the order that Solidity has them."""

    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Kind]]
    PARTS: ClassVar[tuple[type[Struct], ...]] = ()
    _typehash: ClassVar[bytes]

    def __init_subclass__(cls) -> None:
        # A dataclass with slots is made twice: the first time it has no fields yet.
        if "FIELDS" in cls.__dict__:
            cls._typehash = keccak(cls.full_type().encode())

    @classmethod
    def own_type(cls) -> str:
        members = ",".join(f"{kind.eip712} {name}" for name, kind in cls.FIELDS.items())
        return f"{cls.__name__}({members})"

    @classmethod
    def full_type(cls) -> str:
        return cls.own_type() + "".join(part.own_type() for part in cls.PARTS)

    @classmethod
    def abi_type(cls) -> str:
        return f"({','.join(kind.abi for kind in cls.FIELDS.values())})"

    def struct_hash(self) -> bytes:
        words = [self._typehash]
        words += [kind.word(getattr(self, name)) for name, kind in self.FIELDS.items()]
        return keccak(b"".join(words))

    def to_abi(self) -> tuple[Any, ...]:
        return tuple(kind.to_abi(getattr(self, name)) for name, kind in self.FIELDS.items())

    @classmethod
    def from_abi(cls, values: tuple[Any, ...]) -> Self:
        kinds = cls.FIELDS.values()
        return cls(*(kind.from_abi(v) for kind, v in zip(kinds, values, strict=True)))

    def to_json(self) -> dict[str, Any]:
        return {name: kind.to_json(getattr(self, name)) for name, kind in self.FIELDS.items()}

    @classmethod
    def from_json(cls, message: Any) -> Self:
        """Reads a message: every field, no other, all in range; else MalformedAgreement."""
        if not isinstance(message, Mapping):
            raise MalformedAgreement(cls.__name__, "message", "must be an object")
        for name in message.keys() - cls.FIELDS.keys():
            raise MalformedAgreement(cls.__name__, str(name)[:64], "is not a field")
        values = []
        for name, kind in cls.FIELDS.items():
            try:
                values.append(kind.from_json(message[name]))
            except KeyError:
                raise MalformedAgreement(cls.__name__, name, "is missing") from None
            except ValueError as error:
                raise MalformedAgreement(cls.__name__, name, str(error)) from None
        return cls(*values)

    @classmethod
    def types_json(cls) -> dict[str, list[dict[str, str]]]:
        """The ``types`` of EIP-712 JSON, for wallets."""
        domain = [
            {"name": name, "type": kind}
            for name, kind in (
                ("name", "string"),
                ("version", "string"),
                ("chainId", "uint256"),
                ("verifyingContract", "address"),
            )
        ]
        structs = {
            struct.__name__: [{"name": n, "type": k.eip712} for n, k in struct.FIELDS.items()]
            for struct in (cls, *cls.PARTS)
        }
        return {"EIP712Domain": domain, **structs}


def struct_kind(struct: type[Struct]) -> Kind:
    """A struct as a member of another one."""
    return Kind(
        struct.__name__,
        struct.abi_type(),
        lambda value: cast("Struct", value).struct_hash(),
        lambda value: cast("Struct", value).to_json(),
        struct.from_json,
        to_abi=lambda value: cast("Struct", value).to_abi(),
        from_abi=struct.from_abi,
    )


def digest_of(struct: Struct, separator: bytes) -> Digest:
    """What is signed: EIP-712's ``keccak256(0x1901 ‖ domain separator ‖ struct hash)``."""
    return Digest(keccak(b"\x19\x01" + separator + struct.struct_hash()))


def typed_data(struct: Struct, domain: Domain) -> dict[str, Any]:
    """The JSON that ``eth_signTypedData_v4`` and every wallet take."""
    return {
        "types": struct.types_json(),
        "primaryType": type(struct).__name__,
        "domain": domain.as_json(),
        "message": struct.to_json(),
    }
