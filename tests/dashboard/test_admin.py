"""Every admin page opens, and none of them lets the record be changed."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from desk.event_kinds import EventKind
from tests import factories
from trading.core.states import Purpose

OURS = ["desk", "signals", "trading"]
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models() if admin.site.is_registered(model)]


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("owner", password="owner-password"))
    return client


@pytest.fixture
def record(staff: Client) -> None:
    """At least one row of everything."""
    from desk.events import beat

    bot = factories.make_bot()
    signal = factories.make_signal(bot)
    factories.make_verdict(signal)
    factories.make_shadow(signal)
    position = factories.make_protected_position(bot, signal=signal, case=signal.case)
    factories.make_fill(position.orders.get(purpose=Purpose.ENTRY))
    change = factories.make_change(position)
    factories.make_execution(change)
    factories.make_event(EventKind.SIGNAL_FOUND, case=signal.case, symbol="DOTUSDT")
    beat("check")


def address(model: type, page: str, *arguments) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_list_and_detail_open(staff: Client, record, model):
    row = model.objects.first()

    assert staff.get(address(model, "changelist")).status_code == 200
    detail = staff.get(address(model, "change", row.pk))

    assert detail.status_code == 200
    assert "sealed" not in detail.content.decode()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_nothing_can_be_added_changed_or_deleted(staff: Client, record, model):
    row = model.objects.first()

    assert staff.get(address(model, "add")).status_code == 403
    assert staff.post(address(model, "change", row.pk), {}).status_code == 403
    assert staff.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_can_be_searched(staff: Client, record, model):
    assert staff.get(address(model, "changelist"), {"q": "DOT"}).status_code in (200, 302)


def test_a_case_link_leads_to_the_events_of_the_case(staff: Client, record):
    from desk.models import Event
    from signals.models import Signal

    factories.make_event(EventKind.SIGNAL_REFUSED, symbol="XRPUSDT")
    link = f"{address(Event, 'changelist')}?case={Signal.objects.get().case}"

    assert link in staff.get(address(Signal, "changelist")).content.decode()
    page = staff.get(link).content.decode()
    assert "DOTUSDT" in page
    assert "XRPUSDT: signal" not in page


def test_the_admin_is_closed_to_users_without_staff_rights(visitor: Client):
    assert visitor.get("/admin/").status_code == 302
