"""The account at the venue and the bots that trade on it."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Account, Bot, ConfigVersion, Installation, newest_event_at
from desk.secrets import Secret
from desk.venue import clock
from signals.strategies.registry import strategy_class

# Forty times the default margin, and with it the default loss limit.
DEMO_SETTINGS = {"live_fixed_margin_usdt": "200", "daily_loss_limit_usdt": "2000"}
# Two bots share the demo's account, so its exposure has room for both; the other limits are each bot's own.
DEMO_AI_SETTINGS = {
    "pair_choice": "ranked",
    "pair_count": "8",
    "max_exposure_pct": "100",
    "daily_loss_limit_usdt": "500",
    "max_entries_per_day": "50",
}
SURGE, AI = "surge_short", "ai_futures"
NAMES = {SURGE: "surge short", AI: "ai futures"}
DEMO_BOTS = {SURGE: DEMO_SETTINGS, AI: DEMO_AI_SETTINGS}


class ClockBehind(Exception):
    """The venue's clock lies behind what the database has seen: it is another market, or an older recording."""


def check_clock() -> None:
    """Raises ClockBehind, and ExchangeError when the venue cannot be asked."""
    newest, now = newest_event_at(), clock().now()
    if newest is not None and now < newest:
        raise ClockBehind(
            f"the market clock ({now:%Y-%m-%d %H:%M:%S}) lies behind the newest row of the database "
            f"({newest:%Y-%m-%d %H:%M:%S}); use another DUOLIVE_HOME or a later --start"
        )


def write_account(*, api_key: str, api_secret: str) -> Account:
    """The environment's account with its keys encrypted; keys that changed replace the stored ones."""
    Installation.current()
    account = Account.objects.filter(environment=settings.DUOLIVE_ENV).order_by("id").first()
    if account is None:
        return _new_account(api_key=api_key, api_secret=api_secret)
    if account.api_key.reveal() != api_key or account.api_secret.reveal() != api_secret:
        account.api_key, account.api_secret = Secret.of(api_key), Secret.of(api_secret)
        account.save(update_fields=["api_key", "api_secret"])
    return account


def _new_account(*, api_key: str, api_secret: str) -> Account:
    with transaction.atomic():
        account = Account.objects.create(
            name=settings.DUOLIVE_ENV,
            environment=settings.DUOLIVE_ENV,
            api_key=Secret.of(api_key),
            api_secret=Secret.of(api_secret),
        )
        events.record(
            EventKind.SYSTEM_STARTED, at=clock().now(), account=account, environment=settings.DUOLIVE_ENV
        )  # fmt: skip
    return account


def write_bot(account: Account, *, auto_trade: bool, values: dict[str, str], strategy: str = SURGE) -> Bot:
    """The bot of ``account`` with ``strategy``, made once; afterwards its switch and settings belong to its owner."""
    bot = Bot.objects.filter(account=account, strategy=strategy).first()
    if bot is not None:
        return bot
    config = strategy_class(strategy).Config.model_validate(values)
    with transaction.atomic():
        bot = Bot.objects.create(name=NAMES[strategy], account=account, strategy=strategy, auto_trade=auto_trade)
        ConfigVersion.objects.create(
            bot=bot, number=1, values=config.model_dump(mode="json"), author="setup", reason="first settings"
        )
    return bot


def write_demo_user(password: str) -> None:
    """The user ``demo`` who sees everything, with the password of this demo."""
    user, _ = User.objects.get_or_create(username="demo", defaults={"is_staff": True, "is_superuser": True})
    if not user.check_password(password):
        user.set_password(password)
        user.save()
