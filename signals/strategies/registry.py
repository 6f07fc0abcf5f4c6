"""From a bot row to its strategy, by the names in settings.STRATEGIES."""

from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from desk.models import ConfigVersion
from signals.strategies.base import Strategy, StrategyConfig


class UnknownStrategy(LookupError):
    """A bot names a strategy that settings.STRATEGIES does not have."""


def strategy_class(name: str) -> Any:
    try:
        return import_string(settings.STRATEGIES[name])
    except KeyError as error:
        known = ", ".join(sorted(settings.STRATEGIES))
        raise UnknownStrategy(f"no strategy is called {name!r}; there are: {known}") from error


def config_of(version: ConfigVersion) -> StrategyConfig:
    """The validated settings of one version. Raises pydantic.ValidationError for values out of range."""
    return cast(StrategyConfig, strategy_class(version.bot.strategy).Config.model_validate(version.values))


def strategy_of(version: ConfigVersion) -> Strategy:
    """The bot's strategy with the settings of ``version``."""
    return cast(Strategy, strategy_class(version.bot.strategy)(config_of(version)))
