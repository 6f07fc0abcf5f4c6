"""The filter lab over the desk's own signals: verdicts from what was kept of them, results of trades and shadows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.models import Bot
from signals.bot_settings import settings_of
from signals.models import ShadowStatus, ShadowTrade, Signal, SignalContext, SignalStatus
from signals.proposals import proposal_of
from signals.strategies.filter_settings import FilterSettings
from trading.filter_lab import LabCase, LabRow, every_filter, lab_row, lab_rows, verdicts_alone
from trading.kept_contexts import context_of
from trading.results import result_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLab:
    """What the filters would have made of the signals of a time.

    ``judged`` are the signals of which the hours were kept, ``known`` those of them with a result. ``unfiltered`` is
    the row of no filter at all, ``current`` that of the filters in force.
    """

    signals: int
    judged: int
    known: int
    still_open: int
    names: tuple[str, ...]
    unfiltered: LabRow
    current: LabRow
    rows: Sequence[LabRow]


def recorded_lab(bot: Bot, *, start: datetime, end: datetime, largest: int) -> RecordedLab | None:
    """The lab of a bot's signals found within [start, end); None for a bot whose settings know no filters."""
    config = settings_of(bot)
    if not isinstance(config, FilterSettings):
        return None
    filters, cases = every_filter(config), recorded_cases(bot, config, start=start, end=end)
    decided = Signal.objects.filter(bot=bot, found_at__gte=start, found_at__lt=end).exclude(status=SignalStatus.PENDING)
    open_shadows = ShadowTrade.objects.filter(signal__in=decided).exclude(status=ShadowStatus.ENDED)
    return RecordedLab(
        signals=decided.count(),
        judged=len(cases),
        known=sum(case.exit is not None for case in cases),
        still_open=open_shadows.count(),
        names=tuple(filters),
        unfiltered=lab_row(cases, ()),
        current=lab_row(cases, tuple(config.filters())),
        rows=lab_rows(cases, list(filters), largest=largest),
    )


def recorded_cases(bot: Bot, config: FilterSettings, *, start: datetime, end: datetime) -> list[LabCase]:
    """Each judged signal with every filter's verdict by the bounds of ``config``, oldest first."""
    kept = SignalContext.objects.filter(signal__bot=bot, signal__found_at__gte=start, signal__found_at__lt=end)
    filters = every_filter(config)
    return [
        LabCase(
            proposal=proposal_of(row.signal),
            verdicts=verdicts_alone(filters, context_of(row)),
            exit=result_of(row.signal),
        )
        for row in kept.select_related("signal__shadow", "signal__trade").order_by("signal__found_at", "signal_id")
    ]


def shadows_of(bot: Bot, *, start: datetime, end: datetime) -> Sequence[ShadowTrade]:
    """Shadows planned within [start, end), newest first."""
    found = ShadowTrade.objects.filter(signal__bot=bot, planned_at__gte=start, planned_at__lt=end)
    return list(found.select_related("signal"))
