"""Invented weeks for the digest: five learners, one, and forty. Nobody here exists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.model import Language

MONDAY = datetime(2026, 12, 14, 7, 0, tzinfo=UTC)
NAMES = ("Léa Moreau", "Tom Petit", "Inès Lambert", "Hugo Bernard", "Anne-Sophie de la Tour-Montfort")


def digest_samples(language: Language) -> dict[str, dict[str, Any]]:
    """Values by the name of a picture."""
    french = language is Language.FR
    five = _week(french)
    return {
        "digest": five,
        "digest-one": {
            **five,
            "waiting": [],
            "planned": 1,
            "without": [],
            "look": [],
            "progress": five["progress"][:1],
            "unknown": [],
            "mails": [],
            "parked": 0,
        },
        "digest-none": {
            **five,
            "waiting": [],
            "planned": 0,
            "without": [],
            "fine": [],
            "progress": [],
            "unknown": ["Tom Petit"],
            "sources": [(("l'agenda" if french else "the calendar").replace("'", "’"), None, None)],
            "parked": 1,
        },
        "digest-forty": {
            **five,
            "planned": 33,
            "without": [f"{NAMES[n % 4]} {n}" for n in range(7)],
            "progress": [_bar(french, f"{NAMES[n % 5]} {n + 1}", n * 100 // 39, 55) for n in range(40)],
        },
    }


def _week(french: bool) -> dict[str, Any]:
    return {
        "mentor_name": "Claire Martin",
        "zone": ZoneInfo("Europe/Paris"),
        "ref": None,
        "reply_to": "claire.martin@example.org",
        "rule": "R27",
        "week": "du lundi 7 décembre au dimanche 13 décembre 2026"
        if french
        else "from Monday 7 December to Sunday 13 December 2026",
        "waiting": [
            ("un compte rendu à approuver" if french else "a report to approve", NAMES[0], MONDAY, True),
            (
                "une lettre à approuver" if french else "a letter to approve",
                NAMES[1],
                MONDAY + timedelta(days=1),
                False,
            ),
            ("une source soudain vide" if french else "a source that is suddenly empty", "", None, False),
        ],
        "planned": 3,
        "without": [NAMES[3], NAMES[4]],
        "ahead_until": MONDAY + timedelta(days=6, hours=15),
        "look": [
            (
                "Comptes rendus en 48 heures" if french else "Reports within 48 hours",
                "3 sur 4 (75\u00a0%)" if french else "3 of 4 (75%)",
                "en recul (avant\u00a0: 4 sur 4)" if french else "worse (before: 4 of 4)",
                "Répondez aux demandes en attente\u00a0: il manque un compte rendu pour Léa Moreau."
                if french
                else "Answer what waits for you: a report is missing for Léa Moreau.",
            ),
            (
                "Semaines sans session planifiée" if french else "Weeks without a planned session",
                "1 sur 5" if french else "1 of 5",
                "stable (avant\u00a0: 1 sur 5)" if french else "unchanged (before: 1 of 5)",
                "Planifiez une session avec Hugo Bernard, ou donnez la raison."
                if french
                else "Plan a session with Hugo Bernard, or give the reason.",
            ),
        ],
        "fine": [
            ("Comptes rendus vides", "0 sur 3", "stable (avant\u00a0: 0 sur 4)")
            if french
            else ("Empty reports", "0 of 3", "unchanged (before: 0 of 4)"),
            ("Sessions notées réalisées malgré une absence annoncée", "0", "")
            if french
            else ("Sessions marked completed despite an announced absence", "0", ""),
        ],
        "progress": [
            _bar(french, NAMES[0], 30, 62),
            _bar(french, NAMES[2], 45, 44),
            _bar(french, NAMES[3], 100, 100),
            _bar(french, NAMES[4], 0, 8),
        ],
        "unknown": [NAMES[1]],
        "mails": [
            (NAMES[2], "Une question sur le projet" if french else "A question on the project", MONDAY),
        ],
        "sources": [
            (("l'agenda" if french else "the calendar").replace("'", "’"), MONDAY, None),
            ("la messagerie" if french else "the mailbox", MONDAY - timedelta(hours=3), MONDAY - timedelta(hours=2)),
        ],
        "parked": 2,
    }


def _bar(french: bool, name: str, real: int, expected: int) -> tuple[str, str, int, int]:
    words = f"{real}\u00a0% (attendu\u00a0: {expected}\u00a0%)" if french else f"{real}% (expected: {expected}%)"
    return name, words, real, expected
