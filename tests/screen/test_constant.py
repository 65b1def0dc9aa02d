"""Words and addresses that are looked up once: the same as Django's own tags give, in every language and place."""

from django.template import Context, Template
from django.urls import reverse, set_script_prefix
from django.utils import translation

WORDS = Template("{% load i18n desk %}{% translate 'Save view' %}|{% translate 'Open' context 'verb' %}")
PLAIN = Template("{% load i18n %}{% translate 'Save view' %}|{% translate 'Open' context 'verb' %}")


def test_words_are_those_of_whoever_reads_them() -> None:
    seen = set()
    for language in ("en", "es", "pt", "en"):
        with translation.override(language):
            assert WORDS.render(Context()) == PLAIN.render(Context())
            seen.add(WORDS.render(Context()))
    assert len(seen) == 3


def test_words_that_a_page_brings_are_looked_up_each_time() -> None:
    template = Template("{% load i18n desk %}{% translate word %}")
    assert template.render(Context({"word": "one"})) == "one"
    assert template.render(Context({"word": "two"})) == "two"


def test_words_can_be_given_a_name() -> None:
    assert Template("{% load i18n desk %}{% translate 'Take' as take %}[{{ take }}]").render(Context()) == "[Take]"


def test_an_address_is_that_of_what_it_names() -> None:
    template = Template("{% load desk %}{% url 'cases:case' reference %}")
    for reference in ("TS-10001", "TS-10002", "TS-10001"):
        assert template.render(Context({"reference": reference})) == reverse("cases:case", args=[reference])


def test_an_address_that_does_not_exist_is_empty_under_a_name() -> None:
    template = Template("{% load desk %}{% url 'no-such-page' as place %}[{{ place }}]")
    assert template.render(Context()) == "[]"


def test_an_address_begins_where_the_desk_is_mounted() -> None:
    template = Template("{% load desk %}{% url 'cases:queue' %}")
    assert template.render(Context()) == "/"
    set_script_prefix("/desk/")
    try:
        assert template.render(Context()) == "/desk/"
    finally:
        set_script_prefix("/")
