"""The filter lab at the command line, over the desk's own signals."""

from decimal import Decimal

from tests import factories
from tests.risk.filters.bars import hours_of

FROM = ("--from", "2024-11-01T00:00", "--to", "2024-12-01T00:00")


def keep_a_loss(lockstep):
    signal = lockstep.signal(status="refused", reason_code="max_positions")
    factories.make_context(signal, hours=hours_of(sells=[1] * 24 + [9]))
    factories.make_shadow(signal, exit_price=Decimal("10.03"), result=Decimal("-18.5"))


def test_recorded_signals_and_their_shadows_are_put_in_one_table(cli, lockstep):
    keep_a_loss(lockstep)

    told = cli("filter-lab", "--recorded", *FROM, "--largest", "1", "--json").json

    rows = {row["filters"]: row for row in told["rows"]}
    assert (told["signals"], told["judged"], told["known"], told["still_open"]) == (1, 1, 1, 0)
    assert (rows["cvd_new_low"]["refused"], rows["cvd_new_low"]["refused_pct"]) == (1, "-18.00")
    assert told["unfiltered"]["passed_pct"] == "-18.00"


def test_the_table_begins_with_no_filter_and_those_in_force(cli, lockstep):
    keep_a_loss(lockstep)

    shown = cli("filter-lab", "--recorded", *FROM).out

    assert "1 signals, 1 judged, 1 with a result, 0 still followed" in shown
    assert "(none)" in shown
    assert "(as set now)" in shown


def test_a_bot_without_filters_is_told(cli, lockstep):
    factories.make_bot(lockstep.account, name="by hand", strategy="manual")

    answer = cli("filter-lab", "--recorded", "--bot", "by hand", *FROM)

    assert answer.code == 1
    assert "has no filters" in answer.err
