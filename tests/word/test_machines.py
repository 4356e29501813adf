"""Machines are not people, and people are not machines (P9)."""

from __future__ import annotations

from time import perf_counter

import pytest

from agent.understand.delivery_report import report
from agent.understand.invitation_reply import declined
from agent.understand.machine import Machine, machine
from agent.understand.machine_words import shipped
from agent.understand.mail import parse_mail
from tests.word.machine_parts import KEY, LEA, LETTER, Sample
from tests.word.machines import MACHINES, OTHERS, PEOPLE, REPORTS

RETURNED = [one for one in REPORTS if one.cause]
ENOUGH = 60
LARGE = 200_000


def test_the_set_is_large_enough_to_mean_something() -> None:
    assert len(MACHINES) >= ENOUGH
    assert len({one.name for one in (*MACHINES, *PEOPLE)}) == len(MACHINES) + len(PEOPLE)


@pytest.mark.parametrize("one", MACHINES, ids=lambda one: one.name)
def test_a_program_s_mail_is_known_as_what_it_is(one: Sample) -> None:
    mail = parse_mail(one.raw)
    assert machine(mail.head, mail) is one.kind


@pytest.mark.parametrize("one", MACHINES, ids=lambda one: one.name)
def test_the_head_alone_tells_that_no_person_wrote_unless_only_the_calendar_part_does(one: Sample) -> None:
    mail = parse_mail(one.raw)
    assert machine(mail.head) is not None or one.kind is Machine.CALENDAR


@pytest.mark.parametrize("one", PEOPLE, ids=lambda one: one.name)
def test_a_person_s_mail_that_looks_alike_is_a_person_s(one: Sample) -> None:
    mail = parse_mail(one.raw)
    assert machine(mail.head, mail) is None


@pytest.mark.parametrize("one", RETURNED, ids=lambda one: one.name)
def test_a_report_says_which_letter_came_back_from_whom_and_why(one: Sample) -> None:
    found = report(parse_mail(one.raw), shipped())
    assert LETTER in found.message_ids or KEY in found.keys
    failure = found.failure(LEA)
    assert failure is not None
    assert shipped().cause(failure.status, failure.said).name == one.cause
    assert found.failure("tom.petit@learner.example") is None


@pytest.mark.parametrize("one", [one for one in REPORTS if not one.cause], ids=lambda one: one.name)
def test_a_letter_that_is_late_or_arrived_has_not_failed(one: Sample) -> None:
    assert report(parse_mail(one.raw), shipped()).failure(LEA) is None


def test_only_a_no_to_an_invitation_is_a_decline() -> None:
    found = {one.name: declined(parse_mail(one.raw)) for one in OTHERS}
    assert {name for name, no in found.items() if no} == {"declined", "google's decline says Auto-Submitted"}
    no = found["declined"]
    assert no is not None
    assert (no.uid, no.recurrence, no.summary) == ("s1", "", "Session de mentorat")


@pytest.mark.parametrize(
    "noise", ["5.1.", "a@", "\n \n", "(<", "x;", "Message-ID:\n\n", "METHOD:REPLY\n", "Final-Recipient: rfc822; a@"]
)
@pytest.mark.parametrize("kind", ["text/plain", "message/delivery-status", "text/calendar", "message/rfc822"])
def test_two_hundred_kilobytes_of_nonsense_take_no_time(kind: str, noise: str) -> None:
    head = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.mentor.example\nContent-Type: multipart/report; boundary=b\n\n"
    mail = parse_mail(f"{head}--b\nContent-Type: {kind}\n\n{noise * (LARGE // len(noise))}\n--b--\n".encode())
    begun = perf_counter()
    machine(mail.head, mail)
    found = report(mail, shipped())
    assert found.failure(LEA) is None
    assert declined(mail) is None
    shipped().cause("", found.prose)
    assert perf_counter() - begun < 1


def test_what_the_letter_says_itself_is_no_reason_why_it_came_back() -> None:
    """The returned copy speaks of quotas and spam; only the server's words above it count."""
    found = report(parse_mail(next(one for one in REPORTS if one.name == "exim, unrouteable").raw), shipped())
    assert "quota" not in found.prose
    assert "Unrouteable" in found.prose
