"""Environment variables: the process's own, then ``.env``, then the home's secrets; secrets also from ``NAME_FILE``."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
QUOTES = ("'", '"')
# Where the file of variables lies; set but empty means: read none (the supervisor resolved it already).
FILE_VARIABLE = "DUOLIVE_ENV_FILE"


class ConfigurationError(Exception):
    """A variable is missing or wrong; the text is the one line its owner needs."""


def parse_env_file(text: str) -> dict[str, str]:
    """Variables of a ``.env`` file: ``NAME=value`` lines, ``#`` comments, optional ``export`` and quotes.

    Values are taken literally: nothing is expanded. An unquoted value ends before `` #``.
    """
    variables: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().removeprefix("export ").strip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator or not name.strip().isidentifier():
            raise ConfigurationError(f".env line {number} is not NAME=value")
        variables[name.strip()] = _unquoted(value.strip())
    return variables


def _unquoted(value: str) -> str:
    if value[:1] in QUOTES and value:
        closing = value.find(value[0], 1)
        return value[1:closing] if closing > 0 else value
    return "" if value.startswith("#") else value.split(" #", 1)[0].rstrip()


def read_variables(root: Path, process: Mapping[str, str] | None = None) -> dict[str, str]:
    """The process's variables over those of the ``.env`` file in ``root``."""
    own = dict(os.environ if process is None else process)
    named = own.get(FILE_VARIABLE)
    path = root / ".env" if named is None else Path(named)
    if named == "" or not path.is_file():
        return own
    return parse_env_file(path.read_text(encoding="utf-8")) | own


@dataclass(frozen=True, slots=True)
class Environment:
    """Typed reading of variables; every refusal names the variable."""

    variables: Mapping[str, str]
    secrets: Path | None = None  # folder with one file per secret, named like its variable

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def secret(self, name: str, default: str = "") -> str:
        """The variable, else the file named by ``NAME_FILE``, else the home's file, else ``default``.

        A variable that is set but empty hides the home's file: the web process gets its empty keys so.
        """
        if self.text(name):
            return self.text(name)
        named = self.text(f"{name}_FILE")
        if named:
            return _secret_file(Path(named), variable=f"{name}_FILE")
        stored = self.secrets / name if self.secrets else None
        if name not in self.variables and stored and stored.is_file():
            return _secret_file(stored, variable=name)
        return default

    def integer(self, name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
        raw = self.text(name, str(default))
        if not raw.isdecimal() or not low <= int(raw) <= high:
            raise ConfigurationError(f"{name}={raw!r} must be a whole number from {low} to {high}")
        return int(raw)

    def positive_decimal(self, name: str, default: str) -> Decimal:
        raw = self.text(name, default)
        try:
            number = Decimal(raw)
        except InvalidOperation:
            raise ConfigurationError(f"{name}={raw!r} is not a number") from None
        if not number.is_finite() or number <= 0:
            raise ConfigurationError(f"{name}={raw!r} must be above 0")
        return number

    def flag(self, name: str, *, default: bool = False) -> bool:
        raw = self.text(name, "1" if default else "0").lower()
        if raw not in TRUE | FALSE:
            raise ConfigurationError(f"{name}={raw!r} must be true or false")
        return raw in TRUE

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of ``choices``, of which the first is the default."""
        raw = self.text(name, choices[0]).lower()
        if raw not in choices:
            raise ConfigurationError(f"{name}={raw!r} must be one of {', '.join(choices)}")
        return raw

    def listed(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list."""
        return [item.strip() for item in self.text(name, default).split(",") if item.strip()]


def _secret_file(path: Path, *, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"{variable}: cannot read {path}: {error.strerror}") from None
