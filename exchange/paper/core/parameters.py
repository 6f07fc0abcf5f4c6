"""Request parameters as the venue reads them: texts, each refused with the venue's own code when it is wrong."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from exchange.paper.core.refusals import VenueError

DECIMAL_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CLIENT_ID_RANGE = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
Choice = TypeVar("Choice", bound=StrEnum)


class Parameters:
    """The parameters of one request. An empty text counts as not sent."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        return self._values.get(name) or None

    def mandatory(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise VenueError(-1102, name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        """A plain decimal number without sign or exponent, or None when absent (-1100)."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(DECIMAL_RANGE, value):
            raise VenueError(-1100, name, DECIMAL_RANGE)
        return Decimal(value)

    def mandatory_decimal(self, name: str) -> Decimal:
        self.mandatory(name)
        value = self.decimal(name)
        assert value is not None
        return value

    def integer(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,19}", value):
            raise VenueError(-1102, name)
        return int(value)

    def mandatory_integer(self, name: str) -> int:
        self.mandatory(name)
        value = self.integer(name)
        assert value is not None
        return value

    def flag(self, name: str) -> bool:
        """ "true" or "false" in any case; absent means False (-1130)."""
        value = (self.text(name) or "false").lower()
        if value not in ("true", "false"):
            raise VenueError(-1130, name)
        return value == "true"

    def choice(self, name: str, kinds: type[Choice], *, code: int) -> Choice | None:
        """Member of an enum, None when absent; another value is refused with ``code``."""
        value = self.text(name)
        if value is None:
            return None
        if value not in kinds.__members__:
            raise VenueError(code, name) if code == -1130 else VenueError(code)
        return kinds[value]

    def client_id(self, name: str) -> str | None:
        value = self.text(name)
        if value is not None and not re.fullmatch(CLIENT_ID_RANGE, value):
            raise VenueError(-4015)
        return value

    def limit(self, *, default: int, maximum: int) -> int:
        """``limit`` of a list request, between 1 and ``maximum`` (-1130)."""
        value = self.integer("limit")
        if value is None:
            return default
        if not 1 <= value <= maximum:
            raise VenueError(-1130, "limit")
        return value

    def period(self) -> tuple[int | None, int | None]:
        """startTime and endTime in ms, in order (-1023)."""
        start, end = self.integer("startTime"), self.integer("endTime")
        if start is not None and end is not None and start > end:
            raise VenueError(-1023)
        return start, end
