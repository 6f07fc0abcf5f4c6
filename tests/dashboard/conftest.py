"""A market clock that stands still, and clients that are logged in or not."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from dashboard import market_time
from dashboard.market_time import MarketTime
from desk import venue
from desk.roles import Role, give_role
from exchange.errors import ExchangeUnavailable
from tests.dashboard.public_market import PublicMarket
from tests.factories import NOON

SPEED = Decimal(60)


class StandingClock:
    """Market time as a test sets it; ``is_down`` makes the venue unreachable."""

    def __init__(self) -> None:
        self.at = NOON
        self.speed = SPEED
        self.is_down = False
        self.asked = 0

    def now(self):
        self.asked += 1
        if self.is_down:
            raise ExchangeUnavailable("no answer")
        return self.at


@pytest.fixture(autouse=True)
def venue_clock(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    clock = StandingClock()
    monkeypatch.setattr(market_time, "clock", lambda: clock)
    monkeypatch.setattr(market_time, "_reader", market_time.MarketTimeReader())
    return clock


@pytest.fixture
def reading(venue_clock: StandingClock) -> MarketTime:
    return MarketTime(venue_clock.at, venue_clock.speed)


@pytest.fixture
def user(db: None) -> User:
    """An owner, so that only the tests of roles care about them."""
    person = User.objects.create_user("demo", password="demo-password")
    give_role(person, Role.OWNER)
    return person


@pytest.fixture
def visitor(user: User) -> Client:
    """A logged-in browser."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def public_market(monkeypatch: pytest.MonkeyPatch) -> PublicMarket:
    """The venue's public market, with nothing kept from before."""
    market = PublicMarket()
    monkeypatch.setattr(venue, "market_data", lambda: market)
    return market


@pytest.fixture
def locked(settings) -> str:
    """The desk wants a trading password; failures of earlier tests are forgotten."""
    cache.clear()
    settings.TRADING_PASSWORD = "open sesame"
    return settings.TRADING_PASSWORD


@pytest.fixture
def post(visitor: Client):
    """Posts JSON to the API."""

    def send(path: str, body: object = None, **headers: str):
        return visitor.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)

    return send
