"""Answers in the types that third-party clients insist on."""


def limit(**more):
    return {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"} | more


class TestChangedOrders:
    def change(self, exchange, **more):
        order = exchange.done("POST", "/fapi/v1/order", **limit(price="90"))
        return exchange.done(
            "PUT", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", quantity="1", price="91", orderId=order["orderId"],
            **more,
        )  # fmt: skip

    def test_the_number_of_a_change_is_answered_as_a_number(self, exchange):
        assert self.change(exchange, modifyId=7)["modifyId"] == 7

    def test_a_change_without_a_number_has_no_such_member(self, exchange):
        assert "modifyId" not in self.change(exchange)

    def test_a_number_that_is_none_is_refused(self, exchange):
        order = exchange.done("POST", "/fapi/v1/order", **limit(price="90"))
        change = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "price": "91", "orderId": order["orderId"]}

        answer = exchange.signed("PUT", "/fapi/v1/order", **change, modifyId="seven")

        assert (answer.status_code, answer.json()["code"]) == (400, -1102)
        assert exchange.done("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=order["orderId"])["price"] == "90"

    def test_the_history_of_changes_has_numbers_too(self, exchange):
        self.change(exchange, modifyId=7)
        self.change(exchange)

        rows = exchange.done("GET", "/fapi/v1/orderAmendment", symbol="BTCUSDT")

        assert [row["amendment"].get("modifyId") for row in rows] == [7, None]
        assert "modifyId" not in rows[1]["amendment"]

    def test_changes_in_one_request_have_numbers_and_errors_stay_errors(self, exchange):
        order = exchange.done("POST", "/fapi/v1/order", **limit(price="90"))
        change = '{"symbol":"BTCUSDT","side":"BUY","quantity":"1","price":"%s","orderId":%d,"modifyId":%s}'
        items = [
            change % ("91", order["orderId"], "8"),
            change % ("91", order["orderId"], "9"),
            change % ("92", 1, "1"),
        ]

        rows = exchange.done("PUT", "/fapi/v1/batchOrders", batchOrders=f"[{','.join(items)}]")

        assert [row.get("modifyId") for row in rows] == [8, None, None]
        assert [row.get("code") for row in rows] == [None, -5027, -2013]


def test_the_account_configuration_has_the_members_of_the_venue(exchange):
    found = exchange.done("GET", "/fapi/v1/accountConfig")

    assert set(found) == {
        "feeTier", "canTrade", "canDeposit", "canWithdraw", "dualSidePosition", "updateTime", "multiAssetsMargin",
        "tradeGroupId",
    }  # fmt: skip
