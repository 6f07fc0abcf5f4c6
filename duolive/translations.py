"""The catalogues under locale/: what the sources say, what is translated, and where the two differ.

Babel does the work of gettext's programs, so that .venv alone can extract and compile; it belongs to the tests'
requirements. The compiled .mo is committed, because a desk that only runs has no Babel.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

Identity = tuple[str | None, str]  # context and the message, in its singular

# Django's lazy variants beside gettext's own names, each with the places of context and message.
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
FILLS = re.compile(r"\{\w*\}|%\(\w+\)[a-z]|</?\w+[^>]*>")  # what a translation must keep: {names} and markup
HEADER = """\
msgid ""
msgstr ""
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)  # the same words make the same files
SAID = 60  # characters of a message in a fault


def extracted(root: Path, *, locale: str) -> Catalog:
    """Every message of the packages and templates below ``root``, untranslated."""
    catalog = Catalog(locale=locale, fuzzy=False, creation_date=UNDATED, revision_date=UNDATED)
    for source in _sources(root):
        place = source.relative_to(root).as_posix()
        for line, text, comments, context in extract("python", BytesIO(_python(source)), KEYWORDS):
            message = catalog.add(text, locations=[(place, line)], auto_comments=comments, context=context)
            _without_flags(message)
    return catalog


def _sources(root: Path) -> Iterator[Path]:
    """Modules of the packages at the top but the tests, and all templates."""
    packages = sorted(path.parent for path in root.glob("*/__init__.py") if path.parent.name != "tests")
    for package in packages:
        yield from sorted(package.rglob("*.py"))
    yield from sorted((root / "templates").rglob("*.html"))


def _python(source: Path) -> bytes:
    """The source as something Babel's reader of Python takes; a template in the form Django makes for xgettext."""
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".html":
        # Its blanks stand for the template's markup, not for Python's blocks.
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    return text.encode()


def _without_flags(message: Message) -> None:
    """Babel takes "5 % of it" for a C format."""
    message.flags -= {"python-format", "python-brace-format"}


def updated(root: Path, *, kept: Catalog, locale: str) -> Catalog:
    """The messages of the sources with the translations of ``kept``; what the sources no longer say is gone."""
    catalog = extracted(root, locale=locale)
    known = messages(kept)
    for identity, message in messages(catalog).items():
        if identity in known and _is_told(known[identity]):
            message.string = known[identity].string
            message.flags |= known[identity].flags & {"fuzzy"}
    return catalog


def messages(catalog: Catalog) -> Mapping[Identity, Message]:
    """Messages by identity, the header left out."""
    return {_identity(message): message for message in catalog if message.id}


def _identity(message: Message) -> Identity:
    return (message.context, _forms(message.id)[0])


def _forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def faults(*, said: Catalog, kept: Catalog, binary: bytes) -> list[str]:
    """One line for each message on which the sources and the .po do not agree, and for a .mo of other words."""
    wanted, known = messages(said), messages(kept)
    found = [f"missing: {_quoted(message)}" for identity, message in wanted.items() if identity not in known]
    left_over = [message for identity, message in known.items() if identity not in wanted]
    found += [f"obsolete: {_quoted(message)}" for message in [*left_over, *kept.obsolete.values()]]
    found += [fault for message in known.values() for fault in _faults_of(message)]
    if compiled(kept) != binary:
        found.append("the .mo was not compiled from this .po")
    return found


def _faults_of(message: Message) -> Iterator[str]:
    if not _is_told(message):
        yield f"untranslated: {_quoted(message)}"
        return
    if message.fuzzy:
        yield f"fuzzy: {_quoted(message)}"
    wanted = _fills(_forms(message.id)[-1])
    if any(_fills(form) != wanted for form in _forms(message.string or "")):
        yield f"other placeholders: {_quoted(message)}"


def _is_told(message: Message) -> bool:
    return all(_forms(message.string or ""))


def _fills(text: str) -> list[str]:
    return sorted(FILLS.findall(text))


def _quoted(message: Message) -> str:
    text = _forms(message.id)[0]
    shown = text if len(text) <= SAID else f"{text[:SAID]}…"
    places = sorted({place for place, _line in message.locations})
    return f'"{shown}"' + (f" ({places[0]})" if places else "")


def read_source(path: Path, *, locale: str) -> Catalog:
    """The .po at ``path``; an empty catalogue where there is none."""
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        catalog = read_po(file, locale=locale)
    catalog.creation_date = catalog.revision_date = UNDATED
    for message in messages(catalog).values():
        _without_flags(message)
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The .mo of a catalogue."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def write(catalog: Catalog, *, source: Path, binary: Path) -> None:
    """Write the .po and the .mo made from it. Places are named without lines, which would change with every edit."""
    source.parent.mkdir(parents=True, exist_ok=True)
    locale = catalog.locale_identifier or ""
    with source.open("wb") as file:
        file.write(HEADER.format(locale=locale, plurals=catalog.plural_forms).encode())
        write_po(file, catalog, width=110, omit_header=True, include_lineno=False)
    binary.write_bytes(compiled(read_source(source, locale=locale)))
