"""Mail that programs write, modelled on what these systems really send, and people's mail that looks alike."""

from __future__ import annotations

from agent.understand.machine import Machine
from tests.word.machine_parts import (
    CLAIRE,
    LEA,
    LETTER,
    POSTFIX,
    POSTFIX_SUBJECT,
    REF,
    SORRY,
    Sample,
    calendar,
    dsn,
    exim,
    plain,
    qmail,
)
from tests.word.machine_reports import FORMAL

PROSE = [
    Sample("exim, unrouteable", exim("Unrouteable address"), Machine.BOUNCE, "no_domain"),
    Sample(
        "exim, user unknown",
        exim(
            "host mx.learner.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:\n"
            "    550 5.1.1 User unknown"
        ),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample("exim, quota", exim("mailbox is full: retry timeout exceeded"), Machine.BOUNCE, "full"),
    Sample(
        "exim, retry timeout",
        exim("host mx.learner.example [192.0.2.7]: Connection timed out: retry timeout exceeded"),
        Machine.BOUNCE,
        "busy",
    ),
    Sample(
        "exim, warning",
        plain(
            "Return-Path: <>\nAuto-Submitted: auto-replied\n"
            "From: Mail Delivery System <Mailer-Daemon@mx.mentor.example>\n"
            "Subject: Warning: message 1rAbCd-0001-AB delayed 24 hours\n",
            "This message was created automatically by mail delivery software.\n"
            "A message that you sent has not yet been "
            f"delivered to one or more of its\nrecipients after more than 24 hours.\n\n  {LEA}\n\n"
            f"No action is required on "
            "your part. Delivery attempts will continue for\nsome time.\n",
        ),
        Machine.DELAY,
    ),
    Sample(
        "qmail, no mailbox",
        qmail("192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 sorry, no mailbox here by that name"),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "qmail, no host",
        qmail("Sorry, I couldn't find any host named learner.example. (#5.1.2)"),
        Machine.BOUNCE,
        "no_domain",
    ),
    Sample(
        "qmail, quota",
        qmail("192.0.2.7 failed after I sent the message.\nRemote host said: 552 5.2.2 over quota"),
        Machine.BOUNCE,
        "full",
    ),
    Sample(
        "a provider's French prose",
        plain(
            "Return-Path: <>\nAuto-Submitted: auto-replied\nFrom: Messagerie <ne-pas-repondre@hebergeur.example>\n"
            f"Subject: Message non distribué : Votre mentorat commence\n{REF}",
            f"Bonjour,\n\nVotre message destiné à {LEA} n'a pas pu être distribué.\n"
            f"Motif : boîte aux lettres pleine.\n",
        ),
        Machine.BOUNCE,
        "full",
    ),
    Sample(
        "a gateway's English prose",
        plain(
            f"Return-Path: <>\nFrom: Gateway <noreply@filter.example>\nSubject: Undeliverable mail\n{REF}",
            f"The following message to <{LEA}> was undeliverable.\nThe reason for the problem:\n"
            f"5.1.0 - Unknown address error 550",
        ),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "yahoo, disabled mailbox",
        exim("554 delivery error: dd Sorry, your message cannot be delivered. This mailbox is disabled (554.30)"),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "a poor server's plain text",
        plain(
            f"X-Failed-Recipients: {LEA}\nAuto-Submitted: auto-replied\n"
            f"From: MAILER-DAEMON <MAILER-DAEMON@mail.mentor.example>\n"
            "Subject: Undelivered Mail Returned to Sender\n",
            f"This is the mail system.\n\nFinal-Recipient: rfc822; {LEA}\nAction: failed\nStatus: 5.1.1\n\n"
            f"Message-ID: {LETTER}\n",
        ),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "greylisted until it expired",
        dsn(POSTFIX + POSTFIX_SUBJECT, SORRY, "4.7.1", "450 4.7.1 Greylisting in action, please come back later"),
        Machine.BOUNCE,
        "busy",
    ),
    Sample(
        "refused by policy",
        dsn(POSTFIX + POSTFIX_SUBJECT, SORRY, "5.7.1", "554 5.7.1 Relay access denied"),
        Machine.BOUNCE,
        "blocked",
    ),
    Sample("no reason at all", dsn(POSTFIX + POSTFIX_SUBJECT, SORRY, "5.0.0", ""), Machine.BOUNCE, "other"),
]

REPORTS = [*FORMAL, *PROSE]


def _reply(name: str, head: str, text: str = "Je suis absente jusqu'au lundi 9 novembre.") -> Sample:
    return Sample(name, plain(f"From: Léa Moreau <{LEA}>\nReturn-Path: <{LEA}>\n{head}", text), Machine.AUTO_REPLY)


AUTOMATIC = [
    _reply("RFC 3834", f"Subject: Auto: Votre mentorat commence\nAuto-Submitted: auto-replied (vacation)\n{REF}"),
    _reply(
        "gmail's vacation",
        "Subject: Re: Votre mentorat\nX-Autoreply: yes\nAuto-Submitted: auto-replied\nPrecedence: bulk\n",
    ),
    _reply(
        "proton's",
        "Subject: Auto: Votre mentorat\nX-Autoreply: yes\nX-Autorespond: Votre mentorat\nPrecedence: auto_reply\n",
    ),
    _reply(
        "exchange's out-of-office",
        "Subject: Automatic reply: Votre mentorat\nX-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\n"
        "X-MS-Exchange-Inbox-Rules-Loop: lea.moreau@learner.example\n",
    ),
    _reply("exchange's, in French", "Subject: =?iso-8859-1?q?R=E9ponse_automatique=A0=3A?= Votre mentorat\n"),
    _reply("outlook.com, only a suppress header", "Subject: Re: Votre mentorat\nX-Auto-Response-Suppress: All\n"),
    _reply("a rule of a mailbox", "Subject: Merci !\nX-MS-Exchange-Inbox-Rules-Loop: lea.moreau@learner.example\n"),
    _reply("old outlook, French", "Subject: Absent(e) du bureau : Votre mentorat\n"),
    _reply("old outlook, English", "Subject: Out of Office: Votre mentorat\n", "I am away until Monday."),
    _reply("a subject of one's own", "Subject: Out of office until 9 November\n", "Back on Monday."),
    _reply(
        "dovecot sieve",
        f"Subject: Auto: Votre mentorat\nAuto-Submitted: auto-replied (vacation)\nPrecedence: bulk\n{REF}",
    ),
    _reply("a hosting panel's responder", "Subject: Absence : Votre mentorat\nX-Autoresponder: cpanel\n"),
    _reply("a ticket's acknowledgement", "Subject: [#4242] Votre demande\nAuto-Submitted: auto-generated\n"),
    _reply("the word before a colon", "Subject: Message d'absence : Re: Votre mentorat\n"),
    Sample(
        "a null path and nothing that failed",
        plain(f"Return-Path: <>\nFrom: Léa Moreau <{LEA}>\nSubject: Re: Votre mentorat\n{REF}", "Je suis en vacances."),
        Machine.AUTO_REPLY,
    ),
    _reply("an unknown responder", "Subject: Merci de votre message\nX-Vacation: yes\n"),
]


OTHERS = [
    Sample("accepted", calendar("ACCEPTED", head="Subject: Accepté : Session de mentorat\n"), Machine.CALENDAR),
    Sample("declined", calendar("DECLINED", head="Subject: Refusé : Session de mentorat\n"), Machine.CALENDAR),
    Sample(
        "google's decline says Auto-Submitted",
        calendar(
            "DECLINED",
            head="Sender: Agenda <calendar-notification@agenda.example>\nAuto-Submitted: auto-generated\n"
            "Subject: Refusée\n",
        ),
        Machine.CALENDAR,
    ),
    Sample("another time is proposed", calendar("TENTATIVE", "COUNTER", "Subject: Nouvelle heure\n"), Machine.CALENDAR),
    Sample(
        "read receipt",
        f"From: {LEA}\nTo: {CLAIRE}\nSubject: Lu : Votre mentorat\n{REF}MIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n"
        "Content-Type: text/plain\n\n"
        f"Lu.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; {LEA}\n"
        f"Original-Message-ID: {LETTER}\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n",
        Machine.RECEIPT,
    ),
    Sample(
        "deleted unread",
        f"From: {LEA}\nTo: {CLAIRE}\nSubject: Not read: Votre mentorat\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type="disposition-notification"; boundary=b\n\n--b\n'
        "Content-Type: text/plain\n\n"
        f"--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; {LEA}\n"
        "Disposition: automatic-action/MDN-sent-automatically; deleted\n--b--\n",
        Machine.RECEIPT,
    ),
    Sample(
        "mailman",
        plain(
            f"From: {LEA}\nSubject: [promo] Rendu\nList-Id: <promo.lists.example>\nPrecedence: list\n", "Bonjour à tous"
        ),
        Machine.LIST,
    ),
    Sample(
        "a list that rewrites From",
        plain("From: Léa via Promo <promo@lists.example>\nSubject: Re: x\nList-Id: <promo.lists.example>\n", "ok"),
        Machine.LIST,
    ),
    Sample(
        "a newsletter",
        plain("From: Lettre <news@shop.example>\nSubject: Nouveautés\nPrecedence: bulk\n", "Bonjour"),
        Machine.LIST,
    ),
    Sample(
        "challenge, in French",
        plain(
            f"From: Protection <noreply@filtre.example>\nSubject: Demande d'authentification\n{REF}",
            "Cliquez pour être autorisé.",
        ),
        Machine.CHALLENGE,
    ),
    Sample(
        "challenge, in English",
        plain(
            f"From: {LEA}\nReturn-Path: <>\nSubject: Please confirm your message\nAuto-Submitted: auto-replied\n{REF}",
            "Reply to this mail to prove that you are a person.",
        ),
        Machine.CHALLENGE,
    ),
    Sample(
        "challenge, by subject's end",
        plain(f"From: {LEA}\nPrecedence: bulk\nSubject: Re: Votre mentorat [verify]\n", "Follow the link."),
        Machine.CHALLENGE,
    ),
]


def _person(name: str, head: str, text: str) -> Sample:
    return Sample(name, plain(f"From: Léa Moreau <{LEA}>\nReturn-Path: <{LEA}>\n{head}", text), None)


PEOPLE = [
    _person("an absence in her own words", "Subject: Mon absence de mardi\n", "Je serai absente mardi."),
    _person("absent from the office on a day", "Subject: Absence mardi prochain\n", "Je ne pourrai pas venir."),
    _person("a message about an absence", "Subject: Message d'absence pour mardi\n", "Je ne serai pas là."),
    _person("holidays", "Subject: Vacances de Noël\n", "Je serai en vacances du 20 au 27."),
    _person(
        "an exercise that was not handed in", "Subject: Non remis : exercice 3\n", "J'ai oublié de le rendre, désolée."
    ),
    _person("about a failure notice", "Subject: Undeliverable mail?\n", "My mail to you came back: 550 user unknown."),
    _person("an answer to an automatic reply", "Subject: Re: Réponse automatique : Session\n", "Merci, à lundi !"),
    _person("a project on mail servers", "Subject: Postmaster et MAILER-DAEMON\n", "Que fait ce programme ?"),
    _person("it says no to Auto-Submitted", "Subject: Bonjour\nAuto-Submitted: no\n", "Bonjour !"),
    _person(
        "she quotes a report",
        "Subject: Message non reçu\n",
        "> Action: failed\n> Status: 5.1.1\nVoilà ce que j'ai reçu.",
    ),
    _person("self-evaluation", "Subject: Auto-évaluation du projet 3\n", "La voici."),
    _person("a car", "Subject: Automatique ou manuel ?\n", "Le test doit-il être automatique ?"),
    _person("confirms", "Subject: Je confirme notre session\n", "À mardi."),
    _person(
        "suppresses receipts only", "Subject: Question\nX-Auto-Response-Suppress: DR, RN, NRN\n", "Comment trier ?"
    ),
    Sample("an invitation", calendar("NEEDS-ACTION", "REQUEST", "Subject: Point projet\n"), None),
    _person("delivered late, she says", "Subject: Livraison retardée du projet 4\n", "Je rendrai le projet vendredi."),
]

MACHINES = [*REPORTS, *AUTOMATIC, *OTHERS]
