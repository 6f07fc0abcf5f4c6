"""The bot most commands mean when none is named, and its settings."""

from typing import cast

from django.conf import settings
from django.db.models import QuerySet

from desk.models import Bot
from duolive.cli.outcome import CommandError
from signals.bot_settings import settings_of
from signals.strategies.registry import strategy_class
from signals.strategies.surge_short import SurgeShortConfig

SURGE = "surge_short"  # its name in settings.STRATEGIES


def bots() -> QuerySet[Bot]:
    """Bots of this environment."""
    return Bot.objects.filter(account__environment=settings.DUOLIVE_ENV).select_related("account").order_by("pk")


def surge_settings() -> SurgeShortConfig:
    """Settings of the surge bot, or the defaults where there is none."""
    bot = bots().filter(strategy=SURGE).first()
    return cast(SurgeShortConfig, strategy_class(SURGE).Config() if bot is None else settings_of(bot))


def bot_named(name: str | None) -> Bot:
    """The bot called ``name``; without one the surge bot, else the first. Raises CommandError."""
    found = bots().filter(name=name).first() if name else bots().filter(strategy=SURGE).first() or bots().first()
    if found is None:
        names = ", ".join(bots().values_list("name", flat=True))
        missing = f"No bot is called {name!r}." if name else "There is no bot."
        raise CommandError(f"{missing} There are: {names}." if names else missing)
    return found
