"""Invented values for every letter. Nobody here exists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.model import Language, SessionStatus, Slot
from agent.report.wording import shipped
from tests.letters.digest_samples import digest_samples
from tests.letters.mentor_samples import mentor_samples
from tests.letters.request_samples import requests_samples
from tests.letters.rule_samples import learner_samples, support_samples

REF = "ma-abcdefghij234567"
START = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)
END = START + timedelta(minutes=45)
DEADLINE = END + timedelta(hours=48)

COMMON: dict[str, Any] = {"mentor_name": "Claire Martin", "zone": ZoneInfo("Europe/Paris")}
TO_MENTOR: dict[str, Any] = {
    **COMMON,
    "ref": REF,
    "reply_to": "claire.martin@example.org",
    "rule": "R07",
    "clause": "Art. 7",
}

REPORT = {
    Language.FR: """Travail accompli
Camille a terminé la maquette du projet 4 et l'a présentée en 10 minutes.
La navigation au clavier fonctionne sur toutes les pages.

Points à travailler
Les tests unitaires ne couvrent pas encore le formulaire de contact.
[à vérifier : Camille prévoit d'y consacrer six heures cette semaine.]

Objectifs pour la prochaine session
- Écrire les tests du formulaire.
- Préparer trois questions sur le déploiement.
""",
    Language.EN: """Work done
Camille finished the mock-up of project 4 and presented it in 10 minutes.
Keyboard navigation works on every page.

To work on
The unit tests do not cover the contact form yet.
[to check: Camille plans to spend six hours on it this week.]

Goals for the next session
- Write the tests of the form.
- Prepare three questions on deployment.
""",
}
LETTER = {
    Language.FR: """Bonjour Camille,

Vous n'étiez pas à notre session de mardi. J'espère que tout va bien.

Quel moment vous conviendrait pour la prochaine ?

Bien cordialement,
Claire Martin
""",
    Language.EN: """Hello Camille,

You were not at our session on Tuesday. I hope that all is well.

Which time would suit you for the next one?

Kind regards,
Claire Martin
""",
}


def samples(language: Language) -> dict[str, dict[str, Any]]:
    """Values by the name of a picture: "reminder-notes" is the template "reminder" with the values of its notes."""
    found = _samples(language)
    return {**found, **requests_samples(language, found)}


def _samples(language: Language) -> dict[str, dict[str, Any]]:
    french = language is Language.FR
    slots = [Slot(START + timedelta(hours=h), END + timedelta(hours=h)) for h in (0, 25, 66)]
    learner = {"learner_name": "Camille Durand"}
    session = {**TO_MENTOR, **learner, "start": START, "deadline": DEADLINE}
    contact = {
        **COMMON,
        "first_name": "Camille",
        "path": "Développement web" if french else "Web development",
        "project": "Créez un site accessible" if french else "Build an accessible site",
        "slots": slots,
        "session_minutes": 45,
        "informal": False,
    }
    draft = {
        "text": REPORT[language],
        "version": 2,
        "doubts": 1,
        "checks": [],
        "notes_removed": ["une information de santé", "un numéro de téléphone"]
        if french
        else ["a detail about health", "a telephone number"],
        "writer_note": None,
        "changes": [],
    }
    letter = {
        "recipient_label": "Camille Durand",
        "recipient_address": "camille.durand@learner.example",
        "subject_line": "Votre session de mardi" if french else "Your session on Tuesday",
    }
    clause = (
        "Après une première absence, écrire de nouveau à l’apprenant."
        if french
        else "After a first absence, write to the learner again."
    )
    reminder = {**session, "hours_left": 12, "text": None}
    return {
        "first_contact": contact,
        "first_contact-informal": {**contact, "informal": True, "path": None},
        "first_contact-one": {**contact, "slots": slots[:1], "project": None},
        "first_contact-none": {**contact, "slots": []},
        "first_contact-none-informal": {**contact, "slots": [], "informal": True},
        "session_question": {**session, "end": END, "proposed": None, "proposed_why": ""},
        "session_question-proposed": {
            **session,
            "end": END,
            "proposed": SessionStatus.CANCELLED_LATE,
            "proposed_why": "absence annoncée le mardi 8 décembre à 9 h 12"
            if french
            else "absence announced on Tuesday 8 December at 09:12",
        },
        "report_draft": {**session, **draft},
        "report_draft-plain": {
            **session,
            **draft,
            "doubts": 0,
            "notes_removed": [],
            "writer_note": "Rédigé sans modèle." if french else "Written without a model.",
        },
        "letter_draft": {
            **TO_MENTOR,
            **letter,
            "text": LETTER[language],
            "why": f"R09 · {clause}",
            "deadline": DEADLINE,
            "not_before": START + timedelta(hours=20),
            "version": 1,
            "doubts": [],
            "changes": [],
        },
        "letter_draft-soon": {
            **TO_MENTOR,
            **letter,
            "text": LETTER[language],
            "why": f"R09 · {clause}",
            "deadline": None,
            "not_before": None,
            "version": 1,
            "doubts": ["le texte mêle tutoiement et vouvoiement (tu, vous)", "un mot peut blesser (nul)"]
            if french
            else ["the text mixes “tu” and “vous” (tu, vous)", "a word may hurt (useless)"],
            "changes": [("mardi", "jeudi"), ("", "Bonne soirée."), ("très bien", "")]
            if french
            else [("Tuesday", "Thursday"), ("", "Good evening."), ("very well", "")],
        },
        "reminder-notes": {**reminder, "what": "notes"},
        "reminder-report": {**reminder, "what": "report", "text": REPORT[language], "hours_left": 1},
        "reminder-letter": {**reminder, "what": "letter", "text": LETTER[language], "start": None, "hours_left": 0},
        "notes_again": {
            **session,
            "reason": shipped().say(language, "no_summary"),
        },
        "report_ready": {
            **TO_MENTOR,
            **learner,
            "start": START,
            "text": REPORT[language],
            "status": SessionStatus.COMPLETED,
            "file_name": "2026-12-08-camille-durand.txt",
        },
        "notice": {**TO_MENTOR, **letter, "text": LETTER[language], "rule": "R09", "clause": clause, "ref": None},
        "shadow_notice": {**TO_MENTOR, **letter, "text": LETTER[language], "rule": "R09", "clause": clause},
        "later_noted": {
            **TO_MENTOR,
            "about": "À relire\u00a0: compte rendu de Camille" if french else "To review: report on Camille",
            "at": START + timedelta(hours=15),
            "deadline": DEADLINE,
            "sooner": True,
        },
        "question_back-known": {
            **TO_MENTOR,
            "original_subject": "Re: Lettre" if french else "Re: Letter",
            "reason": "Votre réponse contient une question." if french else "Your answer contains a question.",
            "quoted": "c'est pour qui ?" if french else "who is it for?",
            "what": "letter",
            "text": LETTER[language],
            "advice": "Répondez à ce message-ci." if french else "Answer this very mail.",
            "known": ("Camille Durand", f"R09 · {clause}"),
            "deadline": DEADLINE,
        },
        "question_back": {
            **TO_MENTOR,
            "original_subject": "Re: Compte rendu" if french else "Re: Report",
            "reason": "ce message ne porte pas la preuve qu’il vient de vous."
            if french
            else "this message carries no proof that it comes from you.",
            "quoted": "ok",
            "what": "report",
            "text": REPORT[language],
            "advice": "Répondez depuis votre boîte habituelle." if french else "Please answer from your usual mailbox.",
        },
        "assignment_question": {
            **TO_MENTOR,
            "name": "Sacha Petit",
            "address": "sacha.petit@learner.example",
            "path": None,
            "sender": "attributions@ecole.example",
            "why": "l’expéditeur n’est pas authentifié." if french else "the sender is not authenticated.",
        },
        "uncertain": {**TO_MENTOR, **letter, "tried_at": START},
        "emptied": {**TO_MENTOR, "since": START, "count": 23, "which": "école"},
        "welcome": {**TO_MENTOR, "shadow": True, "ref": None},
        "welcome-live": {**TO_MENTOR, "shadow": False, "ref": None},
        "withdrawn": {**TO_MENTOR, **letter, "text": LETTER[language], "left": False, "ref": None},
        "withdrawn-left": {**TO_MENTOR, **letter, "text": LETTER[language], "left": True, "ref": None},
        "notice-short": {**TO_MENTOR, **letter, "text": "", "rule": "R09", "clause": clause},
        "ceiling": {**TO_MENTOR, "count": 14, "period": "1 heure" if french else "1 hour", "limit": 10},
        "absence_alert": {
            **COMMON,
            **learner,
            "learner_address": "camille.durand@learner.example",
            "path": contact["path"],
            "project": None,
            "sessions": [(START - timedelta(days=7), END - timedelta(days=7)), (START, END)],
            "not_before": DEADLINE,
            "tried": ["Lettre envoyée le 2 décembre 2026."] if french else ["Letter sent on 2 December 2026."],
        },
        "absence_alert-bare": {
            **COMMON,
            **learner,
            "learner_address": "camille.durand@learner.example",
            "path": None,
            "project": "Créez un site accessible",
            "sessions": [(START - timedelta(days=7), END - timedelta(days=7)), (START, END)],
            "not_before": DEADLINE,
            "tried": [],
        },
        "source_trouble": {
            **TO_MENTOR,
            "source": "imap.example.org",
            "since": START,
            "message": "Connection refused",
            "advice": "Vérifiez le mot de passe, puis lancez la commande doctor."
            if french
            else "Check the password, then run the doctor command.",
        },
        **digest_samples(language),
        **learner_samples(language),
        **support_samples(language),
        **mentor_samples(language),
    }


def template_of(picture: str) -> str:
    """ "reminder-notes" is made from "reminder"."""
    return picture.partition("-")[0]
