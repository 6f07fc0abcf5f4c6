"""The journal by itself: everything is kept that is needed to read an answer again."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from advisor import journal
from advisor.answer import Action
from advisor.budget import Rung
from advisor.clamps import Bounds
from advisor.models import Decision, Outcome
from advisor.proposal import propose
from advisor.providers.port import Answer, Usage
from advisor.providers.router import Attempt
from tests.advisor.briefs import AT, held_brief, make_brief
from tests.advisor.samples import PROMPT, text_of
from tests.factories import make_bot

pytestmark = pytest.mark.django_db
ANSWER = Answer(
    text=text_of(), provider="openai", model="gpt-4o", usage=Usage(10, 5), cost=Decimal("0.000123"), latency=1.2345
)


def write(*, brief=None, answer=ANSWER, **details):
    brief = brief or make_brief()
    values = {"bot": details.pop("bot", None) or make_bot(), "terms": brief.terms, "rung": Rung.FULL} | details
    return journal.record(brief=brief, answer=answer, proposed=propose(answer.text, values["terms"]), **values)


def test_times_costs_and_tokens_are_kept_exactly():
    row = Decision.objects.get(pk=write(prompt=PROMPT).pk)

    assert (row.at, row.latency_ms, row.cost) == (AT, 1234, Decimal("0.000123"))
    assert (row.input_tokens, row.output_tokens) == (10, 5)
    assert (row.prompt, row.prompt_version) == ("Advise.\n\nWhat now?", "v1.en")
    assert row.inputs_hash == "a" * 64
    assert row.confidence == Decimal("0.8")


def test_a_decision_belongs_to_the_case_it_is_made_for():
    case = uuid4()

    assert write(case=case).case == case
    assert write().case != write().case


def test_failed_attempts_are_kept_with_what_they_said_and_cost():
    attempts = [Attempt("qwen", "truncated", Decimal("0.002"), "{"), Attempt("deepseek", "timeout")]

    row = Decision.objects.get(pk=write(attempts=attempts).pk)

    assert row.attempts == [
        {"provider": "qwen", "error": "truncated", "cost": "0.002", "said": "{"},
        {"provider": "deepseek", "error": "timeout", "cost": None, "said": ""},
    ]


def test_inputs_leave_out_what_is_empty():
    assert set(write().inputs) == {"market", "account"}
    assert set(write(brief=held_brief(streak=-2)).inputs) == {"market", "account", "position", "streak"}


@pytest.mark.parametrize("text", ["", "nothing", text_of("CLOSE"), text_of(symbol="X"), "{" * 50_000])
def test_every_answer_replays_to_what_it_proposed_then(text):
    row = write(answer=replace(ANSWER, text=text))

    again = journal.replay(Decision.objects.get(pk=row.pk))

    assert again == propose(text, make_brief().terms)
    assert again.answer.action == row.action


def test_an_answer_is_replayed_by_the_bounds_of_its_time():
    strict = replace(make_brief().terms, bounds=Bounds(min_confidence=Decimal("0.9")))

    row = Decision.objects.get(pk=write(terms=strict).pk)

    assert (row.action, row.asked_action, row.reason) == ("HOLD", "LONG", "confidence_below_minimum")
    assert journal.replay(row).answer.action is Action.HOLD


def test_an_endless_answer_is_cut_for_the_journal():
    row = write(answer=replace(ANSWER, text="x" * 200_000))

    assert len(row.raw_answer) == journal.LONGEST_ANSWER
    assert row.reason.startswith("too_long")


def test_a_shadow_never_waits_to_be_worked():
    row = write(is_shadow=True)

    assert row.outcome == Outcome.SHADOW
    assert not journal.close(row, Outcome.EXECUTED)


def test_the_outcome_brings_its_numbers():
    row = write()

    assert journal.close(
        row,
        Outcome.EXECUTED,
        verdicts=[{"rule": "leverage", "outcome": "pass"}],
        intents=[{"client_order_id": "dl1"}],
        result={"price": Decimal("60000.10")},
    )

    assert row.result == {"price": "60000.10"}
    assert row.intents == [{"client_order_id": "dl1"}]
    assert row.reason == ""


def test_rows_say_in_a_word_what_they_are():
    assert str(write()) == "BTCUSDT LONG 2026-03-01 12:00"


def test_what_is_noted_waits_for_its_outcome_and_stays():
    row = write()

    assert journal.note(row, verdicts=[{"rule": "leverage"}], intents=[{"kind": "enter"}], result={"signal": 7})
    assert journal.close(row, Outcome.EXECUTED)

    assert (row.verdicts, row.intents, row.result) == ([{"rule": "leverage"}], [{"kind": "enter"}], {"signal": 7})
    assert not journal.note(row, verdicts=[], intents=[], result={})
    assert Decision.objects.get().result == {"signal": 7}


def test_an_outcome_is_given_once_and_its_reason_is_cut():
    row = write()

    assert journal.close(row, Outcome.REFUSED, reason="w" * 400)
    assert not journal.close(row, Outcome.EXECUTED, reason="again")

    assert (row.outcome, row.reason) == (Outcome.REFUSED, "w" * 300)


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.SHADOW])
def test_what_is_no_ending_ends_nothing(outcome):
    row = write()

    with pytest.raises(ValueError, match="does not end a decision"):
        journal.close(row, outcome)

    row.refresh_from_db()
    assert row.outcome == Outcome.PENDING


def test_a_decision_that_nobody_was_asked_for_has_no_prompt():
    row = write(answer=Answer(text=text_of("HOLD"), provider="rules", model="m" * 90))

    assert (row.prompt, row.prompt_version, row.attempts, len(row.model)) == ("", "", [], 80)
    assert (row.cost, row.latency_ms) == (0, 0)


def test_words_for_people_are_cleaned_and_what_was_said_is_kept_as_it_is():
    said = text_of("HOLD", reasoning="a\u202eb\x07")

    row = Decision.objects.get(pk=write(answer=replace(ANSWER, text=said)).pk)

    assert row.raw_answer == said
    assert "\x07" not in row.parsed["reasoning"]


@pytest.mark.parametrize("rung", Rung)
def test_every_rung_is_kept_by_its_name(rung):
    assert Decision.objects.get(pk=write(rung=rung).pk).rung == rung.name.lower()
