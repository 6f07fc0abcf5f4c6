"""Which symbols are looked at, and when: rows that any worker may claim; a restart neither doubles nor loses one."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet

from advisor.models import Watch
from desk.models import Bot
from signals.strategies.ai_futures import AiFuturesConfig

HELD_WALL_SECONDS, LISTED_WALL_SECONDS = 8, 24  # in a fast replay: what a look weighs at the venue is of wall time
LONGEST_WAIT_AFTER_FAILURES = 5  # times the usual


@transaction.atomic
def keep_watches(bot: Bot, *, listed: Collection[str] | None, held: Collection[str], now: datetime) -> None:
    """A row for each symbol that is listed or held; one that is neither any more has none.

    ``listed`` None leaves the list as it is. The bot's row is locked: nobody sees half a list.
    """
    Bot.objects.select_for_update(no_key=True).get(pk=bot.pk)
    listed = listed_symbols(bot) if listed is None else listed
    wanted = {*listed, *held}
    rows = Watch.objects.filter(bot=bot)
    left = rows.exclude(symbol__in=wanted)
    left.filter(claimed_until__isnull=True).delete()
    left.update(is_held=False, is_listed=False)  # being looked at: gone with the next round
    known = {row.symbol: row for row in rows}
    for symbol in sorted(wanted):
        row = known.get(symbol)
        is_held, is_listed = symbol in held, symbol in listed
        if row is None:
            Watch.objects.get_or_create(
                bot=bot, symbol=symbol, defaults={"due_at": now, "is_held": is_held, "is_listed": is_listed}
            )
        elif (row.is_held, row.is_listed) != (is_held, is_listed):
            # What has just been opened is looked at at once.
            due_at = min(row.due_at, now) if is_held and not row.is_held else row.due_at
            rows.filter(pk=row.pk).update(is_held=is_held, is_listed=is_listed, due_at=due_at)


def due_watches(bot: Bot, *, now: datetime, wall: datetime) -> QuerySet[Watch]:
    """Those whose time has come and that nobody looks at; held ones first, then what has waited longest."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=wall)
    return Watch.objects.filter(free, bot=bot, due_at__lte=now).order_by("-is_held", "due_at", "symbol")


def claim(watch: Watch, *, wall: datetime, seconds: float) -> bool:
    """Take a due row for ``seconds`` of wall time; False when another process was first."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=wall)
    until = wall + timedelta(seconds=seconds)
    rows = Watch.objects.filter(free, pk=watch.pk, due_at=watch.due_at)
    return rows.update(claimed_until=until) == 1


def claim_some(bot: Bot, *, now: datetime, wall: datetime, most: int, seconds: float) -> list[Watch]:
    """At most ``most`` due rows, claimed."""
    return [watch for watch in due_watches(bot, now=now, wall=wall)[:most] if claim(watch, wall=wall, seconds=seconds)]


def looked(watch: Watch, config: AiFuturesConfig, *, now: datetime, speed: Decimal, error: str = "") -> None:
    """Give a claimed row back with its next time; one that fails again and again comes less often."""
    failures = watch.failures + 1 if error else 0
    wait = interval(watch, config, speed=speed) * min(max(failures, 1), LONGEST_WAIT_AFTER_FAILURES)
    Watch.objects.filter(pk=watch.pk).update(
        due_at=now + wait, looked_at=now, claimed_until=None, failures=failures, last_error=error[:200]
    )


def interval(watch: Watch, config: AiFuturesConfig, *, speed: Decimal) -> timedelta:
    """Market time between two looks at the same symbol."""
    if watch.is_held:
        usual, least = timedelta(seconds=config.held_every_seconds), HELD_WALL_SECONDS
    else:
        usual, least = timedelta(minutes=config.scan_every_minutes), LISTED_WALL_SECONDS
    return usual if speed <= 1 else max(usual, timedelta(seconds=float(speed) * least))


def listed_symbols(bot: Bot) -> Sequence[str]:
    return list(Watch.objects.filter(bot=bot, is_listed=True).order_by("symbol").values_list("symbol", flat=True))
