"""What others push: a signature over time and body, and a body that is read as strictly as any answer. Pure."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from advisor.context.errors import SourceFailed
from advisor.context.json_feed import decoded
from advisor.context.readings import EVERYWHERE, LONGEST_UNIT, Reading, moment, number, short_text
from advisor.context.sources import Name, Symbol

LONGEST_BODY = 64 * 1024
MOST_AT_ONCE = 20
TOLERANCE = timedelta(minutes=5)  # between the sender's clock and ours, either way


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 of ``TIMESTAMP.BODY``, in hexadecimal."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_genuine(secret: str, *, timestamp: str, signed: str, body: bytes, now: datetime) -> bool:
    """Whether ``body`` was signed with ``secret`` at a time (Unix seconds) that is near ``now``, wall time."""
    if not secret or not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        return False
    return hmac.compare_digest(signature(secret, timestamp, body).encode(), signed.strip().lower().encode())


class _Pushed(BaseModel):
    """One reading as it is pushed; ``time`` as in a JSON feed, else it is of now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    symbol: Symbol | None = None
    value: Any = None
    text: Annotated[str, BeforeValidator(lambda raw: short_text(raw) if isinstance(raw, str) else raw)] = ""
    unit: Annotated[str, Field(max_length=LONGEST_UNIT)] = ""
    time: Any = None


class _Push(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    readings: Annotated[list[_Pushed], Field(min_length=1, max_length=MOST_AT_ONCE)]


def pushed_readings(body: bytes, *, read_at: datetime) -> list[Reading]:
    """The readings of ``{"readings": [...]}``. Raises SourceFailed."""
    try:
        rows = _Push.model_validate(decoded(body)).readings
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SourceFailed("unreadable", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return [_reading(row, read_at) for row in rows]


def _reading(row: _Pushed, read_at: datetime) -> Reading:
    if row.value is None and not row.text:
        raise SourceFailed("nothing_there", row.name)
    return Reading(
        name=row.name,
        symbol=row.symbol or EVERYWHERE,
        value=None if row.value is None else number(row.value),
        text=row.text,
        unit=short_text(row.unit),
        as_of=read_at if row.time is None else moment(row.time),
    )
