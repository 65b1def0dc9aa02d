"""Words as they are indexed and looked for, with one spelling for both sides, and as they stand in a sentence."""

import re
import unicodedata

from django.utils.functional import Promise


def plain(text: str) -> str:
    """Text in lower case and without accents, every other character a space: nothing PostgreSQL reads as syntax."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.sub(r"[\W_]+", " ", bare).strip()


def amid(label: str | Promise) -> str:
    """A label as it stands in the middle of a sentence: without its capital, unless it is an abbreviation such as SMS."""
    text = str(label)
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
