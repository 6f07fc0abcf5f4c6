"""How numbers and codes stand in what the API, the socket and the pages say."""

from enum import Enum
from typing import Any

from rest_framework import serializers


class DecimalText(serializers.DecimalField):
    """Every digit that is known, never an exponent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=None, decimal_places=None, coerce_to_string=True, **kwargs)


class Word(serializers.CharField):
    """One of a closed list, named in the schema."""

    def __init__(self, states: type[Enum], **kwargs: Any) -> None:
        super().__init__(help_text=f"one of {', '.join(str(state.value) for state in states)}", **kwargs)
