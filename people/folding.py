"""How names are compared: without case and accents, by one function of the database that indexes can use."""

from typing import Any

from django.db.models import Func, TextField

CREATE = """
CREATE FUNCTION people_folded(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1));
"""
"""unaccent alone may not stand in an index, because somebody could edit its dictionary. Ours is the shipped one."""


class Folded(Func):
    """A text in lower case and without accents: ``Zoë Brückner`` becomes ``zoe bruckner``."""

    function = "people_folded"
    arity = 1

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        extra.setdefault("output_field", TextField())
        super().__init__(*expressions, **extra)
