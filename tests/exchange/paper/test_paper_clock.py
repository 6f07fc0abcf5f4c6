"""Market time from wall time."""

from decimal import Decimal

import pytest

from exchange.paper.clock import PaperClock, WallClock


class Wall:
    def __init__(self):
        self.ns = 5

    def __call__(self):
        return self.ns

    def pass_ms(self, ms):
        self.ns += int(ms * 1_000_000)


@pytest.fixture
def wall():
    return Wall()


def clock_of(wall, speed="60", is_held=False, last_ms=1_000_000):
    return PaperClock(start_ms=1000, last_ms=last_ms, speed=Decimal(speed), is_held=is_held, monotonic_ns=wall)


@pytest.mark.parametrize(("speed", "wall_ms", "market_ms"), [("1", 10, 10), ("60", 10, 600), ("0.5", 10, 5)])
def test_market_time_is_wall_time_times_speed(wall, speed, wall_ms, market_ms):
    clock = clock_of(wall, speed)

    wall.pass_ms(wall_ms)

    assert clock.now_ms() == 1000 + market_ms


def test_held_clock_stands_and_goes_on_from_there(wall):
    clock = clock_of(wall, is_held=True)
    wall.pass_ms(100)
    held_at, held_speed = clock.now_ms(), clock.speed

    clock.release()
    wall.pass_ms(1)

    assert (held_at, held_speed) == (1000, 0)
    assert (clock.now_ms(), clock.speed) == (1060, 60)

    clock.hold()
    wall.pass_ms(100)
    assert clock.now_ms() == 1060


def test_clock_stops_at_the_end_of_the_data(wall):
    clock = clock_of(wall, last_ms=2000)

    wall.pass_ms(1000)

    assert (clock.now_ms(), clock.speed, clock.has_ended, clock.nominal_speed) == (2000, 0, True, 60)


def test_new_speed_counts_from_now(wall):
    clock = clock_of(wall)
    wall.pass_ms(1)

    clock.set_speed(Decimal(2))
    wall.pass_ms(1)

    assert clock.now_ms() == 1062


@pytest.mark.parametrize("speed", ["0", "-1", "NaN", "Infinity", "1000001", "1e999990"])
def test_impossible_speeds_are_refused(wall, speed):
    with pytest.raises(ValueError, match="positive"):
        clock_of(wall).set_speed(Decimal(speed))


def test_step_and_jump_work_while_held_and_never_backward(wall):
    clock = clock_of(wall, is_held=True)

    clock.step(500)
    clock.jump_to(1700)

    assert clock.now_ms() == 1700
    with pytest.raises(ValueError, match="backward"):
        clock.jump_to(1699)


def test_jump_beyond_the_data_ends_at_its_end(wall):
    clock = clock_of(wall, last_ms=3000)

    clock.jump_to(5000)

    assert clock.now_ms() == 3000


class TimeOfDay:
    """A settable time of day, ms."""

    def __init__(self, ms):
        self.ms = ms

    def __call__(self):
        return self.ms * 1_000_000


def test_wall_clock_follows_the_time_of_day_but_never_back():
    wall = TimeOfDay(1000)
    clock = WallClock(start_ms=900, last_ms=5000, wall_ns=wall)

    shown = [clock.now_ms()]
    for wall.ms in (1500, 1200, 1600, 9000):
        shown.append(clock.now_ms())

    assert shown == [1000, 1500, 1500, 1600, 5000]
    assert clock.has_ended
    assert clock.speed == 0


def test_wall_clock_waits_where_the_past_already_went_further():
    wall = TimeOfDay(1000)
    clock = WallClock(start_ms=2500, last_ms=5000, wall_ns=wall)

    assert (clock.now_ms(), clock.is_held, clock.nominal_speed) == (2500, False, 1)
    wall.ms = 2501
    assert clock.now_ms() == 2501


@pytest.mark.parametrize(
    "change",
    [
        lambda clock: clock.hold(),
        lambda clock: clock.set_speed(Decimal(2)),
        lambda clock: clock.jump_to(4000),
        lambda clock: clock.step(1),
    ],
)
def test_wall_clock_refuses_to_be_changed(change):
    clock = WallClock(start_ms=1000, last_ms=5000, wall_ns=TimeOfDay(1000))

    with pytest.raises(ValueError, match="time of day"):
        change(clock)


def test_restarted_clocks_are_of_the_same_kind():
    wall = TimeOfDay(3000)

    held = PaperClock(start_ms=1000, last_ms=5000, speed=Decimal(60)).restarted(2000)
    running = WallClock(start_ms=1000, last_ms=5000, wall_ns=wall).restarted(2000)

    assert (held.now_ms(), held.is_held, held.nominal_speed) == (2000, True, 60)
    assert (running.now_ms(), running.is_held) == (3000, False)
