"""Why a source could not be read. Every kind has one reaction: the source rests, and what it said before grows old."""

from datetime import timedelta

LONGEST_DETAIL = 80


class SourceFailed(Exception):
    """``code`` names the failure, ``detail`` never holds an address or a key: both are kept and shown."""

    def __init__(self, code: str, detail: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{code}: {detail[:LONGEST_DETAIL]}" if detail else code)
        self.code = code
        self.retry_after = retry_after
