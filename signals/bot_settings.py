"""Changing a bot's settings and its switch: validated as a whole, versioned, in force at the next decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from desk import events
from desk.event_kinds import EventKind
from desk.models import Bot, ConfigVersion
from signals.strategies.base import StrategyConfig
from signals.strategies.registry import config_of, strategy_class


class SettingsRefused(ValueError):
    """Nothing was changed; ``errors`` says per field what is wrong and what is allowed."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))
        self.errors = dict(errors)


def settings_of(bot: Bot) -> StrategyConfig:
    """The settings in force."""
    return config_of(bot.config_version)


def change_settings(
    bot: Bot, changes: Mapping[str, Any], *, author: str, now: datetime, reason: str = ""
) -> ConfigVersion:
    """Put ``changes`` into a new version, or raise SettingsRefused and change nothing. No change makes no version."""
    with transaction.atomic():
        Bot.objects.select_for_update(no_key=True).get(pk=bot.pk)
        newest = bot.config_version
        before = config_of(newest).model_dump(mode="json")
        after = _validated(bot, {**before, **changes}).model_dump(mode="json")
        if _validated(bot, after) == config_of(newest):  # 2.0 is the same as 2
            return newest
        version = ConfigVersion.objects.create(
            bot=bot, number=newest.number + 1, values=after, author=author, reason=reason
        )
        _tell(version, before, after, now=now)
    return version


def _validated(bot: Bot, values: Mapping[str, Any]) -> StrategyConfig:
    try:
        config: StrategyConfig = strategy_class(bot.strategy).Config.model_validate(values)
    except ValidationError as error:
        raise SettingsRefused(
            {".".join(map(str, each["loc"])) or "settings": each["msg"] for each in error.errors()}
        ) from error
    return config


def _tell(version: ConfigVersion, before: Mapping[str, Any], after: Mapping[str, Any], *, now: datetime) -> None:
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    events.record(
        EventKind.SETTINGS_CHANGED,
        at=now,
        bot=version.bot,
        number=version.number,
        author=version.author,
        changes=", ".join(f"{name} {before.get(name)} → {value}" for name, value in changed.items()),
    )


def set_auto_trade(bot: Bot, *, is_on: bool, author: str, now: datetime) -> bool:
    """Switch entries on or off for good; False when it stood so already. Positions are managed either way."""
    with transaction.atomic():
        switched = Bot.objects.filter(pk=bot.pk, auto_trade=not is_on).update(auto_trade=is_on)
        if switched:
            events.record(EventKind.SWITCHED, at=now, bot=bot, state="on" if is_on else "off", author=author)
    bot.refresh_from_db()
    return switched == 1
