"""RSS and Atom of strangers: the newest headlines as plain lines; nothing in a feed is expanded or fetched."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.context.errors import SourceFailed
from advisor.context.headlines import headlines, parsed
from tests.advisor.context.samples import NOW, RSS, rss, source_of

MORNING, NOON = "Sun, 01 Mar 2026 08:00:00 GMT", "Sun, 01 Mar 2026 13:00:00 +0100"
ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>
<entry><title type="html">Fees &amp;amp; &lt;b&gt;funding&lt;/b&gt;</title><updated>2026-03-01T11:00:00Z</updated>
<published>2026-03-01T10:00:00Z</published><content><title>not this</title></content></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><item><title>Old kind</title><dc:date>2026-03-01T09:00:00Z</dc:date></item>
</rdf:RDF>"""
BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


def told(body: bytes, **changes) -> list[tuple[str, datetime]]:
    return [(row.text, row.as_of) for row in headlines(body, source_of(RSS, **changes), read_at=NOW)]


def test_the_newest_come_first():
    assert told(rss(("Morning", MORNING), ("Noon", NOON))) == [
        ("Noon", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("Morning", datetime(2026, 3, 1, 8, tzinfo=UTC)),
    ]


def test_each_has_its_place_as_its_name():
    found = headlines(rss(("A", NOON), ("B", MORNING)), source_of(RSS), read_at=NOW, symbol="BTCUSDT")

    assert [(row.name, row.symbol, row.value) for row in found] == [
        ("headline_1", "BTCUSDT", None),
        ("headline_2", "BTCUSDT", None),
    ]


def test_no_more_than_asked_for():
    feed = rss(*((f"News {number}", MORNING) for number in range(400)))

    assert len(told(feed, most=4)) == 4


def test_atom_has_its_own_words_and_times():
    assert told(ATOM) == [("Fees & funding", datetime(2026, 3, 1, 10, tzinfo=UTC))]


def test_the_old_kind_of_rss_is_read_too():
    assert told(RDF) == [("Old kind", datetime(2026, 3, 1, 9, tzinfo=UTC))]


@pytest.mark.parametrize("date", ["", "soon", "Sun, 99 Mar 2026", "0001-01-01T00:00:00+14:00"])
def test_a_headline_without_a_date_is_of_now(date):
    assert told(rss(("Undated", date))) == [("Undated", NOW)]


def test_the_same_headline_twice_is_told_once():
    assert len(told(rss(("Same", NOON), ("Same", NOON)))) == 1


def test_text_in_sections_and_markup_is_plain():
    assert told(rss(("<![CDATA[<b>Up</b> <script>x</script>]]>", NOON)))[0][0] == "Up x"


@pytest.mark.parametrize("extra", [BOMB, OUTSIDE, '<!DOCTYPE rss PUBLIC "-//x//y" "http://x.test/rss.dtd">'])
def test_a_document_type_is_refused_whatever_it_holds(extra):
    with pytest.raises(SourceFailed) as failed:
        parsed(rss(("&c;", NOON), extra=extra))

    assert failed.value.code == "unreadable"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"<rss>", b"<rss></x>", b"\x00\xff", b'<?xml version="1.0" encoding="x"?><a/>']
)
def test_what_is_no_feed_is_told(body):
    with pytest.raises(SourceFailed) as failed:
        told(body)

    assert failed.value.code == "unreadable"


@pytest.mark.parametrize("body", [rss(), rss(("", NOON)), b"<a/>"])
def test_a_feed_without_headlines_says_nothing(body):
    with pytest.raises(SourceFailed) as failed:
        told(body)

    assert failed.value.code == "nothing_there"


@pytest.mark.parametrize(
    "body",
    [
        b"<rss>" + b"<item>" * 100_000,
        rss(("x" * 900_000, NOON)),
        b"<rss " + b'a="b" ' * 1 + b">" + b"<item><title>" + b"<i>" * 150_000,
        rss(*(("n", NOON) for _ in range(12_000))),
    ],
)
def test_a_hostile_megabyte_is_over_in_no_time(body):
    began = time.perf_counter()
    try:
        found = told(body)
    except SourceFailed:
        found = []

    assert time.perf_counter() - began < 5
    assert all(len(text) <= 200 for text, _ in found)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: rss((text, NOON))))
def test_whatever_comes_it_is_headlines_or_one_kind_of_error(body):
    try:
        found = told(body)
    except SourceFailed:
        return
    assert all(0 < len(text) <= 200 for text, _ in found)
