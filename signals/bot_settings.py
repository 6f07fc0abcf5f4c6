"""Changing a bot's settings and its switch: validated as a whole, versioned, in force at the next decision."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from desk import events
from desk.event_kinds import EventKind
from desk.models import Bot, ConfigVersion
from signals.strategies.base import StrategyConfig
from signals.strategies.registry import UnknownStrategy, config_of, strategy_class


class SettingsRefused(ValueError):
    """Nothing was changed; ``errors`` says per field what is wrong and what is allowed."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))
        self.errors = dict(errors)


def settings_of(bot: Bot) -> StrategyConfig:
    """The settings in force."""
    return config_of(bot.config_version)


def problem_of(version: ConfigVersion) -> str:
    """What keeps ``version`` from being used, in short; empty while it is valid.

    A version that was valid may be so no longer: bounds become narrower, a strategy leaves the desk.
    """
    try:
        config_of(version)
    except ValidationError as error:
        return "; ".join(f"{_field(each['loc'])}: {each['msg']}" for each in error.errors())
    except UnknownStrategy as error:
        return str(error)
    return ""


def readable_max_hold(version: ConfigVersion) -> timedelta:
    """Time limit of a version that is not valid as a whole: its own or the last one before that can be read."""
    versions = version.bot.config_versions.filter(number__lte=version.number).order_by("-number")
    for values in versions.values_list("values", flat=True):
        hours = _max_hold_hours(values)
        if hours is not None:
            return timedelta(hours=hours)
    return timedelta(hours=StrategyConfig().max_hold_hours)


def _max_hold_hours(values: Any) -> int | None:
    """The limit that ``values`` set, or the default where they leave it out; None when it cannot be read."""
    if not isinstance(values, Mapping):
        return None
    known = {name: value for name, value in values.items() if name == "max_hold_hours"}
    try:
        return StrategyConfig.model_validate(known).max_hold_hours
    except ValidationError:
        return None


def change_settings(
    bot: Bot, changes: Mapping[str, Any], *, author: str, now: datetime, reason: str = ""
) -> ConfigVersion:
    """Put ``changes`` into a new version, or raise SettingsRefused and change nothing. No change makes no version."""
    with transaction.atomic():
        Bot.objects.select_for_update(no_key=True).get(pk=bot.pk)
        newest = bot.config_version
        before = config_of(newest).model_dump(mode="json")
        after = validated_settings(bot, {**before, **changes}).model_dump(mode="json")
        if validated_settings(bot, after) == config_of(newest):  # 2.0 is the same as 2
            return newest
        version = ConfigVersion.objects.create(
            bot=bot, number=newest.number + 1, values=after, author=author, reason=reason
        )
        _tell(version, before, after, now=now)
    return version


def validated_settings(bot: Bot, values: Mapping[str, Any]) -> StrategyConfig:
    """Raises SettingsRefused with a message for each field that is out of its range or unknown."""
    try:
        config: StrategyConfig = strategy_class(bot.strategy).Config.model_validate(values)
    except ValidationError as error:
        raise SettingsRefused({_field(each["loc"]): each["msg"] for each in error.errors()}) from error
    return config


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "settings"


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
