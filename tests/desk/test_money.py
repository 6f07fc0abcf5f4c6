"""Money columns: exact to fifteen digits on every database, loud beyond."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from desk.models import Account
from desk.money import check_exact, round_significant, significant_digits
from desk.secrets import Secret

exact = st.decimals(min_value="-9999999", max_value="9999999", places=8)


@pytest.mark.parametrize(("number", "digits"), [("0", 0), ("100", 1), ("0.00120", 2), ("123.456", 6), ("1e12", 1)])
def test_significant_digits(number: str, digits: int) -> None:
    assert significant_digits(Decimal(number)) == digits


@pytest.mark.parametrize("number", ["1234567890.123456", "0.1234567890123456", "NaN", "Infinity"])
def test_what_a_column_cannot_hold_exactly_is_refused(number: str) -> None:
    with pytest.raises(ValidationError):
        check_exact(Decimal(number))


@given(st.decimals(min_value="0.000001", max_value="1e9", allow_nan=False, allow_infinity=False))
def test_rounded_numbers_fit_and_lie_close(number: Decimal) -> None:
    rounded = round_significant(number)

    check_exact(rounded)
    assert abs(rounded - number) <= max(number * Decimal("1e-14"), Decimal("1e-12"))


@pytest.mark.postgres
class MoneyColumns(TestCase):
    @given(exact)
    def test_a_column_gives_back_digit_for_digit_what_it_was_given(self, number: Decimal) -> None:
        row = Account(
            name="a", environment="replay", api_key=Secret("x"), api_secret=Secret("y"), wallet_balance=number
        )
        row.save()

        assert Account.objects.get(pk=row.pk).wallet_balance == number
        assert Account.objects.filter(wallet_balance=number).exists()
        assert Account.objects.filter(wallet_balance__gte=number, wallet_balance__lte=number).exists()
        row.delete()

    def test_a_float_never_becomes_money(self) -> None:
        row = Account(name="a", environment="replay", api_key=Secret("x"), api_secret=Secret("y"), wallet_balance=0.1)

        with pytest.raises(TypeError, match="never a float"):
            row.save()

    def test_too_many_digits_fail_loudly_on_saving(self) -> None:
        row = Account(name="a", environment="replay", api_key=Secret("x"), api_secret=Secret("y"))
        row.wallet_balance = Decimal("123456789.123456789")

        with pytest.raises(ValidationError):
            row.save()
