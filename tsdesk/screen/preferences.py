"""How a reader wants her screen: theme, density and shortcuts.

They belong to the browser (a laptop by the window may want another theme than the one at home), so they are
cookies; what her account says is what a new browser starts with.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

YEAR = 365 * 24 * 3600

CHOICES = {"theme": ("light", "dark", ""), "density": ("roomy", ""), "shortcuts": ("on", "off")}


@dataclass(frozen=True, slots=True)
class Preferences:
    """Empty theme: as the system has it. Empty density: dense."""

    theme: str = ""
    density: str = ""
    shortcuts: bool = True


def preferences_of(request: HttpRequest) -> Preferences:
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme")
    shortcuts = request.COOKIES.get("shortcuts")
    density = request.COOKIES.get("density", "")
    return Preferences(
        theme=theme if theme in ("light", "dark") else "" if theme is not None else getattr(user, "theme", "") or "",
        density="roomy" if density == "roomy" else "",
        shortcuts=shortcuts == "on" if shortcuts in ("on", "off") else bool(getattr(user, "shortcuts", True)),
    )


def remember(response: HttpResponse, name: str, value: str, *, secure: bool) -> None:
    """Keep a choice for a year. ``system`` stands for an empty value, which a cookie may lose on its way."""
    response.set_cookie(name, value or "system", max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
