"""The demo's text: the learners, the school's mails, and how the mentor tells of each session.

The three weeks are told here one by one; a longer demo goes on with weekly sessions and plain notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from agent.demo.people import Learner

CAMILLE = Learner(
    "Camille Petit", "camille.petit@learner.example", "Développeur d'application Python", "Créez une API", "financé"
)
THOMAS = Learner("Thomas Girard", "thomas.girard@learner.example", "Data analyst", "Nettoyez des données", "financé")
INES = Learner(
    "Inès Lambert", "ines.lambert@learner.example", "Développeur web", "Dynamisez une page web", "alternance"
)
HUGO = Learner(
    "Hugo Fontaine", "hugo.fontaine@learner.example", "Chef de projet digital", "Cadrez un projet", "autofinancé", 30
)
LINA = Learner("Lina Roche", "lina.roche@learner.example", "Développeur web", "Intégrez une maquette", "financé")
PAUL = Learner("Paul Leroy", "paul.leroy@learner.test", "Développeur web", "Premiers pas", "financé")

TABLE = """Bonjour,

Un nouvel étudiant vous est attribué.

Nom : {name}
E-mail : {address}
Parcours : {path}
Projet : {project}
Financement : {funding}

Merci de prendre contact avec cette personne.
L'équipe mentorat
"""
PROSE = """Bonjour Claire,

Nous vous proposons d'accompagner {name} ({address}), qui suit le parcours « {path} » et commence le projet
« {project} ».
Financement : {funding}.

Bonne rencontre,
L'équipe mentorat
"""
FUNDED = {CAMILLE: (date(2026, 6, 1), date(2027, 1, 31)), INES: (date(2026, 3, 1), date(2027, 2, 28))}
"""First and last day, which the school's mails do not give: the mentor enters them."""

LOOKALIKE = "École Exemple <attribution@ec0le.example>"


@dataclass(frozen=True, slots=True)
class Turn:
    """How the mentor tells of one session, and what she then says of each draft until she has done with it.

    `button`: she presses it and adds `says`; otherwise she writes `says`, with `file` attached if there is one.
    `asked`: the words in the subject of the mail that she answers. `kept`: words that the finished report must have.
    """

    says: str = ""
    button: str = ""
    file: str = ""
    after: timedelta = timedelta(minutes=35)
    asked: str = "comment s'est passée la session"
    verdicts: tuple[str, ...] = ("ok",)
    kept: str = ""
    cancelled: bool = False  # two days before, in the calendar: nobody may be asked about it
    moved: bool = False  # to the next day, in the calendar
    urgent: bool = False  # the evening before, the mentor has an emergency: it moves to where the learner chooses
    excused: bool = False  # it falls into a justified absence: the mentor cancels it
    link: str = ""  # where the video call is at first
    again: timedelta | None = timedelta(weeks=1)  # to the next session, by the wall clock; None: somebody else plans it
    alert: bool = False  # it is the second absence in a row


OWN_TEXT = """modifier :
Session de découverte avec Hugo.

Nous avons fait connaissance et relu ensemble le cadrage du projet. Hugo a de bonnes bases en gestion de projet ; il \
découvre les outils de maquettage.

Objectif pour la prochaine session : terminer l'étude de marché et rédiger trois parcours utilisateur."""

TURNS: dict[tuple[str, int], Turn] = {
    (CAMILLE.name, 1): Turn(
        "Bonne session de découverte avec Camille.\n"
        "Nous avons vu l'organisation du parcours et installé Python ensemble.\n"
        "Elle bloque encore sur les environnements virtuels.\n"
        "Conseil : relire la documentation de venv.\n"
        "Progression : 30 % du projet.\n"
        "Pour la prochaine session : finir l'exercice 2 et créer le dépôt Git.",
        verdicts=("ok si la date est juste", "ok"),
        kept="environnements virtuels",
    ),
    (CAMILLE.name, 2): Turn(
        "Bonjour,\n\n"
        "Nous avons relu les routes de l'API et écrit les premiers tests avec pytest.\n"
        "Camille a du mal avec les fixtures.\n"
        "Progression : 45 % du projet.\n"
        "Pour la prochaine session : terminer les tests de la route /books.",
        after=timedelta(hours=45, minutes=20),
        asked="Rappel (3 heures)",
        kept="pytest",
    ),
    (CAMILLE.name, 3): Turn(excused=True),
    (THOMAS.name, 1): Turn(button="Absent(e)", kept="pas participé", again=timedelta(days=8)),
    (THOMAS.name, 2): Turn("Absent, sans nouvelles.", alert=True, kept="pas participé"),
    (THOMAS.name, 3): Turn(
        "Thomas est revenu : son ordinateur était en panne. Nous avons repris le projet depuis le début.\n"
        "Il a importé le fichier de données et repéré les doublons.\n"
        "Pour la prochaine session : supprimer les doublons et traiter les valeurs manquantes.",
        kept="doublons",
    ),
    (INES.name, 1): Turn(
        "Première session avec Inès, très motivée. Elle travaille en alternance dans une agence à Nantes.\n"
        "On a parcouru le projet et découpé la maquette en composants.\n"
        "Elle a écrit sa première fonction fléchée et un gestionnaire d'événements.\n"
        "Elle a du mal avec les promesses et l'asynchrone.\n"
        "Progression : 20 % du projet.\n"
        "Je lui conseille de lire la page de MDN sur async/await.\n"
        "Pour la prochaine session : afficher la liste des travaux depuis l'API et ajouter les filtres.",
        verdicts=("refaire : plus court", "ok"),
        kept="API",
    ),
    (INES.name, 2): Turn(cancelled=True, again=None),
    (INES.name, 3): Turn(
        "Voici mes notes, en pièce jointe.",
        file="Fait : filtres par catégorie terminés, fenêtre modale commencée.\n"
        "Difficultés : la modale ne se ferme pas avec la touche Échap.\n"
        "Pour la prochaine fois : finir la modale et préparer le formulaire d'ajout.\n"
        "Progression : 60 % du projet.\n",
        kept="modale",
    ),
    (INES.name, 4): Turn(
        "Inès a réécrit la modale elle-même et sait l'expliquer.\nObjectif : terminer le formulaire d'ajout.",
        button="Réalisée",
        urgent=True,
        kept="formulaire",
    ),
    (HUGO.name, 1): Turn(
        "Découverte avec Hugo, bonnes bases. Relu le cadrage ensemble. À faire : étude de marché.",
        verdicts=(OWN_TEXT, "ok"),
        moved=True,
        kept="trois parcours utilisateur",
    ),
    (HUGO.name, 2): Turn(
        "Étude de marché relue, bon travail. Il doit maintenant chiffrer les trois scénarios.",
        link="https://zoom.us/j/000",
        verdicts=("non",),  # she has entered it on the platform herself
    ),
}
# What the mentor writes to herself, and what learners write but for choosing a slot.
PLAGIARISM = "Plagiat d'Inès, projet 4", "Son code est celui d'un dépôt public : https://depot.example/modale"
JUSTIFIED = "Absence de Camille justifiée jusqu'au 30/10"
EMERGENCY = "Une urgence : je ne peux pas assurer la session d'Inès demain"
TWO_SESSIONS = """Bonjour Claire,

Serait-il possible d'avoir deux sessions par semaine jusqu'à la soutenance ?

Camille Petit"""
NONE_SUITS = "Bonjour,\n\nAucun de ces créneaux ne me convient.\n\nLina Roche"

USUAL = (
    "Nous avons avancé sur le projet et relu le code ensemble. Pour la prochaine session : finir la partie en cours.",
    "Bonne session : les points vus la dernière fois sont acquis. Objectif : préparer la suite du projet.",
)
