"""States are shared by all readers; the sentences in them are told to each in his own language."""

from django.test import Client
from django.utils import translation

from dashboard import snapshots
from dashboard.retelling import in_reader_language
from dashboard.snapshots import StateType
from tests import factories
from tests.dashboard.test_pages import beginning_of

REASON = "price rose 4.1000 %, over 3 %"
IN_CHINESE = "价格已涨 4.1000%，超过 3%"


def refused_signal() -> None:
    signal = factories.make_signal(status="refused", reason_code="filter_entry_gain", reason=REASON)
    factories.make_verdict(signal, outcome="reject", reason=REASON)


def test_reasons_of_signals_are_told_in_the_active_language(db: None):
    refused_signal()
    states = snapshots.read([StateType.SIGNALS, StateType.TRADES], None)

    with translation.override("zh-hans"):
        row = in_reader_language(states)[StateType.SIGNALS][0]

    assert row["reason"] == row["verdicts"][0]["reason"] == IN_CHINESE
    assert row["reason_code"] == "filter_entry_gain"


def test_the_shared_state_is_left_alone(db: None):
    refused_signal()
    states = snapshots.read([StateType.SIGNALS, StateType.TRADES], None)

    with translation.override("zh-hans"):
        told = in_reader_language(states)

    assert states[StateType.SIGNALS][0]["reason"] == REASON
    assert told[StateType.TRADES] is states[StateType.TRADES]


def test_the_page_is_born_in_the_readers_language(visitor: Client):
    refused_signal()
    visitor.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})

    beginning = beginning_of(visitor.get("/").content.decode())

    assert beginning["states"]["signals"][0]["reason"] == IN_CHINESE
    assert beginning["words"]["filter"]["entry_gain"] == "开仓涨幅"
    assert beginning["words"]["environment"]["replay"] == "回放"
