"""Changes of a bot's settings as sets: what a version changed, whether a change raises risk, and the way back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desk.models import Bot, ConfigVersion
from risk.change_direction import raising
from risk.change_sets import Diff, UnknownVersion
from signals.bot_settings import change_settings, settings_of, validated_settings
from signals.strategies.registry import config_of

__all__ = ["Diff", "UnknownVersion", "diff_of", "raised_by", "roll_back", "values_of"]


def diff_of(version: ConfigVersion) -> Diff:
    """What ``version`` changed of the one before it; of the defaults where it is the first.

    Raises ValidationError for a version whose values are no longer allowed.
    """
    before = version.bot.config_versions.filter(number__lt=version.number).order_by("-number").first()
    new = config_of(version)
    old = config_of(before) if before is not None else type(new)()
    left, right = old.model_dump(mode="json"), new.model_dump(mode="json")
    return {name: (left[name], value) for name, value in right.items() if left[name] != value}


def raised_by(bot: Bot, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Names among ``changes`` that raise the risk of ``bot``. Raises SettingsRefused for what is not allowed."""
    before = settings_of(bot)
    after = validated_settings(bot, {**before.model_dump(mode="json"), **changes})
    return raising(before.model_dump(), after.model_dump())


def values_of(bot: Bot, number: int) -> dict[str, Any]:
    """All settings of version ``number``, with the defaults of what it left out. Raises UnknownVersion."""
    version = bot.config_versions.filter(number=number).first()
    if version is None:
        raise UnknownVersion(f"{bot.name} has no version {number}")
    values: dict[str, Any] = config_of(version).model_dump(mode="json")
    return values


def roll_back(bot: Bot, number: int, *, author: str, now: datetime, reason: str = "") -> ConfigVersion:
    """Bring version ``number`` into force again, as a new version; the rows in between stay.

    Raises UnknownVersion, and SettingsRefused where its values are no longer allowed.
    """
    told = reason or f"back to version {number}"
    return change_settings(bot, values_of(bot, number), author=author, now=now, reason=told)
