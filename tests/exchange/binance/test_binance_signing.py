import hashlib
import hmac
from urllib.parse import parse_qsl

from exchange.binance.signing import sign, signed_query

DOCUMENTED_SECRET = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
DOCUMENTED_PARAMS = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "quantity": "1",
    "price": "9000",
    "timeInForce": "GTC",
    "recvWindow": "5000",
    "timestamp": "1591702613943",
}
DOCUMENTED_SIGNATURE = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"


def test_signature_of_the_documentation():
    text = "&".join(f"{name}={value}" for name, value in DOCUMENTED_PARAMS.items())

    assert sign(text, secret=DOCUMENTED_SECRET) == DOCUMENTED_SIGNATURE


def test_signature_is_the_last_parameter_of_the_query():
    query = signed_query(DOCUMENTED_PARAMS, secret=DOCUMENTED_SECRET)

    assert query.endswith(f"&timestamp=1591702613943&signature={DOCUMENTED_SIGNATURE}")


def test_non_ascii_symbol_is_encoded_before_it_is_signed():
    query = signed_query({"symbol": "牛来USDT"}, secret="s")

    text, _, signature = query.rpartition("&signature=")
    assert text == "symbol=%E7%89%9B%E6%9D%A5USDT"
    assert signature == hmac.new(b"s", text.encode(), hashlib.sha256).hexdigest()
    assert dict(parse_qsl(query))["symbol"] == "牛来USDT"
