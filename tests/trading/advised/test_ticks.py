"""The ticks of the beat, as the worker runs them: what is due happens in them, and a doubled one changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from advisor.models import Decision, Memory, Review, Watch
from desk.models import Heartbeat
from duolive.setup.schedule import ticks
from tests.factories import make_closed_position
from tests.trading.advised.advisers import Scripted, holding, opening
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.advised import tasks
from trading.advised.rounds import Choice
from trading.models import Position

pytestmark = pytest.mark.django_db
ONE = {"pair_choice": "listed", "pairs": "BTCUSDT"}


@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of locks that somebody else holds."""
    held: set[str] = set()

    @contextmanager
    def only_one(name: str, *, seconds: float) -> Iterator[bool]:
        yield name not in held

    monkeypatch.setattr(tasks, "only_one", only_one)
    return held


def on(desk: RecordedDesk, monkeypatch: pytest.MonkeyPatch) -> RecordedDesk:
    """The ticks work on ``desk``."""
    monkeypatch.setattr(tasks, "desk_of", lambda bot: desk.desk)
    monkeypatch.setattr(tasks, "_choice", Choice(monotonic=lambda: desk.host.clock.now_ms() / 1000))
    return desk


def close_some(desk: RecordedDesk, number: int) -> None:
    for place in range(number):
        make_closed_position(
            desk.bot,
            realized_pnl=Decimal(1 if place % 2 else -1),
            closed_at=desk.now() - timedelta(hours=1),
            filled_at=desk.now() - timedelta(hours=2),
            created_at=desk.now() - timedelta(hours=2),
        )


def test_both_ticks_are_in_the_schedule_at_every_speed():
    for speed in (1, 60):
        names = {tick.task for tick in ticks(speed=speed)}
        assert {tasks.advise_due.name, tasks.keep_house_of_advice.name} <= names


def test_the_tick_looks_asks_and_leads_to_a_protected_position(tmp_path, monkeypatch, locks):
    desk = on(RecordedDesk(tmp_path, advisers=[Scripted(opening())], **ONE), monkeypatch)

    tasks.advise_due()
    desk.step(15)

    position = Position.objects.get()
    assert (position.symbol, position.naked_since) == ("BTCUSDT", None)
    assert Decision.objects.get().inputs["market"]
    assert Heartbeat.objects.filter(loop="advise").exists()


def test_key_levels_patterns_and_the_story_are_told_to_the_model(tmp_path, monkeypatch, locks):
    adviser = Scripted(holding)
    desk = on(RecordedDesk(tmp_path, advisers=[adviser], **ONE), monkeypatch)

    for _ in range(12):
        tasks.advise_due()
        desk.step(300)

    told = [row["part"] for decision in Decision.objects.all() for row in decision.inputs["market"] if "part" in row]
    assert {"level", "pattern"} <= set(told)
    assert all('"level"' in prompt.user for prompt in adviser.prompts)


def test_a_tick_beside_another_looks_at_nothing(tmp_path, monkeypatch, locks):
    desk = on(RecordedDesk(tmp_path, advisers=[Scripted(holding)], **ONE), monkeypatch)
    locks |= {"advise", "keep_house"}
    close_some(desk, 10)

    tasks.advise_due()
    tasks.keep_house_of_advice()

    assert not Decision.objects.exists()
    assert not Review.objects.exists()


def test_pairs_are_ranked_each_hour_by_the_tick_and_those_chosen_stay_for_a_trifle(tmp_path, monkeypatch, locks):
    desk = on(
        RecordedDesk(tmp_path, advisers=[Scripted(holding)], pair_choice="ranked", pair_count=3, scan_every_minutes=60),
        monkeypatch,
    )
    tasks.advise_due()
    first = set(Watch.objects.filter(is_listed=True).values_list("symbol", flat=True))

    desk.step(3600)
    tasks.advise_due()

    second = set(Watch.objects.filter(is_listed=True).values_list("symbol", flat=True))
    assert len(first) == len(second) == 3
    assert len(first & second) >= 2


def test_house_is_kept_by_the_tick_trades_remembered_reviewed_and_faded_by_the_day(tmp_path, monkeypatch, locks):
    desk = on(RecordedDesk(tmp_path), monkeypatch)
    close_some(desk, 10)

    tasks.keep_house_of_advice()
    tasks.keep_house_of_advice()
    fresh = set(Memory.objects.filter(kind="trade_result").values_list("relevance", flat=True))
    desk.step(4 * 86_400)
    for _ in range(2):
        tasks.keep_house_of_advice()

    faded = set(Memory.objects.filter(kind="trade_result").values_list("relevance", flat=True))
    assert Review.objects.count() == 1
    assert Memory.objects.filter(kind="trade_result").count() == 10
    assert {round(each * 0.95, 6) for each in fresh} == {round(each, 6) for each in faded}
