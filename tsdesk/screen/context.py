"""What every template may read about the reader's screen, as ``screen``, and where the reader is."""

from typing import Any

from django.http import HttpRequest

from foundation.accounts.guards import page_of
from tsdesk.screen.preferences import preferences_of


def screen(request: HttpRequest) -> dict[str, Any]:
    """Add as a context processor. Reads cookies and the signed-in reader, no table.

    ``here`` is the address to come back to. It is not that of the request where a form came back with its errors.
    """
    return {"screen": preferences_of(request), "here": page_of(request)}
