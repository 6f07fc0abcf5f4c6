"""Text columns encrypted at rest. A wrong or missing key raises; ciphertext never passes for the secret."""

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    _TextField = models.TextField["Secret", "Secret"]
else:
    _TextField = models.TextField


class SecretUnreadable(Exception):
    """None of FIELD_ENCRYPTION_KEYS opens a stored secret."""


def _cipher() -> MultiFernet:
    keys: list[str] = settings.FIELD_ENCRYPTION_KEYS
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS is not set: this process may not read or write secrets")
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: str) -> str:
    return _cipher().encrypt(plain.encode()).decode()


def decrypt(token: str) -> str:
    """Raises SecretUnreadable when no key fits."""
    try:
        return _cipher().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable("a stored secret cannot be opened with FIELD_ENCRYPTION_KEYS") from error


class Secret:
    """A stored secret that is opened only when asked for, so that rows can be read by processes without keys."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    @classmethod
    def of(cls, plain: str) -> "Secret":
        return cls(encrypt(plain))

    def reveal(self) -> str:
        return decrypt(self.token)

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)


class SecretField(_TextField):
    """Holds a Secret. Assign ``Secret.of(text)``; plain text is refused."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Secret | None:
        return None if value is None else Secret(value)

    def to_python(self, value: Any) -> Secret | None:
        if value is None or isinstance(value, Secret):
            return value
        raise TypeError(f"{self.name} holds a Secret, not {type(value).__name__}")

    def get_prep_value(self, value: Any) -> str | None:
        secret = self.to_python(value)
        return None if secret is None else secret.token
