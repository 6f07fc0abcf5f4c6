"""What a change would have done to the last signals: counted, priced, and none of it kept."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from desk.models import Bot
from risk.models import RiskVersion
from risk.settings_store import RiskSettingsRefused
from signals.bot_settings import SettingsRefused, change_settings
from signals.contexts import pack_bars
from signals.models import Signal, SignalContext
from tests import factories
from tests.risk.filters.bars import hours_of
from trading.change_preview import preview_risk, preview_settings
from trading.change_sets import roll_back

pytestmark = pytest.mark.django_db
D = Decimal
RISING, FALLING = hours_of(buys=[1] * 24 + [9]), hours_of(sells=[1] * 24 + [9])


def kept(bot: Bot, *, hours: Any = RISING, entry_price: str = "8.5", **details: Any) -> Signal:
    """A decided signal at 8.5 with what the filters saw of it."""
    signal = factories.make_signal(bot, **{"status": "refused", "reason_code": "breaker", **details})
    SignalContext.objects.create(
        signal=signal,
        entry_price=D(entry_price),
        bars_packed=pack_bars(hours=hours, premiums=[]),
        taken_at=signal.found_at,
    )
    return signal


@pytest.fixture
def bot() -> Bot:
    bot = factories.make_bot()
    for number in range(20):
        kept(bot, hours=FALLING if number % 7 == 0 else RISING)
    return bot


def test_a_filter_that_is_switched_on_would_have_refused_some(bot: Bot) -> None:
    preview = preview_settings(bot, {"cvd_new_low_enabled": True})

    assert (len(preview.effects), preview.refused_before, preview.refused_after) == (20, 0, 3)
    assert {effect.after.refused_by for effect in preview.effects} == {"", "filter_cvd_new_low"}
    assert preview.raised == ()


def test_the_loss_of_a_trade_grows_with_margin_leverage_and_stop(bot: Bot) -> None:
    preview = preview_settings(bot, {"live_fixed_margin_usdt": "10", "stop_loss_pct": "20", "leverage": 2})

    assert (preview.loss_before, preview.loss_after) == (D("2.70"), D("4.00"))
    assert "live_fixed_margin_usdt" in preview.raised


def test_a_share_of_the_balance_is_taken_of_the_last_reading(bot: Bot) -> None:
    preview = preview_settings(bot, {"margin_mode": "percent", "margin_pct": "10"})

    assert preview.loss_after == (D("98.5") * 3 * D("0.18")).quantize(D("0.01"))


def test_leverage_that_the_stop_forbids_is_lowered_as_it_would_be(bot: Bot) -> None:
    assert preview_settings(bot, {"leverage": 50}).loss_after == D("3.60")


def test_a_higher_threshold_makes_no_signal_of_a_weak_surge(bot: Bot) -> None:
    preview = preview_settings(bot, {"surge_threshold": "13"})

    assert preview.refused_after == 20
    assert preview.effects[0].after.refused_by == "no_signal"
    assert preview.loss_after is None


def test_only_the_last_signals_of_this_bot_are_looked_at(bot: Bot) -> None:
    kept(factories.make_bot())

    preview = preview_settings(bot, {"leverage": 2}, last=5)

    newest = Signal.objects.filter(bot=bot).order_by("-found_at")[:5]
    assert [effect.symbol for effect in preview.effects] == [signal.symbol for signal in newest]


def test_a_signal_without_hours_passes_as_the_policy_for_missing_data_says(bot: Bot) -> None:
    other = factories.make_bot()
    kept(other, hours=[])

    lenient = preview_settings(other, {"cvd_new_low_enabled": True})
    strict = preview_settings(other, {"cvd_new_low_enabled": True, "filter_missing_data": "reject"})

    assert (lenient.refused_after, strict.refused_after) == (0, 1)


def test_what_the_trades_made_is_told(bot: Bot) -> None:
    won = kept(bot, found_at=factories.NOON + timedelta(days=1))
    factories.make_closed_position(bot, signal=won, case=won.case)

    effect = preview_settings(bot, {"leverage": 2}).effects[0]

    assert effect.result_ratio == 1 - D("8.25") / D("8.5")


def test_nothing_is_changed_by_a_preview(bot: Bot) -> None:
    preview_settings(bot, {"leverage": 2})
    preview_risk(bot.account, {"max_leverage": 2})

    assert bot.config_versions.count() == 1
    assert not RiskVersion.objects.exists()


def test_what_is_not_allowed_is_refused_in_a_preview_too(bot: Bot) -> None:
    with pytest.raises(SettingsRefused) as refused:
        preview_settings(bot, {"leverage": 500, "luck": 1})
    with pytest.raises(RiskSettingsRefused) as refused_risk:
        preview_risk(bot.account, {"max_leverage": 500, "luck": 1})

    assert set(refused.value.errors) == {"leverage", "luck"}
    assert set(refused_risk.value.errors) == {"max_leverage", "luck"}


@pytest.mark.parametrize(
    ("changes", "refused_by"),
    [
        ({"max_leverage": 2}, "max_leverage"),
        ({"symbol_allow": ["BTCUSDT"]}, "symbol_not_allowed"),
        ({"min_notional_usdt": "16"}, "min_notional"),
        ({"max_position_pct": "0.4"}, "position_share"),
        ({"max_position_pct": "0.6"}, ""),
    ],
)
def test_limits_of_the_account_refuse_by_size_and_symbol(bot: Bot, changes: dict[str, Any], refused_by: str) -> None:
    preview = preview_risk(bot.account, changes)

    assert {effect.after.refused_by for effect in preview.effects} == {refused_by}
    assert preview.refused_before == 0


def test_a_rollback_restores_the_same_verdicts_on_the_same_signals(bot: Bot) -> None:
    kept(bot, entry_price="9.4", found_at=factories.NOON)
    kept(bot, entry_price="8.2", found_at=factories.NOON)
    before = [effect.before for effect in preview_settings(bot, {}).effects]
    change_settings(
        bot,
        {"cvd_new_low_enabled": True, "entry_gain_max_pct": "1", "leverage": 2, "surge_threshold": "14"},
        author="anna",
        now=factories.NOON + timedelta(days=1),
    )
    changed = [effect.before for effect in preview_settings(bot, {}).effects]

    roll_back(bot, 1, author="anna", now=factories.NOON + timedelta(days=1))

    assert changed != before
    assert [effect.before for effect in preview_settings(bot, {}).effects] == before
    assert {judged.refused_by for judged in before} == {"", "filter_entry_gain", "filter_entry_gain_min"}
