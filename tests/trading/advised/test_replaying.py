"""A recorded answer through the code of now: the same, or every difference by name; and at the command line."""

from decimal import Decimal

import pytest

from advisor.models import Decision, Outcome
from tests.duolive.cli.conftest import cli  # noqa: F401 - a fixture
from tests.trading.advised.advisers import Scripted, holding, opening
from tests.trading.advised.hostile import HostileAdviser
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.advised.replaying import replay_decision
from trading.models import Order

pytestmark = pytest.mark.django_db
ONE = {"pair_choice": "listed", "pairs": "BTCUSDT"}


@pytest.fixture
def decided(tmp_path):
    """A desk with one decision to open on record."""
    desk = RecordedDesk(tmp_path, advisers=[Scripted(opening())], **ONE)
    desk.round()
    return desk


def test_a_replay_gives_the_same_intents_and_costs_nothing(decided):
    row = Decision.objects.get()
    orders = Order.objects.count()

    replayed = replay_decision(row)

    assert replayed.is_same
    assert [dict(intent) for intent in replayed.intents] == row.intents
    assert (Order.objects.count(), Decision.objects.count()) == (orders, 1)


def test_every_decision_of_a_hostile_hour_replays_to_the_same(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=[HostileAdviser(3)], held_every_seconds=15, scan_every_minutes=1)
    for _ in range(10):
        desk.round()
        desk.step(20)

    rows = Decision.objects.exclude(verdicts=[])

    assert rows.count() > 10
    assert [row.pk for row in rows if not replay_decision(row).is_same] == []


def test_code_that_judges_otherwise_is_told_difference_by_difference(decided, monkeypatch):
    row = Decision.objects.get()
    monkeypatch.setattr("trading.advised.size.SIZE_PLACES", Decimal("0.01"))
    row.verdicts[3]["limit"] = "20"

    replayed = replay_decision(row)

    assert [found.where for found in replayed.differences] == [
        "verdict 4 max_leverage",
        "verdict 14 size",
        "intent 1 enter",
    ]


def test_a_limit_of_today_refuses_what_passed_then(decided):
    row = Decision.objects.get()
    row.facts["limits"]["max_leverage"] = 2

    replayed = replay_decision(row)

    assert replayed.refusal == "max_leverage"
    assert replayed.differences[-1].where == "intent 1 enter"
    assert replayed.differences[-1].replayed is None


def test_the_command_line_lists_shows_and_replays(decided, cli, settings):  # noqa: F811
    row = Decision.objects.get()

    listed = cli("decisions", "--json").json["decisions"]
    shown = cli("decisions", "show", str(row.pk), "--json").json
    replayed = cli("decisions", "replay", str(row.pk), "--json")

    assert [(found["symbol"], found["action"]) for found in listed] == [("BTCUSDT", "LONG")]
    assert shown["raw_answer"] == row.raw_answer
    assert (replayed.code, replayed.json["same"], replayed.json["differences"]) == (0, True, [])
    assert "the same as recorded" in cli("decisions", "replay", str(row.pk)).out


def test_a_difference_ends_the_command_with_one(decided, cli):  # noqa: F811
    row = Decision.objects.get()
    row.facts["limits"]["max_leverage"] = 2
    row.save()

    answer = cli("decisions", "replay", str(row.pk))

    assert answer.code == 1
    assert "max_leverage" in answer.out


def test_a_decision_that_is_not_there_is_said_so(decided, cli):  # noqa: F811
    assert cli("decisions", "show", "999").code == 1
    assert cli("decisions", "replay").code == 2


def test_variants_are_added_compared_promoted_and_retired(decided, cli):  # noqa: F811
    assert cli("variants", "add", "plain", "--provider", "rules").code == 0
    assert cli("variants", "add", "plain").code == 1
    assert cli("variants", "promote", "plain", "--yes").code == 2

    promoted = cli("variants", "promote", "plain", "--yes", "--reason", "it wins", "--json").json["variants"]

    assert [(row["variant"], row["role"]) for row in promoted] == [("plain", "champion")]
    assert cli("variants", "retire", "plain").code == 1
    assert cli("variants", "promote", "unknown", "--reason", "none such").code == 2


def test_a_hold_is_on_record_as_one(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=[Scripted(holding)], **ONE)

    desk.round()

    row = Decision.objects.get()
    assert (row.outcome, row.intents, replay_decision(row).is_same) == (Outcome.HELD, [], True)
