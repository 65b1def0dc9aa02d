"""Countries and languages are called what the reader calls them."""

import pytest
from django.utils.translation import override

from people import places


@pytest.mark.parametrize(
    ("language", "country", "spoken"),
    [("en", "Germany", "Portuguese"), ("es", "Alemania", "portugués"), ("pt", "Alemanha", "português")],
)
def test_names_follow_the_readers_language(language: str, country: str, spoken: str) -> None:
    with override(language):
        assert places.country_name("DE") == country
        assert places.language_name("pt") == spoken


def test_a_region_that_makes_another_language_is_named_with_it() -> None:
    with override("en"):
        assert places.language_name("pt-BR") == "Brazilian Portuguese"
        assert places.language_name("en-ZW") == "English"


def test_a_script_is_named_where_it_makes_another_language() -> None:
    with override("en"):
        assert places.language_name("zh-Hant") == "Traditional Chinese"
        assert places.language_name("zh-Hans") == "Simplified Chinese"


def test_what_has_no_name_is_shown_as_it_is_written() -> None:
    with override("es"):
        assert places.country_name("QQ") == "QQ"
        assert places.language_name("x-klingon") == "x-klingon"


def test_every_country_has_a_name_in_every_language() -> None:
    for language in ("en", "es", "pt"):
        with override(language):
            assert [code for code, name in places.countries().items() if name == code] == []
            assert places.countries().keys() == places.country_codes()


def test_names_stand_where_people_look_for_them() -> None:
    with override("en"):
        names = list(places.countries().values())
    assert names.index("Åland Islands") < names.index("Albania") < names.index("Zimbabwe")


def test_a_page_shows_them_so(client, senior) -> None:
    client.force_login(senior)
    senior.language = "es"
    senior.save()
    html = client.get("/people/new/").content.decode()
    assert "Alemania" in html
    assert "Germany" not in html
