"""What a mentor reports in their own words: understood where it is plain, doubted or not heard where it is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.errors import ConfigError
from agent.model import Learner, Matter
from agent.shipped import shipped
from agent.understand.grammar import load
from agent.understand.situation import Heard, answered, heard_in_notes, read, sentences

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)  # a Wednesday
GRAMMAR = load(shipped("situations.toml"))
NAMES = ("Léa Moreau", "Tom Petit", "Inès Lambert", "Hugo Garnier", "Anne-Sophie Roy")
LEARNERS = [Learner(number, name, None, NOW) for number, name in enumerate(NAMES, 1)]
LEA, TOM, INES, ANNE = 1, 2, 3, 5


def hear(text: str) -> list[Heard]:
    return read(text, GRAMMAR, LEARNERS, NOW, PARIS)


@pytest.mark.parametrize(
    ("text", "matter", "who"),
    [
        ("Léa absente ce soir", Matter.ABSENT, LEA),
        ("lea abscente ce soir", Matter.ABSENT, LEA),
        ("Absence de Léa hier", Matter.ABSENT, LEA),
        ("Absence d'Inès hier", Matter.ABSENT, INES),
        ("Léa n'est pas venue", Matter.ABSENT, LEA),
        ("Tom ne s'est pas connecté", Matter.ABSENT, TOM),
        ("no-show: Tom", Matter.ABSENT, TOM),
        ("Tom did not show up tonight", Matter.ABSENT, TOM),
        ("Tom missed the session", Matter.ABSENT, TOM),
        ("absence non justifiée de Léa hier", Matter.ABSENT, LEA),
        ("Léa ne pourra pas venir demain", Matter.ANNOUNCED, LEA),
        ("Léa sera absente vendredi", Matter.ANNOUNCED, LEA),
        ("Tom can't make it tomorrow", Matter.ANNOUNCED, TOM),
        ("absence de Léa justifiée jusqu'au 12/12", Matter.JUSTIFIED, LEA),
        ("Léa's absence is justified until 12/12", Matter.JUSTIFIED, LEA),
        ("Léa en retard de 15 min", Matter.LATE_ARRIVAL, LEA),
        ("Tom joined 15 minutes late", Matter.LATE_ARRIVAL, TOM),
        ("Tom a un retard inquiétant", Matter.DELAY, TOM),
        ("Tom is far behind", Matter.DELAY, TOM),
        ("Tom a perdu sa motivation", Matter.DISENGAGEMENT, TOM),
        ("Tom is unmotivated", Matter.DISENGAGEMENT, TOM),
        ("Tom parle d'abandonner", Matter.DROPOUT, TOM),
        ("Tom parle d’abandonner la formation", Matter.DROPOUT, TOM),
        ("Je pense que Tom va abandonner", Matter.DROPOUT, TOM),
        ("Tom talks about giving up", Matter.DROPOUT, TOM),
        ("Je soupçonne un plagiat de Tom", Matter.PLAGIARISM, TOM),
        ("Tom plagiarised his project", Matter.PLAGIARISM, TOM),
        ("Tom me manque de respect", Matter.DISRESPECT, TOM),
        ("Tom insulted me", Matter.DISRESPECT, TOM),
        ("La mère de Léa est décédée", Matter.EXCEPTIONAL, LEA),
        ("Léa a été hospitalisée hier", Matter.EXCEPTIONAL, LEA),
        ("Léa is in hospital", Matter.EXCEPTIONAL, LEA),
        ("Léa est malade", Matter.ILLNESS, LEA),
        ("Léa is sick", Matter.ILLNESS, LEA),
        ("Léa est en congés jusqu'au 12/12", Matter.LEAVE, LEA),
        ("Léa is on holiday", Matter.LEAVE, LEA),
        ("Léa demande deux sessions par semaine", Matter.TWO_SESSIONS, LEA),
        ("Léa asks for two sessions a week", Matter.TWO_SESSIONS, LEA),
        ("Léa a besoin de plus de ressources", Matter.RESOURCES, LEA),
        ("Léa a une question administrative", Matter.ADMINISTRATION, LEA),
        ("Léa a une RQTH", Matter.DISABILITY, LEA),
        ("Léa : 45 %", Matter.PROGRESS, LEA),
        ("Léa is at 45 percent", Matter.PROGRESS, LEA),
        ("Léa a validé le projet 3", Matter.PROJECT_DONE, LEA),
        ("Léa passed project 3", Matter.PROJECT_DONE, LEA),
        ("on se tutoie avec Léa", Matter.INFORMAL, LEA),
        ("We are on first-name terms with Léa", Matter.INFORMAL, LEA),
        ("Léa est d'accord pour le soir", Matter.EVENINGS, LEA),
        ("Léa agreed to evenings", Matter.EVENINGS, LEA),
        ("Le conseiller a donné son accord pour une 2e session avec Léa cette semaine", Matter.EXTRA_APPROVED, LEA),
        ("The advisor approved a second session with Léa this week", Matter.EXTRA_APPROVED, LEA),
        ("Léa est revenue", Matter.BACK, LEA),
        ("Léa is back", Matter.BACK, LEA),
        ("Léa a arrêté la formation", Matter.LEFT, LEA),
        ("Tom has dropped out", Matter.LEFT, TOM),
        ("Tom a été exclu", Matter.LEFT, TOM),
        ("urgence, je ne peux pas assurer la session de Léa ce soir", Matter.EMERGENCY, LEA),
        ("Emergency, I cannot hold Léa's session tonight", Matter.EMERGENCY, LEA),
        ("Anne-Sophie absente", Matter.ABSENT, ANNE),
        ("anne sophie roy absente", Matter.ABSENT, ANNE),
        ("Léa M. absente", Matter.ABSENT, LEA),
        ("MOREAU Léa absente", Matter.ABSENT, LEA),
    ],
)
def test_a_plain_sentence_is_one_matter_of_one_learner(text: str, matter: Matter, who: int) -> None:
    assert [(one.matter, one.who, one.doubt) for one in hear(text)] == [(matter, (who,), None)]


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("plagiat, projet 4: son code est celui d'un dépôt public", Matter.PLAGIARISM),
        ("plagiarism, project 4: the code is from a public repository", Matter.PLAGIARISM),
        ("il parle d'abandonner", Matter.DROPOUT),
        ("elle me manque de respect", Matter.DISRESPECT),
        ("she was disrespectful", Matter.DISRESPECT),
        ("session écourtée à 20 min, d'accord avec elle", Matter.CUT_SHORT),
        ("projet 3 validé", Matter.PROJECT_DONE),
    ],
)
def test_she_and_he_are_nobody_by_name(text: str, matter: Matter) -> None:
    assert [(one.matter, one.who, one.doubt) for one in hear(text)] == [(matter, (), None)]


@pytest.mark.parametrize("text", ["je suis hospitalisé jusqu'à vendredi", "I am in hospital until Friday"])
def test_the_mentor_s_own_absence_is_nobody_else_s(text: str) -> None:
    (one,) = hear(text)
    assert (one.matter, one.who, one.doubt) == (Matter.AWAY, (), None)
    assert one.until == datetime(2026, 11, 6, 23, 0, tzinfo=UTC)  # midnight in Paris, after Friday


def test_an_illness_of_the_mentor_s_that_stops_one_session_is_an_emergency_and_no_learner_s_illness() -> None:
    (one,) = hear("Je suis malade, je ne peux pas assurer la session de Léa ce soir")
    assert (one.matter, one.who) == (Matter.EMERGENCY, (LEA,))


@pytest.mark.parametrize(
    ("text", "number", "agreed"),
    [
        ("session écourtée à 20 min, d'accord avec elle", 20, True),
        ("session écourtée à 20 min sans son accord", 20, False),
        ("session écourtée à 20 minutes", 20, None),
        ("Session cut short to 20 min, she agreed", 20, True),
        ("Session cut short to 20 min, she did not agree", 20, False),
        ("session écourtée, elle n'était pas d'accord", None, False),
    ],
)
def test_a_session_cut_short_has_its_minutes_and_whether_it_was_agreed(
    text: str, number: float | None, agreed: bool | None
) -> None:
    (one,) = hear(text)
    assert (one.matter, one.number, one.agreed, one.doubt) == (Matter.CUT_SHORT, number, agreed, None)


def test_plagiarism_keeps_its_project_and_the_mentor_s_words() -> None:
    (one,) = hear("plagiat, projet 4: son code est celui d'un dépôt public")
    assert (one.project, one.words) == ("4", "plagiat, projet 4: son code est celui d'un dépôt public")


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Léa n'est plus absente", "negation"),
        ("Léa n'est pas malade", "negation"),
        ("Léa isn't ill", "negation"),
        ("pas de plagiat chez Tom", "negation"),
        ("Tom: no plagiarism after all", "negation"),
        ("si elle parle d'abandonner, prévenir le support", "condition"),
        ("s'il est absent, je note", "condition"),
        ("If Tom is absent, tell support", "condition"),
        ("Léa est malade ?", "question"),
        ("est-ce que Léa est malade", "question"),
        ("Is Léa ill?", "question"),
        ("Léa est peut-être malade", "hedge"),
        ("I think Léa is ill", "hedge"),
        ("vérifier l'absence de Léa", "todo"),
        ("penser à relancer Tom absent hier", "todo"),
        ("Léa est en retard", "words"),
        ("Tom is late", "words"),
        ("je suis malade", "until"),
        ("absence de Léa justifiée", "until"),
        ("absence de Léa justifiée jusqu'au 31/02", "until"),
        ("Léa dit que Tom abandonne, il parle d'abandonner", "several"),
        ("Léa : 145 %", "number"),
    ],
)
def test_what_is_no_plain_statement_is_doubted(text: str, doubt: str) -> None:
    found = hear(text)
    assert found
    assert {one.doubt for one in found} == {doubt}


@pytest.mark.parametrize(
    "text",
    [
        "rdv dentiste demain à 18h",
        "acheter du pain",
        "Préparer la session de Léa",
        "Léa a très bien travaillé",
        "Léa progresse bien",
        "session de Léa à 18h ce soir",
        "réserver le train pour vendredi",
        "idée de cours : les jointures SQL",
        "mon fils est malade, rdv pédiatre demain",
        "My daughter is ill, doctor tomorrow",
        "Elle veut arrêter de fumer",
        "Il a abandonné l'idée d'un framework",
        "Il pense abandonner React pour Vue",
        "Elle est revenue sur son projet",
        "He came back to the question of indexes",
        "présence de Léa confirmée",
        "Le projet avance, il en est aux tests",
        "Il a copié le dossier dans son dépôt",
        "Elle manque de temps le lundi",
        "Le serveur ne répond plus",
        "Son ordinateur est mort",
        "Le bouton est disabled",
        "la connexion a été interrompue une minute",
        "20 % de réduction sur le clavier",
        "Le taux de TVA est de 20 %",
        "Session réalisée, 45 minutes",
        "Léa et Tom ont échangé leurs créneaux",
        "Revoir le respect des conventions de nommage",
        "Il respecte bien les délais",
        "Bonne motivation, bonne implication",
        "Elle est disponible ce soir",
        "Il est parti plus tôt de son travail",
        "factures de novembre à envoyer",
        "Elle a réussi l'exercice 3",
        "Le train a du retard de temps en temps",
        "Travail suffisant, rien à signaler",
        "Great session, we went through SQL joins",
        "Buy milk and call the bank",
        "Prepare next week's exercises",
        "He finished exercise 3",
        "She moved to a new flat",
        "The build takes 20 minutes",
        "He gave up the old framework",
        "late night reading list",
        "",
        "   \n\n  ",
    ],
)
def test_an_ordinary_memo_or_note_is_no_situation(text: str) -> None:
    assert hear(text) == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Léa et Tom absents ce soir", (LEA, TOM)),
        ("Léa, Tom and Inès absent tonight", (LEA, TOM, INES)),
    ],
)
def test_names_side_by_side_are_all_meant(text: str, who: tuple[int, ...]) -> None:
    assert [(one.who, one.doubt) for one in hear(text)] == [(who, None)]


def test_a_first_name_of_two_learners_is_a_doubt_and_the_initial_settles_it() -> None:
    two = [*LEARNERS, Learner(6, "Léa Adam", None, NOW)]
    (both,) = read("Léa absente ce soir", GRAMMAR, two, NOW, PARIS)
    assert (both.who, both.doubt) == ((1, 6), "several")
    (one,) = read("Léa A. absente ce soir", GRAMMAR, two, NOW, PARIS)
    assert (one.who, one.doubt) == ((6,), None)
    (verb,) = read("Léa a arrêté la formation", GRAMMAR, two, NOW, PARIS)  # "a" is a verb here, no initial
    assert verb.doubt == "several"


def test_a_stranger_of_the_same_first_name_is_nobody() -> None:
    (one,) = hear("Léa Durand absente ce soir")
    assert one.who == ()


def test_a_name_that_is_also_a_word_yields_to_one_with_a_capital() -> None:
    names = [*LEARNERS, Learner(6, "Will Stone", None, NOW)]
    (one,) = read("Léa will be absent tomorrow", GRAMMAR, names, NOW, PARIS)
    assert one.who == (LEA,)


def test_several_sentences_are_several_reports() -> None:
    found = hear("Léa absente ce soir. Tom : 45 %\n- Inès est revenue")
    assert [(one.matter, one.who) for one in found] == [
        (Matter.ABSENT, (LEA,)),
        (Matter.PROGRESS, (TOM,)),
        (Matter.BACK, (INES,)),
    ]


def test_a_line_that_a_mail_program_wrapped_is_one_sentence() -> None:
    assert sentences("Tom me dit qu'il parle\nd'abandonner la formation.\nLéa M. est là.") == [
        "Tom me dit qu'il parle d'abandonner la formation.",
        "Léa M. est là.",
    ]


def test_notes_are_heard_for_what_concerns_the_session_s_learner_alone() -> None:
    notes = "Nous avons revu SQL. Elle parle d'abandonner. Tom parle d'abandonner. Elle est malade."
    found = hear(notes)
    sure = [one for one in found if heard_in_notes(GRAMMAR, one, LEA)]
    assert [(one.matter, one.who) for one in sure] == [(Matter.DROPOUT, ())]


@pytest.mark.parametrize(
    ("text", "number"),
    [("45", 45), ("45 %", 45), ("environ 45 %", 45), ("Elle en est à 45%.", 45), ("about 45 percent", 45)],
)
def test_a_short_answer_gives_the_progress(text: str, number: float) -> None:
    assert answered(text, GRAMMAR, Matter.PROGRESS) == (Matter.PROGRESS, number)


@pytest.mark.parametrize("text", ["45 ou 50", "entre 40 et 50 %", "je ne sais pas", "", "pas 45 %"])
def test_an_answer_with_two_figures_or_none_gives_no_progress(text: str) -> None:
    assert answered(text, GRAMMAR, Matter.PROGRESS) is None


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("revenue", Matter.BACK),
        ("Elle est revenue.", Matter.BACK),
        ("back", Matter.BACK),
        ("partie", Matter.LEFT),
        ("exclue", Matter.LEFT),
        ("He has left", Matter.LEFT),
    ],
)
def test_a_short_answer_says_what_became_of_the_learner(text: str, matter: Matter) -> None:
    assert answered(text, GRAMMAR, Matter.BACK, Matter.LEFT) == (matter, None)


def test_a_wrong_grammar_file_says_every_mistake_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[absent]\nmentor = ['(']\nnope = 1\n[nobody]\n[values]\nminutes = ['(?P<other>x)']\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    said = "\n".join(caught.value.problems)
    for part in ("absent.nope", "absent.mentor[0]", "nobody", "doubt", "values.minutes[0]: unknown group other"):
        assert part in said
