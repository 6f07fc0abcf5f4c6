"""Orders by hand over the API: committed once, refused with the field at fault, behind the trading password."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from tests import factories
from trading.core.states import OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position

MARKET_ORDER = {"symbol": "DOTUSDT", "side": "SELL", "margin_usdt": "34", "leverage": 3, "sl_pct": "18", "tp_pct": "33"}


@pytest.fixture(autouse=True)
def desk(public_market, db):
    return factories.make_account()


def test_a_market_order_becomes_an_intent_that_is_not_sent_from_here(post):
    answer = post("order", MARKET_ORDER)

    position = Position.objects.get()
    entry = Order.objects.get()
    assert answer.status_code == 201
    assert answer.json()["position"]["id"] == position.pk
    assert (position.direction, position.status) == ("SHORT", PositionStatus.PENDING)
    assert (entry.order_type, entry.side, entry.quantity, entry.price) == ("MARKET", "SELL", Decimal(12), None)
    assert (entry.status, entry.sent_at) == (OrderStatus.PENDING, None)


def test_a_limit_order_carries_its_price_and_ends_by_itself(post):
    order = {**MARKET_ORDER, "order_type": "LIMIT", "price": "8.9"} | {"margin_usdt": None, "quantity": "10"}

    answer = post("order", order)

    entry = Order.objects.get()
    assert answer.status_code == 201, answer.content
    assert (entry.price, entry.quantity) == (Decimal("8.9"), Decimal(10))
    assert entry.good_till is not None


def test_a_dry_run_answers_the_numbers_and_changes_nothing(post):
    answer = post("order", {**MARKET_ORDER, "dry_run": True}).json()

    assert answer["position"] is None
    assert {name: Decimal(answer["plan"][name]) for name in ("quantity", "notional", "margin", "stop_price")} == {
        "quantity": Decimal(12),
        "notional": Decimal(102),
        "margin": Decimal(34),
        "stop_price": Decimal("10.03"),
    }
    assert Decimal(answer["plan"]["loss_at_stop"]) == Decimal("18.36")
    assert Position.objects.count() == 0


def test_the_same_key_is_the_same_order(post):
    first = post("order", MARKET_ORDER, **{"Idempotency-Key": "click-1"})
    second = post("order", MARKET_ORDER, **{"Idempotency-Key": "click-1"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["position"]["id"] == second.json()["position"]["id"]
    assert Order.objects.count() == 1


def test_a_key_of_another_order_is_refused(post):
    post("order", MARKET_ORDER, **{"Idempotency-Key": "click-1"})

    answer = post("order", {**MARKET_ORDER, "symbol": "XRPUSDT"}, **{"Idempotency-Key": "click-1"})

    assert answer.status_code == 409
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"symbol": "NOSUCHUSDT"}, "symbol"),
        ({"side": "HOLD"}, "side"),
        ({"side": None}, "side"),
        ({"position_side": "LONG"}, "side"),
        ({"quantity": "3"}, "margin_usdt"),
        ({"margin_usdt": None}, "margin_usdt"),
        ({"margin_usdt": "0"}, "margin_usdt"),
        ({"margin_usdt": "0.1"}, "margin_usdt"),
        ({"margin_usdt": "NaN"}, "margin_usdt"),
        ({"price": "8"}, "price"),
        ({"order_type": "LIMIT"}, "price"),
        ({"leverage": 126}, "leverage"),
        ({"leverage": 0}, "leverage"),
        ({"sl_pct": "0"}, "sl_pct"),
        ({"sl_pct": "91"}, "sl_pct"),
        ({"tp_pct": "-1"}, "tp_pct"),
    ],
)
def test_what_makes_no_sense_names_its_field(post, changes, field):
    answer = post("order", {**MARKET_ORDER, **changes})

    assert answer.status_code == 400, answer.content
    assert list(answer.json()["errors"]) == [field]
    assert Position.objects.count() == 0


def test_a_symbol_that_is_held_takes_no_second_order(post):
    post("order", MARKET_ORDER)

    answer = post("order", MARKET_ORDER)

    assert answer.status_code == 400
    assert "exists already" in answer.json()["errors"]["symbol"]
    assert Position.objects.count() == 1


def test_a_venue_that_is_down_takes_no_order(post, public_market):
    public_market.is_down = True

    answer = post("order", MARKET_ORDER)

    assert answer.status_code == 503
    assert "does not answer" in answer.json()["detail"]


def test_orders_need_a_login(client):
    assert client.post("/api/v1/order", MARKET_ORDER, content_type="application/json").status_code in (401, 403)


def test_closing_marks_the_position_with_its_author(post):
    position = factories.make_protected_position(symbol="DOTUSDT")

    answer = post("close/DOTUSDT")

    position.refresh_from_db()
    assert answer.status_code == 202
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSING, "manual")
    assert Event.objects.get(kind=EventKind.POSITION_CLOSING).facts["author"] == "demo"


def test_closing_twice_is_said(post):
    factories.make_protected_position(symbol="DOTUSDT")
    post("close/DOTUSDT")

    assert post("close/DOTUSDT").status_code == 409
    assert post("close/XRPUSDT").status_code == 404


@pytest.mark.parametrize(
    ("leg", "price", "field"), [("take-profit", "6.1234", "take_profit_ratio"), ("stop", "9.2", "stop_price")]
)
def test_a_leg_is_moved_to_the_tick(post, leg, price, field):
    position = factories.make_protected_position(symbol="DOTUSDT")
    before = getattr(position, field)

    answer = post(f"positions/{position.pk}/{leg}", {"price": price})

    position.refresh_from_db()
    assert answer.status_code == 202, answer.content
    assert Decimal(answer.json()["trigger_price"]) in (Decimal("6.124"), Decimal("9.2"))
    assert getattr(position, field) != before


@pytest.mark.parametrize(("leg", "price"), [("take-profit", "9"), ("stop", "8"), ("stop", "11.2")])
def test_a_leg_on_the_wrong_side_is_refused_with_the_reason(post, leg, price):
    position = factories.make_protected_position(symbol="DOTUSDT")

    answer = post(f"positions/{position.pk}/{leg}", {"price": price})

    assert answer.status_code == 409
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["positions/77/stop", "positions/77/take-profit", "positions/77/cancel-entry"])
def test_what_is_not_there_is_not_found(post, path):
    assert post(path, {"price": "8"}).status_code == 404


def test_a_working_entry_is_cancelled_and_another_is_not(post):
    post("order", {**MARKET_ORDER, "order_type": "LIMIT", "price": "8.9"})
    entering = Position.objects.get()
    protected = factories.make_protected_position(symbol="XRPUSDT")

    assert post(f"positions/{entering.pk}/cancel-entry").status_code == 202
    assert post(f"positions/{protected.pk}/cancel-entry").status_code == 409
    entering.refresh_from_db()
    assert entering.entry_deadline == factories.NOON


def test_the_rest_of_an_add_is_called_off_once_and_the_row_tells_it(post):
    position = factories.make_protected_position(symbol="DOTUSDT")
    change = factories.make_change(position, kind="ADD", status="working")
    factories.make_execution(change, purpose=Purpose.ADD, style="twap", slices=4)

    first, again = (post(f"positions/{position.pk}/cancel-rest") for _ in range(2))

    assert (first.status_code, again.status_code) == (202, 409)
    assert first.json()["called_off_at"] == "2024-11-23T12:00:05Z"


def test_where_nothing_is_left_to_be_sent_that_is_said(post):
    position = factories.make_protected_position(symbol="DOTUSDT")

    answer = post(f"positions/{position.pk}/cancel-rest")

    assert (answer.status_code, answer.json()["detail"]) == (409, "of DOTUSDT nothing is left to be sent")
    assert post("positions/77/cancel-rest").status_code == 404


# --- The trading password ---------------------------------------------------------------------------------------

WRITES = [
    ("order", MARKET_ORDER),
    ("close/DOTUSDT", {}),
    ("positions/{id}/stop", {"price": "9.2"}),
    ("positions/{id}/take-profit", {"price": "6"}),
    ("positions/{id}/cancel-entry", {}),
    ("positions/{id}/cancel-rest", {}),
    ("config", {"leverage": 5}),
    ("auto-trade", {"enabled": True}),
]


@pytest.fixture
def held():
    position = factories.make_protected_position(factories.make_bot(auto_trade=False), symbol="DOTUSDT")
    factories.make_order(position, purpose=Purpose.CLOSE, status=OrderStatus.CANCELED)
    return position


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_what_trades_needs_the_trading_password(post, locked, held, path, body):
    refused = post(path.format(id=held.pk), body)

    assert refused.status_code == 403
    assert "password" in refused.json()["detail"]
    held.refresh_from_db()
    assert (held.status, held.bot.auto_trade, held.bot.config_version.number) == (PositionStatus.OPEN, False, 1)


def test_the_password_may_be_a_field_or_a_header(post, locked):
    field = post("order", {**MARKET_ORDER, "trading_password": locked})
    header = post("order", {**MARKET_ORDER, "symbol": "XRPUSDT"}, **{"X-Trading-Password": locked})

    assert (field.status_code, header.status_code) == (201, 201)


def test_wrong_passwords_are_throttled_even_before_a_right_one(post, locked):
    answers = [post("close/DOTUSDT", {"trading_password": "guess"}).status_code for _ in range(6)]

    assert answers == [403] * 5 + [429]
    assert post("close/DOTUSDT", {"trading_password": locked}).status_code == 429


def test_a_missing_password_is_no_guess(post, locked, held):
    for _ in range(8):
        post("close/DOTUSDT")

    assert post("close/DOTUSDT", {"trading_password": locked}).status_code == 202


def test_a_dry_run_needs_no_password(post, locked):
    assert post("order", {**MARKET_ORDER, "dry_run": True}).status_code == 200


def test_the_live_desk_wants_the_login_password_where_none_is_set(post, settings):
    settings.DUOLIVE_ENV = "live"
    factories.make_account(environment="live")

    assert post("order", MARKET_ORDER).status_code == 403
    assert post("order", {**MARKET_ORDER, "trading_password": "demo-password"}).status_code == 201


def test_the_password_is_kept_nowhere(post, locked):
    post("order", {**MARKET_ORDER, "trading_password": locked})

    assert not any(locked in str(event.facts) for event in Event.objects.all())


def test_a_stop_beyond_liquidation_is_told_at_its_field(post):
    body = {"symbol": "DOTUSDT", "side": "SELL", "margin_usdt": "20", "leverage": 1, "sl_pct": "90", "dry_run": True}

    answer = post("order", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["sl_pct"])


def test_a_limit_in_the_way_is_told_with_code_value_and_limit(post, desk):
    desk.risk_versions.create(number=1, values={"max_position_pct": "3"}, author="tests")

    answer = post("order", MARKET_ORDER)

    assert (answer.status_code, answer.json()) == (
        409,
        {
            "detail": "too large a share of equity (3.40 %, limit 3 %)",
            "code": "position_share",
            "value": "3.40 %",
            "limit": "3 %",
        },
    )
    assert not Position.objects.exists()
