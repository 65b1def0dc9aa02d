"""Take the pictures of docs/images/ from a demo that runs: `python docs/make_screenshots.py [http://127.0.0.1:8000]`.

Needs the libraries of `./desk test`. The browser is $TSDESK_CHROMIUM, else chromium on PATH.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
SIZE = {"width": 1360, "height": 860}
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PASSWORD = "tsdesk-demo"  # noqa: S105 - known to everybody


def main(base: str) -> None:
    browser_path = os.environ.get("TSDESK_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=QUIET)
        page = browser.new_context(viewport=SIZE, color_scheme="light").new_page()
        sign_in(page, base, "agent@example.com")
        take(page, "queue.png")
        # A case in which somebody wrote last: it shows the most.
        page.goto(f"{base}/?q=is:open+last:in+sev:2+lang:en")
        page.locator("a[href^='/cases/TS-']").first.click()
        page.wait_for_url(f"{base}/cases/**")
        take(page, "case.png")
        browser.close()


def sign_in(page: Page, base: str, email: str) -> None:
    page.goto(base)
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("[data-row]")


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / name)
    print(IMAGES / name)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
