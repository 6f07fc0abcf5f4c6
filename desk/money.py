"""Decimal columns that stay exact on PostgreSQL and on SQLite, which keeps decimals as 8-byte floats (15 digits)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    _DecimalField = models.DecimalField[Any, Any]
else:
    _DecimalField = models.DecimalField

SIGNIFICANT_DIGITS = 15


def significant_digits(value: Decimal) -> int:
    """Digits between the first and the last that is not zero; 0 for zero."""
    digits = value.as_tuple().digits
    text = "".join(map(str, digits)).strip("0")
    return len(text)


def check_exact(value: Decimal) -> None:
    """Raise ValidationError for a number that SQLite would round."""
    if not value.is_finite():
        raise ValidationError(f"{value} is not a number")
    if significant_digits(value) > SIGNIFICANT_DIGITS:
        raise ValidationError(f"{value:f} has more than {SIGNIFICANT_DIGITS} significant digits")


def round_significant(value: Decimal) -> Decimal:
    """Round to the digits a column holds exactly; for averages and quotients, never for what the venue sent."""
    if value == 0:
        return Decimal(0)
    exponent = value.adjusted() - SIGNIFICANT_DIGITS + 1
    return value.quantize(Decimal(1).scaleb(max(exponent, -12)))


class ExactDecimalField(_DecimalField):
    """A decimal that fails loudly, on saving, when it cannot be kept digit for digit."""

    digits = 28
    places = 12

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = self.digits, self.places
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, float):
            raise TypeError(f"{self.name}: money is never a float")
        if isinstance(value, Decimal):
            self._check(value)
        return super().get_db_prep_save(value, connection)

    def _check(self, value: Decimal) -> None:
        check_exact(value)
        if value != value.quantize(Decimal(1).scaleb(-self.places)):
            raise ValidationError(f"{self.name}: {value:f} has more than {self.places} decimal places")

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else _without_padding(Decimal(value))


def _without_padding(value: Decimal) -> Decimal:
    """Trailing zeros of the column's scale carry no information: 8.562000000000 is read as 8.562."""
    trimmed = value.normalize()
    return trimmed if trimmed == 0 or -trimmed.adjusted() > 0 or trimmed % 1 else trimmed.quantize(Decimal(1))


class PriceField(ExactDecimalField):
    """USDT per unit of base asset."""


class QuantityField(ExactDecimalField):
    """Base asset."""


class UsdtField(ExactDecimalField):
    """USDT, to 8 decimals as the venue books it."""

    digits = 20
    places = 8


class RatioField(ExactDecimalField):
    """A pure number: ratios, rates, shares."""
