"""Make the pictures of the README from a running demo: `.venv/bin/python docs/make_screenshots.py [URL]`.

The browser is TSDESK_CHROMIUM, or the chromium on PATH.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def sign_in(page: Page, desk: str) -> None:
    page.goto(f"{desk}/accounts/login/")
    page.fill("input[name=login]", "agent@example.com")
    page.fill("input[name=password]", "tsdesk-demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{desk}/")


def main(desk: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    browser_path = os.environ.get("TSDESK_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light").new_page()
        sign_in(page, desk)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "queue.png")
        page.locator("a[href^='/cases/']").first.click()
        page.wait_for_url("**/cases/*/")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "case.png")
        browser.close()


if __name__ == "__main__":
    main((sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000").rstrip("/"))
