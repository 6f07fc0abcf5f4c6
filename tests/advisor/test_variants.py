"""One champion, never two, never none by accident."""

import pytest
from django.db import IntegrityError, transaction

from advisor.models import Variant, VariantRole
from advisor.variants import challengers, champion, promote
from desk.models import Event
from tests.factories import NOON, make_bot

pytestmark = pytest.mark.django_db


def variant(bot, name, role=VariantRole.CHALLENGER):
    return Variant.objects.create(bot=bot, name=name, role=role, prompt_version="v1", author="tests")


def test_a_promoted_challenger_changes_places_with_the_champion():
    bot = make_bot()
    old, new = variant(bot, "old", VariantRole.CHAMPION), variant(bot, "new")

    assert promote(new, author="owner", reason="better over 200 decisions")

    assert champion(bot) == new
    assert challengers(bot) == [old]
    assert new.reason == "better over 200 decisions"


def test_a_promotion_is_told_with_its_author_and_the_champion_before():
    bot = make_bot()
    variant(bot, "old", VariantRole.CHAMPION)

    promote(variant(bot, "new"), author="owner", reason="better", now=NOON)

    event = Event.objects.get(kind="variant_promoted")
    assert (event.at, event.bot) == (NOON, bot)
    assert event.facts == {"variant": "new", "before": "old", "author": "owner", "reason": "better"}


def test_what_is_no_challenger_is_not_promoted_and_the_champion_stays():
    bot = make_bot()
    old, retired = variant(bot, "old", VariantRole.CHAMPION), variant(bot, "gone", VariantRole.RETIRED)

    assert not promote(retired, author="owner", reason="")

    assert champion(bot) == old
    assert not Event.objects.filter(kind="variant_promoted").exists()


def test_the_database_keeps_two_champions_apart():
    bot = make_bot()
    variant(bot, "one", VariantRole.CHAMPION)

    with pytest.raises(IntegrityError), transaction.atomic():
        variant(bot, "two", VariantRole.CHAMPION)


def test_a_bot_without_variants_is_asked_by_the_settings():
    assert champion(make_bot()) is None
