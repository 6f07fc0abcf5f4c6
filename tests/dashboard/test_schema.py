"""The OpenAPI schema is whole, and behind the login."""

import pytest
from django.core.management import call_command
from django.test import Client

PATHS = [
    "status", "positions", "positions/{id}", "positions/{id}/stop", "positions/history", "orders", "order", "trades",
    "signals", "auto-trade", "config", "close/{symbol}", "klines/{symbol}", "why/{symbol}", "cases/{case}", "audit",
    "protection",
]  # fmt: skip


@pytest.mark.django_db
def test_the_schema_is_valid_without_a_warning(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))

    text = (tmp_path / "schema.yml").read_text()
    assert [path for path in PATHS if f"/api/v1/{path}:" not in text] == []


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/"])
def test_schema_and_docs_need_a_login(client: Client, address: str):
    assert client.get(address).status_code in (302, 401, 403)


def test_the_docs_list_every_address(visitor: Client):
    page = visitor.get("/api/docs/").content.decode()

    assert [path for path in PATHS if f"/api/v1/{path}" not in page] == []
    assert visitor.get("/api/schema/").status_code == 200
