"""/risk, /resume, /panic and /reset with a breaker that has tripped."""

from collections.abc import Callable

from desk.models import Account
from risk import breaker_store
from risk.breaker import count_api, stop_at_once
from risk.breaker_store import tier_of
from risk.states import Tier
from tests.factories import NOON, make_account, make_bot
from tests.notifications.telegram.conftest import code_in

Say = Callable[..., str]


def halt(account: Account) -> None:
    breaker_store.change(account, lambda breaker, _row: stop_at_once(breaker, now=NOON, value="owner"))


def test_panic_halts_until_a_reset(say: Say, confirm: Callable[[str], str]) -> None:
    bot = make_bot()

    assert "halted until you send /reset" in say("/panic")
    confirm("/panic")

    assert tier_of(bot.account) is Tier.HALTED


def test_risk_and_resume_tell_what_has_tripped(say: Say) -> None:
    bot = make_bot(make_account(name="main"), auto_trade=False)
    halt(bot.account)

    assert say("/risk").splitlines()[-2:] == ["main: breaker halted", "emergency stop owner, limit -"]
    assert "main: breaker halted" in say("/resume")


def test_a_reset_needs_a_reason_and_a_yes(say: Say, confirm: Callable[[str], str]) -> None:
    bot = make_bot(make_account(name="main"))
    halt(bot.account)

    assert say("/reset") == "Write it like this: /reset REASON"
    asked = tier_of(bot.account), "Reset it" in say("/reset looked at it")
    told = confirm("/reset looked at it")

    assert asked == (Tier.HALTED, True)
    assert (told, tier_of(bot.account)) == ("main: the breaker is active again.", Tier.ACTIVE)


def test_a_reset_does_not_cover_what_trips_after_the_question(say: Say) -> None:
    bot = make_bot(make_account(name="main"))
    from risk.breaker import evaluate
    from risk.breaker_causes import Readings
    from risk.breaker_settings import BreakerSettings

    halt(bot.account)
    code = code_in(say("/reset looked at it"))
    chosen = BreakerSettings(api_failures=1)
    breaker_store.change(
        bot.account, lambda breaker, _row: evaluate(count_api(breaker, is_ok=False), Readings(now=NOON), chosen)
    )

    assert say(f"/yes {code}") == "main: the breaker has changed since; ask again."
    assert tier_of(bot.account) is Tier.HALTED


def test_nothing_to_reset_is_said(say: Say) -> None:
    make_bot()

    assert say("/reset because") == "The breaker has not tripped."
