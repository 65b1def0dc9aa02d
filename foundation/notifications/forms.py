from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LARGEST_ID = 2**63 - 1


class ReadForm(forms.Form):
    """What to mark read: one item, or everything up to the newest that was shown."""

    item = forms.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    up_to = forms.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("item") is None) == (data.get("up_to") is None):
            raise ValidationError(_("Name one item, or how far to go."))
        return data
