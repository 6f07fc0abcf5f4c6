"""What a source is, as its owner writes it down; strict, so that a slip of the pen is told and not guessed at. Pure."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from advisor.context.presets import PRESETS

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
KEY_PREFIX = "AI_CONTEXT_KEY_"
QUOTES = ("USDT", "USDC")
MOST_SOURCES = 30
MOST_SYMBOLS = 20  # that one source is asked about in one round
OWN_NAMES = frozenset({"value", "text", "spread_percent"})  # of what a JSON answer says without a name
PLACEHOLDERS = ("{symbol}", "{base}", "{asset}", "{name}")


class WrongSources(ValueError):
    """The configuration cannot be read; the text is the one line its owner needs."""


def duration(raw: Any) -> Any:
    """``90s``, ``15m``, ``6h``, ``3d``."""
    if isinstance(raw, str) and raw[:-1].isdecimal() and len(raw) < 8 and raw[-1] in UNITS:
        return timedelta(seconds=int(raw[:-1]) * UNITS[raw[-1]])
    raise ValueError("a time is written like 90s, 15m, 6h or 3d")


Span = Annotated[timedelta, BeforeValidator(duration)]
Interval = Annotated[Span, Field(ge=timedelta(seconds=10), le=timedelta(days=7))]
Age = Annotated[Span, Field(ge=timedelta(seconds=30), le=timedelta(days=60))]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
KeyName = Annotated[str, Field(pattern=rf"^{KEY_PREFIX}[A-Z0-9_]{{1,40}}$")]
Symbol = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,40}$")]
Path = Annotated[str, Field(max_length=200)]
Url = Annotated[str, Field(max_length=1000, pattern=r"^https?://[^\s]+$")]
Headers = Mapping[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$")], Annotated[str, Field(max_length=200)]]
Symbols = tuple[Symbol, ...] | dict[Symbol, Annotated[str, Field(max_length=60)]]


class _Source(BaseModel):
    """What all have in common. ``interval``: how often it is asked; ``max_age``: how old a reading may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    label: Annotated[str, Field(max_length=80)] = ""
    preset: str = ""
    interval: Interval = timedelta(minutes=5)
    max_age: Age = timedelta(hours=1)

    @property
    def is_asked(self) -> bool:
        """False where the source calls by itself."""
        return True

    @property
    def host(self) -> str:
        return ""

    def is_about(self, symbol: str) -> bool:
        return True


class VenueSource(_Source):
    """The venue's own statistics of each watched contract."""

    kind: Literal["venue"]
    max_age: Age = timedelta(minutes=20)


class _Fetched(_Source):
    """Asked for over HTTP. ``symbols``: only these, where they have other names there as an object.

    ``secret_headers`` and ``secret_query`` name environment variables. ``private``: may be on this machine or network.
    """

    url: Url
    symbols: Symbols | None = None
    headers: Headers = Field(default_factory=dict)
    secret_headers: Mapping[str, KeyName] = Field(default_factory=dict)
    secret_query: Mapping[str, KeyName] = Field(default_factory=dict)
    private: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_by_symbol(self) -> bool:
        return self.symbols is not None or any(place in self.url for place in PLACEHOLDERS)

    def is_about(self, symbol: str) -> bool:
        return self.symbols is None or symbol in self.symbols

    def addresses(self, watched: tuple[str, ...]) -> list[tuple[str, str]]:
        """Symbol and address of each request; one without a symbol where the source is of the whole market."""
        if not self.is_by_symbol:
            return [("", self.url)]
        chosen = watched if self.symbols is None else tuple(self.symbols)
        return [(symbol, self.address_of(symbol)) for symbol in chosen[:MOST_SYMBOLS]]

    def address_of(self, symbol: str) -> str:
        base = symbol
        for quote_asset in QUOTES:
            base = base.removesuffix(quote_asset)
        there = self.symbols.get(symbol, symbol) if isinstance(self.symbols, dict) else symbol
        words = {"symbol": symbol, "base": base, "asset": base.lower(), "name": there}
        address = self.url
        for name, word in words.items():
            address = address.replace(f"{{{name}}}", quote(word, safe=""))
        return address

    @model_validator(mode="after")
    def _has_a_host(self) -> "_Fetched":
        parts = urlsplit(self.url)
        if parts.port == 0 or not parts.hostname or parts.username or parts.password:
            raise ValueError("an address needs a host, and its keys belong into secret_headers or secret_query")
        return self


class JsonSource(_Fetched):
    """Values at dotted paths (``data.0.value``; ``-1`` is the last of a list) of a JSON answer.

    ``values`` names several. ``spread``: ``value`` is a price, and its distance to our mark price is told too.
    """

    kind: Literal["json"]
    value: Path | None = None
    values: Annotated[dict[Name, Path], Field(max_length=12)] = Field(default_factory=dict)
    text: Path | None = None
    time: Path | None = None
    unit: Annotated[str, Field(max_length=24)] = ""
    spread: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "JsonSource":
        if not (self.value or self.values or self.text):
            raise ValueError("one of value, values and text is needed")
        if OWN_NAMES & set(self.values):
            raise ValueError(f"values may not be called {', '.join(sorted(OWN_NAMES))}")
        if self.spread and not (self.value and self.is_by_symbol):
            raise ValueError("a spread needs value, and an address or symbols of single contracts")
        return self


class RssSource(_Fetched):
    """The newest ``most`` headlines of an RSS or Atom feed."""

    kind: Literal["rss"]
    interval: Interval = timedelta(minutes=10)
    max_age: Age = timedelta(hours=12)
    most: Annotated[int, Field(ge=1, le=20)] = 6


class WebhookSource(_Source):
    """Called by others at /api/v1/context/NAME, signed with the environment variable ``secret``."""

    kind: Literal["webhook"]
    secret: KeyName

    @property
    def is_asked(self) -> bool:
        return False


Source = Annotated[VenueSource | JsonSource | RssSource | WebhookSource, Field(discriminator="kind")]
FetchedSource = JsonSource | RssSource


class _Sources(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: Annotated[tuple[Source, ...], Field(max_length=MOST_SOURCES)]


def parse_sources(text: str) -> tuple[Source, ...]:
    """The sources in a JSON object ``{"sources": [...]}``. Raises WrongSources."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongSources(f"no JSON: {error}"[:200]) from None
    if not isinstance(raw, dict) or not isinstance(raw.get("sources"), list):
        raise WrongSources('expected {"sources": [...]}')
    try:
        found = _Sources.model_validate(raw | {"sources": [_with_preset(row) for row in raw["sources"]]}).sources
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise WrongSources(
            f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"[:200]
        ) from None
    names = [source.name for source in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise WrongSources(f"two sources are called {twice}")
    return found


def _with_preset(row: Any) -> Any:
    if not isinstance(row, dict) or "preset" not in row:
        return row
    preset = row["preset"]
    if not isinstance(preset, str) or preset not in PRESETS:
        raise WrongSources(f"no preset is called {str(preset)[:40]!r}; there are: {', '.join(PRESETS)}")
    return {"name": preset, **PRESETS[preset], **row}
