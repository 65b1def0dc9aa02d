"""The text of an API key: how one is drawn, recognised and compared. Only its SHA-256 is ever stored."""

import hashlib
import re
import secrets

PREFIX = "tsd_"
_SHAPE = re.compile(r"tsd_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", re.ASCII)


def draw_key() -> tuple[str, str]:
    """A new key and the prefix that tells it from others. 256 bits: no list of guesses reaches it, so no slow hash."""
    prefix = PREFIX + secrets.token_hex(4)
    return f"{prefix}_{secrets.token_urlsafe(32)}", prefix


def looks_like_a_key(text: str) -> bool:
    return _SHAPE.fullmatch(text) is not None


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
