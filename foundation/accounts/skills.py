"""What the skills of a member of staff can name: languages, markets, and the kinds of cases that higher apps register."""

import re
from collections.abc import Iterable

from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_MARKET = re.compile(r"[A-Z]{2}")
_LANGUAGES = frozenset(code.split("-")[0] for code in LANG_INFO)

_kinds: dict[str, str | Promise] = {}


def register_kind(value: str, label: str | Promise) -> None:
    """Name a kind of case that somebody may be given. Each app registers its own when it starts."""
    _kinds[value] = label


def kinds() -> list[tuple[str, str | Promise]]:
    return list(_kinds.items())


def primary(language: str) -> str:
    """The language of a BCP 47 tag, without its region: what somebody speaks."""
    return language.strip().lower().split("-")[0]


def known_languages(told: Iterable[str]) -> list[str]:
    """Primary subtags, each once and in order. Raises ValidationError for one that is no language."""
    for language in told:
        if primary(language) not in _LANGUAGES:
            sentence = _("There is no language “%(code)s”. Write codes such as es or pt.")
            raise ValidationError({"languages": sentence % {"code": language.strip()[:40]}})
    return sorted({primary(language) for language in told})


def known_markets(told: Iterable[str]) -> list[str]:
    """Countries, each once and in order. Raises ValidationError for one that is not two letters."""
    for market in told:
        if not _MARKET.fullmatch(market.strip().upper()):
            sentence = _("“%(market)s” is no market. Write two letters, such as US.")
            raise ValidationError({"markets": sentence % {"market": market.strip()[:40]}})
    return sorted({market.strip().upper() for market in told})


def known_kinds(told: Iterable[str]) -> list[str]:
    """Kinds of cases, each once and in order. Raises ValidationError for one that no app registered."""
    for kind in told:
        if kind not in _kinds:
            raise ValidationError({"kinds": _("There is no kind of case “%(kind)s”.") % {"kind": kind[:40]}})
    return sorted(set(told))
