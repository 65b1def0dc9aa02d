"""The shape of what is typed about sharing the work: a team's rule of assignment, and handing a shift over."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.assignment import WEIGHTS
from cases.forms import Prose
from cases.models import AssignmentRuleVersion
from cases.operations.assignment_rules import Terms, terms_of
from cases.settings_forms import SEVERITIES, WordingForm
from cases.settings_words import Lines
from foundation.accounts.models import User

QUEUE = "queue"
"""What the choice of a colleague says for nobody: back to the queue."""


class RuleForm(WordingForm):
    """A wording of a team's rule. A field of its own for each severity and, without a number, for each person."""

    is_on = forms.BooleanField(label=_("Give the cases of this queue by themselves"), required=False)
    capacity = forms.IntegerField(label=_("Everybody else"), help_text=_("Points of whoever has no number of her own."))

    def __init__(
        self, *args: Any, version: AssignmentRuleVersion | None, people: Sequence[User], **kwargs: Any
    ) -> None:
        terms = terms_of(version)
        self.people = people
        initial: dict[str, Any] = {
            "based_on": version.number if version else 0, "is_on": terms.is_on, "capacity": terms.capacity,
        }  # fmt: skip
        initial |= {f"weight_{severity}": points for severity, points in terms.weights.items()}
        initial |= {f"capacity_{pk}": points for pk, points in terms.capacities.items()}
        super().__init__(*args, **({"initial": initial} | kwargs))
        for severity in SEVERITIES:
            self.fields[f"weight_{severity}"] = forms.IntegerField(label=f"SEV-{severity}")
        for person in people:
            self.fields[f"capacity_{person.pk}"] = forms.IntegerField(label=person.name, required=False)

    def weights(self) -> Iterator[Any]:
        """The fields of the severities, in order."""
        return (self[f"weight_{severity}"] for severity in WEIGHTS)

    def capacity_field(self, person: User) -> Any:
        return self[f"capacity_{person.pk}"]

    def wording(self) -> dict[str, Any]:
        data = self.cleaned_data
        own = {person.pk: data.get(f"capacity_{person.pk}") for person in self.people}
        return {
            "terms": Terms(
                is_on=data["is_on"],
                weights={severity: data[f"weight_{severity}"] for severity in SEVERITIES},
                capacity=data["capacity"],
                capacities={pk: points for pk, points in own.items() if points is not None},
            )
        }


def rule_lines(terms: Terms, names: Mapping[int, str]) -> Lines:
    """A wording of a rule in lines."""
    lines = {gettext("Gives cases by itself"): gettext("yes") if terms.is_on else gettext("no")}
    lines |= {f"SEV-{severity}": _points(points) for severity, points in sorted(terms.weights.items())}
    lines[gettext("Everybody else")] = _points(terms.capacity)
    return lines | {
        names.get(pk, gettext("Somebody who left")): _points(points) for pk, points in terms.capacities.items()
    }


def _points(points: int) -> str:
    return gettext("%(points)d points") % {"points": points}


class HandingOverForm(forms.Form):
    """To whom the ticked cases go at the end of a shift, with one note for all of them."""

    to = forms.ChoiceField(label=_("To"))
    note = Prose(label=_("What they need to know"), required=False, max_length=5_000, rows=4)

    def __init__(self, *args: Any, colleagues: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose somebody")), (QUEUE, _("Back to the queue")), *((str(pk), name) for pk, name in colleagues),
        ]  # fmt: skip
        self.fields["to"].error_messages["required"] = _("Choose a colleague, or the queue.")
