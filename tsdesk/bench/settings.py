"""The desk's settings, with the floor's pages beside the desk's own."""

from tsdesk.settings import *  # noqa: F403

ROOT_URLCONF = "tsdesk.bench.urls"
