"""The advisor's rows in the admin: to be read, never written."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from advisor.budget import Caps
from advisor.memory.keeping import remember_trade
from advisor.models import Decision, Memory, ProviderState, Review, Spend, SpendWindow, Variant
from advisor.providers.errors import Unavailable
from advisor.providers.health import StoredHealth
from advisor.review import by_counting, review_if_due
from advisor.session import Panel, advise
from advisor.spending import reserve
from tests.advisor.briefs import make_brief
from tests.advisor.memory.trades import CLOSED, trade
from tests.advisor.providers.test_rules import Seen
from tests.advisor.samples import PRICES
from tests.factories import make_bot

pytestmark = pytest.mark.django_db
CAPS = Caps(hour=Decimal(1), day=Decimal(1), month=Decimal(1))
MODELS = (Decision, Variant, ProviderState, SpendWindow, Spend, Memory, Review)


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("owner"))
    return client


@pytest.fixture
def rows() -> None:
    """A row of each kind."""
    bot, trades = make_bot(), [trade("1") for _ in range(10)]
    Variant.objects.create(bot=bot, name="second", prompt_version="v1", author="owner")
    StoredHealth().failed("qwen", Unavailable("timeout"), now=CLOSED)
    reserve(Decimal("0.5"), provider="qwen", model="qwen-plus", caps=CAPS, now=CLOSED)
    remember_trade(bot, trades[0])
    review_if_due(bot, trades, now=CLOSED + timedelta(days=1), look=by_counting)
    panel = Panel(advisers=[], prices=PRICES, caps=CAPS)
    advise(bot=bot, brief=make_brief(), picture=Seen(), holding=None, panel=panel)


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_listed_and_shown(owner, rows, model):
    row = model.objects.first()
    address = f"/admin/advisor/{model._meta.model_name}/"

    listed = owner.get(address)
    shown = owner.get(f"{address}{row.pk}/change/")

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert str(row) in shown.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_nobody_writes_them_by_hand(owner, rows, model):
    address = f"/admin/advisor/{model._meta.model_name}/"

    assert owner.get(f"{address}add/").status_code == 403
    assert owner.post(f"{address}{model.objects.first().pk}/delete/", {"post": "yes"}).status_code == 403
