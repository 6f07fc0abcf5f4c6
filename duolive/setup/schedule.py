"""The rows of the beat: short wall periods; the tasks themselves decide by market time what is due."""

from dataclasses import dataclass

from django_celery_beat.models import IntervalSchedule, PeriodicTask

REPLAY_CHECK_SECONDS = 2
CHECK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Tick:
    """One row: every ``seconds`` of wall time; a message older than its period is dropped."""

    task: str
    seconds: int


def ticks(*, speed: float) -> list[Tick]:
    """The schedule at a replay speed; in a fast replay the check comes more often than every 30 s of wall time."""
    return [
        Tick("signals.tasks.scan_due", 1),
        Tick("trading.tasks.enter_due_signals", 1),
        Tick("trading.tasks.work_entries", 2),
        Tick("trading.tasks.work_changes", 1),
        Tick("trading.tasks.work_closing", 2),
        Tick("trading.tasks.check_positions", REPLAY_CHECK_SECONDS if speed > 1 else CHECK_SECONDS),
        Tick("trading.tasks.compare_books", 60 if speed > 1 else 3600),
        Tick("trading.tasks.compare_after_close", 20),
        Tick("trading.tasks.work_adoptions", 2),
        Tick("trading.tasks.look_around", 60),
        Tick("trading.advised.tasks.advise_due", 1 if speed > 1 else 3),
        Tick("trading.advised.tasks.keep_house", 15 if speed > 1 else 60),
        Tick("advisor.tasks.read_context", 5),
        Tick("trading.tasks.hold_lease", 3),
        Tick("desk.tasks.guard_memory", 300),
        Tick("trading.tasks.follow_shadows", 10 if speed > 1 else 60),
        Tick("notifications.tasks.deliver", 2),
        Tick("notifications.tasks.report_due", 5),
    ]


def write_schedule(*, speed: float) -> None:
    """Make each row once and set its period; a row switched off by hand stays off."""
    for tick in ticks(speed=speed):
        every, _ = IntervalSchedule.objects.get_or_create(every=tick.seconds, period=IntervalSchedule.SECONDS)
        row, is_new = PeriodicTask.objects.get_or_create(
            name=tick.task, defaults={"task": tick.task, "interval": every, "expire_seconds": tick.seconds}
        )
        if not is_new and row.interval_id != every.pk:
            row.interval, row.expire_seconds = every, tick.seconds
            row.save()
