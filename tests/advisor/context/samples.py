"""Sources and readings for tests, each detail changeable by name; nothing here needs a database."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from advisor.context.readings import Reading
from advisor.context.sources import Source, parse_sources

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = "AI_CONTEXT_KEY_TEST"
FEAR = {"data": [{"value": "72", "value_classification": "Greed", "timestamp": "1772323200"}]}  # 2026-03-01 00:00 UTC
JSON: dict[str, Any] = {"kind": "json", "name": "mood", "url": "https://feeds.test/mood", "value": "v"}
RSS: dict[str, Any] = {"kind": "rss", "name": "news", "url": "https://feeds.test/rss"}
HOOK: dict[str, Any] = {"kind": "webhook", "name": "whales", "secret": KEY}
VENUE: dict[str, Any] = {"kind": "venue", "name": "venue"}


def source_of(kind: dict[str, Any], **changes: Any) -> Any:
    """One source; None leaves a field out."""
    row = {name: value for name, value in (kind | changes).items() if value is not None}
    (found,) = parse_sources(json.dumps({"sources": [row]}))
    return found


def sources_of(*rows: dict[str, Any]) -> tuple[Source, ...]:
    return parse_sources(json.dumps({"sources": list(rows)}))


def write_sources(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"sources": list(rows)}))
    return path


def reading(name: str = "value", value: str | None = "72", **changes: Any) -> Reading:
    known = {"name": name, "value": None if value is None else Decimal(value), "as_of": NOW}
    return Reading(**known | changes)


def rss(*items: tuple[str, str], extra: str = "") -> bytes:
    """An RSS feed of titles with their dates."""
    rows = "".join(f"<item><title>{title}</title><pubDate>{date}</pubDate></item>" for title, date in items)
    return f'<?xml version="1.0"?>{extra}<rss version="2.0"><channel><title>News</title>{rows}</channel></rss>'.encode()
