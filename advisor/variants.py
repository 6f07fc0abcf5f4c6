"""Champion and challengers of a bot: who trades, who is only listened to, and the change between them."""

from django.db import transaction

from advisor.models import Variant, VariantRole
from desk.models import Bot


def champion(bot: Bot) -> Variant | None:
    """The variant that trades; None: the settings do."""
    return Variant.objects.filter(bot=bot, role=VariantRole.CHAMPION).first()


def challengers(bot: Bot) -> list[Variant]:
    return list(Variant.objects.filter(bot=bot, role=VariantRole.CHALLENGER))


@transaction.atomic
def promote(variant: Variant, *, author: str, reason: str) -> bool:
    """Make a challenger the champion; the one before becomes a challenger. False when it was no challenger any more."""
    Variant.objects.filter(bot=variant.bot, role=VariantRole.CHAMPION).update(role=VariantRole.CHALLENGER)
    moved = Variant.objects.filter(pk=variant.pk, role=VariantRole.CHALLENGER)
    if not moved.update(role=VariantRole.CHAMPION, author=author, reason=reason):
        transaction.set_rollback(True)
        return False
    variant.refresh_from_db()
    return True
