"""The interface against its own description: whatever fits it is answered as it says, and nothing is a server error."""

import json

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.serving import Served

OPERATIONS = [
    "POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/{id}", "POST /v1/search", "GET /v1/sources",
    "POST /v1/sources", "GET /v1/sources/{id}", "DELETE /v1/sources/{id}", "GET /v1/additions/{id}", "GET /health",
]  # fmt: skip
BARE = {"GET /v1/models", "GET /health"}  # they take nothing that could be wrong
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12


@pytest.fixture(scope="module")
def schema(served: Served) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{served.address}/openapi.json")


def test_every_operation_is_described_with_its_errors(http: httpx.Client) -> None:
    described = http.get("/openapi.json").json()
    operations = {
        f"{method.upper()} {path}": one
        for path, methods in described["paths"].items()
        for method, one in methods.items()
    }
    assert set(operations) == set(OPERATIONS)
    for one in operations.values():
        assert one["summary"] and "422" not in one["responses"]
        schemas = [answer["content"]["application/json"]["schema"] for answer in one["responses"].values()]
        assert {"$ref": "#/components/schemas/Failure"} in schemas and all("$ref" in one for one in schemas)
    assert "http" not in json.dumps(described["components"]["schemas"]["Answer"]), "and nothing points elsewhere"


@pytest.mark.parametrize(
    ("operation", "kind"),
    [(one, "what fits") for one in OPERATIONS] + [(one, "what does not") for one in OPERATIONS if one not in BARE],
)
def test_nothing_that_is_sent_is_a_server_error(schema: BaseSchema, operation: str, kind: str) -> None:
    method, path = operation.split()
    fits = kind == "what fits"
    mode = schemathesis.GenerationMode.POSITIVE if fits else schemathesis.GenerationMode.NEGATIVE
    described = schema[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(described.as_strategy(generation_mode=mode), st.none())
    def sent(case: schemathesis.Case, _: None) -> None:
        if case.query:
            case.query.pop("wait", None)  # what is added takes its time
        case.call_and_validate(checks=CHECKS)

    sent()
