"""The AI bot over HTTP: decisions by cursor, filters, one decision whole, plans, memories, reviews, pairs."""

import json
from datetime import timedelta

import pytest

from advisor.models import Outcome
from tests import factories
from tests.advisor import rows
from tests.factories import NOON

pytestmark = pytest.mark.django_db
WON = "long won +3.10 % of the margin, left by take-profit"


@pytest.fixture
def bot():
    return rows.make_ai_bot()


def get(visitor, path: str):
    answer = visitor.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_decisions_come_newest_first_and_go_on_by_cursor(visitor, bot):
    made = [rows.make_decision(bot).pk for _ in range(5)]

    first = get(visitor, "decisions?limit=2")
    second = get(visitor, f"decisions?limit=2&cursor={first['next']}")
    last = get(visitor, f"decisions?limit=2&cursor={second['next']}")

    seen = [row["id"] for part in (first, second, last) for row in part["rows"]]
    assert seen == made[::-1]
    assert (first["count"], second["count"], last["next"]) == (5, None, None)


def test_a_part_in_the_middle_is_found_by_offset(visitor, bot):
    made = [rows.make_decision(bot).pk for _ in range(5)][::-1]

    part = get(visitor, f"decisions?limit=2&cursor={made[0] + 1}&offset=2")

    assert [row["id"] for row in part["rows"]] == made[2:4]
    assert part["next"] == made[3]


def test_new_decisions_do_not_move_the_parts_behind_a_cursor(visitor, bot):
    made = [rows.make_decision(bot).pk for _ in range(3)]
    address = f"decisions?cursor={made[-1] + 1}&offset=1"
    before = get(visitor, address)["rows"]

    rows.make_decision(bot)

    assert get(visitor, address)["rows"] == before


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 4), ("symbol=eth", 1), ("action=LONG", 1), ("outcome=shadow", 1), ("outcome=held&symbol=BTC", 1)],
)
def test_filters_narrow(visitor, bot, query: str, count: int):
    rows.make_decision(bot)
    rows.make_decision(bot, symbol="ETHUSDT")
    rows.make_opening(bot)
    rows.make_decision(rows.make_ai_bot(), outcome=Outcome.SHADOW)

    assert get(visitor, f"decisions?{query}")["count"] == count


def test_the_bot_is_a_filter(visitor, bot):
    rows.make_decision(bot)
    rows.make_decision()

    assert [row["bot"] for row in get(visitor, f"decisions?bot={bot.pk}")["rows"]] == [bot.name]


@pytest.mark.parametrize(
    "query", ["action=BUY", "outcome=lost", "bot=x", "cursor=-1", "cursor=newest", "offset=1.5", "limit=501", "limit=0"]
)
def test_what_makes_no_sense_is_refused_by_name(visitor, query: str):
    answer = visitor.get(f"/api/v1/decisions?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_other_environments_are_not_told(visitor):
    elsewhere = factories.make_account(environment="live")
    row = rows.make_decision(rows.make_ai_bot(elsewhere))

    assert get(visitor, "decisions")["rows"] == []
    assert visitor.get(f"/api/v1/decisions/{row.pk}").status_code == 404


def test_a_line_tells_the_outcome_and_leaves_the_long_texts_out(visitor, bot):
    rows.make_decision(bot, parsed={"reasoning": "x" * 4000})

    (row,) = get(visitor, "decisions")["rows"]

    assert row["reason_code"] == "confidence_below_minimum"
    assert row["reason"] == "confidence below the minimum"
    assert (row["action"], row["asked_action"], row["cost"]) == ("HOLD", "LONG", "0.00266")
    assert len(row["reasoning"]) == 280
    assert not {"prompt", "raw_answer", "inputs"} & set(row)


def test_listing_does_not_read_the_long_texts(visitor, bot, django_assert_max_num_queries):
    for _ in range(30):
        rows.make_decision(bot)

    with django_assert_max_num_queries(12):
        get(visitor, "decisions")


def test_one_decision_is_told_whole(visitor, bot):
    row = rows.make_opening(bot)

    told = get(visitor, f"decisions/{row.pk}")

    assert told["prompt"] == "Advise.\n\nWhat now?"
    assert told["raw_answer"] == row.raw_answer
    assert told["inputs"] == {"account": {"available": "985"}}
    assert told["clamps"] == [{"rule": "size_capped", "label": "size capped", "asked": "25", "given": "10"}]
    assert told["attempts"][0]["told"] == "no answer in time"
    assert told["repairs"][0]["label"] == "text around the answer cut off"
    assert {"name": "stopLossPrice", "label": "stop", "value": "58000"} in told["params"]
    assert (told["verdicts"], told["intents"], told["result"]) == (row.verdicts, row.intents, row.result)
    assert (told["latency_ms"], told["input_tokens"], told["output_tokens"]) == (1840, 4210, 180)


def test_a_reason_keeps_its_details(visitor, bot):
    row = rows.make_decision(bot, reason="wrong_symbol: 'ETHUSDT' instead of BTCUSDT")

    assert get(visitor, f"decisions/{row.pk}")["reason"] == (
        "an answer about another contract: 'ETHUSDT' instead of BTCUSDT"
    )


def test_a_hostile_answer_is_text_and_nothing_else(visitor, bot):
    row = rows.make_decision(bot, raw_answer="</script><script>alert(1)</script>")

    page = visitor.get(f"/ai/decision/{row.pk}").content.decode()

    assert "<script>alert" not in page
    assert get(visitor, f"decisions/{row.pk}")["raw_answer"] == row.raw_answer


def test_plans_are_told_newest_first(visitor, bot):
    rows.make_plan(bot, symbol="ETHUSDT", status="expired")
    rows.make_plan(bot)

    every = get(visitor, "plans")

    assert [plan["symbol"] for plan in every] == ["BTCUSDT", "ETHUSDT"]
    assert every[0]["targets"][0] == {"price": "62000", "percent": "60"}
    assert [plan["symbol"] for plan in get(visitor, "plans?status=expired")] == ["ETHUSDT"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["a lesson", WON]),
        ("symbol=*", ["a lesson"]),
        ("symbol=btc", [WON]),
        ("text=LESSON", ["a lesson"]),
        ("kind=insight", ["a lesson"]),
        ("regime=trending_up", [WON]),
        ("regime=quiet", []),
    ],
)
def test_memories_are_searched(visitor, bot, query: str, found: list[str]):
    rows.make_memory(bot)
    rows.make_memory(bot, symbol="*", kind="insight", regime="", content="a lesson", relevance=1.2, is_win=None)

    assert [row["content"] for row in get(visitor, f"memories?{query}")["rows"]] == found


def test_memories_go_on_by_offset(visitor, bot):
    for weight in (0.1, 0.2, 0.3):
        rows.make_memory(bot, relevance=weight)

    first = get(visitor, "memories?limit=2")
    rest = get(visitor, f"memories?limit=2&offset={first['next']}")

    assert [row["relevance"] for row in first["rows"] + rest["rows"]] == [0.3, 0.2, 0.1]
    assert rest["next"] is None


def test_a_review_names_its_groups(visitor, bot):
    rows.make_review(bot, error="qwen timeout, openai http_401")

    (review,) = get(visitor, "reviews")

    assert review["error_label"] == "qwen: no answer in time, openai: the key is refused"
    assert [(group["grouping"], group["label"]) for group in review["groups"]] == [
        ("symbol", "BTCUSDT"),
        ("regime", "ranging"),
        ("operation", "added"),
    ]
    assert review["groups"][0]["profit_factor"] == "1.6100"


def test_pairs_are_what_the_bot_watches_with_their_last_decision(visitor, bot):
    rows.make_watch(bot, "ETHUSDT", is_held=True)
    rows.make_watch(bot, "BTCUSDT")
    rows.make_watch(bot, "OLDUSDT", is_listed=False)
    rows.make_opening(bot, symbol="ETHUSDT")
    newest = rows.make_decision(bot, symbol="ETHUSDT", at=NOON + timedelta(minutes=1))
    rows.make_decision(bot, symbol="ETHUSDT", outcome=Outcome.SHADOW)

    found = get(visitor, "pairs")

    assert [(pair["symbol"], pair["is_held"]) for pair in found] == [("ETHUSDT", True), ("BTCUSDT", False)]
    assert (found[0]["decision_id"], found[0]["action"]) == (newest.pk, "HOLD")
    assert found[1]["decision_id"] is None


def test_before_the_bot_has_begun_its_pairs_are_the_majors(visitor, bot):
    found = get(visitor, "pairs")

    assert [pair["symbol"] for pair in found][:2] == ["BTCUSDT", "ETHUSDT"]
    assert {pair["due_at"] for pair in found} == {None}


def test_every_word_of_a_code_is_said_in_the_schema(visitor):
    schema = json.dumps(visitor.get("/api/schema/?format=json").json())

    assert all(word in schema for word in ("LONG", "executed", "recommendation", "champion", "resting", "skip_idle"))


# --- What the market was doing ------------------------------------------------------------------------------------

MARKET = [
    {"part": "market", "price": "100", "regime": "ranging", "action": "testing_support"},
    {"part": "level", "price": "99.5", "strength": 3, "sources": ["1h_ema_50", "wall"]},
    {"part": "level", "price": "104", "strength": 1, "sources": ["15m_swing"]},
    {"part": "level", "price": "100", "strength": 2, "sources": ["1h_swing"]},
]


def test_the_narrative_of_a_contract_is_that_of_its_last_look(visitor, bot):
    rows.make_decision(bot, inputs={"market": [{"part": "market", "price": "90", "action": "pullback"}]})
    last = rows.make_decision(bot, inputs={"market": MARKET})
    rows.make_decision(bot, outcome=Outcome.SHADOW, inputs={"market": []})

    told = get(visitor, "narrative/btcusdt")

    assert (told["decision_id"], told["at"]) == (last.pk, "2024-11-23T12:00:05Z")
    assert (told["narrative"], told["regime"], told["price"]) == ("testing_support", "ranging", "100")


def test_key_levels_come_highest_first_with_side_strength_and_distance(visitor, bot):
    rows.make_decision(bot, inputs={"market": MARKET})
    rows.make_watch(bot, "BTCUSDT")
    rows.make_watch(bot, "ETHUSDT")

    [told] = get(visitor, "keylevels")

    shown = [(row["price"], row["side"], row["strength"], row["distance_pct"]) for row in told["levels"]]
    assert shown == [
        ("104", "resistance", 1, "4.00"),
        ("100", "support", 2, "0.00"),
        ("99.5", "support", 3, "-0.50"),
    ]
    assert [source["told"] for source in told["levels"][2]["sources"]] == ["EMA 50 (1 h)", "wall in the book"]
    assert get(visitor, "keylevels?symbol=ethusdt") == []


def test_a_contract_that_was_never_looked_at_has_no_narrative(visitor, bot):
    answer = visitor.get("/api/v1/narrative/BTCUSDT")

    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no decision on BTCUSDT")


def test_a_decision_of_which_no_inputs_are_kept_has_no_levels(visitor, bot):
    decision = rows.make_decision(bot, inputs={})

    told = get(visitor, f"decisions/{decision.pk}")["market"]

    assert (told["price"], told["narrative"], told["levels"]) == (None, None, [])
    assert get(visitor, "narrative/BTCUSDT")["levels"] == []
