"""What holds for every letter of a kind, whatever it says."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from agent import guidelines, phrasing
from agent.model import Clause, Funding, Language, Learner, Matter, Party, Situation
from agent.policies import r02_form_of_address, r28_civility
from agent.render import Letters, Rendered
from agent.shipped import shipped
from agent.understand import grammar, situation
from tests.letters.mentor_samples import mentor_samples
from tests.letters.rule_samples import START, learner_samples, span, support_samples
from tests.letters.samples import samples, template_of

LETTERS = Letters()
LAW = guidelines.load(shipped("guidelines.toml"))
WORDS = grammar.load(shipped("situations.toml"))
PARIS = ZoneInfo("Europe/Paris")
FR, EN = Language.FR, Language.EN
TO_LEARNERS = [(language, name) for language in Language for name in learner_samples(language)]
TO_SUPPORT = [(language, name) for language in Language for name in support_samples(language)]
TO_MENTOR = [(language, name) for language in Language for name in mentor_samples(language)]
NEVER_OTHERS = "Sacha Petit, en arrêt maladie"


def clause(rule: str) -> Clause:
    return LAW.clause(rule, date(2026, 12, 8))


def render(language: Language, picture: str, **changes: Any) -> Rendered:
    return LETTERS.render(template_of(picture), language, **{**samples(language)[picture], **changes})


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("’", "'")


def whole(letter: Rendered) -> str:
    return plain(f"{letter.subject}\n{letter.text}")


def buttons(letter: Rendered) -> list[str]:
    """What the buttons of a mail write for the mentor."""
    links = re.findall(r'href="(mailto:[^"]+)"', letter.html.replace("&amp;", "&"))
    bodies = [parse_qs(urlsplit(link).query, keep_blank_values=True)["body"][0] for link in links]
    return [re.sub(r"\s*\br.f\. ma-[a-z2-7]{16}\s*$", "", body).strip() for body in bodies]


@pytest.mark.parametrize(("language", "picture"), TO_LEARNERS)
def test_no_letter_to_a_learner_shows_what_anybody_reported_or_anybody_elses_name(
    language: Language, picture: str
) -> None:
    other = Situation(7, Matter.ILLNESS, START, Party.MENTOR, NEVER_OTHERS, learner_id=2, project=NEVER_OTHERS)
    spilled = {name: [NEVER_OTHERS] for name in ("names", "words", "contexts", "reasons", "tried")}
    letter = render(language, picture, **spilled, situations=[other], sessions=[span(3)])
    calm = render(language, picture)
    assert (letter.subject, letter.text, letter.html) == (calm.subject, calm.text, calm.html)


@pytest.mark.parametrize("picture", learner_samples(FR))
def test_a_learner_is_called_vous_until_tu_was_agreed_and_tu_in_the_whole_letter_afterwards(picture: str) -> None:
    letter = render(FR, picture)
    informal = samples(FR)[picture]["informal"]
    assert r02_form_of_address.problems(f"{letter.subject}\n{letter.text}", informal, clause("R02")) == []
    address = re.compile(r"\b(?:tu|te|t'|ton|ta|tes)\b|-toi\b" if informal else r"\b(?:vous|votre|vos)\b")
    assert address.search(whole(letter).lower())


@pytest.mark.parametrize(("language", "picture"), TO_LEARNERS + TO_SUPPORT + TO_MENTOR)
def test_every_letter_is_civil(language: Language, picture: str) -> None:
    letter = render(language, picture)
    assert r28_civility.problems(letter.subject + "\n" + letter.text, clause("R28")) == []


@pytest.mark.parametrize(("language", "picture"), TO_LEARNERS + TO_SUPPORT)
def test_a_letter_to_others_that_names_an_hour_names_its_clock(language: Language, picture: str) -> None:
    text = whole(render(language, picture))
    if re.search(r"\d h \d\d|\d\d:\d\d", text):
        assert ("heure de Paris" if language is FR else "Paris time") in text


@pytest.mark.parametrize(("language", "picture"), TO_LEARNERS + TO_SUPPORT)
def test_every_date_in_a_letter_to_others_says_its_weekday(language: Language, picture: str) -> None:
    text = plain(render(language, picture).text)
    days = r"\d{1,2}(?:er)? (?:novembre|décembre|November|December)\b"
    weekday = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|[A-Z]\w+day) "
    assert len(re.findall(days, text)) == len(re.findall(weekday + days, text))


@pytest.mark.parametrize(
    ("picture", "dates"),
    [
        ("weekly_slots", ["14 décembre"]),
        ("after_absence", ["8 décembre"]),
        ("after_absence-planned", ["8 décembre", "15 décembre"]),
        ("emergency", ["8 décembre"]),
        ("moved", ["8 décembre"]),
        ("slot_confirmation", ["lundi 14 décembre à 18 h 00"]),
        ("unplanned_alert", ["23 novembre", "30 novembre"]),
        ("away_alert", ["du mardi 8 décembre au vendredi 11 décembre 2026"]),
        ("absence_follow_up", ["1er décembre", "8 décembre"]),
        ("incidents_alert", ["24 novembre", "1er décembre", "8 décembre"]),
        ("context_question", ["30 novembre"]),
        ("outcome_question", ["11 décembre"]),
        ("agreed_question", ["8 décembre"]),
        ("conflict_question", ["8 décembre"]),
        ("justified_noted", ["11 décembre"]),
        ("second_session", ["10 décembre"]),
        ("slot_taken", ["9 déc., 18 h 00"]),
        ("book_on_platform", ["9 déc., 18 h 00"]),
    ],
)
def test_the_subject_line_has_the_dates(picture: str, dates: list[str]) -> None:
    subject = plain(render(FR, picture).subject)
    assert all(day in subject for day in dates)


@pytest.mark.parametrize(("language", "picture"), TO_SUPPORT)
def test_an_alert_asks_something_of_support_and_is_signed(language: Language, picture: str) -> None:
    text = plain(render(language, picture).text)
    asked = r"Pourriez-vous [^?]+ \?" if language is FR else r"Could you please [^?]+\?"
    assert len(re.findall(asked, text)) == 1
    assert text.endswith("\nClaire Martin\n")


@pytest.mark.parametrize(("language", "picture"), TO_SUPPORT)
def test_an_alert_quotes_the_mentors_words_as_they_were_written(language: Language, picture: str) -> None:
    values = samples(language)[picture]
    if template_of(picture) in {"absence_follow_up", "incidents_alert"}:
        return  # dates and kinds alone: nothing of what a justification says
    said = [*values["words"], *values["contexts"]]
    opening, closing = ("«\u00a0", "\u00a0»") if language is FR else ("“", "”")
    letter = render(language, picture)
    for words in said:
        assert f"{opening}{words}{closing}" in letter.text
        assert f"{opening}{words}{closing}</blockquote>" in letter.html


def test_the_letter_about_a_learners_own_matter_names_nothing_but_the_matrix_wording() -> None:
    illness = Situation(1, Matter.ILLNESS, START, Party.LEARNER, "j'ai la grippe", learner_id=1)
    letter = render(FR, "contact_support", matters=["une absence pour raison personnelle"], situations=[illness])
    assert "une absence pour raison personnelle" in letter.text
    assert "mentorat@ecole.example" in letter.text
    assert not re.search("grippe|malad", whole(letter))
    assert "absence" not in letter.subject


@pytest.mark.parametrize("name", ["after_absence", "emergency"])
def test_slots_come_before_a_planned_session_and_a_question_where_there_is_neither(name: str) -> None:
    both = whole(render(FR, name, next_session=span(7)))
    assert "1. lundi 14 décembre à 18 h 00" in both
    assert "prochaine session est prévue" not in both
    planned = whole(render(FR, f"{name}-planned"))
    assert "Notre prochaine session est prévue le mardi 15 décembre à 18 h 00 (heure de Paris)." in planned
    assert "Quelles sont vos disponibilités" in whole(render(FR, f"{name}-none"))


def test_a_learner_elsewhere_reads_their_own_clock() -> None:
    text = whole(render(FR, "moved-one", zone=ZoneInfo("America/Montreal")))
    assert "heure de Montréal" in text
    assert "1. lundi 14 décembre à 12 h 00" in text
    assert "semaine du lundi 14 décembre 2026" in whole(render(FR, "weekly_slots", zone=ZoneInfo("America/Montreal")))


def test_the_buttons_of_a_question_write_words_that_are_understood() -> None:
    for language, back, left, later in ((FR, "revenue", "partie", "plus tard"), (EN, "back", "left", "later")):
        assert buttons(render(language, "outcome_question")) == [back, left, later]
        assert situation.answered(back, WORDS, Matter.BACK, Matter.LEFT) == (Matter.BACK, None)
        assert situation.answered(left, WORDS, Matter.BACK, Matter.LEFT) == (Matter.LEFT, None)
        yes_no = [*(("oui", "non") if language is FR else ("yes", "no")), later]
        assert buttons(render(language, "agreed_question")) == yes_no
        assert buttons(render(language, "conflict_question")) == yes_no
        assert buttons(render(language, "which_question")) == ["1", "2", later]
        assert buttons(render(language, "situation_noted")) == ["annuler" if language is FR else "cancel"]
        assert buttons(render(language, "context_question"))[-2] == ""  # the mentor's own words


@pytest.mark.parametrize(
    ("picture", "matter"), [("second_session", Matter.EXTRA_APPROVED), ("evening_session", Matter.EVENINGS)]
)
@pytest.mark.parametrize("language", Language)
def test_the_button_of_a_notice_writes_news_that_is_understood(
    language: Language, picture: str, matter: Matter
) -> None:
    camille = Learner(1, "Camille Durand", "camille.durand@learner.example", START, funding=Funding.FUNDED)
    letter = render(language, picture)
    (words,) = buttons(letter)
    heard = situation.read(words, WORDS, [camille], START, PARIS)
    assert [(one.matter, one.who, one.doubt) for one in heard] == [(matter, (1,), None)]
    assert words in plain(letter.text)
    assert "subject=mentor-agent&amp;" in letter.html  # a fresh mail: our own subject is no news


@pytest.mark.parametrize(("language", "picture"), TO_MENTOR)
def test_a_mail_about_a_rule_gives_the_rule_and_its_clause(language: Language, picture: str) -> None:
    values = samples(language)[picture]
    if "clause" in values:
        assert f"{values['rule']} · {values['clause']}" in render(language, picture).text


def test_what_was_reported_cannot_write_a_second_line_into_a_subject() -> None:
    said = Situation(1, Matter.PLAGIARISM, START, Party.MENTOR, "x", project="4\r\nBcc: victim@example.org\u202e")
    letter = render(EN, "plagiarism_alert", situations=[said])
    assert letter.subject == "Camille Durand: possible plagiarism, project “4 Bcc: victim@example.org”"
    assert "\u202e" not in letter.text + letter.html


def test_a_project_known_by_its_number_is_not_put_in_quotation_marks() -> None:
    said = Situation(1, Matter.PLAGIARISM, START, Party.MENTOR, "x", project="4")
    assert render(EN, "plagiarism_alert", situations=[said]).subject == "Camille Durand: possible plagiarism, project 4"
    assert plain(render(FR, "plagiarism_alert", situations=[said]).subject).endswith("doute de plagiat, projet 4")


def test_an_address_is_broken_at_its_sign_where_a_phone_is_too_narrow_for_it() -> None:
    assert "camille.durand@<wbr>learner.example" in render(FR, "plagiarism_alert").html
    strange = render(FR, "plagiarism_alert", learner_address="<b>@learner.example").html
    assert "&lt;b&gt;@<wbr>learner.example" in strange


DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 12, 7, 23, 0, tzinfo=UTC)  # the beginning of Tuesday 8 December in Paris


@pytest.mark.parametrize(
    ("since", "until", "french", "english"),
    [
        (
            MIDNIGHT,
            MIDNIGHT + 4 * DAY,
            "du mardi 8 décembre au vendredi 11 décembre 2026",
            "from Tuesday 8 December to Friday 11 December 2026",
        ),
        (MIDNIGHT, MIDNIGHT + DAY, "le mardi 8 décembre 2026", "on Tuesday 8 December 2026"),
        (None, MIDNIGHT + DAY, "jusqu'au mardi 8 décembre 2026", "until Tuesday 8 December 2026"),
        (MIDNIGHT, None, "à partir du mardi 8 décembre 2026", "from Tuesday 8 December 2026"),
        (None, None, "", ""),
        (
            MIDNIGHT,
            MIDNIGHT + 25 * DAY,
            "du mardi 8 décembre 2026 au vendredi 1er janvier 2027",
            "from Tuesday 8 December 2026 to Friday 1 January 2027",
        ),
    ],
)
def test_a_period_is_written_with_its_last_day(
    since: datetime | None, until: datetime | None, french: str, english: str
) -> None:
    assert plain(phrasing.period(since, until, PARIS, FR)) == french
    assert phrasing.period(since, until, PARIS, EN) == english


def test_a_period_over_the_end_of_summer_time_ends_on_the_day_that_was_said() -> None:
    since, until = (datetime.combine(date(2026, 10, day), datetime.min.time(), PARIS) for day in (24, 26))
    assert phrasing.period(since, until, PARIS, EN) == "from Saturday 24 October to Sunday 25 October 2026"


@pytest.mark.parametrize(
    ("items", "french"), [([], ""), (["a"], "a"), (["a", "b"], "a et b"), (["a", "b", "c"], "a, b et c")]
)
def test_several_things_are_listed_as_one_says_them(items: list[str], french: str) -> None:
    assert phrasing.listed(items, FR) == french
    assert phrasing.listed(items, EN) == french.replace(" et ", " and ")
