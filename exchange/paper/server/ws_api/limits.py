"""What has been used of the request limits, from the headers that REST would send to the rows of rateLimits."""

from collections.abc import Mapping
from typing import Any

from exchange.paper.server.admission import USED_WEIGHT
from exchange.paper.server.routes_risk import ORDER_LIMITS

USED_ORDERS = ("X-MBX-ORDER-COUNT-10S", "X-MBX-ORDER-COUNT-1M")  # in the order of ORDER_LIMITS


def limit_rows(headers: Mapping[str, str], *, weight_limit: int) -> list[dict[str, Any]]:
    """A row for each limit that the request was counted against; ``weight_limit`` is per minute."""
    weight = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": weight_limit}
    counted = zip((USED_WEIGHT, *USED_ORDERS), (weight, *ORDER_LIMITS), strict=True)
    return [{**row, "count": int(headers[name])} for name, row in counted if name in headers]
