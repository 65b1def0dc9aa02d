"""Words as they are indexed and looked for: one spelling for both sides."""

import re
import unicodedata


def plain(text: str) -> str:
    """Text in lower case and without accents, every other character a space: nothing PostgreSQL reads as syntax."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.sub(r"[\W_]+", " ", bare).strip()
