"""What the variables say, checked and typed once. Read by the settings and by the supervisor; knows no Django."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from duolive.environment import ConfigurationError, Environment, read_variables
from duolive.secret_files import read_or_create

ROOT = Path(__file__).resolve().parent.parent
# Made for a home by the supervisor. A real key in ``.env`` never goes to our own exchange.
PAPER_API_KEY = "PAPER_API_KEY"
PAPER_API_SECRET = "PAPER_API_SECRET"
LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})


class Venue(StrEnum):
    """The four environments; ``DUOLIVE_ENV`` names one."""

    REPLAY = "replay"
    PAPER = "paper"
    TESTNET = "testnet"
    LIVE = "live"

    @property
    def has_own_exchange(self) -> bool:
        """Whether orders go to the paper exchange unless another base URL is given."""
        return self in (Venue.REPLAY, Venue.PAPER)


VENUE_URLS = {
    Venue.TESTNET: ("https://demo-fapi.binance.com", "wss://fstream.binancefuture.com"),
    Venue.LIVE: ("https://fapi.binance.com", "wss://fstream.binance.com"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    venue: Venue
    home: Path
    environment: Environment
    speed: Decimal  # market seconds per wall second
    web_port: int
    paper_port: int
    rest_url: str
    stream_url: str
    has_foreign_venue: bool  # BINANCE_REST_URL was given: no paper exchange of our own
    api_key: str
    api_secret: str
    log_level: str

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def starts_paper_exchange(self) -> bool:
        return self.venue.has_own_exchange and not self.has_foreign_venue

    def secret_key(self) -> str:
        """SECRET_KEY as given or as kept in the home; made here, except where real money hangs on it."""
        given = self.environment.secret("SECRET_KEY")
        if given:
            return given
        if self.venue is Venue.LIVE:
            raise ConfigurationError("SECRET_KEY is not set and the live environment makes none by itself")
        return read_or_create(self.secrets / "SECRET_KEY", lambda: secrets.token_urlsafe(50))


def load(variables: Mapping[str, str] | None = None, *, root: Path = ROOT) -> Configuration:
    """The configuration by ``variables`` (default: the process's and ``.env``). Raises ConfigurationError."""
    found = read_variables(root) if variables is None else variables
    venue = _venue(Environment(found))
    home = (root / (found.get("DUOLIVE_HOME") or f"var/{venue}")).resolve()
    environment = Environment(found, secrets=home / "secrets")
    paper_port = environment.integer("DUOLIVE_PAPER_PORT", 8090, low=1, high=65535)
    rest_url, stream_url = _venue_urls(environment, venue=venue, paper_port=paper_port)
    is_foreign = bool(environment.text("BINANCE_REST_URL"))
    if venue.has_own_exchange and not is_foreign:
        api_key, api_secret = environment.secret(PAPER_API_KEY), environment.secret(PAPER_API_SECRET)
    else:
        api_key, api_secret = _api_key(environment, venue)
    return Configuration(
        venue=venue,
        home=home,
        environment=environment,
        speed=environment.positive_decimal("DUOLIVE_SPEED", "1"),
        web_port=environment.integer("DUOLIVE_WEB_PORT", 8000, low=1, high=65535),
        paper_port=paper_port,
        rest_url=rest_url,
        stream_url=stream_url,
        has_foreign_venue=is_foreign,
        api_key=api_key,
        api_secret=api_secret,
        log_level=_log_level(environment),
    )


def _venue(environment: Environment) -> Venue:
    """DUOLIVE_ENV; without it the older TESTNET_ONLY, where given, chooses between testnet and live."""
    name = environment.text("DUOLIVE_ENV").lower()
    if not name and environment.text("TESTNET_ONLY"):
        name = Venue.TESTNET if environment.flag("TESTNET_ONLY") else Venue.LIVE
    try:
        return Venue(name or Venue.REPLAY)
    except ValueError:
        raise ConfigurationError(f"DUOLIVE_ENV={name!r} must be one of {', '.join(Venue)}") from None


def _venue_urls(environment: Environment, *, venue: Venue, paper_port: int) -> tuple[str, str]:
    own = (f"http://127.0.0.1:{paper_port}", f"ws://127.0.0.1:{paper_port}")
    rest_default, stream_default = VENUE_URLS.get(venue, own)
    rest = environment.text("BINANCE_REST_URL", rest_default).rstrip("/")
    if environment.text("BINANCE_REST_URL"):
        # A server of that protocol serves both at one address; Binance's own hosts do not.
        stream_default = dict(VENUE_URLS.values()).get(rest, "ws" + rest.removeprefix("http"))
    stream = environment.text("BINANCE_WS_URL", stream_default).rstrip("/")
    if not rest.startswith(("http://", "https://")):
        raise ConfigurationError(f"BINANCE_REST_URL={rest!r} must begin with http:// or https://")
    if not stream.startswith(("ws://", "wss://")):
        raise ConfigurationError(f"BINANCE_WS_URL={stream!r} must begin with ws:// or wss://")
    if environment.text("BINANCE_WS_URL") and not environment.text("BINANCE_REST_URL"):
        raise ConfigurationError("BINANCE_WS_URL is set without BINANCE_REST_URL: they must be one venue")
    return rest, stream


def _api_key(environment: Environment, venue: Venue) -> tuple[str, str]:
    """Key and secret; the BINANCE_LIVE_* names count in the live environment only."""
    if venue is Venue.LIVE and environment.secret("BINANCE_LIVE_API_KEY"):
        return environment.secret("BINANCE_LIVE_API_KEY"), environment.secret("BINANCE_LIVE_SECRET_KEY")
    secret = environment.secret("BINANCE_API_SECRET") or environment.secret("BINANCE_SECRET_KEY")
    return environment.secret("BINANCE_API_KEY"), secret


def _log_level(environment: Environment) -> str:
    level = environment.text("LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        raise ConfigurationError(f"LOG_LEVEL={level!r} must be one of {', '.join(sorted(LOG_LEVELS))}")
    return level
