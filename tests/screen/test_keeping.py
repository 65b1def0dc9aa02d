"""What is drawn once and kept: the same part for the same values, and never one reader's for another."""

from typing import Any

from django import forms
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import SafeString

from tsdesk.screen.keeping import Kept


class Colour(forms.Form):
    colour = forms.ChoiceField(choices=[("r", "Red")], label="Colour")
    name = forms.CharField(max_length=20)


FORM = Template("{% load desk %}{% field form.colour %}{% field form.name %}{% control form.name size='5' %}")


WORDS = Template("{% load desk %}{% field form.name %}")
CHOICE = Template("{% load desk %}{% field form.colour %}")


def drawn(form: forms.Form) -> str:
    return FORM.render(Context({"form": form}))


def test_a_blank_form_looks_the_same_the_second_time() -> None:
    assert drawn(Colour()) == drawn(Colour())


def test_what_is_filled_in_is_what_is_shown() -> None:
    drawn(Colour())
    assert 'value="Hazel"' in drawn(Colour(initial={"name": "Hazel"}))
    assert "Hazel" not in drawn(Colour())


def test_other_choices_are_drawn_anew() -> None:
    drawn(Colour())
    form = Colour()
    form.fields["colour"].choices = [("b", "Blue")]  # type: ignore[attr-defined]
    assert "Blue" in drawn(form)
    assert "Red" not in drawn(form)


class Counting(forms.Widget):
    """Counts how often it is drawn."""

    drawn = 0

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        Counting.drawn += 1
        return super().render(*args, **kwargs)


class CountingInput(Counting, forms.TextInput):
    pass


class CountingSelect(Counting, forms.Select):
    pass


class Diary(forms.Form):
    name = forms.CharField(widget=CountingInput)
    colour = forms.ChoiceField(choices=lambda: [("r", "Red")], widget=CountingSelect)


def test_what_somebody_typed_is_not_kept() -> None:
    for words, times in (("", 1), ("She bit me.", 2)):
        Counting.drawn = 0
        for _ in range(2):
            WORDS.render(Context({"form": Diary(initial={"name": words})}))
        assert Counting.drawn == times


def test_choices_that_are_asked_for_anew_are_drawn_once_while_they_stay() -> None:
    Counting.drawn = 0
    for _ in range(2):
        CHOICE.render(Context({"form": Diary()}))
    assert Counting.drawn == 1


def test_a_form_that_comes_back_shows_its_errors_and_leaves_none_behind() -> None:
    refused = drawn(Colour({"colour": "x", "name": "Hazel"}))
    assert 'aria-invalid="true"' in refused
    assert "Hazel" in refused
    assert "aria-invalid" not in drawn(Colour())


def test_two_forms_of_one_page_keep_their_own_ids() -> None:
    assert 'id="a-name"' in drawn(Colour(auto_id="a-%s"))
    assert 'id="b-name"' in drawn(Colour(auto_id="b-%s"))


def test_a_kept_part_is_drawn_for_each_language_and_value() -> None:
    part = Template("{% load i18n desk %}{% keep who %}{% translate 'Yes' %} {{ who }} {{ forgotten }}{% endkeep %}")
    with translation.override("en"):
        assert part.render(Context({"who": "Ana", "forgotten": 1})) == "Yes Ana 1"
        assert part.render(Context({"who": "Ana", "forgotten": 2})) == "Yes Ana 1"
        assert part.render(Context({"who": "Bo", "forgotten": 2})) == "Yes Bo 2"
    with translation.override("es"):
        assert part.render(Context({"who": "Ana", "forgotten": 3})) == "Sí Ana 3"


def test_no_more_is_kept_than_it_may() -> None:
    kept = Kept(most=2)
    for name in "abc":
        kept.get(name, lambda name=name: name)  # type: ignore[misc]
    assert [kept.get(name, lambda: "again") for name in "cba"] == ["c", "b", "again"]
