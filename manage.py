#!/usr/bin/env python3
"""Django's command line. `./desk manage` calls it with the services and the environment it needs."""

import os
import sys

from django.core.management import execute_from_command_line

# Commands that change the schema connect as its owner; all others get the runtime role, which owns nothing.
OWNER_COMMANDS = {"migrate", "prepare_database", "createcachetable"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsdesk.settings")
    if OWNER_COMMANDS.intersection(sys.argv[1:2]):
        os.environ["TSDESK_DATABASE_ROLE"] = "owner"
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
