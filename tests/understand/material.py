"""What the tests of this folder share. The samples are invented: their people, school and servers do not exist."""

from __future__ import annotations

from pathlib import Path

from agent.understand.mail import Head, Mail, parse_head, parse_mail
from agent.understand.recognisers import load_recognisers

HERE = Path(__file__).parent
RECOGNISERS = load_recognisers((HERE.parents[1] / "config" / "recognisers.toml").read_text(encoding="utf-8"))
WORDS = RECOGNISERS.words


def sample(name: str) -> Mail:
    """One of the .eml files beside this module."""
    return parse_mail((HERE / "samples" / f"{name}.eml").read_bytes())


def head(*lines: str) -> Head:
    """A head made of header lines."""
    return parse_head("\r\n".join(lines).encode())


def written(text: str, *, name: str = "Claire Martin", subject: str = "Re: Compte rendu") -> Mail:
    """A mail from the mentor with this text."""
    return Mail(Head(from_name=name, from_address="claire@boite.example", subject=subject), text)
