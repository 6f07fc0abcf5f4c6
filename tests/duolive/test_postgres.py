"""The database of production: DATABASE_URL, migrations and exact money."""

from decimal import Decimal

import pytest

pytestmark = [pytest.mark.postgres, pytest.mark.postgres_only, pytest.mark.django_db]


def test_the_suite_is_on_postgres_and_every_migration_applies():
    from django.core.management import call_command
    from django.db import connection

    assert connection.vendor == "postgresql"
    call_command("migrate", check_unapplied=True, verbosity=0)


def test_numbers_come_back_as_they_went():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::numeric(38, 18)", [Decimal("12345678901234567890.123456789012345678")])
        assert cursor.fetchone() == (Decimal("12345678901234567890.123456789012345678"),)
