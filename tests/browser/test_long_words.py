"""Words without an end, such as an address somebody pasted, stay inside the page."""

import pytest

from people.reported import ReportedPerson

LONG = "https://photos.example.com/album/" + "W" * 160
OUTSIDE = """() => [...document.querySelectorAll("main :is(h1, h2, p, dd, a, b, button, .box)")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
    .filter(one => !one.closest(".sr"))
    .map(one => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("width", [1360, 375])
def test_a_case_with_an_endless_word_is_no_wider_than_its_page(sit_down, make_case, agent, width):
    case = make_case(title=LONG, description=LONG * 4, reporter=ReportedPerson(name="W" * 190, role="owner"))
    page = sit_down(agent, viewport={"width": width, "height": 860})
    for path in (case.get_absolute_url(), "/", "/people/"):
        page.goto(path)
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
