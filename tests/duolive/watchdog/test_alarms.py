"""What the owner is told by the watchdog: until a channel has taken it, and without anybody waiting for a channel."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from desk.models import Event
from duolive.watchdog.alarms import Alarms
from notifications.errors import SendError
from notifications.models import Channel
from tests.duolive.watchdog.conftest import AtOnce, Seconds
from trading.core.vigil import Alarm, Trouble

pytestmark = pytest.mark.django_db

NO_STOP = Alarm(trouble=Trouble.UNPROTECTED, symbol="DOTUSDT", lasted=21.0)
STOP_AGAIN = Alarm(trouble=Trouble.UNPROTECTED, symbol="DOTUSDT", lasted=60.0, is_over=True)


class Mailbox:
    """A channel that refuses as often as it is told to."""

    def __init__(self, *refusals: SendError) -> None:
        self.refusals = list(refusals)
        self.tries = 0
        self.taken: list[str] = []

    def send(self, text: str) -> None:
        self.tries += 1
        if self.refusals:
            raise self.refusals.pop(0)
        self.taken.append(text)


def refused(*, permanent: bool = False, wait: float | None = None) -> SendError:
    retry_after = None if wait is None else timedelta(seconds=wait)
    return SendError("502", permanent=permanent, retry_after=retry_after)


@pytest.fixture
def pass_turns(seconds: Seconds) -> Callable[[Alarms, int], None]:
    def run(alarms: Alarms, turns: int) -> None:
        for _ in range(turns):
            alarms.turn()
            seconds.now += 1

    return run


def alarms_to(seconds: Seconds, *boxes: Mailbox) -> Alarms:
    return Alarms(
        dict(zip((Channel.TELEGRAM, Channel.EMAIL), boxes, strict=False)), database=AtOnce(), monotonic=seconds
    )


def test_what_is_handed_over_waits_for_no_channel(seconds: Seconds) -> None:
    box = Mailbox()
    alarms = alarms_to(seconds, box)

    alarms.raise_alarm(NO_STOP)
    before = box.tries
    alarms.turn()

    assert (before, len(box.taken)) == (0, 1)
    assert Event.objects.filter(kind="watchdog_unprotected").count() == 1


def test_a_refused_notice_is_tried_again_soon_and_then_less_often(
    seconds: Seconds, pass_turns: Callable[[Alarms, int], None]
) -> None:
    box = Mailbox(*(refused() for _ in range(6)))
    alarms = alarms_to(seconds, box)
    alarms.raise_alarm(NO_STOP)
    began, tried_at = seconds.now, []

    for _ in range(200):
        tries = box.tries
        alarms.turn()
        tried_at += [seconds.now - began] * (box.tries - tries)
        seconds.now += 1

    assert tried_at == [0, 5, 15, 35, 75, 135, 195]
    assert len(box.taken) == 1
    assert Event.objects.filter(kind="watchdog_unprotected").count() == 1


def test_what_a_channel_has_taken_is_not_told_again(
    seconds: Seconds, pass_turns: Callable[[Alarms, int], None]
) -> None:
    chat, mail = Mailbox(), Mailbox(refused())
    alarms = alarms_to(seconds, chat, mail)
    alarms.raise_alarm(NO_STOP)

    pass_turns(alarms, 100)

    assert (chat.tries, mail.tries) == (1, 1)


def test_a_channel_that_asks_for_time_is_given_it(seconds: Seconds, pass_turns: Callable[[Alarms, int], None]) -> None:
    box = Mailbox(refused(wait=30))
    alarms = alarms_to(seconds, box)
    alarms.raise_alarm(NO_STOP)

    pass_turns(alarms, 30)
    before = box.tries
    pass_turns(alarms, 1)

    assert (before, box.tries) == (1, 2)


def test_one_that_refuses_for_good_hides_nothing_from_a_chat_that_comes_back(
    seconds: Seconds, pass_turns: Callable[[Alarms, int], None]
) -> None:
    chat, mail = Mailbox(refused()), Mailbox(refused(permanent=True), refused(permanent=True))
    alarms = alarms_to(seconds, chat, mail)
    alarms.raise_alarm(NO_STOP)

    pass_turns(alarms, 7)

    assert len(chat.taken) == 1


def test_the_end_of_a_trouble_takes_the_place_of_the_trouble_nobody_heard_of(
    seconds: Seconds, pass_turns: Callable[[Alarms, int], None]
) -> None:
    box = Mailbox(refused())
    alarms = alarms_to(seconds, box)
    alarms.raise_alarm(NO_STOP)
    pass_turns(alarms, 1)

    alarms.raise_alarm(STOP_AGAIN)
    pass_turns(alarms, 20)

    [text] = box.taken
    assert "right again: stop at the exchange DOTUSDT" in text


def test_a_desk_without_channels_keeps_its_alarms_as_events(seconds: Seconds) -> None:
    alarms = alarms_to(seconds)
    alarms.raise_alarm(NO_STOP)

    alarms.turn()

    assert Event.objects.filter(kind="watchdog_unprotected").count() == 1


def test_what_was_handed_over_last_is_told_before_the_telling_ends(seconds: Seconds) -> None:
    box, stopping = Mailbox(), threading.Event()
    alarms = alarms_to(seconds, box)
    alarms.raise_alarm(NO_STOP)
    stopping.set()

    alarms.run(stopping)

    assert len(box.taken) == 1
