"""Sources that are known by name: what a configuration says besides goes over these fields.

Addresses and fields by the providers' documentation; those with ``secret_*`` want a key of one's own.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_FRED = "https://api.stlouisfed.org/fred/series/observations?sort_order=desc&limit=1&file_type=json&series_id="
_FRED_FIELDS = {
    "kind": "json",
    "value": "observations.0.value",
    "time": "observations.0.date",
    "secret_query": {"api_key": "AI_CONTEXT_KEY_FRED"},
    "interval": "6h",
}
_GLASSNODE = "https://api.glassnode.com/v1/metrics/transactions/{metric}?a={{base}}&i=24h"
_GLASSNODE_FIELDS = {
    "kind": "json",
    "value": "-1.v",
    "time": "-1.t",
    "unit": "coins a day",
    "secret_headers": {"X-Api-Key": "AI_CONTEXT_KEY_GLASSNODE"},
    "symbols": ["BTCUSDT", "ETHUSDT"],
    "interval": "1h",
    "max_age": "3d",
}

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "venue": {"kind": "venue", "label": "statistics of the venue"},
        "fear_and_greed": {
            "kind": "json",
            "label": "fear and greed index, 0 fear to 100 greed",
            "url": "https://api.alternative.me/fng/?limit=1",
            "value": "data.0.value",
            "text": "data.0.value_classification",
            "time": "data.0.timestamp",
            "unit": "of 100",
            "interval": "1h",
            "max_age": "36h",
        },
        "dollar_index": _FRED_FIELDS
        | {"label": "broad dollar index", "url": f"{_FRED}DTWEXBGS", "unit": "index", "max_age": "12d"},
        "us_10y_yield": _FRED_FIELDS
        | {"label": "yield of ten-year US bonds", "url": f"{_FRED}DGS10", "unit": "%", "max_age": "6d"},
        "exchange_flows": {
            "kind": "json",
            "label": "coins sent to and from exchanges",
            "url": "https://community-api.coinmetrics.io/v4/timeseries/asset-metrics?assets={asset}"
            "&metrics=FlowInExUSD,FlowOutExUSD&frequency=1d&paging_from=end&page_size=1",
            "values": {"inflow": "data.0.FlowInExUSD", "outflow": "data.0.FlowOutExUSD"},
            "time": "data.0.time",
            "unit": "USD a day",
            "symbols": ["BTCUSDT", "ETHUSDT"],
            "interval": "1h",
            "max_age": "3d",
        },
        "exchange_netflow": _GLASSNODE_FIELDS
        | {"label": "net flow to exchanges", "url": _GLASSNODE.format(metric="transfers_volume_exchanges_net")},
        "whale_deposits": _GLASSNODE_FIELDS
        | {
            "label": "whales' deposits to exchanges",
            "url": _GLASSNODE.format(metric="transfers_volume_whales_to_exchanges_sum"),
        },
        "okx": {
            "kind": "json",
            "label": "price at OKX",
            "url": "https://www.okx.com/api/v5/market/ticker?instId={base}-USDT-SWAP",
            "value": "data.0.last",
            "time": "data.0.ts",
            "unit": "USDT",
            "spread": True,
            "interval": "1m",
            "max_age": "5m",
        },
        "bybit": {
            "kind": "json",
            "label": "price at Bybit",
            "url": "https://api.bybit.com/v5/market/tickers?category=linear&symbol={symbol}",
            "value": "result.list.0.lastPrice",
            "time": "time",
            "unit": "USDT",
            "spread": True,
            "interval": "1m",
            "max_age": "5m",
        },
    }
)
