"""Client order ids: ours to the last character, readable, never used twice."""

import re
from dataclasses import dataclass

MAX_LENGTH = 36
_LETTERS = {
    "entry": "e",
    "add": "a",
    "reduce": "r",
    "stop": "s",
    "inner_stop": "i",
    "take_profit": "t",
    "close": "c",
}
_PURPOSES = {letter: purpose for purpose, letter in _LETTERS.items()}
_PATTERN = re.compile(r"dl(?P<nonce>[0-9a-f]{6})-(?P<position>\d+)-(?P<letter>[earsitc])(?P<attempt>\d+)")


@dataclass(frozen=True, slots=True)
class ClientOrderId:
    """Parts of one of our ids: installation, position, purpose, attempt."""

    nonce: str
    position_id: int
    purpose: str
    attempt: int

    @property
    def is_first_entry(self) -> bool:
        """Whether nothing of the position was open before this order."""
        return self.purpose == "entry" and self.attempt == 1

    def __str__(self) -> str:
        text = f"dl{self.nonce}-{self.position_id}-{_LETTERS[self.purpose]}{self.attempt}"
        if len(text) > MAX_LENGTH:
            raise ValueError(f"{text} is longer than {MAX_LENGTH} characters")
        return text


def parse(text: str) -> ClientOrderId | None:
    """The parts of an id of any installation of ours, or None for anybody else's id."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    return ClientOrderId(match["nonce"], int(match["position"]), _PURPOSES[match["letter"]], int(match["attempt"]))


def is_ours(text: str, *, nonce: str) -> bool:
    """True for ids of this installation only."""
    parts = parse(text)
    return parts is not None and parts.nonce == nonce
