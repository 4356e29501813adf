"""Situations that the mentor reports by mail to themself or by `tell`: noted, confirmed, taken back, or asked about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent import situation_answers, situations
from agent.connectors.ports import Folder
from agent.model import Matter, Proof, Request, RequestKind, RequestState, SessionStatus, Situation
from agent.store import NewRequest
from tests.stage import AUTHSERV, MENTOR, MONDAY, PARIS, Stage, body, parse
from tests.stories import NOTES, START, TOM, met

NOTED = "C’est noté"
PRECISE = "préciser"
REPHRASE = "reformuler"
GIVEN_BACK = "Je n’ai rien fait"


def subject_of(mail: EmailMessage) -> str:
    return str(mail["Subject"])


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Léa with a session on Tuesday at 18:00, Tom with one on Thursday; it is Monday morning."""
    stage = met(Stage(tmp_path))
    stage.school_assigns("Tom Petit", TOM)
    stage.session("Tom Petit", START + timedelta(days=2))
    stage.pass_time(minutes=5)
    return stage


def memo(
    stage: Stage, text: str, subject: str = "", *, sent: bool = True, results: str = "", inbox: bool = True
) -> None:
    """The mentor writes to themself; the mail lies in Sent, and arrives."""
    stage.written += 1
    mail = EmailMessage()
    mail["From"] = f"Claire Martin <{MENTOR}>"
    mail["To"] = MENTOR
    mail["Subject"] = subject
    mail["Message-ID"] = f"<memo-{stage.written}@mentor.example>"
    mail.set_content(text or "\n")
    if sent:
        stage.mailbox.deliver(mail.as_bytes(), Folder.SENT, stage.now)
    if inbox:
        stage.arrives(mail, None, results)
    stage.pass_time(minutes=5)


def plainly(mail: EmailMessage) -> str:
    """A mail's text with ordinary spaces."""
    return body(mail).replace("\u00a0", " ")


def stored(stage: Stage) -> list[Situation]:
    return stage.world.store.situations.between(MONDAY - timedelta(days=1), stage.now + timedelta(days=1))


def said(stage: Stage) -> list[tuple[Matter, int | None]]:
    return [(one.matter, one.learner_id) for one in stored(stage)]


def asked(stage: Stage) -> int:
    """How many questions back about a report the mentor was sent."""
    return sum(PRECISE in subject_of(m) or REPHRASE in subject_of(m) for m in stage.mails(MENTOR))


def answer(stage: Stage, containing: str, text: str) -> None:
    stage.answer(stage.last(containing=containing), text)
    stage.pass_time(minutes=5)


# -- by mail


def test_a_report_in_the_subject_alone_is_noted_and_confirmed_once(stage: Stage) -> None:
    memo(stage, "", "Léa parle d'abandonner")
    for _ in range(3):
        stage.pass_time(hours=1)
    assert said(stage) == [(Matter.DROPOUT, 1)]
    assert stage.count(NOTED) == 1
    assert "Léa Moreau : risque d’abandon" in plainly(stage.last(containing=NOTED))


def test_a_report_keeps_the_mentor_s_own_words_with_their_evidence(stage: Stage) -> None:
    memo(stage, "Projet 4. Son code est celui d'un dépôt public : example.org/depot.", "Plagiat de Léa")
    (one,) = stored(stage)
    assert (one.matter, one.learner_id, one.project) == (Matter.PLAGIARISM, 1, "4")
    assert "example.org/depot" in one.words


def test_an_absence_said_in_advance_is_announced_and_marks_nothing(stage: Stage) -> None:
    memo(stage, "Léa absente demain soir")
    (one,) = stored(stage)
    assert (one.matter, one.session_id, one.since) == (Matter.ANNOUNCED, 1, START)
    assert stage.world.store.people.session(1).status is None


def test_an_absence_from_a_session_that_has_begun_is_its_status_and_answers_its_question(stage: Stage) -> None:
    stage.over(START)
    memo(stage, "Léa absente ce soir")
    assert stage.world.store.people.session(1).status is SessionStatus.ABSENT
    assert said(stage) == [(Matter.ABSENT, 1)]
    (question,) = [r for r in stage.world.store.requests.all() if r.kind is RequestKind.SESSION]
    assert question.state is RequestState.ANSWERED


def test_an_absence_noted_by_mistake_is_taken_back_and_the_session_is_asked_about_again(stage: Stage) -> None:
    stage.over(START)
    memo(stage, "Léa absente ce soir")
    answer(stage, NOTED, "annuler")
    assert stage.world.store.people.session(1).status is None
    assert stored(stage) == []
    (question,) = [r for r in stage.world.store.requests.all() if r.kind is RequestKind.SESSION]
    assert question.state is RequestState.WAITING
    answer(stage, "passée la session", NOTES)
    assert stage.world.store.people.session(1).status is SessionStatus.COMPLETED


def test_an_absence_before_its_question_was_asked_is_not_asked_about(stage: Stage) -> None:
    stage.now = START + timedelta(minutes=20)
    memo(stage, "Léa n'est pas venue")
    stage.pass_time(hours=2)
    assert stage.world.store.people.session(1).status is SessionStatus.ABSENT
    assert stage.asked() == 0


def test_a_mail_read_late_is_understood_as_of_when_it_was_written(stage: Stage) -> None:
    stage.now = START - timedelta(hours=5)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = MENTOR, MENTOR, "Léa absente ce soir"
    mail["Message-ID"] = "<late@mentor.example>"
    mail.set_content("\n")
    stage.mailbox.deliver(mail.as_bytes(), Folder.SENT, stage.now)
    stage.now = START + timedelta(days=1)
    stage.tick()
    (one,) = stored(stage)
    assert (one.matter, one.session_id, one.at) == (Matter.ANNOUNCED, 1, START - timedelta(hours=5))


def test_the_mentor_s_own_absence_is_no_learner_s_and_ends_at_midnight(stage: Stage) -> None:
    memo(stage, "Je suis hospitalisé jusqu'à vendredi.")
    (one,) = stored(stage)
    assert (one.matter, one.learner_id) == (Matter.AWAY, None)
    assert one.until == datetime(2026, 11, 6, 23, 0, tzinfo=UTC)


def test_an_absence_is_justified_from_the_last_one_that_was_missed(stage: Stage) -> None:
    stage.answer(stage.over(START), "absente")
    stage.pass_time(days=3)
    memo(stage, "absence de Léa justifiée jusqu'au 12/12")
    one = stored(stage)[-1]
    assert one.matter is Matter.JUSTIFIED
    assert one.since is not None
    assert one.until is not None
    assert one.since.astimezone(PARIS).strftime("%d/%m %H:%M") == "03/11 00:00"
    assert one.until.astimezone(PARIS).strftime("%d/%m %H:%M") == "13/12 00:00"


def test_an_emergency_names_the_session_it_stops(stage: Stage) -> None:
    stage.now = START - timedelta(hours=3)
    memo(stage, "Urgence, je ne peux pas assurer la session de Léa ce soir")
    (one,) = stored(stage)
    assert (one.matter, one.learner_id, one.session_id) == (Matter.EMERGENCY, 1, 1)


def test_an_emergency_without_a_name_means_the_only_session_of_the_evening(stage: Stage) -> None:
    stage.now = START - timedelta(hours=3)
    memo(stage, "Je ne peux pas assurer la session de ce soir")
    assert said(stage) == [(Matter.EMERGENCY, 1)]


def test_tu_is_agreed_by_a_report_and_formal_again_when_it_is_taken_back(stage: Stage) -> None:
    memo(stage, "On se tutoie avec Léa")
    assert stage.world.store.people.get(1).informal
    answer(stage, NOTED, "non")
    assert not stage.world.store.people.get(1).informal


def test_what_was_known_before_is_not_undone_by_taking_back_its_repetition(stage: Stage) -> None:
    memo(stage, "On se tutoie avec Léa")
    memo(stage, "On se tutoie avec Léa !")
    answer(stage, NOTED, "annuler")
    assert stage.world.store.people.get(1).informal
    assert len(stored(stage)) == 1


def test_a_learner_who_left_is_followed_again_once_they_are_back(stage: Stage) -> None:
    memo(stage, "Léa a arrêté la formation")
    assert stage.world.store.people.get(1).left_at is not None
    memo(stage, "Léa est revenue")
    assert stage.world.store.people.get(1).left_at is None
    answer(stage, "de retour", "annuler")
    assert stage.world.store.people.get(1).left_at is not None


def test_two_learners_in_one_sentence_are_two_situations_in_one_confirmation(stage: Stage) -> None:
    memo(stage, "Léa et Tom sont d'accord pour le soir")
    assert said(stage) == [(Matter.EVENINGS, 1), (Matter.EVENINGS, 2)]
    assert stage.count(NOTED) == 1


def test_the_name_in_the_subject_says_of_whom_the_text_speaks(stage: Stage) -> None:
    memo(stage, "Elle me manque de respect.", "Léa")
    assert said(stage) == [(Matter.DISRESPECT, 1)]


@pytest.mark.parametrize(
    "text", ["Acheter du pain", "rdv dentiste demain à 18h", "Préparer la session de Léa", "https://example.org/cours"]
)
def test_a_private_memo_stays_without_an_answer(stage: Stage, text: str) -> None:
    before = len(stage.mails(MENTOR))
    memo(stage, text, "pense-bête")
    assert (stored(stage), len(stage.mails(MENTOR))) == ([], before)


def test_a_learner_s_mail_that_the_mentor_forwards_to_themself_reports_nothing(stage: Stage) -> None:
    memo(stage, "À lire ce soir.", "Fwd: Léa absente ce soir")
    assert stored(stage) == []


# -- whose word it is


def test_an_unproven_mail_does_nothing_and_is_told_once(stage: Stage) -> None:
    for _ in range(3):
        memo(stage, "Léa a arrêté la formation", sent=False)
    stage.pass_time(minutes=20)
    assert stored(stage) == []
    assert stage.world.store.people.get(1).left_at is None
    assert stage.count(GIVEN_BACK) == 1
    assert stage.count(NOTED) == 0


def test_an_unproven_memo_without_a_situation_is_not_even_mentioned(stage: Stage) -> None:
    memo(stage, "Acheter du pain", sent=False)
    stage.pass_time(hours=1)
    assert stage.count(GIVEN_BACK) == 0


def test_a_mail_that_the_server_vouches_for_counts(stage: Stage) -> None:
    memo(stage, "Léa parle d'abandonner", sent=False, results=f"{AUTHSERV}; dmarc=pass header.from=mentor.example")
    assert said(stage) == [(Matter.DROPOUT, 1)]


def test_a_proven_copy_that_arrives_later_counts_and_nobody_is_told_of_the_first(stage: Stage) -> None:
    memo(stage, "Léa parle d'abandonner")
    stage.pass_time(hours=1)
    assert stage.count(GIVEN_BACK) == 0
    assert len(stored(stage)) == 1


def test_a_mail_from_the_mentor_to_somebody_else_reports_nothing(stage: Stage) -> None:
    stage.mentor_writes("colleague@elsewhere.example", "Léa a arrêté la formation")
    stage.pass_time(minutes=5)
    assert stored(stage) == []


# -- what is not clear


@pytest.mark.parametrize(
    "text",
    [
        "Léa n'est plus absente",
        "Pas de plagiat chez Léa",
        "Si Léa parle d'abandonner, écrire au support",
        "Léa est malade ?",
        "Léa a validé 145 %",
    ],
)
def test_what_is_no_plain_statement_is_asked_about_and_nothing_is_noted(stage: Stage, text: str) -> None:
    memo(stage, text)
    assert (stored(stage), asked(stage), stage.count(NOTED)) == ([], 1, 0)


def test_a_situation_of_nobody_is_asked_about_and_a_number_answers(stage: Stage) -> None:
    memo(stage, "Il parle d'abandonner")
    assert stored(stage) == []
    assert "2. Tom Petit" in plainly(stage.last(containing=PRECISE))
    answer(stage, PRECISE, "2")
    assert said(stage) == [(Matter.DROPOUT, 2)]
    assert stored(stage)[0].words == "Il parle d'abandonner"


@pytest.mark.parametrize("text", ["Tom", "c'est Tom", "Tom Petit."])
def test_a_name_answers_as_well(stage: Stage, text: str) -> None:
    memo(stage, "Il parle d'abandonner")
    answer(stage, PRECISE, text)
    assert said(stage) == [(Matter.DROPOUT, 2)]


def test_a_new_sentence_takes_the_place_of_the_unclear_one(stage: Stage) -> None:
    memo(stage, "Il parle d'abandonner")
    answer(stage, PRECISE, "Léa est malade")
    assert said(stage) == [(Matter.ILLNESS, 1)]


def test_a_no_drops_the_question_and_nothing_is_noted(stage: Stage) -> None:
    memo(stage, "Il parle d'abandonner")
    answer(stage, PRECISE, "non")
    (question,) = [r for r in stage.world.store.requests.all() if r.kind is RequestKind.WHICH]
    assert (question.state, stored(stage)) == (RequestState.DROPPED, [])


@pytest.mark.parametrize("text", ["9", "Hugo", "bof", "0"])
def test_an_answer_that_picks_nobody_gets_a_question_back(stage: Stage, text: str) -> None:
    memo(stage, "Il parle d'abandonner")
    answer(stage, PRECISE, text)
    assert (stored(stage), stage.count(GIVEN_BACK)) == ([], 1)


def test_two_learners_of_one_first_name_are_told_apart_by_the_mentor(stage: Stage) -> None:
    stage.school_assigns("Léa Adam", "lea.adam@learner.example")
    stage.pass_time(minutes=5)
    memo(stage, "Léa parle d'abandonner")
    assert stored(stage) == []
    answer(stage, PRECISE, "Léa A.")
    assert said(stage) == [(Matter.DROPOUT, 3)]


def test_a_session_that_is_not_there_is_asked_about_with_those_that_are(stage: Stage) -> None:
    memo(stage, "Léa absente vendredi")
    assert stored(stage) == []
    assert "mardi 3 novembre" in plainly(stage.last(containing=PRECISE))
    answer(stage, PRECISE, "1")
    assert [(one.matter, one.session_id) for one in stored(stage)] == [(Matter.ANNOUNCED, 1)]


def test_a_delay_of_two_meanings_is_asked_about(stage: Stage) -> None:
    stage.over(START)
    memo(stage, "Léa est en retard")
    answer(stage, PRECISE, "1")
    assert [(one.matter, one.session_id) for one in stored(stage)] == [(Matter.LATE_ARRIVAL, 1)]


def test_an_absence_without_an_end_asks_for_it_and_the_answer_completes_the_words(stage: Stage) -> None:
    memo(stage, "Je suis malade")
    assert stored(stage) == []
    answer(stage, REPHRASE, "jusqu'à vendredi")
    (one,) = stored(stage)
    assert (one.matter, one.until) == (Matter.AWAY, datetime(2026, 11, 6, 23, 0, tzinfo=UTC))


def test_who_and_until_when_may_both_have_to_be_asked(stage: Stage) -> None:
    memo(stage, "Son absence est justifiée")
    assert stored(stage) == []
    answer(stage, REPHRASE, "absence de Léa justifiée")
    answer(stage, REPHRASE, "jusqu'au 12/12")
    assert said(stage) == [(Matter.JUSTIFIED, 1)]


def test_the_correction_in_a_no_is_taken_as_a_report(stage: Stage) -> None:
    memo(stage, "Léa parle d'abandonner")
    answer(stage, NOTED, "non, Tom parle d'abandonner")
    assert said(stage) == [(Matter.DROPOUT, 2)]


# -- notes on a session


def test_what_the_notes_report_of_the_learner_is_noted_with_the_session(stage: Stage) -> None:
    stage.answer(stage.over(START), f"{NOTES} Elle parle d'abandonner. Elle en est à 45 %.")
    stage.pass_time(minutes=5)
    found = [(one.matter, one.learner_id, one.session_id) for one in stored(stage)]
    assert found == [(Matter.DROPOUT, 1, 1), (Matter.PROGRESS, 1, 1)]
    assert stage.count(NOTED) == 1


def test_a_figure_in_the_notes_alone_is_noted_without_a_mail(stage: Stage) -> None:
    stage.answer(stage.over(START), f"{NOTES} Elle en est à 45 %.")
    stage.pass_time(minutes=5)
    assert [(one.matter, one.number) for one in stored(stage)] == [(Matter.PROGRESS, 45)]
    assert stage.count(NOTED) == 0


def test_notes_about_somebody_else_or_in_doubt_are_only_notes(stage: Stage) -> None:
    stage.answer(stage.over(START), f"{NOTES} Tom parle d'abandonner. Elle n'est pas démotivée. Elle est malade.")
    stage.pass_time(minutes=5)
    assert (stored(stage), asked(stage), stage.count(NOTED)) == ([], 0, 0)
    assert stage.world.store.people.session(1).status is SessionStatus.COMPLETED


# -- answers to questions of ours


def question(stage: Stage, kind: RequestKind, about: str = "") -> Request:
    new = NewRequest(f"R00/{kind}/1", kind, "R00", "Léa Moreau", learner_id=1, subject_key=about)
    return stage.world.store.requests.open(new, stage.world.new_token(), stage.now)


def reply(stage: Stage, request: Request, text: str) -> str | None:
    return situation_answers.on_answer(stage.world, request, text, "mail-1", Proof.SENT_FOLDER, stage.now)


def test_the_reason_of_a_week_without_a_session_is_kept_with_that_week(stage: Stage) -> None:
    request = question(stage, RequestKind.CONTEXT, "2026-10-26")
    assert reply(stage, request, "Léa est en vacances, je crois ?") is None
    (one,) = stored(stage)
    assert (one.matter, one.words) == (Matter.CONTEXT, "Léa est en vacances, je crois ?")
    assert one.since is not None
    assert one.since.astimezone(PARIS).strftime("%Y-%m-%d %H:%M") == "2026-10-26 00:00"
    assert stage.request(request.key).state is RequestState.ANSWERED


@pytest.mark.parametrize("text", ["45 %", "45", "elle en est à 45 %", "Léa : 45 %"])
def test_a_percentage_answers_the_question_of_progress(stage: Stage, text: str) -> None:
    assert reply(stage, question(stage, RequestKind.PROGRESS), text) is None
    assert [(one.matter, one.learner_id, one.number) for one in stored(stage)] == [(Matter.PROGRESS, 1, 45)]


def test_a_project_that_is_done_answers_the_question_of_progress(stage: Stage) -> None:
    assert reply(stage, question(stage, RequestKind.PROGRESS), "projet 3 validé") is None
    assert [(one.matter, one.project) for one in stored(stage)] == [(Matter.PROJECT_DONE, "3")]


@pytest.mark.parametrize("text", ["je ne sais pas", "entre 40 et 50", "Tom : 45 %", "145 %", ""])
def test_no_figure_or_somebody_else_s_is_no_answer(stage: Stage, text: str) -> None:
    request = question(stage, RequestKind.PROGRESS)
    assert reply(stage, request, text) == "progress"
    assert (stored(stage), stage.request(request.key).state) == ([], RequestState.WAITING)


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("revenue", Matter.BACK),
        ("Léa est revenue hier.", Matter.BACK),
        ("partie", Matter.LEFT),
        ("exclue", Matter.LEFT),
    ],
)
def test_what_became_of_a_learner_is_told_in_a_word(stage: Stage, text: str, matter: Matter) -> None:
    assert reply(stage, question(stage, RequestKind.OUTCOME), text) is None
    assert said(stage) == [(matter, 1)]
    assert (stage.world.store.people.get(1).left_at is not None) is (matter is Matter.LEFT)


@pytest.mark.parametrize("text", ["pas encore", "elle n'est pas revenue", "peut-être partie", "Tom est revenu", "oui"])
def test_an_unclear_outcome_is_no_answer(stage: Stage, text: str) -> None:
    request = question(stage, RequestKind.OUTCOME)
    assert reply(stage, request, text) == "outcome"
    assert (stored(stage), stage.request(request.key).state) == ([], RequestState.WAITING)


# -- by command


def test_a_command_is_the_mentor_s_word(stage: Stage) -> None:
    outcome = situations.tell(stage.world, "Léa : 45 %", stage.now)
    assert outcome.noted[0].replace("\u00a0", " ") == "Léa Moreau : progression de 45 %"
    assert [(one.matter, one.number) for one in stored(stage)] == [(Matter.PROGRESS, 45)]


def test_a_command_that_is_not_clear_says_why_and_notes_nothing(stage: Stage) -> None:
    outcome = situations.tell(stage.world, "il parle d'abandonner", stage.now)
    assert (outcome.noted, len(outcome.asked), stored(stage)) == ((), 1, [])
    assert "Tom Petit" in outcome.asked[0]


def test_a_command_without_a_situation_is_said_to_have_none(stage: Stage) -> None:
    assert situations.tell(stage.world, "bonjour", stage.now) == situations.Outcome()


def test_the_mail_about_a_report_leaves_and_can_be_read(stage: Stage) -> None:
    situations.tell(stage.world, "Tom parle d'abandonner", stage.now)
    stage.tick()
    sent = parse(stage.transport.sent[-1].raw)
    assert sent["To"] is not None
    assert "Tom Petit : risque d’abandon" in plainly(sent)
