"""Invented values for the questions and notices to the mentor, rule by rule. Nobody here exists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from agent.model import Language, Matter, Slot
from agent.phrases import Phrases
from tests.letters.rule_samples import FRIDAY, START, about, span, told

REF = "ma-abcdefghij234567"


def mentor_samples(language: Language) -> dict[str, dict[str, Any]]:
    """What is asked and told, in the variants that change the words."""
    return {**_questions(language), **_notices(language), **_mails(language)}


def _common(language: Language, rule: str, ref: str | None) -> dict[str, Any]:
    clause = "Ce que l’école demande, en une phrase." if language is Language.FR else "What the school asks, in a line."
    return {**about(language), "rule": rule, "clause": clause, "ref": ref, "reply_to": "claire.martin@example.org"}


def _questions(language: Language) -> dict[str, dict[str, Any]]:
    french = language is Language.FR
    due = START + timedelta(days=2)
    said = "je ne pourrai pas être là mardi" if french else "I cannot be there on Tuesday"
    cut = told(Matter.CUT_SHORT, "session écourtée à 20 min" if french else "cut short to 20 min", number=20.0)

    def ask(rule: str, **more: Any) -> dict[str, Any]:
        return {**_common(language, rule, REF), "due": due, **more}

    return {
        "context_question": ask("R04", weeks=[datetime(2026, 11, 29, 23, 0, tzinfo=UTC)], session=None),
        "outcome_question": ask("R12", since=START + timedelta(days=3), due=START + timedelta(days=12)),
        "outcome_question-bare": ask("R12", session=None, due=None),
        "agreed_question": ask("R22", situations=[cut], words=[cut.words]),
        "agreed_question-bare": ask("R22", situations=[told(Matter.CUT_SHORT, "…")], session=None, due=None),
        "conflict_question": ask("R23", situations=[told(Matter.ANNOUNCED, said)], words=[said]),
        "conflict_question-bare": ask("R23", due=None),
        "progress_question": ask("R26", session=None),
        "progress_question-bare": ask("R26", session=None, project=None, due=None),
    }


def _notices(language: Language) -> dict[str, dict[str, Any]]:
    def tell(rule: str, **more: Any) -> dict[str, Any]:
        return {**_common(language, rule, None), **more}

    period = {"since": START, "until": FRIDAY, "session": None}
    return {
        "justified_noted": tell("R11", **period, sessions=[span(), span(2)]),
        "justified_noted-one": tell("R11", **period, sessions=[span()]),
        "justified_noted-none": tell("R11", **period),
        "moved_too_far": tell("R05", detail={"days": "10"}, since=START - timedelta(days=14)),
        "second_session": tell("R21", session=span(2)),
        "other_video_tool": tell("R24", detail={"host": "video.example"}),
        "evening_session": tell("R25", session=(START + timedelta(hours=3), START + timedelta(hours=4))),
        "record_emergency": tell("R05", since=START, until=START + timedelta(days=10)),
        "record_emergency-bare": tell("R05", session=None),
    }


def _mails(language: Language) -> dict[str, dict[str, Any]]:
    french = language is Language.FR
    slot = Slot(*span(1))
    plain = {
        name: value
        for name, value in _common(language, "R03", None).items()
        if name in {"mentor_name", "zone", "ref", "reply_to", "rule", "learner_name"}
    }
    booked = {**plain, "slot": slot, "written": True, "problem": None, "moved": False}
    locked = "agenda en lecture seule" if french else "the calendar is read-only"
    asked = {**plain, "ref": REF}
    why = "Deux personnes portent ce prénom." if french else "Two learners have this first name."
    nobody = "Je ne connais personne de ce nom." if french else "I know nobody of this name."
    unread = "Je n’ai pas compris quel créneau lui convient." if french else "I did not understand which time suits."
    noted = ["Absence de Camille Durand, mardi 8 décembre", "Camille Durand\u00a0: projet à 45 %"]
    noted_en = ["Absence of Camille Durand, Tuesday 8 December", "Camille Durand: project at 45%"]
    items = noted if french else noted_en
    return {
        "situation_noted": {**asked, "items": items, "text": "Camille absente ce soir\nprojet à 45 %"},
        "situation_noted-one": {**asked, "items": items[:1], "text": "Camille absente ce soir"},
        "which_question": {
            **asked,
            "text": "Camille absente ce soir",
            "choices": ["Camille Durand", "Camille Lefèvre"],
            "why": why,
        },
        "which_question-none": {**asked, "text": "Camile absente ce soir", "choices": [], "why": nobody},
        "learner_wrote": {**plain, "quoted": "Bonjour,\n\nle 2 ou le 3, peut-être ?", "why": unread},
        **_returned(plain, language),
        "slot_taken": {**plain, "slot": slot},
        "book_on_platform": booked,
        "book_on_platform-moved": {**booked, "moved": True},
        "book_on_platform-unwritten": {**booked, "written": False, "problem": locked},
        "book_on_platform-unmoved": {**booked, "written": False, "problem": locked, "moved": True},
        "book_on_platform-nowhere": {**booked, "written": False},
    }


def _returned(plain: dict[str, Any], language: Language) -> dict[str, dict[str, Any]]:
    """Letters that did not arrive, or not yet, and an invitation that was declined."""
    french = language is Language.FR
    about_it = {
        **{name: value for name, value in plain.items() if name != "learner_name"},
        "recipient_label": "Camille Durand",
        "recipient_address": "camille.durand@example.org",
        "subject_line": "Votre mentorat commence" if french else "Your mentoring begins",
    }
    phrases = Phrases()
    full = phrases.say(language, "bounce.full")
    tomorrow = "demain à 9 h 00" if french else "Wednesday 9 December at 09:00"
    again = phrases.say(language, "bounce_advice.again", when=tomorrow)
    hold = phrases.say(language, "bounce_advice.hold", learner="1")
    why = phrases.say(language, "bounce.unknown_address")
    said = "550 5.1.1 User unknown"
    return {
        "returned": {**about_it, "why": why, "said": said, "advice": hold, "deadline": START, "late": False},
        "returned-late": {**about_it, "why": why, "said": said, "advice": hold, "deadline": START, "late": True},
        "returned-again": {**about_it, "why": full, "said": None, "advice": again, "deadline": None, "late": False},
        "letter_waiting": {**about_it, "advice": hold, "text": "Bonjour Camille," if french else "Dear Camille,"},
        "letter_late": {**about_it, "deadline": START},
        "letter_challenged": about_it,
        "invitation_declined": {**plain, "start": START, "subject_line": "Session", "unproven": False},
        "invitation_declined-unproven": {**plain, "start": None, "subject_line": "Session", "unproven": True},
    }
