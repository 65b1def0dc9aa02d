"""What every template may read about the reader's screen, as ``screen``."""

from typing import Any

from django.http import HttpRequest

from tsdesk.screen.preferences import preferences_of


def screen(request: HttpRequest) -> dict[str, Any]:
    """Add as a context processor. Reads cookies and the signed-in reader, no table."""
    return {"screen": preferences_of(request)}
