"""Secrets at rest."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from desk.models import Account
from desk.secrets import Secret, SecretUnreadable, decrypt, encrypt


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.create(
        name="a", environment="replay", api_key=Secret.of("key-1"), api_secret=Secret.of("secret-1")
    )


def test_a_secret_is_read_back_but_never_stored_in_clear(account: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key, api_secret FROM desk_account")
        stored = " ".join(cursor.fetchone())

    assert Account.objects.get().api_secret.reveal() == "secret-1"
    assert "secret-1" not in stored
    assert "key-1" not in stored


def test_a_secret_is_never_printed(account: Account) -> None:
    assert "secret-1" not in f"{account.api_secret} {account.api_secret!r} {account.__dict__}"


def test_a_wrong_key_raises_instead_of_giving_ciphertext(account: Account, settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(SecretUnreadable):
        Account.objects.get().api_key.reveal()


def test_a_process_without_keys_reads_rows_but_no_secrets(account: Account, settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []

    read = Account.objects.get()

    assert read.name == "a"
    with pytest.raises(ImproperlyConfigured):
        read.api_key.reveal()


def test_an_old_key_still_opens_after_a_new_one_is_put_before_it(settings) -> None:
    token = encrypt("secret-1")
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEYS]

    assert decrypt(token) == "secret-1"


def test_plain_text_is_refused_by_the_column(db: None) -> None:
    with pytest.raises(TypeError, match="holds a Secret"):
        Account.objects.create(name="a", environment="replay", api_key="clear", api_secret=Secret.of("x"))
