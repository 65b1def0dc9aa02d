"""The desk in a real Chromium, over the network, on the real services. `./desk test` finds or fetches the browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from foundation.accounts.models import User

WIDTH, HEIGHT = 1360, 860
PATIENCE = 25_000
"""Milliseconds until what should be there is missed. Another worker and another browser may be busy on the same cores."""

ON_PATH = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip

# A violation of the content policy is told to the page, not only to the console.
WATCH = "addEventListener('securitypolicyviolation', e => console.error('policy:', e.violatedDirective, e.blockedURI))"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser that is named, or the machine's; without either the one that playwright installed."""
    found = os.environ.get("TSDESK_CHROMIUM") or next(filter(None, map(shutil.which, ON_PATH)), None)
    return browser_type_launch_args | {"args": FLAGS} | ({"executable_path": found} if found else {})


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session", autouse=True)
def _one_connection(shipped_data: str, browser: Browser, django_db_blocker: Any) -> Iterator[None]:
    """Give the connection that is used beside Playwright's event loop, which is another, what Django left on the first."""
    connection._test_serialized_contents = shipped_data  # type: ignore[attr-defined]
    yield
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture
def now() -> datetime:
    """A browser tells its own time, so what it looks at happens now."""
    return timezone.now()


@pytest.fixture(autouse=True)
def _desk(live_server: LiveServer, settings: Any) -> Iterator[None]:
    """One desk for the test: a second factor is not asked for, and nothing is remembered of the test before."""
    settings.DEMO = True
    cache.clear()
    yield
    cache.clear()


SitDown = Callable[..., Page]


@pytest.fixture
def sit_down(browser: Browser, live_server: LiveServer) -> Iterator[SitDown]:
    """Somebody in front of a browser of her own, signed in where she is named. What the console complains of fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def sit_down(user: User | None = None, **options: Any) -> Page:
        given = {"viewport": {"width": WIDTH, "height": HEIGHT}, "locale": "en-US", "timezone_id": "America/Denver"}
        context = browser.new_context(base_url=live_server.url, **(given | options))
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        context.add_init_script(WATCH)
        context.on("console", lambda message: troubles.extend(_trouble(message)))
        context.on("weberror", lambda failed: troubles.append(str(failed.error)))
        return context.new_page()

    yield sit_down
    for context in contexts:
        context.close()
    assert troubles == []


def _trouble(message: ConsoleMessage) -> Iterator[str]:
    """An error or a warning. That a page was refused, or that there is no connection, is a test's own matter."""
    if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
        yield f"{message.text} ({message.page.url if message.page else ''})"
