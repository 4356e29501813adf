"""The data files that come with the program: config/ in a clone, agent/shipped_config in an installed package."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_PLACES = (_HERE / "shipped_config", _HERE.parent / "config")


def shipped(name: str) -> Path:
    """The path of a shipped data file, such as guidelines.toml. FileNotFoundError if the installation lacks it."""
    for place in _PLACES:
        if (place / name).is_file():
            return place / name
    raise FileNotFoundError(f"the installation lacks {name}")
