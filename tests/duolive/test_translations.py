"""Catalogues: what is extracted, what is kept, and every way in which they can be out of step."""

from pathlib import Path

import pytest
from babel.messages import Catalog
from django.core.management import CommandError, call_command
from django.utils import translation

from duolive import translations
from duolive.translations import UNDATED, compiled, extracted, faults, messages, read_source, updated, write

LOCALE = "zh_Hans"
MODULE = 'from django.utils.translation import gettext_lazy as _\n\nHELLO = _("{name} is open")\n'
TEMPLATE = """{% load i18n %}
{# no translation: {% translate "in a comment" %} #}
  <p title="{% translate 'Light or dark' %}">Plain words stay.</p>
      <b>{% blocktranslate %}Send <code>KEY</code> to {{ address }}.{% endblocktranslate %}</b>
{% blocktranslate count n=rows %}one row{% plural %}{{ n }} rows{% endblocktranslate %}
  {% translate "May" context "month" %}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of one package, its tests, and one template."""
    for place, text in {
        "desk/__init__.py": "",
        "desk/words.py": MODULE,
        "tests/__init__.py": "",
        "tests/test_words.py": 'from desk.words import _\n\nassert _("only in a test")\n',
        "scripts/loose.py": '_ = str\nprint(_("in no package"))\n',
        "templates/desk/page.html": TEMPLATE,
    }.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    return tmp_path


def texts(catalog: Catalog) -> set[str]:
    return {text for _context, text in messages(catalog)}


def catalogue(**translated: str) -> Catalog:
    catalog = Catalog(locale=LOCALE, creation_date=UNDATED, revision_date=UNDATED)
    for text, string in translated.items():
        catalog.add(text, string)
    return catalog


def found_in(said: Catalog, kept: Catalog, binary: bytes | None = None) -> list[str]:
    return faults(said=said, kept=kept, binary=compiled(kept) if binary is None else binary)


def test_strings_of_packages_and_templates_are_found(root: Path):
    assert texts(extracted(root, locale=LOCALE)) == {
        "{name} is open",
        "Light or dark",
        "Send <code>KEY</code> to %(address)s.",
        "one row",
        "May",
    }


def test_plurals_and_contexts_are_found(root: Path):
    found = messages(extracted(root, locale=LOCALE))

    assert found[None, "one row"].id == ("one row", "%(n)s rows")
    assert found["month", "May"].context == "month"


def test_a_string_names_the_file_it_stands_in(root: Path):
    found = messages(extracted(root, locale=LOCALE))

    assert found[None, "Light or dark"].locations == [("templates/desk/page.html", 3)]


def test_an_update_keeps_translations_and_forgets_what_is_gone(root: Path):
    kept = catalogue(**{"Light or dark": "浅色或深色", "gone": "已删除"})

    found = messages(updated(root, kept=kept, locale=LOCALE))

    assert found[None, "Light or dark"].string == "浅色或深色"
    assert not found[None, "{name} is open"].string
    assert (None, "gone") not in found


def test_a_fuzzy_translation_stays_fuzzy(root: Path):
    kept = Catalog(locale=LOCALE)
    kept.add("Light or dark", "浅色", flags=["fuzzy"])

    assert messages(updated(root, kept=kept, locale=LOCALE))[None, "Light or dark"].fuzzy


def test_what_is_written_is_read_back_and_agrees(root: Path):
    source, binary = root / "locale/django.po", root / "locale/django.mo"
    catalog = extracted(root, locale=LOCALE)
    for message in messages(catalog).values():
        message.string = ("%(n)s 行",) if isinstance(message.id, tuple) else message.id

    write(catalog, source=source, binary=binary)
    kept = read_source(source, locale=LOCALE)

    assert messages(kept).keys() == messages(catalog).keys()
    assert found_in(catalog, kept, binary.read_bytes()) == []


def test_the_same_words_make_the_same_files(root: Path):
    source, binary = root / "locale/django.po", root / "locale/django.mo"
    write(extracted(root, locale=LOCALE), source=source, binary=binary)
    first = source.read_bytes(), binary.read_bytes()

    (root / "desk/words.py").write_text(MODULE.replace("\n\n", "\n\n\n\n"))
    kept = read_source(source, locale=LOCALE)
    write(updated(root, kept=kept, locale=LOCALE), source=source, binary=binary)

    assert (source.read_bytes(), binary.read_bytes()) == first


def test_a_missing_catalogue_is_empty(tmp_path: Path):
    assert not messages(read_source(tmp_path / "django.po", locale=LOCALE))


def test_catalogues_in_step_have_no_fault():
    kept = catalogue(**{"{count} open": "持仓 {count} 个"})

    assert found_in(catalogue(**{"{count} open": ""}), kept) == []


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("{count} open", "持仓 {number} 个"),
        ("{count} open", "持仓"),
        ("open", "持仓 {count} 个"),
        ("%(count)d sent", "已发送"),
        ("send <code>KEY</code>", "发送 KEY"),
    ],
)
def test_a_translation_keeps_its_placeholders_and_markup(text: str, string: str):
    assert found_in(catalogue(**{text: ""}), catalogue(**{text: string})) == [f'other placeholders: "{text}"']


def test_a_string_that_the_catalogue_lacks_is_named_with_its_place():
    said = Catalog(locale=LOCALE)
    said.add("new", locations=[("desk/words.py", 3)])

    assert found_in(said, catalogue()) == ['missing: "new" (desk/words.py)']


def test_a_string_that_no_source_says_is_obsolete():
    assert found_in(catalogue(), catalogue(gone="已删除")) == ['obsolete: "gone"']


def test_a_commented_out_string_is_obsolete(tmp_path: Path):
    (tmp_path / "django.po").write_text('#~ msgid "gone"\n#~ msgstr "已删除"\n')

    assert found_in(catalogue(), read_source(tmp_path / "django.po", locale=LOCALE)) == ['obsolete: "gone"']


def test_an_empty_translation_is_a_fault():
    assert found_in(catalogue(new=""), catalogue(new="")) == ['untranslated: "new"']


def test_a_fuzzy_translation_is_a_fault():
    kept = Catalog(locale=LOCALE)
    kept.add("old", "旧", flags=["fuzzy"])

    assert found_in(catalogue(old=""), kept) == ['fuzzy: "old"']


def test_a_binary_of_other_words_is_a_fault():
    said, kept = catalogue(open=""), catalogue(open="持仓中")

    assert found_in(said, kept, compiled(catalogue(open="开"))) == ["the .mo was not compiled from this .po"]


def test_a_long_string_is_cut_in_a_fault():
    (fault,) = found_in(catalogue(**{"x" * 300: ""}), catalogue())

    assert len(fault) < 90


def test_the_project_is_translated_and_compiled():
    call_command("translations", check=True)


def test_the_command_says_what_is_out_of_step(settings, root: Path, capsys):
    settings.BASE_DIR, settings.LOCALE_PATHS = root, [root / "locale"]

    call_command("translations", update=True)
    with pytest.raises(CommandError, match="5 strings out of step"):
        call_command("translations", check=True)

    assert 'zh_Hans: untranslated: "May"' in capsys.readouterr().err


def test_the_command_wants_to_know_what_to_do():
    with pytest.raises(CommandError, match="required"):
        call_command("translations")


def test_a_reader_gets_the_translations():
    with translation.override("zh-hans"):
        assert translation.gettext("all protected") == "全部已保护"


def test_percent_signs_are_no_c_formats(root: Path):
    (root / "desk/words.py").write_text(MODULE.replace("{name} is open", "{percent} % of equity"))

    found = messages(translations.extracted(root, locale=LOCALE))

    assert found[None, "{percent} % of equity"].flags == set()
