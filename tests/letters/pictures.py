"""Every letter as a page and, where Chromium is installed, as a picture: `python -m tests.letters.pictures OUTDIR`.

A picture shows one letter four times: phone light, phone dark, desktop light, desktop dark. The pages hold no script.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agent.model import Language
from agent.render import Letters, Rendered
from tests.letters.samples import samples, template_of

PHONE, DESKTOP = 390, 900  # CSS pixels
_CHROMIUM = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def write_pages(out: Path) -> dict[str, Rendered]:
    """Write OUT/NAME.LANGUAGE.html and .txt for each sample; the letters by that name."""
    letters, written = Letters(), {}
    out.mkdir(parents=True, exist_ok=True)
    for language in Language:
        for picture, values in samples(language).items():
            name, letter = f"{picture}.{language}", letters.render(template_of(picture), language, **values)
            (out / f"{name}.html").write_text(letter.html, encoding="utf-8")
            (out / f"{name}.txt").write_text(f"{letter.subject}\n\n{letter.text}", encoding="utf-8")
            written[name] = letter
    return written


def photograph(chromium: str, out: Path, name: str, letter: Rendered) -> None:
    """Write OUT/NAME.png."""
    rows = sum(len(textwrap.wrap(line, 34)) or 1 for line in letter.text.splitlines())
    height = 160 + 26 * rows + 30 * letter.html.count('class="act"')
    frames = "".join(
        f'<iframe width="{width}" height="{height}" style="border:0;color-scheme:{scheme}" '
        f'srcdoc="{html.escape(letter.html)}"></iframe>'
        for width in (PHONE, DESKTOP)
        for scheme in ("light", "dark")
    )
    page = f'<!doctype html><body style="margin:8px;background:#8a939b;white-space:nowrap">{frames}</body>'
    with tempfile.TemporaryDirectory() as profile:
        sheet = Path(profile) / "sheet.html"
        sheet.write_text(page, encoding="utf-8")
        size = f"--window-size={2 * (PHONE + DESKTOP) + 16},{height + 16}"
        shot = f"--screenshot={out / name}.png"
        command = [chromium, *_CHROMIUM, f"--user-data-dir={profile}", size, shot, sheet.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def main(arguments: list[str]) -> int:
    """The command. 2 without a directory."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.letters.pictures OUTDIR\n")
        return 2
    out = Path(arguments[0]).resolve()
    written = write_pages(out)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(lambda pair: photograph(chromium, out, *pair), written.items()):
                pass  # asked for, so that what failed is raised
    sys.stdout.write(f"{len(written)} letters in {out}{'' if chromium else ' (no Chromium: no pictures)'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
