"""The sources that the owner's file names. A file that cannot be read means no sources and a word why, no error."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import structlog
from django.conf import settings

from advisor.context.errors import SourceFailed
from advisor.context.sources import Source, WrongSources, parse_sources

log = structlog.get_logger(__name__)

LARGEST_FILE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Catalogue:
    """``error`` is why there are none, empty where none are wanted."""

    sources: tuple[Source, ...] = ()
    error: str = ""

    def named(self, name: str) -> Source | None:
        return next((source for source in self.sources if source.name == name), None)


def catalogue() -> Catalogue:
    """What stands in AI_CONTEXT_FILE now; a file that has not changed is not read again."""
    path = Path(settings.AI_CONTEXT_FILE)
    try:
        state = path.stat()
    except FileNotFoundError:
        return Catalogue()
    except OSError as error:
        return Catalogue(error=f"{path.name}: {error.strerror}")
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int, size: int) -> Catalogue:
    try:
        if size > LARGEST_FILE:
            raise WrongSources("the file is too large")
        return Catalogue(parse_sources(path.read_text(encoding="utf-8")))
    except (WrongSources, UnicodeDecodeError, OSError) as error:
        log.warning("context_sources_unreadable", file=path.name, error=str(error)[:200])
        return Catalogue(error=f"{path.name}: {str(error)[:200]}")


def key_named(name: str) -> str:
    """The value of the environment variable AI_CONTEXT_KEY_…. Raises SourceFailed where there is none."""
    key: str = settings.AI_CONTEXT_KEYS.get(name, "")
    if not key:
        raise SourceFailed("no_key", name)
    return key
