"""What tests of faults share: processes of the desk's own code on the database of the test."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection


@pytest.fixture
def start_process(transactional_db: None) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python beside the test, on its database; what still runs at the end is killed."""
    database = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    here = {"DATABASE_URL": url, "TSDESK_OWNER_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tsdesk.settings"}
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **env: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments], env=os.environ | here | env, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
