"""ABI encoding of calls, and reading them back whatever was sent."""

from __future__ import annotations

from eth_abi.codec import ABICodec
from eth_abi.decoding import StringDecoder
from eth_abi.registry import BaseEquals, registry

__all__ = ["decode", "encode"]


def _codec() -> ABICodec:
    """As eth_abi's own, but text that isn't UTF-8 is read with U+FFFD in the wrong places.

    A contract doesn't look into text: whoever refused to read such an entry would be stopped
    by it. Its digest comes out wrong, and a fold finds that.
    """
    lenient = registry.copy()
    lenient.unregister_decoder("string")
    text = StringDecoder(handle_string_errors="replace")
    lenient.register_decoder(BaseEquals("string"), text, label="string")
    return ABICodec(lenient)


decode = _codec().decode
encode = _codec().encode
