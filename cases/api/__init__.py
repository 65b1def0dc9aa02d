"""Cases over HTTP for other systems and for scripts in a session: the same operations and the same sight as the pages."""
