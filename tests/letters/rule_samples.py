"""Invented values for the letters to learners and to support, rule by rule. Nobody here exists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.model import Language, Matter, Party, Situation, Slot

START = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)
LENGTH = timedelta(minutes=45)
COMMON: dict[str, Any] = {"mentor_name": "Claire Martin", "zone": ZoneInfo("Europe/Paris")}
FRIDAY = datetime(2026, 12, 11, 23, 0, tzinfo=UTC)  # midnight in Paris: the first instant that is no longer in it


def span(days: int = 0) -> tuple[datetime, datetime]:
    """The session, so many days later."""
    return START + timedelta(days=days), START + timedelta(days=days) + LENGTH


def told(matter: Matter, words: str, **more: Any) -> Situation:
    """What the mentor reported on the evening of the session."""
    return Situation(id=1, matter=matter, at=START + timedelta(hours=3), by=Party.MENTOR, words=words, **more)


def about(language: Language) -> dict[str, Any]:
    """What agent.wording gives for every letter about Camille Durand, with nothing special to say."""
    french = language is Language.FR
    return {
        **COMMON,
        "learner_name": "Camille Durand",
        "first_name": "Camille",
        "learner_address": "camille.durand@learner.example",
        "path": "Développement web" if french else "Web development",
        "project": "Créez un site accessible" if french else "Build an accessible site",
        "informal": False,
        "session_minutes": 45,
        "slots": [],
        "session": span(),
        "sessions": [],
        "names": [],
        "next_session": None,
        "situations": [],
        "words": [],
        "matters": [],
        "weeks": [],
        "contexts": [],
        "reasons": [],
        "since": None,
        "until": None,
        "tried": [],
        "due": None,
        "not_before": None,
        "detail": {},
        "support": "mentorat@ecole.example",
    }


def learner_samples(language: Language) -> dict[str, dict[str, Any]]:
    """Letters to a learner: formal and informal, with several slots, one, none, or a session that is planned."""
    french = language is Language.FR
    base = about(language)
    slots = [Slot(start, end) for start, end in (span(6), span(7), span(9))]
    asks: dict[str, dict[str, Any]] = {
        "weekly_slots": {"detail": {"week": "2026-12-14"}},
        "follow_up": {"detail": {"week": "2026-12-14"}},
        "after_absence": {},
        "emergency": {"since": START},
        "moved": {"since": START - timedelta(hours=18), "until": FRIDAY},
    }
    found: dict[str, dict[str, Any]] = {}
    for name, more in asks.items():
        found[name] = {**base, **more, "slots": slots}
        found[f"{name}-informal"] = {**base, **more, "slots": slots, "informal": True, "path": None}
        found[f"{name}-one"] = {**base, **more, "slots": slots[:1]}
        found[f"{name}-one-informal"] = {**base, **more, "slots": slots[:1], "informal": True}
        found[f"{name}-none"] = {**base, **more}
        found[f"{name}-none-informal"] = {**base, **more, "informal": True}
    for name in ("after_absence", "emergency"):
        found[f"{name}-planned"] = {**base, **asks[name], "next_session": span(7)}
        found[f"{name}-planned-informal"] = {**base, **asks[name], "next_session": span(7), "informal": True}
    confirmed = {**base, "slot": slots[0], "moved": False}
    twice = "la demande de deux sessions par semaine" if french else "the wish for two sessions a week"
    own = {**base, "matters": [twice]}
    found |= {
        "slot_confirmation": confirmed,
        "slot_confirmation-informal": {**confirmed, "informal": True},
        "slot_confirmation-moved": {**confirmed, "moved": True},
        "slot_confirmation-informal-moved": {**confirmed, "informal": True, "moved": True},
        "contact_support": own,
        "contact_support-informal": {**own, "informal": True},
        "contact_support-several": {**own, "matters": [twice, "les congés" if french else "leave"]},
        "contact_support-bare": {**own, "matters": []},
    }
    return found


def support_samples(language: Language) -> dict[str, dict[str, Any]]:
    """Letters to support: with all that may be known, and with the least."""
    french = language is Language.FR
    base = about(language)
    bare = {**base, "path": None, "project": None}
    tried = ["Je lui ai écrit le lundi 30 novembre." if french else "I wrote to Camille on Monday 30 November."]
    reasons = ["Absences aux sessions\u00a0: 2", "Annulations tardives\u00a0: 1"] if french else ["Sessions missed: 2"]
    weeks = [datetime(2026, 11, day, 23, 0, tzinfo=UTC) for day in (22, 29)]
    away = {
        "words": ["je suis en congé jusqu’à vendredi" if french else "I am on leave until Friday"],
        "since": START - timedelta(hours=18),
        "until": FRIDAY,
    }
    contexts = ["en déplacement, pas de réponse à mes messages"] if french else ["travelling, no answer to my mails"]
    copied = "son code est celui d’un dépôt public" if french else "the code is that of a public repository"
    rude = "elle a haussé le ton et quitté la session" if french else "she raised her voice and left the session"
    lost = "décès d’un proche, appris ce soir" if french else "a death in the family, heard tonight"
    thinks = "il parle d’abandonner" if french else "he speaks of giving up"
    behind = ["très en retard sur le projet 4", "plus aucune motivation"] if french else ["far behind on project 4"]
    kinds = ("cancelled", "late_arrival", "cancelled_late")

    def noted(matter: Matter, words: str, **more: Any) -> dict[str, Any]:
        said = {"situations": [told(matter, words, learner_id=1, **more)], "words": [words]}
        return {**base, **said, "tried": tried, "next_session": span(7)}

    return {
        "unplanned_alert": {**base, "weeks": weeks, "contexts": contexts, "tried": tried},
        "unplanned_alert-one": {**bare, "weeks": weeks[:1]},
        "away_alert": {
            **bare,
            **away,
            "sessions": [span(), span(2)],
            "names": ["Camille Durand", "Sacha Petit"],
            "learner_name": "",
        },
        "away_alert-one": {
            **bare,
            **away,
            "until": None,
            "sessions": [span()],
            "names": ["Camille Durand"],
            "words": [],
        },
        "away_alert-none": {**bare, **away, "until": START},
        "absence_follow_up": {**base, "since": span(-7)[0], "until": FRIDAY, "sessions": [span(-7), span()]},
        "absence_follow_up-one": {**bare, "since": None, "until": FRIDAY, "sessions": [span()]},
        "incidents_alert": {
            **base,
            "sessions": [span(-14), span(-7), span()],
            "detail": {"kinds": " ".join(kinds)},
            "tried": tried,
        },
        "incidents_alert-unplaced": {
            **bare,
            "sessions": [span(-7)],
            "situations": [told(Matter.LATE_ARRIVAL, "15 min", number=15.0)],
            "detail": {"kinds": "cancelled"},
        },
        "delay_alert": {**noted(Matter.DELAY, behind[0]), "words": behind, "reasons": reasons},
        "delay_alert-bare": {**bare, "words": behind[:1]},
        "dropout_alert": {**noted(Matter.DROPOUT, thinks), "reasons": reasons},
        "dropout_alert-bare": {**bare, "reasons": reasons},
        "plagiarism_alert": noted(Matter.PLAGIARISM, copied, project="4"),
        "plagiarism_alert-bare": {**bare, "words": [copied], "situations": [told(Matter.PLAGIARISM, copied)]},
        "disrespect_alert": noted(Matter.DISRESPECT, rude),
        "disrespect_alert-bare": {**bare, "words": [rude]},
        "exceptional_alert": noted(Matter.EXCEPTIONAL, lost),
        "exceptional_alert-bare": {**bare, "words": [lost]},
    }
