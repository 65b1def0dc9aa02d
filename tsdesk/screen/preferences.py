"""How a reader wants her screen.

Theme, shortcuts and language belong to her account and follow her to any browser. The density of rows belongs to the
browser, as the size of its screen does, and so does everything before she is signed in: those are cookies.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict

from foundation.accounts.models import User

YEAR = 365 * 24 * 3600

THEMES = ("light", "dark", "")
DENSITIES = ("roomy", "")


@dataclass(frozen=True, slots=True)
class Preferences:
    """Empty theme: as the system has it. Empty density: dense."""

    theme: str = ""
    density: str = ""
    shortcuts: bool = True


def preferences_of(request: HttpRequest) -> Preferences:
    density = "roomy" if request.COOKIES.get("density") == "roomy" else ""
    user = getattr(request, "user", None)
    if isinstance(user, User):
        return Preferences(theme=user.theme, density=density, shortcuts=user.shortcuts)
    theme = request.COOKIES.get("theme", "")
    return Preferences(theme=theme if theme in THEMES else "", density=density)


def chosen(form: QueryDict) -> dict[str, Any]:
    """What the form names and is a choice at all; anything else in it is left out."""
    choices: dict[str, Any] = {}
    if (theme := form.get("theme")) in THEMES:
        choices["theme"] = theme
    if (density := form.get("density")) in DENSITIES:
        choices["density"] = density
    if (shortcuts := form.get("shortcuts")) in ("on", "off"):
        choices["shortcuts"] = shortcuts == "on"
    if (language := form.get("language")) in dict(settings.LANGUAGES):
        choices["language"] = language
    return choices


def remember(response: HttpResponse, name: str, value: str, *, secure: bool) -> None:
    """Keep a choice in this browser for a year; an empty value forgets it."""
    if value:
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
    else:
        response.delete_cookie(name, samesite="Lax")
