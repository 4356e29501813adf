"""Runs every bench and prints a line for each figure, with its goal where one is set."""

from __future__ import annotations

from bench import calendar_sync, grounding, idle, mail_sync, privacy, startup, wire, word, year


def main() -> None:
    """All of them, one after the other."""
    startup.run()
    idle.run()
    year.run()
    wire.run()
    mail_sync.run()
    calendar_sync.run()
    word.run()
    privacy.run()
    grounding.run()


if __name__ == "__main__":
    main()
