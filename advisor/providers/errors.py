"""What goes wrong when a provider is asked; each class means one reaction of the router.

AdviceFailed
├── NotAsked         nothing was sent, nothing can cost: another provider, the money is given back
├── RateLimited      asked to wait: another provider, this one not before ``retry_after``
├── Misconfigured    key, balance or model refused: another provider, this one not for a while
├── Unavailable      timeout, 5xx, unusable body: another provider; what it cost is unknown
└── BadAnswer        an answer that is none (refused, truncated, empty, unreadable): asked and paid for; another try
"""

from datetime import timedelta
from typing import Any


class AdviceFailed(Exception):
    """``code`` is one word for journal and metrics. Never carries a key or a body."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class NotAsked(AdviceFailed):
    """The request did not leave."""


class RateLimited(AdviceFailed):
    """``retry_after`` is wall time as the provider asked for, None when it did not say."""

    def __init__(self, code: str, detail: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class Misconfigured(AdviceFailed):
    """It will go on failing until a person changes something."""


class Unavailable(AdviceFailed):
    """It may work later."""


class BadAnswer(AdviceFailed):
    """``answer`` holds what was said and what it cost, where that is known."""

    def __init__(self, code: str, detail: str = "", *, answer: Any = None) -> None:
        super().__init__(code, detail)
        self.answer = answer
