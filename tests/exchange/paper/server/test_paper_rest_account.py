"""Account endpoints over HTTP: margin by hand, switches, several assets, asymmetric keys, bans."""

import base64
from urllib.parse import quote, urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.paper.server.weights import BAN_AFTER, Pool, RequestLimits
from tests.exchange.paper.scripted import KEY
from tests.exchange.paper.server.running import running


def code(answer):
    return answer.status_code, answer.json()["code"]


def pem(private):
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class TestMargin:
    def test_margin_is_moved_and_listed(self, exchange):
        exchange.done("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
        exchange.buy("10")

        answer = exchange.done("POST", "/fapi/v1/positionMargin", symbol="BTCUSDT", amount="100", type=1)
        exchange.done("POST", "/fapi/v1/positionMargin", symbol="BTCUSDT", amount="40", type=2)
        history = exchange.done("GET", "/fapi/v1/positionMargin/history", symbol="BTCUSDT")
        added = exchange.done("GET", "/fapi/v1/positionMargin/history", symbol="BTCUSDT", type=1)

        assert (answer["amount"], answer["code"], answer["type"]) == (100.0, 200, 1)
        assert [(row["type"], row["amount"]) for row in history] == [(1, "100"), (2, "-40")]
        assert added == history[:1]

    def test_crossed_positions_have_no_margin_of_their_own(self, exchange):
        exchange.buy()
        values = {"symbol": "BTCUSDT", "amount": "1", "type": 1}

        assert code(exchange.signed("POST", "/fapi/v1/positionMargin", **values)) == (400, -4049)

    def test_place_in_the_queue_for_deleveraging(self, exchange):
        exchange.buy(side="SELL")
        before = exchange.done("GET", "/fapi/v1/adlQuantile", symbol="BTCUSDT")
        exchange.clock(step_ms=120_000)

        after = exchange.done("GET", "/fapi/v1/adlQuantile")

        assert before == {"symbol": "BTCUSDT", "adlQuantile": {"BOTH": 1}}
        assert after == [{"symbol": "BTCUSDT", "adlQuantile": {"BOTH": 4}}]


class TestSwitches:
    def test_multi_assets_mode_is_shown_everywhere(self, exchange):
        exchange.done("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true")

        assert exchange.done("GET", "/fapi/v1/multiAssetsMargin") == {"multiAssetsMargin": True}
        assert exchange.done("GET", "/fapi/v1/accountConfig")["multiAssetsMargin"] is True
        assert code(exchange.signed("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true")) == (400, -4171)

    def test_fee_burn_is_read_back(self, exchange):
        exchange.done("POST", "/fapi/v1/feeBurn", feeBurn="true")

        assert exchange.done("GET", "/fapi/v1/feeBurn") == {"feeBurn": True}

    def test_standing_limits_and_agreement(self, exchange):
        limits = exchange.done("GET", "/fapi/v1/rateLimit/order")

        assert [(row["interval"], row["limit"]) for row in limits] == [("SECOND", 300), ("MINUTE", 1200)]
        assert exchange.done("GET", "/fapi/v1/apiTradingStatus")["indicators"] == {}
        assert exchange.done("POST", "/fapi/v1/stock/contract")["code"] == 200

    @pytest.mark.parametrize("version", ["v2", "v3"])
    def test_other_assets_are_listed_beside_usdt(self, exchange, version):
        exchange.control("deposit", account=KEY, amount="1.5", asset="BNB")

        rows = exchange.done("GET", f"/fapi/{version}/balance")
        assets = exchange.done("GET", f"/fapi/{version}/account")["assets"]

        assert [(row["asset"], row["balance"]) for row in rows] == [("USDT", "10000"), ("BNB", "1.5")]
        assert [(row["asset"], row["walletBalance"]) for row in assets] == [("USDT", "10000"), ("BNB", "1.5")]
        assert set(assets[0]) == set(assets[1])


class TestAsymmetricKeys:
    def ask(self, exchange, signature_of):
        text = urlencode({"timestamp": exchange.now_ms()})
        signature = quote(base64.b64encode(signature_of(text.encode())).decode(), safe="")
        return exchange.keyed("GET", f"/fapi/v3/balance?{text}&signature={signature}")

    def test_rsa(self, exchange):
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        exchange.control("public-key", account=KEY, public_key=pem(private))

        answer = self.ask(exchange, lambda text: private.sign(text, padding.PKCS1v15(), hashes.SHA256()))

        assert answer.status_code == 200

    def test_ed25519_and_still_the_secret(self, exchange):
        private = Ed25519PrivateKey.generate()
        exchange.control("public-key", account=KEY, public_key=pem(private))

        assert self.ask(exchange, private.sign).status_code == 200
        assert exchange.signed("GET", "/fapi/v3/balance").status_code == 200

    def test_another_key_is_refused(self, exchange):
        exchange.control("public-key", account=KEY, public_key=pem(Ed25519PrivateKey.generate()))

        assert code(self.ask(exchange, Ed25519PrivateKey.generate().sign)) == (400, -1022)

    def test_new_account_with_its_key(self, exchange):
        private = Ed25519PrivateKey.generate()
        exchange.control("accounts", api_key="k2", api_secret="s2", deposit="5", public_key=pem(private))
        exchange.key = "k2"

        assert self.ask(exchange, private.sign).json()[0]["balance"] == "5"

    @pytest.mark.parametrize(
        "text", ["nonsense", pem(ec.generate_private_key(ec.SECP256R1()))], ids=["text", "elliptic curve"]
    )
    def test_what_is_no_such_key_is_refused(self, exchange, text):
        answer = exchange.http.post("/control/public-key", json={"account": KEY, "public_key": text})

        assert answer.status_code == 400


class TestBans:
    def test_who_goes_on_after_429_is_banned_until_a_named_time(self):
        now = [10 * 10**9]
        limits = RequestLimits(weight_per_minute=0, wall_ns=lambda: now[0])
        for _ in range(BAN_AFTER):
            with pytest.raises(Exception, match="Too many requests"):
                limits.check("peer", 1)

        with pytest.raises(Exception, match="banned until 130000") as ban:
            limits.check("peer", 1)

        assert (ban.value.status, ban.value.code, ban.value.retry_after_s) == (418, -1003, 120)
        limits.check_ban("other")
        now[0] += 119 * 10**9
        with pytest.raises(Exception, match="banned"):
            limits.check_ban("peer")
        now[0] += 2 * 10**9
        limits.check_ban("peer")

    def test_ban_is_answered_on_every_path(self, tmp_path):
        with running(tmp_path, limits=RequestLimits(weight_per_minute=1, wall_ns=lambda: 0)) as exchange:
            answers = [exchange.get("/fapi/v1/ping") for _ in range(BAN_AFTER + 3)]
            control = exchange.get("/control/clock")

        assert [a.status_code for a in answers] == [200, *[429] * BAN_AFTER, 418, 418]
        assert answers[-1].headers["retry-after"] == "120"
        assert control.status_code == 200

    def test_pools_do_not_touch_each_other(self):
        limits = RequestLimits(weight_per_minute=5, wall_ns=lambda: 0)

        used = [limits.count("peer", 1, pool=Pool.FUNDING) for _ in range(501)]

        limits.check("peer", used[-2], pool=Pool.FUNDING)
        with pytest.raises(Exception, match="500 requests") as refusal:
            limits.check("peer", used[-1], pool=Pool.FUNDING)
        assert refusal.value.retry_after_s == 300
        assert limits.count("peer", 1) == 1
