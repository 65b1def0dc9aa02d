"""The shape of what is typed into an escalation policy: its levels as steps, each with whom it calls, how and for how long."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.settings_forms import DurationField, WordingForm
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Relation, Role
from foundation.escalation.ladders import MOST_LEVELS, MOST_ROUNDS, MOST_TARGETS, Problem, callable_roles, channels
from foundation.escalation.models import EscalationPolicy, EscalationPolicyVersion, Schedule
from foundation.escalation.policies import BY_HAND, Spec
from foundation.escalation.reasons import known_reasons, reason_name
from foundation.sla.durations import write_duration

MOST_PEOPLE = 150
"""People who are offered as targets, by name; whoever is one already is always offered."""

NEW_LEVEL: Mapping[str, Any] = {"targets": [""], "channels": ["in_app", "mail"], "ack": "15 min"}
Choices = list[tuple[str, list[tuple[str, str]]]]


def target_code(target: Spec) -> str:
    """A target as one value of a list, such as "role:senior" or "everybody:manager"."""
    kind = target["kind"]
    if kind == "role" and not target.get("on_shift", True):
        return f"everybody:{target['id']}"
    return f"{kind}:{target['id']}" if "id" in target else str(kind)


def read_target(code: str) -> Spec:
    """The target that a code stands for. Whether there is such a person or schedule is for the operation to say."""
    kind, _colon, named = code.partition(":")
    if kind in ("team_lead", "named", "admins") and not named:
        return {"kind": kind}
    if kind in ("role", "schedule") and named:
        return {"kind": kind, "id": named[:80]}
    if kind == "everybody" and named:
        return {"kind": "role", "id": named[:80], "on_shift": False}
    if kind == "person" and named.isdecimal() and len(named) < 16:
        return {"kind": "person", "id": int(named)}
    raise forms.ValidationError(gettext("“%(code)s” is nobody who can be called.") % {"code": code[:40]})


class TargetField(forms.CharField):
    """Whom to call, chosen from a list; None where nobody is chosen."""

    def __init__(self, choices: Choices, **kwargs: Any) -> None:
        listed = [("", _("Choose whom")), *choices]
        super().__init__(required=False, max_length=100, widget=forms.Select({"class": "field"}, listed), **kwargs)

    def clean(self, value: Any) -> Spec | None:
        code = str(super().clean(value))
        return read_target(code) if code else None


class TargetsForm(forms.Form):
    """As many targets as there are fields, each chosen from one list."""

    def __init__(self, *args: Any, choices: Choices, slots: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(slots):
            self.fields[f"target{n}"] = TargetField(choices, label=gettext("Whom %(n)s") % {"n": n + 1})

    @property
    def slots(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("target")]

    @property
    def may_grow(self) -> bool:
        return len(self.slots) < MOST_TARGETS

    def targets(self) -> list[Spec]:
        """Those chosen, each once."""
        chosen = [self.cleaned_data[bound.name] for bound in self.slots]
        return list({target_code(target): target for target in chosen if target is not None}.values())


class LevelForm(TargetsForm):
    """One step of the ladder."""

    channels = forms.MultipleChoiceField(
        label=_("By"), required=False, widget=forms.CheckboxSelectMultiple, choices=lambda: _channel_choices()
    )
    ack = DurationField(label=_("Then wait"), required=False)
    opens = forms.TimeField(label=_("Only from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    closes = forms.TimeField(label=_("to"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and (data["opens"] is None) != (data["closes"] is None):
            self.add_error("opens", _("Write both ends of its hours, or neither."))
        return data

    def level(self) -> Spec:
        data = self.cleaned_data
        window = {"from": f"{data['opens']:%H:%M}", "to": f"{data['closes']:%H:%M}"} if data["opens"] else None
        return {
            "targets": self.targets(),
            "channels": data["channels"],
            "ack_seconds": data["ack"] or 0,
            "window": window,
        }


class LadderForm(WordingForm):
    """A policy whole. A button that adds, moves or removes a step gives the form back with that done, and saves nothing."""

    name = forms.CharField(label=_("Name"), max_length=80)
    repeat = forms.IntegerField(
        label=_("Further rounds"),
        min_value=0,
        max_value=MOST_ROUNDS,
        help_text=_("How often all levels are called again, 0 to 9."),
    )
    is_active = forms.BooleanField(
        label=_("In use"), required=False, help_text=_("While it is off, the next policy that fits decides.")
    )

    def __init__(
        self, data: QueryDict | None = None, *, version: EscalationPolicyVersion | None, by: User, do: str = ""
    ) -> None:
        """``do``: a change of the steps that were typed, such as "up:2"; the form is then not judged."""
        raw = _read_raw(data) if data is not None else _as_typed(version)
        if do and data is not None:
            raw["levels"], raw["catch"] = _changed(raw["levels"], raw["catch"], do)
            data = None
        super().__init__(data, initial=raw["whole"])
        policy = version.policy if version else None
        if policy is None:
            self._ask_for_what_and_whom(by)
        choices = _target_choices(policy, version)
        self.levels = [
            LevelForm(data, prefix=f"level{n}", initial=_initial(level), choices=choices, slots=len(level["targets"]))
            for n, level in enumerate(raw["levels"])
        ]
        catch = {"targets": raw["catch"]}
        self.catch_all = TargetsForm(
            data, prefix="catch", initial=_initial(catch), choices=choices, slots=len(raw["catch"])
        )

    @property
    def parts(self) -> list[forms.Form]:
        return [self, *self.levels, self.catch_all]

    @property
    def may_grow(self) -> bool:
        return len(self.levels) < MOST_LEVELS

    def is_valid(self) -> bool:
        fit = [part.is_valid() for part in (*self.levels, self.catch_all)]
        return super().is_valid() and all(fit)

    def wording(self) -> dict[str, Any]:
        data = self.cleaned_data
        said = {
            "name": data["name"],
            "levels": [form.level() for form in self.levels],
            "repeat": data["repeat"],
            "catch_all": self.catch_all.targets(),
            "is_active": data["is_active"],
        }
        return said | {name: data[name] or None for name in ("reason", "team") if name in self.fields}

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Put what the operation refused where it was typed."""
        for problem in problems:
            at = problem.level
            form = self.levels[at - 1] if at is not None and at <= len(self.levels) else self
            form.add_error(None, str(problem))

    @property
    def has_problems(self) -> bool:
        return self.is_bound and any(part.errors for part in self.parts)

    def _ask_for_what_and_whom(self, by: User) -> None:
        self.fields["reason"] = forms.ChoiceField(
            label=_("What starts it"), choices=[(reason, reason_name(reason)) for reason in known_reasons()]
        )
        teams = Team.objects.filter(is_active=True)
        serves_all = Relation.EVERY_TEAM in by.ceilings
        self.fields["team"] = forms.ModelChoiceField(
            teams if serves_all else teams.filter(pk__in=by.team_ids),
            label=_("Team"),
            required=not serves_all,
            empty_label=gettext("Every team") if serves_all else None,
        )


def _channel_choices() -> list[tuple[str, str]]:
    return [(channel.value, str(channel.label)) for channel in channels()]


def _target_choices(policy: EscalationPolicy | None, version: EscalationPolicyVersion | None) -> Choices:
    roles = [Role(role) for role in callable_roles()]
    meant = [("team_lead", gettext("The team's lead"))]
    if policy is None or policy.reason == BY_HAND:
        meant.append(("named", gettext("Whomever a call by hand names")))
    meant.append(("admins", gettext("Admins, who are told of the gap only")))
    schedules = Schedule.objects.order_by("name").values_list("slug", "name")
    return [
        (gettext("Who it is by then"), meant),
        (
            gettext("On shift"),
            [(f"role:{role.value}", gettext("%(role)s on shift") % {"role": role.label}) for role in roles],
        ),
        (
            gettext("On shift or not"),
            [
                (f"everybody:{role.value}", gettext("Every %(role)s") % {"role": str(role.label).lower()})
                for role in roles
            ],
        ),
        (gettext("Schedules"), [(f"schedule:{slug}", name) for slug, name in schedules]),
        (gettext("People"), _people(policy, version)),
    ]


def _people(policy: EscalationPolicy | None, version: EscalationPolicyVersion | None) -> list[tuple[str, str]]:
    offered = User.objects.active().filter(role__in=callable_roles())
    if policy is not None and policy.team is not None:
        of_team = offered.filter(memberships__team=policy.team)
        offered = (of_team | offered.filter(role=Role.MANAGER) | offered.filter(leads=policy.team)).distinct()
    kept = {target["id"] for target in _targets_of(version) if target["kind"] == "person"}
    people = {person.pk: person for person in offered.order_by("name", "pk")[:MOST_PEOPLE]}
    people |= User.objects.in_bulk(kept - people.keys())
    return [
        (f"person:{pk}", person.name if person.is_active else gettext("%(name)s (left)") % {"name": person.name})
        for pk, person in people.items()
    ]


def _targets_of(version: EscalationPolicyVersion | None) -> list[Spec]:
    if version is None:
        return []
    return [*version.catch_all, *(target for level in version.levels for target in level["targets"])]


def _as_typed(version: EscalationPolicyVersion | None) -> dict[str, Any]:
    """What is in force, as it would be typed, with room for a further target at each step."""
    if version is None:
        whole: dict[str, Any] = {"based_on": 0, "repeat": 2, "is_active": True}
        return {
            "whole": whole,
            "levels": [{**NEW_LEVEL, "targets": ["team_lead", ""]}],
            "catch": ["everybody:manager", ""],
        }
    whole = {
        "based_on": version.number,
        "name": version.policy.name,
        "repeat": version.repeat,
        "is_active": version.policy.is_active,
    }
    levels = [
        {
            "targets": _with_room([target_code(target) for target in level["targets"]]),
            "channels": level["channels"],
            "ack": write_duration(level["ack_seconds"]),
            "opens": (level.get("window") or {}).get("from", ""),
            "closes": (level.get("window") or {}).get("to", ""),
        }
        for level in version.levels
    ]
    return {"whole": whole, "levels": levels, "catch": _with_room([target_code(each) for each in version.catch_all])}


def _with_room(codes: list[str]) -> list[str]:
    return [*codes, ""] if len(codes) < MOST_TARGETS else codes


def _read_raw(data: QueryDict) -> dict[str, Any]:
    """What was typed, unjudged. One level more than there may be is read, so that the sentence about it can be said."""
    names = ("based_on", "name", "repeat", "reason", "team")
    whole: dict[str, Any] = {name: data[name] for name in names if name in data} | {"is_active": "is_active" in data}
    levels = [
        {
            "targets": _typed_targets(data, f"level{n}"),
            "channels": data.getlist(f"level{n}-channels"),
            "ack": data.get(f"level{n}-ack", ""),
            "opens": data.get(f"level{n}-opens", ""),
            "closes": data.get(f"level{n}-closes", ""),
        }
        for n in range(_count(data, "levels", MOST_LEVELS + 1))
    ]
    return {"whole": whole, "levels": levels, "catch": _typed_targets(data, "catch")}


def _typed_targets(data: QueryDict, prefix: str) -> list[str]:
    return [data.get(f"{prefix}-target{n}", "") for n in range(_count(data, f"{prefix}-slots", MOST_TARGETS))]


def _count(data: QueryDict, name: str, most: int) -> int:
    written = data.get(name, "")
    return min(int(written), most) if written.isdecimal() and len(written) < 4 else 0


def _changed(levels: list[dict[str, Any]], catch: list[str], do: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The steps with one change made: add, remove:N, up:N, down:N, target:N or target:catch."""
    deed, _colon, where = do.partition(":")
    if deed == "add" and len(levels) < MOST_LEVELS:
        return [*levels, {**NEW_LEVEL, "targets": [""]}], catch
    if deed == "target" and where == "catch":
        return levels, _with_room(catch)
    if not where.isdecimal() or not int(where[:3]) < len(levels):
        return levels, catch
    at = int(where)
    if deed == "target":
        levels[at]["targets"] = _with_room(levels[at]["targets"])
    elif deed == "remove":
        levels = [*levels[:at], *levels[at + 1 :]]
    elif deed in ("up", "down"):
        to = min(max(at + (-1 if deed == "up" else 1), 0), len(levels) - 1)
        levels[at], levels[to] = levels[to], levels[at]
    return levels, catch


def _initial(level: Mapping[str, Any]) -> dict[str, Any]:
    """A step that was typed, as the first values of its form."""
    return {**level, **{f"target{n}": code for n, code in enumerate(level["targets"])}}
