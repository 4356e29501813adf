"""What the tests of the commands type: options for local folders, and settings to hand."""

from __future__ import annotations

from pathlib import Path

MENTOR = "claire.martin@mentor.example"


def options(folder: Path, **changes: str | None) -> list[str]:
    """`init`'s options for folders below `folder`; a change of None leaves one out."""
    given: dict[str, str | None] = {
        "mentor_name": "Claire Martin",
        "mentor_address": MENTOR,
        "mailbox": f"maildir://{folder}/Mail",
        "smtp": f"maildir://{folder}/outgoing",
        "calendar": f"dir://{folder}/sessions",
        "support": "support@school.example",
        "school_domain": "school.example",
        **changes,
    }
    words = ["init", "--non-interactive"]
    for name, value in given.items():
        if value is not None:
            words += [f"--{name.replace('_', '-')}", value]
    return words


def toml(folder: Path, **parts: str) -> Path:
    """A settings file for folders below `folder`; each part replaces a table's body. The file is private."""
    tables = {
        "mentor": f'name = "Claire Martin"\naddress = "{MENTOR}"\ntimezone = "Europe/Paris"',
        "school": 'domains = ["school.example"]\nsupport = "support@school.example"',
        "mailbox": f'url = "maildir://{folder}/Mail"\ntrust = "local"',
        "smtp": f'url = "maildir://{folder}/outgoing"',
        "calendar": f'url = "dir://{folder}/sessions"',
        **parts,
    }
    file = folder / "agent.toml"
    text = 'state_dir = "state"\n' + "".join(f"[{name}]\n{body}\n" for name, body in tables.items())
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file
