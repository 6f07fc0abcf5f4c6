"""``manage.py translations``: keep the catalogues under locale/ in step with the sources."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import to_locale

try:
    from duolive import translations
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "babel":
        raise
    raise CommandError("Babel is missing: it comes with requirements-test.txt") from None


class Command(BaseCommand):
    help = "Check that every string is translated and compiled, or take new strings into the catalogues."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--check", action="store_true", help="fail with a line for each string out of step")
        what.add_argument("--update", action="store_true", help="extract anew, keep translations, compile")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for code, _name in settings.LANGUAGES:
            if code != settings.LANGUAGE_CODE:
                failed += self._update(to_locale(code)) if options["update"] else self._check(to_locale(code))
        if failed and options["check"]:
            raise CommandError(f"{failed} strings out of step; manage.py translations --update helps")

    def _update(self, locale: str) -> int:
        source, binary = _files(locale)
        kept = translations.read_source(source, locale=locale)
        catalog = translations.updated(settings.BASE_DIR, kept=kept, locale=locale)
        translations.write(catalog, source=source, binary=binary)
        self.stdout.write(f"{locale}: {len(catalog)} strings")
        return self._check(locale)

    def _check(self, locale: str) -> int:
        source, binary = _files(locale)
        found = translations.faults(
            said=translations.extracted(settings.BASE_DIR, locale=locale),
            kept=translations.read_source(source, locale=locale),
            binary=binary.read_bytes() if binary.exists() else b"",
        )
        for fault in found:
            self.stderr.write(f"{locale}: {fault}")
        return len(found)


def _files(locale: str) -> tuple[Path, Path]:
    folder = Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES"
    return folder / "django.po", folder / "django.mo"
