"""Who came first, from the traces of both: of two installations on one account exactly one goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from trading.core.rivals import Standing, Trace, standing, trace_of

START = datetime(2024, 11, 23, 17, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


def trace(number: float) -> Trace:
    return Trace(at=minutes(number), client_order_id="dlbbbbbb-1-e1", nonce="bbbbbb")


@pytest.mark.parametrize(
    ("traces", "at_work_since", "expected"),
    [
        ([], None, Standing.ALONE),
        ([-5], None, Standing.LEFT_BEHIND),
        ([-5, 3], None, Standing.LATER),
        ([3], None, Standing.LATER),
        ([3], 1, Standing.FIRST),
        ([3], 5, Standing.LATER),
        ([-5], 1, Standing.LEFT_BEHIND),
        ([3], -60, Standing.FIRST),
    ],
)
def test_where_we_stand(traces: list[float], at_work_since: float | None, expected: Standing) -> None:
    since = None if at_work_since is None else minutes(at_work_since)

    assert standing(map(trace, traces), started_at=START, at_work_since=since) is expected


@pytest.mark.parametrize("at_work_since", [None, -60])
def test_orders_under_our_own_nonce_that_our_rows_lack_leave_nobody_first(at_work_since: float | None) -> None:
    copied = Trace(at=minutes(3), client_order_id="dlaaaaaa-9-s1", nonce="aaaaaa", is_of_copy=True)
    since = None if at_work_since is None else minutes(at_work_since)

    assert standing([trace(5), copied], started_at=START, at_work_since=since) is Standing.COPIED


def test_two_that_see_each_other_come_to_opposite_answers() -> None:
    ours = standing([trace(3)], started_at=minutes(0), at_work_since=minutes(1))
    theirs = standing([trace(1)], started_at=minutes(0), at_work_since=minutes(3))

    assert {ours, theirs} == {Standing.FIRST, Standing.LATER}


@pytest.mark.parametrize("client_order_id", ["web_1", "dlaaaaaa-1-e1", "dlzz-1-e1", "autoclose-17"])
def test_our_own_and_strange_ids_are_no_traces(client_order_id: str) -> None:
    assert trace_of(client_order_id, at=START, nonce="aaaaaa") is None


def test_an_id_with_our_prefix_and_another_nonce_is_one() -> None:
    found = trace_of("dlbbbbbb-12-s3", at=START, nonce="aaaaaa")

    assert found is not None
    assert found.nonce == "bbbbbb"
