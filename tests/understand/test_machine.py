"""Machines are not people (P9)."""

from __future__ import annotations

import pytest

from agent.understand.delivery_report import failed_recipients, report
from agent.understand.machine import Machine, machine
from agent.understand.machine_words import shipped
from agent.understand.mail import parse_mail
from tests.understand.material import head, sample

ZOE = "From: Zoé <zoe@apprenants.example>"


def test_a_bounce_names_the_letter_and_only_the_addresses_that_failed() -> None:
    mail = sample("bounce")
    assert machine(mail.head) is Machine.BOUNCE
    assert report(mail, shipped()).message_ids[0] == "<first-contact-1@boite.example>"
    assert failed_recipients(mail) == ("zoe.lefevre@apprenants.example",)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("X-Failed-Recipients: zoe@apprenants.example", Machine.BOUNCE),
        ("Return-Path: <>", Machine.BOUNCE),
        ("Auto-Submitted: auto-replied (vacation)", Machine.AUTO_REPLY),
        ("Auto-Submitted: auto-generated; owner=x", Machine.AUTO_REPLY),
        ("Subject: Réponse automatique : Votre session", Machine.AUTO_REPLY),
        ("Subject: Automatic reply: your session", Machine.AUTO_REPLY),
        ("Subject: =?utf-8?q?Message_d=E2=80=99absence?=", Machine.AUTO_REPLY),
        ("X-Autoreply: yes", Machine.AUTO_REPLY),
        ("Precedence: auto_reply", Machine.AUTO_REPLY),
        ("Precedence: bulk", Machine.LIST),
        ("List-Id: <mentors.ecole.example>", Machine.LIST),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", Machine.RECEIPT),
        ("Content-Type: text/calendar; method=REPLY", Machine.CALENDAR),
        ("Auto-Submitted: no", None),
        ("Subject: Mon absence de mardi", None),
        ("Return-Path: <zoe@apprenants.example>", None),
    ],
)
def test_each_kind_of_automatic_mail_is_told_from_a_learners_own(line: str, kind: Machine | None) -> None:
    assert machine(head(ZOE, line)) is kind


def test_an_out_of_office_reply_with_a_null_return_path_is_no_bounce() -> None:
    assert machine(head(ZOE, "Return-Path: <>", "Auto-Submitted: auto-replied")) is Machine.AUTO_REPLY


def test_a_daemon_is_known_by_its_name_alone() -> None:
    assert machine(head("From: MAILER-DAEMON (Mail Delivery)")) is Machine.BOUNCE
    assert machine(head("From: Postmaster <postmaster@boite.example>")) is Machine.BOUNCE
    assert machine(head("From: Paul <notpostmaster@boite.example>")) is None


def test_an_accepted_invitation_is_a_calendar_program_speaking() -> None:
    raw = (
        b"From: zoe@apprenants.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:%s\r\nEND:VCALENDAR\r\n--b--\r\n"
    )
    reply, request = parse_mail(raw % b"REPLY"), parse_mail(raw % b"REQUEST")
    assert machine(reply.head, reply) is Machine.CALENDAR
    assert machine(request.head, request) is None
