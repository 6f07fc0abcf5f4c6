"""The prompt that would be sent, made without asking anybody."""

from dataclasses import replace
from decimal import Decimal

import pytest

from advisor.budget import Caps, Rung
from advisor.models import Decision, Plan, Spend
from advisor.prompts.render import Size
from advisor.providers.openai_compatible import OpenAiCompatible
from advisor.session import Panel
from advisor.spending import reserve
from exchange.clock import wall_now
from tests.advisor import rows
from tests.advisor.samples import PRICES, endpoint
from tests.factories import make_account, make_bot, make_protected_position
from tests.signals.outlook.market import SYMBOL, Market
from trading.advised.preview import preview_prompt

pytestmark = pytest.mark.django_db
CAPS = Caps(hour=Decimal(1), day=Decimal(5), month=Decimal(50))


@pytest.fixture
def panel() -> Panel:
    """A provider that nobody may reach: its port is closed."""
    return Panel(advisers=[OpenAiCompatible(endpoint("http://127.0.0.1:9/v1"), PRICES)], prices=PRICES, caps=CAPS)


@pytest.fixture
def bot():
    return rows.make_ai_bot(make_account())


def look(bot, panel, market=None):
    market = market or Market()
    return preview_prompt(bot, SYMBOL, panel=panel, detail=market, now=market.now, speed=Decimal(1))


def test_it_is_the_prompt_with_its_length_and_its_highest_price(bot, panel):
    found = look(bot, panel)

    text = found.rendered.prompt.system + found.rendered.prompt.user
    assert SYMBOL in text
    assert '<data name="market">' in text
    assert len(text) / 5 < found.rendered.tokens < len(text)
    assert (found.provider, found.model) == ("deepseek", "stub-1")
    assert found.most_it_costs is not None
    assert found.most_it_costs > PRICES.price("stub-1").output * 2000 / 1_000_000
    assert found.would_be_asked is True


def test_nobody_is_asked_and_nothing_is_written(bot, panel):
    look(bot, panel)

    assert [model.objects.count() for model in (Decision, Plan, Spend)] == [0, 0, 0]


def test_without_models_no_price_is_named(bot, panel):
    found = look(bot, replace(panel, advisers=[]))

    assert (found.provider, found.most_it_costs, found.rung) == (None, None, Rung.FULL)
    assert found.rendered.prompt.user


def test_the_champion_names_provider_and_language(bot, panel):
    rows.make_variant(bot, name="second", role="champion", language="zh")

    found = look(bot, panel)

    assert (found.variant, found.rendered.prompt.language) == ("second", "zh")


def test_short_money_makes_a_short_prompt(bot, panel):
    whole = look(bot, panel)
    reserve(Decimal("0.75"), provider="deepseek", model="stub-1", caps=CAPS, now=wall_now())

    found = look(bot, panel)

    assert (found.rung, found.size) == (Rung.SHORT, Size.SHORT)
    assert found.rendered.tokens < whole.rendered.tokens


def test_a_held_position_is_told_and_may_be_managed(bot, panel):
    make_protected_position(bot, symbol=SYMBOL, direction="LONG", entry_price=Decimal(1000), stop_price=Decimal(980))

    found = look(bot, panel)

    assert '<data name="position">' in found.rendered.prompt.user
    assert "CLOSE" in found.allowed
    assert "LONG" not in found.allowed


def test_a_position_of_another_bot_is_not_asked_about(bot, panel):
    make_protected_position(make_bot(bot.account), symbol=SYMBOL)

    assert look(bot, panel).would_be_asked is False


def test_with_the_switch_off_nobody_would_be_asked(panel):
    off = rows.make_ai_bot(auto_trade=False)

    assert look(off, panel).would_be_asked is False
