"""What goes wrong when a message is sent.

SendError       ``permanent``: sending it again cannot help; else it may be tried again, after ``retry_after`` if given
└── NoAnswer    nobody took it or refused it: the channel is left alone for a while
"""

from datetime import timedelta

NO_ANSWER = "no answer"  # how the text of the error begins, in the rows too


class SendError(Exception):
    """A channel did not take a message. ``retry_after`` is wall time the channel asked us to wait."""

    def __init__(self, message: str, *, permanent: bool, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after


class NoAnswer(SendError):
    """Not reached, or silent for too long."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"{NO_ANSWER}: {type(cause).__name__}", permanent=False)
