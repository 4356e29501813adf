"""What the mentor of a simulation answers to the agent's questions: what is true, as far as she knows it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from agent.simulation.ledger import Report
from agent.simulation.platform import Platform
from agent.simulation.post import Letter
from agent.simulation.scenario import SUPPORT, Person
from agent.simulation.town import Town

CONTEXTS = ("en vacances", "pas de réponse à mes propositions", "aucun créneau commun cette semaine-là")
_LINK = re.compile(r'href="(mailto:[^"]+)"')


def of_learner(town: Town, platform: Platform, letter: Letter, person: Person) -> str:
    """The answer to a question about a learner; empty where she is asked nothing that she knows."""
    draw = town.scenario.chance("answer", letter.subject.replace(letter.reference, ""), letter.at)
    if "pourquoi n'y a-t-il pas de session" in letter.subject:
        return draw.choice(CONTEXTS)
    if "où en est le projet" in letter.subject:
        return f"{draw.randrange(1, 20) * 5} %"
    if "d'un commun accord" in letter.subject:
        return draw.choice(("oui", "non"))
    if "ont-elles repris" in letter.subject:
        gone = person.number in platform.gone
        town.reports(Report(town.now, "left" if gone else "back", person))
        return "partie" if gone else "revenue"
    if "présence à la session" in letter.subject:
        for session in town.ledger.appointments.get(person.number, []):
            if session.announced and session.said == "completed":
                session.told.append((town.now, "absent"))
        return "non"
    return ""


def arrived(town: Town, letter: Letter) -> bool:
    """She calls, and asks whether the letter has come."""
    about = letter.subject.partition("Envoi incertain :")[2].replace(letter.reference, "").strip()
    found = re.search(r"[\w.+-]+@[\w.-]+", letter.words.partition("À :")[2])
    return any(about == got.subject for got in town.inboxes.get(found[0] if found else SUPPORT, []))


def on_button(letter: Letter) -> str:
    """What the first button of a mail answers; empty where it has none."""
    link = _LINK.search(letter.raw.decode("utf-8", "replace")) or _LINK.search(_page(letter))
    if link is None:
        return ""
    fields = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)
    return fields.get("body", ["ok"])[0].replace("\r\n", "\n").strip() or "ok"


def _page(letter: Letter) -> str:
    page = letter.message.get_body(("html",))
    return str(page.get_content()) if page is not None else ""
