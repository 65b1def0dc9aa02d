"""Fields that the API's shapes are made of: each bounded, none that guesses."""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.places import LONGEST_LANGUAGE, is_country, is_language
from people import normal

MOST_STRANGERS = 20
"""So many unknown fields are named in one answer."""


class Strict(serializers.Serializer[Any]):
    """A shape that refuses fields it does not know: a misspelt optional field must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        strangers = sorted(set(data) - set(self.fields))[:MOST_STRANGERS] if isinstance(data, dict) else []
        errors: dict[str, Any] = {name[:60]: [_("There is no such field.")] for name in strangers}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as invalid:
            detail: Any = invalid.detail
            raise serializers.ValidationError(errors | detail) from None
        if errors:
            raise serializers.ValidationError(errors)
        return values


class Instant(serializers.DateTimeField):
    """An instant, ISO 8601 with its offset; given out in UTC."""

    default_error_messages = {"naive": _("Add the offset from UTC, such as Z or +01:00.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None or value.utcoffset() is None:
            self.fail("naive")
        return super().enforce_timezone(value)


class Text(serializers.CharField):
    """Text, and nothing that would have to be made text: 5 is no title."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Whole(serializers.IntegerField):
    """A whole number. Written as text it is one in a cell of a file only (context ``cells``)."""

    def to_internal_value(self, data: Any) -> int:
        if not self.context.get("cells") and type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """Yes or no. Words for them are taken in a cell of a file only (context ``cells``)."""

    def to_internal_value(self, data: Any) -> Any:
        if not self.context.get("cells") and not isinstance(data, bool):
            self.fail("invalid", input=data)
        return super().to_internal_value(data)


class Line(Text):
    """Text on one line: line breaks and runs of spaces become one space."""

    def to_internal_value(self, data: Any) -> str:
        return " ".join(str(super().to_internal_value(data)).split())


class Market(Text):
    """A country, ISO 3166-1 alpha-2."""

    default_error_messages = {"unknown": _("This is not a country of ISO 3166-1, such as US.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=2, min_length=2, **options)

    def to_internal_value(self, data: Any) -> str:
        code = str(super().to_internal_value(data)).upper()
        if not is_country(code):
            self.fail("unknown")
        return code


class Language(Text):
    """A language tag of BCP 47, of a language that CLDR knows."""

    default_error_messages = {"shape": _("This is not a language tag of BCP 47, such as en or pt-BR.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_LANGUAGE, **options)

    def to_internal_value(self, data: Any) -> str:
        tag = str(super().to_internal_value(data))
        if tag and not is_language(tag):
            self.fail("shape")
        return tag


class Email(Text):
    """An email address, as people write them; one that no mail can reach is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=320, **options)

    def to_internal_value(self, data: Any) -> str:
        written = str(super().to_internal_value(data))
        if written:
            try:
                normal.email(written)
            except normal.NotReadable as why:
                raise serializers.ValidationError(str(why)) from None
        return written


@extend_schema_field({"type": "string", "enum": ["C1", "C2", "C3", "C4"]})
class LevelCode(serializers.Field[int, int, str, Any]):
    """A confidentiality level as the API writes it."""

    def to_representation(self, value: int) -> str:
        return f"C{value}"
