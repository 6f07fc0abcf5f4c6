"""The filter lab over the API and on its page, with its empty states."""

import json
from decimal import Decimal

import pytest

from tests import factories
from tests.factories import NOON
from tests.risk.filters.bars import hours_of


@pytest.fixture(autouse=True)
def bot(db):
    return factories.make_bot(name="surge")


@pytest.fixture
def signal(bot):
    signal = factories.make_signal(bot, status="refused", reason_code="max_positions", found_at=NOON, decided_at=NOON)
    factories.make_context(signal, hours=hours_of(sells=[1] * 24 + [9]))
    factories.make_shadow(
        signal, exit_price=Decimal("10.03"), result=Decimal("-18.47"), fees=Decimal("0.11"), planned_at=NOON
    )
    return signal


@pytest.fixture(autouse=True)
def later(venue_clock):
    venue_clock.at = NOON.replace(hour=20)


def page(visitor, query=""):
    return visitor.get(f"/filter-lab{query}", headers={"Accept": "application/json"}).json()


def test_each_filter_says_what_it_would_have_refused_and_what_came_of_it(visitor, signal):
    lab = visitor.get("/api/v1/filter-lab?days=7&largest=1").json()

    row = next(row for row in lab["rows"] if row["filters"] == ["cvd_new_low"])
    assert (lab["signals"], lab["judged"], lab["known"]) == (1, 1, 1)
    assert (row["refused"], row["refused_wins"], row["passed_result"]) == (1, 0, "0")
    assert row["refused_result"].startswith("-0.18")


def test_shadows_are_told_with_their_numbers(visitor, signal):
    (shadow,) = visitor.get("/api/v1/shadows").json()

    assert (shadow["symbol"], shadow["refused_by_label"]) == (signal.symbol, "too many positions")
    assert (shadow["exit_reason"], shadow["exit_price"], shadow["result"]) == ("stop_loss", "10.03", "-18.47")
    assert (shadow["entry_price"], shadow["quantity"], shadow["margin"]) == ("8.5", "12", "34")


@pytest.mark.parametrize("query", ["largest=4", "largest=x", "days=0", "days=91", "bot=x"])
def test_what_is_asked_wrongly_is_refused(visitor, query):
    answer = visitor.get(f"/api/v1/filter-lab?{query}")

    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {query.partition("=")[0]}


def test_a_bot_without_filters_has_no_lab(visitor):
    other = factories.make_bot(strategy="manual", name="by hand")

    assert visitor.get(f"/api/v1/filter-lab?bot={other.pk}").status_code == 409


def test_the_page_is_born_with_the_lab_and_the_shadows(visitor, signal):
    data = page(visitor)

    assert (data["problem"], data["days"], data["largest"]) == ("", 30, 2)
    assert data["lab"]["judged"] == 1
    assert [row["symbol"] for row in data["shadows"]] == [signal.symbol]


def test_the_page_takes_only_what_there_is_to_choose(visitor, signal):
    data = page(visitor, "?days=5&largest=9&bot=12345")

    assert (data["days"], data["largest"], data["bot_name"]) == (30, 2, "surge")


def test_a_market_clock_that_cannot_be_read_is_told(visitor, venue_clock):
    venue_clock.is_down = True

    assert page(visitor)["problem"] == "lab_silent"


def test_a_desk_without_bots_is_told(visitor, bot):
    bot.config_versions.all().delete()
    bot.delete()

    assert page(visitor)["problem"] == "no_bots"


def test_every_problem_has_its_words(visitor):
    html = visitor.get("/filter-lab").content.decode()
    words = json.loads(html.split('id="beginning" type="application/json">')[1].split("</script>")[0])["words"]

    for problem in ("no_bots", "lab_silent", "lab_no_filters"):
        assert words[problem]
        assert words[f"{problem}_why"]
