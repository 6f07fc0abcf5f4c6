"""Lessons in both languages: the same ones, for the regimes that there are."""

from typing import get_args

import pytest

from advisor.answer import Regime
from advisor.memory.lessons import lessons


@pytest.mark.parametrize("regime", get_args(Regime))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_regime_has_a_lesson_of_its_own_after_the_general_ones(regime, language):
    general = lessons("", language)

    assert lessons(regime, language)[: len(general)] == general
    assert len(lessons(regime, language)) > len(general)


@pytest.mark.parametrize("regime", ["", *get_args(Regime)])
def test_both_languages_teach_the_same_number_of_lessons(regime):
    assert len(lessons(regime)) == len(lessons(regime, "zh"))
    assert not set(lessons(regime)) & set(lessons(regime, "zh"))


def test_no_lesson_is_told_twice():
    told = [lesson for regime in get_args(Regime) for lesson in lessons(regime)[len(lessons("")) :]]

    assert len(set(told)) == len(told)


def test_an_unheard_language_or_regime_teaches_what_is_always_true():
    assert lessons("", "fr") == lessons("")
    assert lessons("sideways") == lessons("")
