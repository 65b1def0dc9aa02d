"""What every test stands on: a real PostgreSQL and a real Valkey, which `./desk test` starts."""

import os

# Playwright's synchronous API runs an event loop in the test's thread, and Django refuses queries beside one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
