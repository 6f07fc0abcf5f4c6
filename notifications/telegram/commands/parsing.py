"""From a message to a command with its words."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from notifications.telegram.moment import Moment

Answer = Callable[[tuple[str, ...], Moment], str]


@dataclass(frozen=True, slots=True)
class Command:
    """``/Close@desk_bot dotusdt`` is close with one argument."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the list: how it is written, what it is for, who answers, how many words it takes at least.

    Without ``more`` it takes exactly so many.
    """

    usage: str
    summary: str | Promise
    answer: Answer
    takes: int = 0
    more: bool = False

    def fits(self, words: int) -> bool:
        return words >= self.takes if self.more else words == self.takes


def parse(text: str) -> Command | None:
    """The command in ``text``, or None when it is none. A group's ``@bot`` behind the name is dropped."""
    words = text.split()
    if not words or not words[0].startswith("/"):
        return None
    name, _at, _bot = words[0][1:].partition("@")
    return Command(name.lower(), tuple(words[1:]))


def symbol(text: str) -> str:
    """A contract as the exchange spells it; ``dot`` is DOTUSDT."""
    name = text.upper()
    return name if name.endswith(("USDT", "USDC", "USD")) else f"{name}USDT"
