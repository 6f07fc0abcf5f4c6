"""What is known when a request to the venue fails; each class means one reaction.

ExchangeError
├── NotSent              the request never left, or only its timestamp was refused: it may be sent again
├── OrderRefused         the venue said no, with its code: nothing was done
├── OutcomeUnknown       it may have been carried out: ask by client_order_id, never resend
├── RateLimited          refused until a given time: everybody waits
├── ExchangeUnavailable  the venue cannot answer a question now: try later
└── BadCredentials       key, signature or permission: stop and call the owner
"""

from datetime import datetime


class ExchangeError(Exception):
    """Base of all errors of the boundary."""


class NotSent(ExchangeError):
    """No connection was made, or the venue would not look at the request for its timestamp: nothing was done."""


class OrderRefused(ExchangeError):
    """The venue refused a request; ``code`` is its (negative) error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.reason = message


class OutcomeUnknown(ExchangeError):
    """Timeout, broken connection, 5xx, -1006 or -1007 after sending: only a query can tell what happened."""


class RateLimited(ExchangeError):
    """429 or 418. ``until`` is wall time (aware UTC) before which nothing may be sent."""

    def __init__(self, until: datetime, message: str = "") -> None:
        super().__init__(f"rate limited until {until:%H:%M:%S}: {message}")
        self.until = until


class ExchangeUnavailable(ExchangeError):
    """A read failed for reasons that pass: timeout, 5xx, maintenance."""


class BadCredentials(ExchangeError):
    """-1002, -1022, -2014, -2015, -2017: the key, its secret or its permissions are wrong."""


class OrderCode:
    """Venue error codes the desk reacts to by name (reference: error table of the USDS-M API)."""

    TIMESTAMP = -1021
    UNKNOWN_ORDER = -2011
    NO_SUCH_ORDER = -2013
    WOULD_TRIGGER = -2021
    REDUCE_ONLY_REJECTED = -2022
    NO_MARGIN_CHANGE = -4046
    TOO_THIN = -4131
    NO_POSITION_SIDE_CHANGE = -4059
    REDUCE_ONLY_FAILED = -4118
    DUPLICATE_CLIENT_ID = -4116
    CLOSE_POSITION_EXISTS = -4130
    WOULD_TRIGGER_ALGO = -4142
    NO_POSITION = -4509
    DUPLICATE_ALGO_ID = -20132
