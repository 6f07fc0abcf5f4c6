"""Context at the recorded market: told and journalled when there is some, and nothing else is moved by it."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from advisor.context import asking, rounds
from advisor.context.asking import Answered, ask_sources
from advisor.context.sources import Source
from advisor.context.store import settle
from advisor.models import Decision, Plan
from tests.advisor.context.conftest import configured  # noqa: F401 - a fixture
from tests.advisor.context.samples import JSON, RSS, VENUE, reading, source_of
from tests.advisor.context.test_telling import INJECTIONS
from tests.trading.advised.advisers import Scripted, holding, opening
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.advised.replaying import replay_decision

pytestmark = pytest.mark.django_db
ONE = {"pair_choice": "listed", "pairs": "BTCUSDT"}
MOOD, NEWS = source_of(JSON), source_of(RSS)
Write = Callable[..., Path]
OPENING = opening()
SAME = ("at", "symbol", "action", "asked_action", "confidence", "parsed", "clamps", "reason", "verdicts", "intents",
        "terms", "facts", "outcome", "raw_answer", "rung")  # fmt: skip


def keep(source: Source, *readings) -> None:
    settle(source, Answered(readings={"": list(readings)}), now=readings[0].as_of)


def one_round(home: Path, *, say=OPENING, write: Callable[[RecordedDesk], None] = lambda desk: None, **config):
    """A desk after one round of one adviser, and what the adviser was asked."""
    adviser = Scripted(say)
    desk = RecordedDesk(home, advisers=[adviser], **ONE | config)
    write(desk)
    desk.round()
    return desk, adviser


def outcome(decision: Decision) -> dict:
    """All of a decision that money depends on."""
    return {name: getattr(decision, name) for name in SAME}


def without_identity(rows: list[dict]) -> str:
    return json.dumps(rows, default=str, sort_keys=True)


def test_a_fresh_reading_is_told_and_kept_with_the_decision(tmp_path, configured: Write):  # noqa: F811
    configured(JSON, RSS)

    desk, adviser = one_round(tmp_path / "a", write=lambda desk: keep(MOOD, reading(as_of=desk.now(), text="Greed")))

    (decision,) = desk.decisions()
    told = decision.inputs["context"]
    assert [(row["source"], row["value"], row["text"]) for row in told["readings"]] == [("mood", "72", "Greed")]
    assert told["absent"] == [{"source": "news", "why": "missing"}]
    assert '<data name="context">' in adviser.prompts[0].user
    assert '"Greed"' in decision.prompt


def test_todays_news_are_not_told_in_a_recorded_market(tmp_path, configured: Write):  # noqa: F811
    configured(JSON)

    desk, adviser = one_round(
        tmp_path / "a", write=lambda desk: keep(MOOD, reading(as_of=desk.now() + timedelta(days=700)))
    )

    assert desk.decisions()[0].inputs["context"] == {"absent": [{"source": "mood", "why": "later"}]}
    assert "72" not in adviser.prompts[0].user.partition('<data name="context">')[2].partition("</data>")[0]


def test_the_strategist_is_told_the_same(tmp_path, configured: Write):  # noqa: F811
    configured(JSON)
    adviser = Scripted(lambda symbol, price: {})
    desk = RecordedDesk(tmp_path / "a", advisers=[adviser], **ONE, mode="layered")
    keep(MOOD, reading(as_of=desk.now()))

    desk.round()

    assert '<data name="context">' in adviser.prompts[0].user
    assert Plan.objects.get().symbol == "BTCUSDT"


def test_without_sources_prompt_and_hash_are_those_of_the_market(tmp_path, configured: Write):  # noqa: F811
    desk, adviser = one_round(tmp_path / "a")

    (decision,) = desk.decisions()
    market = next(row for row in decision.inputs["market"] if row["part"] == "market")
    assert decision.inputs_hash == market["inputs_hash"]
    assert "context" not in decision.inputs
    assert "context" not in adviser.prompts[0].user + adviser.prompts[0].system


def hostile(desk: RecordedDesk) -> None:
    """Two sources at their worst, one of them fresh."""
    texts = [
        reading(f"headline_{place}", None, text=text[:200], as_of=desk.now()) for place, text in enumerate(INJECTIONS)
    ]
    keep(NEWS, *texts)
    keep(MOOD, reading(value="1e24", as_of=desk.now() - timedelta(days=5)))


@pytest.mark.parametrize("say", [opening(), holding], ids=["opening", "holding"])
def test_no_source_changes_what_an_answer_leads_to(tmp_path, configured: Write, say):  # noqa: F811
    plain, _ = one_round(tmp_path / "a", say=say)
    configured(JSON, RSS)
    attacked, adviser = one_round(tmp_path / "b", say=say, write=hostile)

    (first,), (second,) = plain.decisions(), attacked.decisions()
    known = {name: value for name, value in outcome(first).items() if name != "facts"}
    assert known == {name: value for name, value in outcome(second).items() if name != "facts"}
    assert first.inputs["market"] == second.inputs["market"]
    assert first.inputs_hash != second.inputs_hash
    assert adviser.prompts[0].user.count("</data>") == adviser.prompts[0].user.count("<data name=")


def test_the_rules_do_not_look_at_it(tmp_path, configured: Write):  # noqa: F811
    plain = RecordedDesk(tmp_path / "a", **ONE)
    plain.round()
    configured(JSON, RSS)
    attacked = RecordedDesk(tmp_path / "b", **ONE)
    hostile(attacked)
    attacked.round()

    (first,), (second,) = plain.decisions(), attacked.decisions()
    assert (first.provider, first.raw_answer) == (second.provider, second.raw_answer)
    assert without_identity(first.verdicts) == without_identity(second.verdicts)


@pytest.mark.parametrize("text", ["", '{"sources": [{"kind": "json"}]}', "\x00" * 50, "[" * 300_000])
def test_a_file_that_cannot_be_read_changes_nothing(tmp_path, configured: Write, text):  # noqa: F811
    configured(JSON).write_text(text)

    desk, _ = one_round(tmp_path / "a")

    (decision,) = desk.decisions()
    assert (decision.action, "context" in decision.inputs) == ("LONG", False)


def test_a_recorded_answer_replays_to_the_same_whatever_the_sources_say_now(tmp_path, configured: Write):  # noqa: F811
    configured(JSON, RSS)
    desk, _ = one_round(tmp_path / "a", write=hostile)
    configured(RSS)

    replayed = replay_decision(desk.decisions()[0])

    assert replayed.is_same
    assert replayed.action == "LONG"


def test_the_venues_own_statistics_at_the_paper_exchange(tmp_path, configured: Write, monkeypatch):  # noqa: F811
    configured(VENUE)
    desk, _ = one_round(tmp_path / "a")
    for module in (asking, rounds):
        monkeypatch.setattr(module, "clock", lambda: desk.venue.clock)
    monkeypatch.setattr(asking, "market_statistics", lambda: desk.venue.market)

    found = ask_sources([source_of(VENUE)], ("BTCUSDT",))["venue"]
    settle(source_of(VENUE), found, now=desk.now())
    desk.step(60)
    desk.round()

    assert not found.failures
    names = {row.name: row.value for row in found.readings["BTCUSDT"]}
    assert {"open_interest", "open_interest_change_1h", "open_interest_change_24h", "top_accounts_long"} <= set(names)
    assert {"top_positions_long", "taker_buy_sell_1h", "funding_7d"} <= set(names)
    assert Decimal(20) <= names["top_accounts_long"] <= Decimal(80)
    told = desk.decisions()[-1].inputs["context"]
    assert {row["name"] for row in told["readings"]} == set(names)
    assert "absent" not in told
