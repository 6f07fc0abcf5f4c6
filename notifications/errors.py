"""What goes wrong when a message is sent.

SendError   ``permanent``: sending it again cannot help; else it may be tried again, after ``retry_after`` if given
"""

from datetime import timedelta


class SendError(Exception):
    """A channel did not take a message. ``retry_after`` is wall time the channel asked us to wait."""

    def __init__(self, message: str, *, permanent: bool, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
