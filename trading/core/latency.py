"""Wall time between the moments of an order."""

from datetime import datetime


def milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    """None when one of the moments is not known."""
    if start is None or end is None:
        return None
    return round((end - start).total_seconds() * 1000)
