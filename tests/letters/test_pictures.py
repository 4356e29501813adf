"""The entry point behind `make letters`."""

from __future__ import annotations

from pathlib import Path

from agent.model import Language
from tests.letters.pictures import main, write_pages
from tests.letters.samples import samples


def test_every_letter_becomes_a_page_in_both_languages(tmp_path: Path) -> None:
    written = write_pages(tmp_path)
    names = {f"{picture}.{language}" for language in Language for picture in samples(language)}
    assert set(written) == names
    assert {path.name.removesuffix(".html") for path in tmp_path.glob("*.html")} == names


def test_without_a_directory_it_says_how_it_is_used() -> None:
    assert main([]) == 2
