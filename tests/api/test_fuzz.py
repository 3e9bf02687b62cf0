"""Whatever schemathesis makes of the OpenAPI document, the API answers it, and never with 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.world import CORE, NOW, TIER1, TIER2, URL, World, einvoice
from tests.store.databases import migrated

EXAMPLES = 10
_WITHOUT_END = "/v1/events"
_CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    database = migrated(f"sqlite:///{folder / 'yuanliu.db'}")
    made = World(database)
    with made.http:
        made.upload(TIER1, "/v1/documents", einvoice())
        claim = made.ledger.issue(CORE, TIER1, 5_000)
        made.ledger.transfer(claim, 0, 0, 1_000, TIER2)
        made.index()
        yield made
    database.close()


def _operations(world: World) -> Iterator[Any]:
    for found in schemathesis.openapi.from_dict(world.app.openapi()).get_all_operations():
        operation = found.ok()
        if operation.path != _WITHOUT_END:
            yield operation


def _fuzz(world: World, operation: Any, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def answered(case: Any) -> None:
        if isinstance(case.query, dict):
            case.query.pop("wait", None)
        request = case.as_transport_kwargs(base_url=URL)
        sent = {**(request.pop("headers", None) or {}), **headers}
        request.pop("cookies", None)
        response = world.http.request(headers=sent, **request)
        case.validate_response(response, checks=_CHECKS)

    answered()


def test_fuzz__every_operation_by_a_party__is_answered(world: World) -> None:
    headers = world.headers(CORE)
    operations = list(_operations(world))
    assert len(operations) > 40
    for operation in operations:
        if (operation.method.upper(), operation.path) != ("DELETE", "/v1/sign-in"):
            _fuzz(world, operation, headers)
    assert world.get(CORE, "/v1/me").status_code == 200


def test_fuzz__every_operation_by_nobody__is_answered(world: World) -> None:
    for operation in _operations(world):
        _fuzz(world, operation, {})
    assert world.now == NOW
