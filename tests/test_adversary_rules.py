"""Hostile and unlucky mails, memos, notices and calendar entries: nobody's word is taken for another's, or for more."""

from __future__ import annotations

import time
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.connectors.ports import Folder
from agent.model import Learner, Matter, Party, RequestKind, Situation
from agent.shipped import shipped
from tests.booking_stories import WROTE, contacted, entries, offers, writes
from tests.stage import MENTOR, MONDAY, QUIET, Stage, body, event, parse
from tests.stories import LEA, NOTES, START, TOM, met

SUPPORT = "support@school.example"


def known(stage: Stage) -> list[Situation]:
    return stage.world.store.situations.between(MONDAY - timedelta(days=40), stage.now + timedelta(days=40))


def memo(stage: Stage, text: str, subject: str = "") -> None:
    """The mentor writes to themself; the mail lies in Sent."""
    stage.written += 1
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = MENTOR, MENTOR, subject
    mail["Message-ID"] = f"<memo-{stage.written}@mentor.example>"
    mail.set_content(text)
    stage.mailbox.deliver(mail.as_bytes(), Folder.SENT, stage.now)
    stage.pass_time(minutes=5)


# -- learners' mails


def test_an_answer_in_another_learner_s_thread_chooses_nothing(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    writes(stage, "le 2 me va", to=stage.last(LEA), sender=TOM)
    stage.pass_time(minutes=5)
    assert (known(stage), entries(stage)) == ([], [])
    assert stage.count("Tom Petit vous a écrit") == 1


def test_a_number_in_an_answer_to_the_mentor_s_own_mail_is_none_of_ours(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.mentor_writes(LEA, "Préférez-vous : 1. SQL, ou 2. Python ?")
    stage.pass_time(minutes=5)
    own = parse(list(stage.mailbox.mails.values())[-1].raw)
    assert str(own["To"]) == LEA
    writes(stage, "le 2 me va", to=own)
    stage.pass_time(minutes=5)
    assert (known(stage), entries(stage)) == ([], [])
    writes(stage, "Et pour la session, mercredi 14h me va.", to=own)
    stage.pass_time(minutes=5)
    assert len(entries(stage)) == 1  # a day and an hour say it themselves


def test_a_letter_that_a_server_gave_another_id_is_still_the_one_that_is_answered(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    copy = stage.last(LEA)
    del copy["Message-ID"]
    copy["Message-ID"] = "<another-id@server.example>"
    stage.mailbox.deliver(copy.as_bytes(), Folder.SENT, stage.now)
    stage.pass_time(minutes=5)
    writes(stage, "le 2 me va", to=copy)
    stage.pass_time(minutes=5)
    assert len(entries(stage)) == 1


def test_words_that_look_like_an_id_of_ours_do_not_swallow_a_learner_s_mail(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "Je suis malade. Mon dépôt : https://example.org/ma-documentationpro")
    stage.pass_time(minutes=5)
    assert [one.matter for one in known(stage)] == [Matter.ILLNESS]


def test_a_choice_that_asks_to_wait_is_none(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    for text in ("Le 2 me va. Attendez ma confirmation.", "Le 2 me va. Bien que...", "Le 2 me va, je vous redis."):
        writes(stage, text, to=stage.last(LEA))
    stage.pass_time(minutes=5)
    assert (known(stage), entries(stage)) == ([], [])


def test_our_own_letter_sent_back_whole_chooses_nothing(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    letter = stage.last(LEA)
    writes(stage, body(letter), to=letter)
    writes(stage, "\n".join(f"> {line}" for line in body(letter).splitlines()), to=letter)
    stage.pass_time(minutes=5)
    assert (known(stage), entries(stage)) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "Merci beaucoup.\n\nLéa Moreau\nBureau 2",
        "Merci.\n-- \nLéa\nle 2",
        "Je regarde cela.\n\nLe lun. 2 nov. 2026 à 09:00, Claire Martin a écrit :\n> le 2 me va",
        "« Attends, le 2 ? »",
        "le 2 ne me va\u200b pas",
        "le 2 \u202ene me va pas",
        "31/02 me va",
        "le 29/02 me va",
    ],
)
def test_a_number_that_stands_anywhere_else_is_no_choice(tmp_path: Path, text: str) -> None:
    stage = contacted(tmp_path)
    writes(stage, text, to=stage.last(LEA))
    stage.pass_time(minutes=5)
    assert (known(stage), entries(stage)) == ([], [])
    assert len(offers(stage)) == 3


def test_a_mail_of_eighty_thousand_characters_chooses_nothing(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "le 2 me va\n" + "Merci. " * 12_000, to=stage.last(LEA))
    began = time.monotonic()
    stage.pass_time(minutes=5)
    assert time.monotonic() - began < 5
    assert (known(stage), entries(stage)) == ([], [])


@pytest.mark.parametrize(
    "sender",
    [
        f'"{LEA}" <stranger@elsewhere.example>',
        f"Léa Moreau <{LEA}>, Eve <eve@elsewhere.example>",
        f"{LEA} <eve@elsewhere.example>",
        f"=?utf-8?q?L=C3=A9a_=3Clea=2Emoreau=40learner=2Eexample=3E?= <eve@elsewhere.example>",  # noqa: F541 -- as it is
    ],
)
def test_a_name_that_looks_like_an_address_is_nobody_s(tmp_path: Path, sender: str) -> None:
    stage = contacted(tmp_path)
    raw = (
        f"Authentication-Results: mx.mentor.example; dmarc=pass header.from=elsewhere.example\r\nFrom: {sender}\r\n"
        f"To: {MENTOR}\r\nSubject: Re\r\nMessage-ID: <x@elsewhere.example>\r\n"
        f"In-Reply-To: {stage.last(LEA)['Message-ID']}\r\n\r\nle 2 me va\r\n"
    )
    stage.mailbox.deliver(raw.encode(), Folder.INBOX, stage.now)
    stage.pass_time(minutes=5)
    assert (known(stage), entries(stage)) == ([], [])


def test_two_from_fields_are_nobody_s(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    raw = (
        f"Authentication-Results: mx.mentor.example; dmarc=pass header.from=learner.example\r\nFrom: {LEA}\r\n"
        f"From: eve@elsewhere.example\r\nTo: {MENTOR}\r\nSubject: Re\r\nMessage-ID: <x@elsewhere.example>\r\n"
        f"In-Reply-To: {stage.last(LEA)['Message-ID']}\r\n\r\nle 2 me va\r\n"
    )
    stage.mailbox.deliver(raw.encode(), Folder.INBOX, stage.now)
    stage.pass_time(minutes=5)
    assert (known(stage), entries(stage)) == ([], [])


def test_two_machines_do_not_write_to_each_other_for_ever(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules={**QUIET, "R01": "auto", "R03": "auto", "R20": "auto"})
    answered = len(stage.mails(LEA))
    for _ in range(12):  # an autoresponder that says in no header what it is
        sent = stage.mails(LEA)
        for letter in sent[answered:]:
            writes(stage, "Je suis en congés jusqu'au 12/12, je vous répondrai à mon retour.", to=letter)
        answered = len(sent)
        if stage.now == MONDAY + timedelta(minutes=5):
            writes(stage, "Je suis en congés jusqu'au 12/12, je vous répondrai à mon retour.", to=sent[-1])
        stage.pass_time(hours=1)
    assert len(stage.mails(LEA)) <= 2


def test_an_out_of_office_in_its_own_words_is_a_machine_s(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    for subject in ("Absente du bureau : Re: Bienvenue", "Absent(e) du bureau", "Réponse automatique : Bonjour"):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = LEA, MENTOR, subject
        mail["Message-ID"] = f"<{len(subject)}@learner.example>"
        mail.set_content("Je suis malade.")
        stage.arrives(mail, "learner.example")
    stage.pass_time(minutes=5)
    assert known(stage) == []


def test_no_word_about_health_is_kept_however_it_is_said(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.session("Léa Moreau", START)
    stage.pass_time(minutes=5)
    writes(stage, "Je me fais opérer du genou demain à l'hôpital, je ne pourrai pas venir.", to=stage.last(LEA))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = LEA, MENTOR, "Hospitalisée pour une appendicite"
    mail["Message-ID"] = "<subject@learner.example>"
    mail.set_content("Je ne pourrai pas venir demain.")
    stage.arrives(mail, "learner.example")
    stage.pass_time(minutes=5)
    assert Matter.ANNOUNCED in [one.matter for one in known(stage)]
    assert not any("genou" in line or "appendicite" in line for line in stage.dump())
    assert not any("genou" in body(mail) for mail in stage.mails(MENTOR))


def test_words_that_were_not_kept_leave_no_empty_quotation(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules={**QUIET, "R23": "auto"})
    stage.session("Léa Moreau", START)
    stage.pass_time(minutes=5)
    writes(stage, "Je suis malade, je ne pourrai pas venir demain.")
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    (conflict,) = [r for r in stage.world.store.requests.all() if r.kind is RequestKind.CONFLICT]
    assert "«\u00a0\u00a0»" not in body(stage.last(containing=conflict.version.token)).replace(" ", "\u00a0")


@pytest.mark.parametrize("text", ["<script>alert(1)</script> <img src=x>", "</blockquote><b>ok</b>", "{{ 7 * 7 }}"])
def test_markup_in_a_learner_s_mail_is_shown_as_text(tmp_path: Path, text: str) -> None:
    stage = contacted(tmp_path)
    writes(stage, text, to=stage.last(LEA))
    stage.pass_time(minutes=5)
    html = stage.last(containing=WROTE).get_body(("html",))
    assert html is not None
    assert not any(sign in html.get_content() for sign in ("<script>alert", "<img src=x", "<b>ok", ">49<"))


def test_what_a_learner_who_left_writes_books_nothing_and_writes_to_nobody(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules={**QUIET, "R01": "auto", "R20": "auto"})
    letter = stage.last(LEA)
    memo(stage, "Léa a abandonné la formation.")
    before = len(stage.mails(LEA))
    writes(stage, "le 2 me va", to=letter)
    writes(stage, "Je suis malade et je voudrais plus de ressources.")
    stage.pass_time(hours=2)
    assert entries(stage) == []
    assert len(stage.mails(LEA)) == before
    assert stage.mails(SUPPORT) == []


def test_a_learner_s_words_reach_nobody_but_the_mentor(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules={})
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    for text in ("Zanzibar : je ne pourrai pas venir demain.", "Peut-on décaler notre session ? Zanzibar.", "Zanzibar"):
        writes(stage, text, to=stage.last(LEA))
        stage.pass_time(days=3)
    others = [body(mail) for who in (TOM, LEA, SUPPORT) for mail in stage.mails(who)]
    waiting = [r.version.text for r in stage.world.store.requests.all()]
    assert not any("Zanzibar" in text for text in [*others, *waiting])


def test_where_support_hears_of_a_learner_s_matter_it_hears_none_of_the_learner_s_words(tmp_path: Path) -> None:
    theirs = shipped("responsibility_matrix.toml").read_text(encoding="utf-8")
    row = '[resources]\ncontact = "{}"\nrule = "{}"'
    ours = theirs.replace(row.format("learner", "R20"), row.format("mentor", "R19"))
    assert ours != theirs
    (tmp_path / "matrix.toml").write_text(ours, encoding="utf-8")
    rules = {**QUIET, "R19": "approve"}
    stage = contacted(tmp_path, rules=rules, responsibility_matrix=str(tmp_path / "matrix.toml"))
    writes(stage, "Je voudrais plus de ressources, depuis Zanzibar.")
    stage.pass_time(minutes=5)
    (asked,) = [r for r in stage.world.store.requests.all() if r.rule == "R19"]
    assert "Zanzibar" not in asked.version.text


# -- the school's notices


def notice(
    stage: Stage, text: str, *, sender: str = "conseil@school.example", subject: str = "Absence justifiée"
) -> None:
    stage.written += 1
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, MENTOR, subject
    mail["Message-ID"] = f"<notice-{stage.written}@school.example>"
    mail.set_content(text)
    stage.arrives(mail, sender.rpartition("@")[2])
    stage.pass_time(minutes=5)


def test_a_learner_with_an_address_of_the_school_justifies_no_absence(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.tick()
    stage.world.store.people.add(Learner(0, "Léa Moreau", "lea@student.school.example", stage.now))
    text = "L'absence de Léa Moreau est justifiée jusqu'au 12/12."
    notice(stage, text, sender="lea@student.school.example")
    assert known(stage) == []
    notice(stage, text)
    assert [one.by for one in known(stage)] == [Party.SCHOOL]


def test_a_notice_that_a_learner_passes_on_is_not_the_school_s_word(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    text = "L'absence de Léa Moreau est justifiée jusqu'au 12/12."
    writes(stage, f"---------- Forwarded message ---------\nFrom: École <conseil@school.example>\n\n{text}")
    writes(stage, text)
    stage.pass_time(minutes=5)
    assert known(stage) == []


@pytest.mark.parametrize(
    "days",
    [
        "jusqu'au 12/12/2036",
        "du 20 novembre au 9 novembre",
        "jusqu'au 31/02",
        "du 31/02 au 12/12",
        "jusqu'au 12/12/9999",
    ],
)
def test_a_justification_whose_days_cannot_be_meant_is_put_aside(tmp_path: Path, days: str) -> None:
    stage = contacted(tmp_path)
    notice(stage, f"L'absence de Léa Moreau est justifiée {days}.")
    assert known(stage) == []
    assert any("not clear" in line for line in stage.parked())


def test_an_extra_session_on_a_day_that_does_not_exist_is_not_one_of_this_week(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    text = "La session supplémentaire avec Léa Moreau est approuvée pour le 31/02."
    notice(stage, text, subject="Session supplémentaire")
    assert known(stage) == []
    assert any("not clear" in line for line in stage.parked())


# -- the mentor's memos


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Léa m'écrit : « je suis malade jusqu'à vendredi »", ""),
        ("Léa m'a écrit : je suis en vacances jusqu'au 12/12", ""),
        ('Léa : "je suis hospitalisée jusqu\'au 12/12"', ""),
        ("Léa : je suis hospitalisée jusqu'au 12/12", ""),
        ('Léa writes: "I am on leave until 12/12"', ""),
        ("Léa m'écrit :\n« Bonjour. Je suis en congés jusqu'au 12/12. Merci »", ""),
        ("Bonjour,\n\nJe suis en congés jusqu'au 12/12.", "Message de Léa"),
        ("Je serai absente jusqu'au 12/12.", "Léa"),
        ("Léa m'écrit : « j'abandonne »", ""),
        ("Tom m'écrit : je ne pourrai pas assurer la session demain", ""),
    ],
)
def test_a_learner_s_words_that_the_mentor_passes_on_are_not_the_mentor_s_own(
    tmp_path: Path, text: str, subject: str
) -> None:
    stage = met(Stage(tmp_path, {"rules": {}}))
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    memo(stage, text, subject)
    assert known(stage) == []
    assert stage.mails(SUPPORT) == []


@pytest.mark.parametrize(
    "text",
    [
        "Je suis en congés jusqu'au 12/10",  # it is November: that was before
        "Je suis en congés jusqu'au 12/12/2099",
        "Je suis en congés jusqu'au 31/02",
        "absence de Léa justifiée jusqu'au 12/12/2036",
        "absence de Léa justifiée pour 520 semaines",
        "absence de Léa justifiée jusqu'au 31/02",
    ],
)
def test_a_period_that_cannot_be_meant_is_asked_about(tmp_path: Path, text: str) -> None:
    stage = met(Stage(tmp_path))
    memo(stage, text)
    assert known(stage) == []
    (asked,) = [r for r in stage.world.store.requests.all() if r.kind is RequestKind.WHICH]
    assert "Jusqu’à quand" in body(stage.last(containing=asked.version.token))


@pytest.mark.parametrize("day", ["le 31/02", "mardi et jeudi", "tous les mardis"])
def test_an_absence_on_a_day_that_is_not_sure_marks_no_other_session(tmp_path: Path, day: str) -> None:
    stage = met(Stage(tmp_path))
    stage.now = START + timedelta(minutes=30)
    stage.tick()
    memo(stage, f"Léa absente {day}")
    assert known(stage) == []
    assert stage.world.store.people.session(1).status is None


@pytest.mark.parametrize(
    "name", ["Léa\nBcc: eve@elsewhere.example", "<b>Léa</b>", "Léa {{ 7 * 7 }}", "\u202eaéL", "x" * 90]
)
def test_a_hostile_name_in_an_assignment_puts_nothing_into_a_letter(tmp_path: Path, name: str) -> None:
    stage = Stage(tmp_path)
    stage.tick()
    stage.school_assigns(name, LEA, Subject="Nouvel étudiant")
    stage.pass_time(minutes=5)
    for mail in stage.mails(LEA):
        assert mail["Bcc"] is None
        assert not any(sign in body(mail) for sign in ("<b>", "49", "{{", "\u202e", "eve@"))


# -- the calendar


def test_a_stranger_s_entry_with_an_id_like_ours_moves_no_session_of_the_school(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path))
    (before,) = stage.world.store.people.sessions(1)
    uid = "ma-" + "0" * 32 + "@evil.test"
    title = "Session de mentorat avec Léa Moreau"
    stage.calendar.put("ma-x.ics", event(uid, title, before.start, before.end))
    stage.pass_time(minutes=20)
    stage.calendar.remove("ma-x.ics")
    stage.pass_time(minutes=20)
    assert [(s.key, s.start, s.gone) for s in stage.world.store.people.sessions(1)] == [
        (before.key, before.start, False)
    ]


def test_control_characters_in_an_entry_reach_no_terminal_and_no_letter(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path))
    title = "Session de mentorat avec Inconnu\x07\u202e"
    stage.calendar.put("x.ics", event("x", title, START + timedelta(days=1), START + timedelta(days=1, hours=1)))
    stage.pass_time(minutes=20)
    shown = [*stage.parked(), *(s.summary for s in stage.world.store.people.between(START, START + timedelta(days=9)))]
    assert any("Inconnu" in line for line in shown)
    broken = event("y", "Fin\x1b[2J", START, START).replace("DTSTART", "X-START")
    stage.calendar.put("y.ics", broken)
    stage.pass_time(minutes=20)
    shown += stage.parked()
    assert any("Fin" in line for line in shown)
    assert not any(sign in line for line in shown for sign in ("\x1b", "\x07", "\u202e"))
