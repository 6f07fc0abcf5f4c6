"""Promotion as a person asks for it: refused with a reason, or done and told."""

from datetime import datetime

from django.db import transaction

from advisor.models import Variant, VariantRole
from advisor.variants import promote


class PromotionRefused(Exception):
    """The variant cannot become champion; the text says why."""


@transaction.atomic
def promote_by_person(variant: Variant, *, author: str, reason: str, now: datetime) -> None:
    """Let ``variant`` trade from the next question on. ``now`` is market time. Raises PromotionRefused.

    The one before goes on as a challenger, so that the change can be judged and taken back.
    """
    if variant.role == VariantRole.CHAMPION:
        raise PromotionRefused("it is the champion already")
    if variant.role == VariantRole.RETIRED or not promote(variant, author=author, reason=reason, now=now):
        raise PromotionRefused("it is no challenger any more")
