"""``config`` and ``auto-trade``: a bot's settings and its switch."""

import json
from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from desk.models import Bot, newest_event_at
from desk.venue import clock
from duolive.cli.change_sets import (
    no_longer_valid,
    nothing_changed,
    readable_diff,
    show_preview,
    show_versions,
    version_row,
)
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError, ExitCode
from duolive.cli.output import Output
from duolive.cli.password import require_password
from duolive.cli.surge_bot import bot_named, bots
from exchange.errors import ExchangeError
from signals.bot_settings import SettingsRefused, change_settings, set_auto_trade, settings_of
from trading.change_preview import preview_settings
from trading.change_sets import UnknownVersion, diff_of, raised_by, roll_back, values_of

AUTHOR = "cli"


def config(options: Namespace, output: Output) -> None:
    """Show all settings, those named, or put changes into a new version."""
    require_desk()
    bot = bot_named(options.bot)
    changes = dict(text.split("=", 1) for text in options.settings if "=" in text)
    names = [text for text in options.settings if "=" not in text]
    if options.rollback and changes:
        raise CommandError("Either --rollback or NAME=VALUE, not both.", ExitCode.USAGE)
    if options.history:
        _show_history(bot, output)
        return
    if options.preview:
        _preview(bot, changes, rollback=options.rollback, output=output)
        return
    if options.rollback:
        _roll_back(bot, options.rollback, reason=options.reason)
    if changes:
        _change(bot, changes, reason=options.reason)
    _show(bot, [*names, *changes], output=output)


def _show_history(bot: Bot, output: Output) -> None:
    rows = [
        version_row(
            number=version.number,
            author=version.author,
            reason=version.reason,
            created_at=version.created_at,
            diff=readable_diff(diff_of, version),
        )
        for version in bot.config_versions.order_by("-number")
    ]
    show_versions(rows, output)


def _preview(bot: Bot, changes: Mapping[str, str], *, rollback: int | None, output: Output) -> None:
    """What the changes, or an earlier version, would have made of the last signals."""
    try:
        values = values_of(bot, rollback) if rollback else _values(changes)
        show_preview(preview_settings(bot, values), output)
    except UnknownVersion as error:
        raise CommandError(f"{error}.") from error
    except ValidationError as error:
        raise no_longer_valid(rollback or bot.config_version.number, bot.name) from error
    except SettingsRefused as refused:
        raise nothing_changed(refused.errors) from refused


def _values(changes: Mapping[str, str]) -> dict[str, Any]:
    return {name.strip(): _value(text) for name, text in changes.items()}


def _change(bot: Bot, changes: Mapping[str, str], *, reason: str = "") -> None:
    values = _values(changes)
    try:
        if raised_by(bot, values):
            require_password()
        change_settings(bot, values, author=AUTHOR, now=clock().now(), reason=reason[:200])
    except SettingsRefused as refused:
        raise nothing_changed(refused.errors) from refused


def _roll_back(bot: Bot, number: int, *, reason: str) -> None:
    try:
        if raised_by(bot, values_of(bot, number)):
            require_password()
        roll_back(bot, number, author=AUTHOR, now=clock().now(), reason=reason[:200])
    except UnknownVersion as error:
        raise CommandError(f"{error}.") from error
    except ValidationError as error:
        raise no_longer_valid(number, bot.name) from error
    except SettingsRefused as refused:
        raise nothing_changed(refused.errors) from refused


def _value(text: str) -> Any:
    """Lists and objects are written as JSON; everything else stays text, so that decimals stay exact."""
    if text[:1] not in ("[", "{"):
        return text.strip()
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        return text


def _show(bot: Bot, names: Iterable[str], *, output: Output) -> None:
    settings = settings_of(bot).model_dump(mode="json")
    wanted = list(names) or list(settings)
    unknown = [name for name in wanted if name not in settings]
    if unknown:
        raise CommandError(f"{bot.name} has no setting {', '.join(unknown)}. 'config' lists them.")
    output.result(
        {"bot": bot.name, "version": bot.config_version.number, "settings": {name: settings[name] for name in wanted}}
    )
    output.line(f"{bot.name}, version {bot.config_version.number}")
    output.table(
        {"name": "setting", "value": "value"}, [{"name": name, "value": str(settings[name])} for name in wanted]
    )


def auto_trade(options: Namespace, output: Output) -> None:
    """Show every bot's switch, or turn one."""
    require_desk()
    if options.state is None:
        shown = [bot_named(options.bot)] if options.bot else list(bots())
    else:
        shown = [bot_named(options.bot)]
        set_auto_trade(shown[0], is_on=options.state == "on", author=AUTHOR, now=_market_now())
    output.result({"bots": [{"bot": bot.name, "auto_trade": bot.auto_trade} for bot in shown]})
    for bot in shown:
        output.line(f"{bot.name}: auto-trade is {'on' if bot.auto_trade else 'off'}.")


def _market_now() -> Any:
    """Market time; the newest on record where the exchange does not answer: switching off must not fail for that."""
    try:
        return clock().now()
    except ExchangeError:
        newest = newest_event_at()
        if newest is None:
            raise
        return newest
