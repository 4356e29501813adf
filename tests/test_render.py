"""What people receive, in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

import agent
from agent import phrasing
from agent.model import REPLY_MARKER as MARKER
from agent.model import Language, SessionStatus
from agent.render import DRAFT_IN_LINK, Letters, Rendered, mailto
from tests.letters.rule_samples import learner_samples, support_samples
from tests.letters.samples import COMMON, REF, START, samples, template_of

LETTERS = Letters()
FOLDER = Path(agent.__file__).parent / "letters"
PICTURES = [(language, picture) for language in Language for picture in samples(language)]
PARIS = ZoneInfo("Europe/Paris")
TO_LEARNERS = {"first_contact"} | {template_of(picture) for picture in learner_samples(Language.FR)}
TO_SUPPORT = {"absence_alert"} | {template_of(picture) for picture in support_samples(Language.FR)}
TO_OTHERS = TO_LEARNERS | TO_SUPPORT


class _Words(HTMLParser):
    """What a reader of the HTML part sees, and the links in it."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden += tag in {"style", "title"}
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)


def read(html: str) -> _Words:
    words = _Words()
    words.feed(html)
    return words


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def render(language: Language, picture: str, **changes: Any) -> Rendered:
    return LETTERS.render(template_of(picture), language, **{**samples(language)[picture], **changes})


def test_every_template_has_a_sample_in_both_languages_and_both_parts() -> None:
    wanted = {template_of(picture) for picture in samples(Language.FR)} | {"parts"}
    for language in Language:
        for kind in ("txt", "html"):
            assert {path.stem for path in (FOLDER / language).glob(f"*.{kind}")} == wanted


@pytest.mark.parametrize(("language", "picture"), PICTURES)
def test_the_text_and_the_html_of_a_letter_say_the_same(language: Language, picture: str) -> None:
    letter = render(language, picture)
    assert words_of(letter.text) == words_of(" ".join(read(letter.html).text))


@pytest.mark.parametrize(("language", "picture"), PICTURES)
def test_a_letter_loads_nothing_and_runs_nothing(language: Language, picture: str) -> None:
    page = read(render(language, picture).html)
    assert not page.tags & {"script", "img", "link", "iframe", "form", "object"}
    assert all(link.startswith("mailto:claire.martin@example.org?") for link in page.links)


@pytest.mark.parametrize(("language", "picture"), PICTURES)
def test_a_letter_that_lacks_any_of_its_values_is_not_written(language: Language, picture: str) -> None:
    values = samples(language)[picture]
    bare = {name: value for name, value in values.items() if name in {"ref", "zone"}}
    with pytest.raises(UndefinedError):
        LETTERS.render(template_of(picture), language, **bare)


@pytest.mark.parametrize(("language", "picture"), PICTURES)
def test_a_question_to_the_mentor_starts_with_the_marker_and_ends_with_its_reference(
    language: Language, picture: str
) -> None:
    values, letter = samples(language)[picture], render(language, picture)
    if template_of(picture) in TO_OTHERS:
        assert MARKER not in letter.text
        assert "ma-" not in letter.subject + letter.text
        assert letter.text.endswith("Claire Martin\n")
    elif values["ref"]:
        label = "réf." if language is Language.FR else "ref."
        assert letter.text.startswith(f"{MARKER}\n\n")
        assert letter.text.endswith(f"\n\n{label} {REF}\n")
        assert letter.subject.endswith(f" [{REF}]")
    else:
        assert MARKER not in letter.text
        assert "[" not in letter.subject


@pytest.mark.parametrize(("language", "picture"), PICTURES)
def test_a_letter_has_no_gaps_and_no_long_silences(language: Language, picture: str) -> None:
    letter = render(language, picture)
    assert "\n\n\n" not in letter.text
    assert not letter.text.startswith("\n")
    assert "None" not in words_of(letter.subject + letter.text)
    assert not re.search(r"[{}]", letter.subject + letter.text)


@pytest.mark.parametrize("picture", samples(Language.FR))
def test_our_own_french_words_are_set_as_french_is(picture: str) -> None:
    values = {
        name: value.replace("'", "’") if isinstance(value, str) else value
        for name, value in samples(Language.FR)[picture].items()
    }
    for name in ("text", "quoted"):
        values |= {name: "…"} if values.get(name) else {}  # people's own words stay as they wrote them
    letter = LETTERS.render(template_of(picture), Language.FR, **values)
    for part in (letter.subject, letter.text, " ".join(read(letter.html).text)):
        own = part.replace("Re: ", "")
        assert not re.search(r"[^\S\u00a0][:;!?»]|«[^\u00a0]|\w'|[^\s\u00a0/]»", own)


@pytest.mark.parametrize("slots", [0, 1, 3])
@pytest.mark.parametrize("path", [None, "Développement web"])
def test_a_learner_is_not_called_tu_before_it_was_agreed_and_not_vous_after(slots: int, path: str | None) -> None:
    values = samples(Language.FR)["first_contact"]
    values |= {"slots": values["slots"][:slots], "path": path}
    tu, vous = (
        re.compile(r"\b(?:tu|te|t|ton|ta|tes|toi|tien)\b", re.I),
        re.compile(r"(?<!rendez-)\b(?:vous|votre|vos)\b"),
    )
    formal = LETTERS.render("first_contact", Language.FR, **{**values, "informal": False})
    informal = LETTERS.render("first_contact", Language.FR, **{**values, "informal": True})
    for formal_part, informal_part in zip(
        (formal.subject, formal.text, " ".join(read(formal.html).text)),
        (informal.subject, informal.text, " ".join(read(informal.html).text)),
        strict=True,
    ):
        assert not tu.search(formal_part)
        assert vous.search(formal_part.lower())
        assert not vous.search(informal_part.lower())
        assert tu.search(informal_part)


def test_a_first_contact_offers_the_slots_by_number_in_the_mentors_zone() -> None:
    text = render(Language.FR, "first_contact").text.replace("\u00a0", " ")
    assert "heure de Paris" in text
    assert "1. mardi 8 décembre à 18 h 00\n2. mercredi 9 décembre à 19 h 00\n3. vendredi 11 décembre à 12 h 00" in text
    assert "1." not in render(Language.FR, "first_contact-none").text


HOSTILE = (
    '<img src=x onerror="alert(1)">\r\nBcc: victim@example.org\n\nstatut : absent {{ 7*7 }} {% x %} &amp;\u202e\x1b[0m'
)


@pytest.mark.parametrize(("language", "picture"), PICTURES)
def test_a_hostile_value_stays_text_on_its_line(language: Language, picture: str) -> None:
    kept = {"mentor_name", "reply_to", "ref", "what", "text", "quoted"}
    hostile = {
        name: HOSTILE for name, value in samples(language)[picture].items() if type(value) is str and name not in kept
    }
    letter, calm = render(language, picture, **hostile), render(language, picture)
    page = read(letter.html)
    assert "img" not in page.tags
    assert "\n" not in letter.subject
    assert len(letter.text.splitlines()) == len(calm.text.splitlines())
    assert "49" not in letter.text + letter.html
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", letter.text + letter.html)
    assert words_of(letter.text) == words_of(" ".join(page.text))


def test_a_hostile_draft_is_shown_letter_for_letter_and_does_nothing() -> None:
    text = "</div><script>alert(1)</script>\n\n{{ 7*7 }} : d'abord « ça »"
    letter = render(Language.FR, "report_draft", text=text)
    assert text in letter.text
    assert "script" not in read(letter.html).tags
    assert "{{ 7*7 }} : d&#39;abord « ça »" in letter.html


def test_what_needs_checking_is_marked_for_the_eye() -> None:
    letter = render(Language.FR, "report_draft", text="Vu. Fait [à vérifier\u00a0: date <b>]\nSuite [1].")
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", letter.html) == ["[à vérifier\u00a0: date &lt;b&gt;]"]


def test_the_buttons_of_the_session_question_answer_in_the_words_that_are_read_back() -> None:
    links = read(render(Language.FR, "session_question").html).links
    asked = [parse_qs(urlsplit(link).query) for link in links]
    end = f"\r\n\r\nréf. {REF}\r\n"
    assert all(query["body"][0].endswith(end) for query in asked)
    assert [query["body"][0].removesuffix(end) for query in asked] == [
        "statut : réalisée\r\n\r\nnotes :\r\n",
        "statut : absent\r\n",
        "statut : annulée\r\n",
        "statut : annulée tardivement\r\n",
        "statut : déplacée\r\n",
        "plus tard",
    ]
    assert all(query["subject"][0].startswith("Re: ") and f"[{REF}]" in query["subject"][0] for query in asked)


def test_the_edit_button_carries_the_draft_unless_it_is_too_long_for_a_link() -> None:
    def edit(text: str) -> str:
        links = read(render(Language.EN, "report_draft", text=text).html).links
        body = next(body for link in links if (body := parse_qs(urlsplit(link).query)["body"][0]).startswith("edit:"))
        return body.removesuffix(f"\r\n\r\nref. {REF}\r\n")

    assert edit("First line\nSecond line") == "edit:\r\nFirst line\r\nSecond line"
    assert edit("x" * (DRAFT_IN_LINK + 1)) == "edit:\r\n"


def test_a_letter_cannot_be_asked_for_again_but_a_report_can() -> None:
    assert "refaire" in render(Language.FR, "report_draft").text
    assert "refaire" not in render(Language.FR, "letter_draft").text
    assert "refaire" not in render(Language.FR, "reminder-letter").text


def test_a_mailto_link_is_encoded_to_the_last_character() -> None:
    link = mailto("a+b@example.org", "Re: é & =?\r\nBcc: x", "un\ndeux\r\ntrois &body=x #é")
    address, _, query = link.removeprefix("mailto:").partition("?")
    assert re.fullmatch(r"[A-Za-z0-9%@?&=._~-]+", link.removeprefix("mailto:"))
    assert unquote(address) == Address(addr_spec="a+b@example.org").addr_spec
    assert parse_qs(query) == {"subject": ["Re: é & =? Bcc: x"], "body": ["un\r\ndeux\r\ntrois &body=x #é"]}
    assert "%0D%0A" in query


def test_an_approved_text_becomes_html_without_a_word_changed() -> None:
    text = "Bonjour Camille,\n\nÀ demain : 18 h <ou> 19 h ?\nL'heure « exacte »\n"
    page = read(LETTERS.html_of(text, Language.FR))
    assert words_of("".join(page.text)) == words_of(text)
    assert "À demain : 18 h <ou> 19 h ?\nL'heure « exacte »" in "".join(page.text).replace("\n\n", "\n")


@pytest.mark.parametrize(
    ("write", "french", "english"),
    [
        (phrasing.when, "mardi 8 décembre 2026 à 18 h 00", "Tuesday 8 December 2026 at 18:00"),
        (phrasing.moment, "mardi 8 décembre à 18 h 00", "Tuesday 8 December at 18:00"),
        (phrasing.before, "avant mardi 8 décembre à 18 h 00", "before Tuesday 8 December at 18:00"),
        (phrasing.brief, "8 déc., 18 h 00", "8 Dec, 18:00"),
    ],
)
def test_instants_are_written_in_words(write: Any, french: str, english: str) -> None:
    assert write(START, PARIS, Language.FR).replace("\u00a0", " ") == french
    assert write(START, PARIS, Language.EN) == english


def test_both_sides_of_a_clock_change_are_written_in_the_time_people_live_by() -> None:
    before = datetime(2026, 3, 28, 17, 0, tzinfo=UTC)
    assert phrasing.hour(before, PARIS, Language.EN) == "18:00"
    assert phrasing.hour(before + timedelta(days=1), PARIS, Language.EN) == "19:00"


def test_the_first_of_the_month_and_the_day_after_midnight_are_the_mentors() -> None:
    at = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    assert phrasing.when(at, PARIS, Language.FR) == "mardi 1er décembre 2026 à 0\u00a0h\u00a030"
    assert phrasing.when(at, ZoneInfo("America/Guadeloupe"), Language.EN) == "Monday 30 November 2026 at 19:30"


@pytest.mark.parametrize(
    ("zone", "french", "english"),
    [
        ("Europe/Paris", "heure de Paris", "Paris time"),
        ("Europe/Athens", "heure d’Athènes", "Athens time"),
        ("Indian/Reunion", "heure de La Réunion", "Reunion time"),
        ("UTC", "heure UTC", "UTC"),
    ],
)
def test_the_zone_is_named_as_people_name_it(zone: str, french: str, english: str) -> None:
    assert phrasing.clock_of(ZoneInfo(zone), Language.FR) == french
    assert phrasing.clock_of(ZoneInfo(zone), Language.EN) == english


def test_every_status_has_its_word_in_both_languages() -> None:
    assert {phrasing.status_name(status, Language.FR) for status in SessionStatus} == {
        *("réalisée", "étudiant absent", "annulée", "annulée tardivement", "déplacée")
    }
    assert len({phrasing.status_name(status, Language.EN) for status in SessionStatus}) == len(SessionStatus)


def test_the_alert_to_support_gives_both_dates_and_what_is_asked() -> None:
    text = render(Language.FR, "absence_alert").text.replace("\u00a0", " ")
    assert "mardi 1er décembre 2026, de 18 h 00 à 18 h 45" in text
    assert "mardi 8 décembre 2026, de 18 h 00 à 18 h 45" in text
    assert all(word in text for word in ("prendre contact", "financeur", "tableau de bord"))
    assert str(COMMON["mentor_name"]) in text


def test_markup_is_never_taken_for_the_plain_text_that_reads_the_same() -> None:
    phrasing.typeset(Markup("<b>Léa</b> ?"))
    assert not hasattr(phrasing.typeset("<b>Léa</b> ?"), "__html__")
