"""The language in which the owner is written to, whichever process writes."""

from contextlib import AbstractContextManager

from django.conf import settings
from django.utils.translation import override


def owners_language() -> AbstractContextManager[None]:
    """Settings' LANGUAGE, English where it names none. Pages ask their reader's browser instead."""
    language: str = getattr(settings, "LANGUAGE", "") or settings.LANGUAGE_CODE
    return override(language)
