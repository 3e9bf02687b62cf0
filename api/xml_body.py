"""An XML body as a handler's parameter, and how OpenAPI describes it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

XML_REQUEST: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/xml": {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def _read(request: Request) -> bytes:
    return await request.body()


XmlBody = Annotated[bytes, Depends(_read)]
