"""Where and when the demo plays, who is who, and the settings file that the agent is built from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 10, 12, 6, 0, tzinfo=UTC)
"""A Monday, 8 o'clock in Paris; the clocks go back on Sunday 25 October."""

AGENT = "agent"
MENTOR = "claire.martin@mentor.example"
MENTOR_NAME = "Claire Martin"
SCHOOL_DOMAIN = "ecole.example"
SUPPORT = f"mentorat@{SCHOOL_DOMAIN}"

MARK = "# A rehearsal, written by `mentor-agent demo`."
SETTINGS = """{mark} Every person and address in it is invented.
# Try: mentor-agent --config {path} status

mode = "live"
state_dir = "state"

[mentor]
name = "{name}"
address = "{address}"
timezone = "Europe/Paris"

[school]
domains = ["{domain}"]
support = "{support}"

[mailbox]
url = {mail}
trust = "local"    # whatever lies in this folder is genuine: right for a private Maildir only
poll_minutes = 60

[smtp]
url = {post}       # letters that leave become files here

[calendar]
url = {calendar}
poll_minutes = 60

[programmes]       # the projects of each path and their planned hours: what progress is measured against
"Développeur d'application Python" = [["Découvrez Python", 40], ["Analysez des fichiers", 60], ["Créez une API", 80], \
["Déployez une application", 60]]
"Développeur web" = [["Installez vos outils", 20], ["Intégrez une maquette", 50], ["Rendez un site accessible", 50], \
["Dynamisez une page web", 60], ["Créez une application", 70]]
"""


def settings_text(file: Path, mail: Path, post: Path, calendar: Path) -> str:
    """The settings, fit for every other command too."""
    return SETTINGS.format(
        mark=MARK,
        path=file,
        name=MENTOR_NAME,
        address=MENTOR,
        domain=SCHOOL_DOMAIN,
        support=SUPPORT,
        mail=_url("maildir", mail),
        post=_url("maildir", post),
        calendar=_url("dir", calendar),
    )


def _url(scheme: str, folder: Path) -> str:
    url = folder.as_uri().replace("file", scheme, 1)
    return json.dumps(url)  # a JSON string of plain ASCII is a TOML string
