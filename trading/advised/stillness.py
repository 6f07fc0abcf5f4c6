"""Whether a market stands as it stood when it was last asked about: where money is short, asking again can wait."""

from decimal import Decimal

from advisor.models import Decision, Outcome
from advisor.picture_facts import PictureFacts
from advisor.providers.rules import RULES
from advisor.session import SKIPPED
from desk.models import Bot

MOVED_ATR = Decimal("0.5")  # of the average true range of 15 minutes
TURNED = 0.2  # of the confluence, which is within one


def hardly_changed(bot: Bot, picture: PictureFacts) -> bool:
    """Compared with the last time a model answered on the symbol; what was never asked about is news."""
    asked = Decision.objects.filter(bot=bot, symbol=picture.symbol).exclude(outcome=Outcome.SHADOW)
    by_models = asked.exclude(provider__in=(SKIPPED, RULES)).order_by("-pk")
    last = by_models.values_list("facts", flat=True).first()
    if not last or last.get("regime") != picture.regime:
        return False
    return not _has_moved(last.get("price"), picture) and not _has_turned(last.get("features") or {}, picture)


def _has_moved(before: str | None, picture: PictureFacts) -> bool:
    if before is None or picture.price is None or not picture.atr:
        return True
    return abs(picture.price - Decimal(before)) >= MOVED_ATR * picture.atr


def _has_turned(before: dict[str, float], picture: PictureFacts) -> bool:
    return abs(picture.features.get("confluence", 0.0) - before.get("confluence", 0.0)) >= TURNED
