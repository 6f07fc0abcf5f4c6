"""Whether a fault strikes: from its spec, what it has met and done so far, and the seed. Nothing else."""

from dataclasses import dataclass
from hashlib import sha256

from exchange.paper.faults.specs import Counted, Spec
from exchange.paper.faults.timing import Window


def is_due(spec: Counted, *, met: int, struck: int, chance: float) -> bool:
    """Whether the ``met``-th match (from 1) strikes. ``chance`` is this match's draw, 0 <= chance < 1."""
    counted = met - spec.after
    if counted < 1 or counted % spec.every:
        return False
    if spec.count is not None and struck >= spec.count:
        return False
    return spec.probability is None or chance < spec.probability


def draw(seed: int, *, number: int, met: int) -> float:
    """An even draw from [0, 1), the same for the same seed, fault and match."""
    digest = sha256(f"{seed} {number} {met}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault that is set. ``from_ms`` and ``until_ms`` are market times, None while they are not known.

    ``met`` counts what it was about while in force, ``struck`` what it spoiled.
    """

    number: int
    spec: Spec
    window: Window
    from_ms: int | None = None
    until_ms: int | None = None
    met: int = 0
    struck: int = 0

    def is_active(self, market_ms: int) -> bool:
        if self.from_ms is None or market_ms < self.from_ms:
            return False
        return self.until_ms is None or market_ms < self.until_ms

    @property
    def is_spent(self) -> bool:
        """Whether it has struck as often as it may."""
        return isinstance(self.spec, Counted) and self.spec.count is not None and self.struck >= self.spec.count

    def meet(self, seed: int) -> bool:
        """Count a match and decide on it. A fault without a rule for how often strikes each time."""
        self.met += 1
        if isinstance(self.spec, Counted):
            chance = draw(seed, number=self.number, met=self.met)
            if not is_due(self.spec, met=self.met, struck=self.struck, chance=chance):
                return False
        self.struck += 1
        return True
