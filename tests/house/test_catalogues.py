"""What the desk says is said in every language: whole, with the same gaps to fill, compiled, and in step with the sources."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings

LOCALE = settings.ROOT / "locale"
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
GAP = re.compile(r"%%|%\(\w+\)[a-z]|%[a-z]|\{\w*\}|<[^>]*>")
MESSAGES = Path("LC_MESSAGES")


def catalogue(language: str, folder: Path = LOCALE) -> Catalog:
    with (folder / language / MESSAGES / "django.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(of: Catalog) -> list[Message]:
    """Without the header, which has no words of its own."""
    return [message for message in of if message.id]


def forms(words: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The singular and the plural, or the one form that there is."""
    return (words,) if isinstance(words, str) else tuple(words)


def name(message: Message) -> tuple[str, tuple[str, ...]]:
    """What tells a message from the others. Of a compiled catalogue Babel gives the context as bytes."""
    context = message.context or ""
    return (context.decode() if isinstance(context, bytes) else context, forms(message.id))


def names(of: Catalog) -> set[tuple[str, tuple[str, ...]]]:
    return {name(message) for message in messages(of)}


def pairs(of: Catalog) -> Iterator[tuple[Message, str, str]]:
    """Each translated form beside the English form that it stands for: the last English one for every further form."""
    for message in messages(of):
        english = forms(message.id)
        for place, translated in enumerate(forms(message.string)):
            yield message, english[min(place, len(english) - 1)], translated


def test_every_language_has_a_catalogue() -> None:
    assert sorted(path.name for path in LOCALE.iterdir() if path.is_dir()) == sorted(LANGUAGES)


@EVERY_LANGUAGE
def test_nothing_is_left_in_english(language: str) -> None:
    of = catalogue(language)
    assert len(messages(of)) > 1000
    assert [message.id for message in messages(of) if not all(forms(message.string))] == []
    assert [message.id for message in messages(of) if len(forms(message.string)) != expected_forms(message, of)] == []


def expected_forms(message: Message, of: Catalog) -> int:
    return of.num_plurals if message.pluralizable else 1


@EVERY_LANGUAGE
def test_nothing_is_a_guess_or_a_leftover(language: str) -> None:
    of = catalogue(language)
    assert [message.id for message in messages(of) if message.fuzzy] == []
    assert list(of.obsolete) == []


@EVERY_LANGUAGE
def test_every_translation_fills_the_same_gaps(language: str) -> None:
    astray = [
        (english, translated)
        for message, english, translated in pairs(catalogue(language))
        if Counter(GAP.findall(english)) != Counter(GAP.findall(translated)) and not counts_one(message, translated)
    ]
    assert astray == []


def counts_one(message: Message, translated: str) -> bool:
    """A singular may say “one” where another language writes the number: then it fills the gaps of the plural."""
    return message.pluralizable and Counter(GAP.findall(translated)) == Counter(GAP.findall(forms(message.id)[-1]))


@EVERY_LANGUAGE
def test_every_translation_keeps_the_spaces_around_it(language: str) -> None:
    edges = re.compile(r"^\s*|\s*$")
    assert [
        (english, translated)
        for _, english, translated in pairs(catalogue(language))
        if edges.findall(english) != edges.findall(translated)
    ] == []


@EVERY_LANGUAGE
def test_the_compiled_catalogue_is_in_step(language: str) -> None:
    with (LOCALE / language / MESSAGES / "django.mo").open("rb") as file:
        compiled = {name(message): forms(message.string) for message in messages(read_mo(file))}
    assert compiled == {name(message): forms(message.string) for message in messages(catalogue(language))}


@EVERY_LANGUAGE
def test_a_catalogue_names_no_person_and_no_machine(language: str) -> None:
    text = (LOCALE / language / MESSAGES / "django.po").read_text(encoding="utf-8")
    header = text.split("\n\n")[0]
    assert f'"Language: {language}\\n"' in header
    assert re.findall(r"[\w.]+@[\w.]+|POT-Creation-Date|fuzzy", header) == []
    assert re.findall(r"^#:.*$", text, re.MULTILINE) == []


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogues of a copy of the sources, gathered anew."""
    if shutil.which("xgettext") is None or shutil.which("msgmerge") is None:
        pytest.skip("the programs of gettext are not on this machine, so the words of the sources cannot be gathered")
    copy = tmp_path_factory.mktemp("words") / "desk"
    copy.mkdir()
    for folder in ("foundation", "people", "cases", "tsdesk", "templates", "locale"):
        shutil.copytree(settings.ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(settings.ROOT / "manage.py", copy)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--all", "--verbosity", "0"],
        cwd=copy,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        timeout=120,
    )
    return copy / "locale"


@EVERY_LANGUAGE
def test_the_catalogue_is_in_step_with_the_sources(language: str, gathered: Path) -> None:
    known, said = names(catalogue(language)), names(catalogue(language, gathered))
    assert sorted(map(str, said - known)) == [], "said by the sources, and not in the catalogue: makemessages --all"
    assert sorted(map(str, known - said)) == [], "in the catalogue, and said no more: makemessages --all"
