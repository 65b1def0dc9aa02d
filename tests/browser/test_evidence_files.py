"""Files on a case: nothing leaves the browser before it is said who may see it."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from cases.models import Evidence
from cases.operations.moves import take_case


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"wound-{number}.jpg" for number in range(25)]
    for number, path in enumerate(paths):
        Image.new("RGB", (24, 24), (number * 9, 90, 40)).save(path)
    return paths


def test_files_go_up_with_the_words_that_were_said_after_choosing_them(sit_down, case, senior, pictures, now):
    take_case(case, by=senior, now=now)
    page = sit_down(senior)
    page.goto(case.get_absolute_url())
    page.get_by_text("Add files").click()
    evidence = page.locator("#evidence")
    evidence.locator("input[type=file]").set_input_files(pictures)
    page.wait_for_timeout(500)
    assert not Evidence.objects.exists()
    evidence.get_by_label("What it shows").fill("The wound at the clinic")
    evidence.get_by_label("Who may see it").select_option("medical")
    evidence.get_by_role("button", name="Add", exact=True).click()
    expect(evidence.locator(".veil")).to_have_count(25)
    assert set(Evidence.objects.values_list("compartment", "title")) == {("medical", "The wound at the clinic")}


def test_a_file_that_is_refused_is_named_and_the_others_are_kept(sit_down, case, agent, pictures, tmp_path):
    program = tmp_path / "holiday.jpg"
    program.write_bytes(b"MZ\x90\x00" + b"\x00" * 200)
    page = sit_down(agent)
    page.goto(case.get_absolute_url())
    page.get_by_text("Add files").click()
    evidence = page.locator("#evidence")
    evidence.locator("input[type=file]").set_input_files([pictures[0], program])
    evidence.get_by_role("button", name="Add", exact=True).click()
    expect(evidence.locator("li.failed")).to_contain_text("holiday.jpg: This kind of file is not taken")
    assert Evidence.objects.get().original_name == "wound-0.jpg"
    expect(evidence.locator(".veil")).to_have_count(1)
    expect(evidence.locator("#evidence-count")).to_have_text("1")
    expect(evidence.locator("li.failed")).to_be_visible()


def test_files_that_are_dropped_on_the_evidence_of_a_case_wait_for_their_words(sit_down, case, agent, pictures):
    page = sit_down(agent)
    page.goto(case.get_absolute_url())
    page.get_by_text("Add files").click()
    evidence = page.locator("#evidence")
    zone = evidence.locator("[data-dropzone]")
    zone.scroll_into_view_if_needed()
    box = zone.bounding_box()
    assert box is not None
    # As the system hands over files that are dragged in from another window.
    browser = page.context.new_cdp_session(page)
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 8}
    dragged = {"items": [], "files": [str(path) for path in pictures[:2]], "dragOperationsMask": 1}
    browser.send("Input.dispatchDragEvent", {"type": "dragEnter", **place, "data": dragged})
    browser.send("Input.dispatchDragEvent", {"type": "dragOver", **place, "data": dragged})
    expect(zone).to_have_class("drop over")
    browser.send("Input.dispatchDragEvent", {"type": "drop", **place, "data": dragged})
    expect(zone).to_have_class("drop")
    assert evidence.locator("input[type=file]").evaluate("field => field.files.length") == 2
    assert not Evidence.objects.exists()
    evidence.get_by_role("button", name="Add", exact=True).click()
    expect(evidence.locator(".veil")).to_have_count(2)


@pytest.mark.parametrize(("language", "title", "first"), [
    ("es", "Emergencia", "Preguntar dónde están"),
    ("pt", "Emergência", "Pergunte onde estão"),
])  # fmt: skip
def test_the_emergency_pane_speaks_the_readers_language(
    sit_down, make_case, agent, live_server, language, title, first
):
    case = make_case(category="lost-pet", place="Washington Park")
    page = sit_down(agent)
    page.context.add_cookies([{"name": "tsdesk_language", "value": language, "url": live_server.url}])
    page.goto(case.get_absolute_url())
    pane = page.locator("#emergency")
    pane.locator("summary").click()
    expect(pane.locator("summary")).to_contain_text(title)
    expect(pane).to_contain_text(first)
    expect(pane).to_contain_text("Washington Park")
