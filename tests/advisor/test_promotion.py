"""Promotion by a person: done and told, or refused with the reason."""

import pytest

from advisor.models import VariantRole
from advisor.promotion import PromotionRefused, promote_by_person
from advisor.variants import challengers, champion
from desk.models import Event
from tests.advisor.rows import make_ai_bot, make_variant
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def promoted(variant):
    promote_by_person(variant, author="owner", reason="better", now=NOON)


def test_a_promotion_can_be_taken_back_by_another():
    bot = make_ai_bot()
    old = make_variant(bot, role=VariantRole.CHAMPION)
    new = make_variant(bot)

    promoted(new)
    old.refresh_from_db()
    promoted(old)

    assert (champion(bot), challengers(bot)) == (old, [new])
    told = Event.objects.filter(kind="variant_promoted").order_by("pk")
    assert [event.facts["variant"] for event in told] == [new.name, old.name]
    assert {event.at for event in told} == {NOON}


@pytest.mark.parametrize(
    ("role", "why"),
    [(VariantRole.CHAMPION, "it is the champion already"), (VariantRole.RETIRED, "it is no challenger any more")],
)
def test_what_is_no_challenger_is_refused_and_nothing_is_told(role, why):
    bot = make_ai_bot()
    variant = make_variant(bot, role=role)

    with pytest.raises(PromotionRefused, match=why):
        promoted(variant)

    assert list(bot.variants.values_list("role", flat=True)) == [role]
    assert not Event.objects.filter(kind="variant_promoted").exists()


def test_a_page_that_is_out_of_date_does_not_dethrone_the_champion():
    bot = make_ai_bot()
    king = make_variant(bot, role=VariantRole.CHAMPION)
    seen = make_variant(bot)
    bot.variants.filter(pk=seen.pk).update(role=VariantRole.RETIRED)

    with pytest.raises(PromotionRefused, match="no challenger any more"):
        promoted(seen)

    assert champion(bot) == king


def test_a_promotion_leaves_other_bots_alone():
    mine, other = make_ai_bot(), make_ai_bot()
    king = make_variant(other, role=VariantRole.CHAMPION)

    promoted(make_variant(mine))

    assert champion(other) == king
    assert Event.objects.get(kind="variant_promoted").facts["before"] is None
