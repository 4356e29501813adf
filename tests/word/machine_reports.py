"""Delivery reports by RFC 3464, modelled on what the large systems write. All invented."""

from __future__ import annotations

from agent.understand.machine import Machine
from tests.word.machine_parts import LEA, LETTER, POSTFIX, POSTFIX_SUBJECT, REF, SORRY, Sample, dsn

GMAIL = "From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>\nAuto-Submitted: auto-replied\n"
OUTLOOK = (
    "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@mentor.example>\n"
    "X-MS-Exchange-Message-Is-Ndr:\nX-Auto-Response-Suppress: All\nAuto-Submitted: auto-replied\n"
)
OFFICE = "From: postmaster@outlook.example\nAuto-Submitted: auto-generated\n"

FORMAL = [
    Sample(
        "postfix, unknown user",
        dsn(
            POSTFIX + POSTFIX_SUBJECT,
            SORRY + "host mx.learner.example said: 550 5.1.1 User unknown",
            "5.1.1",
            f"550 5.1.1 <{LEA}>: Recipient address rejected: User\n    unknown in virtual mailbox table",
        ),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "postfix, headers only",
        dsn(POSTFIX + POSTFIX_SUBJECT, SORRY, "5.1.1", "550 5.1.1 no such user", copy="text/rfc822-headers"),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "postfix, full mailbox without a code",
        dsn(POSTFIX + POSTFIX_SUBJECT, SORRY, "5.0.0", "552 RCPT TO: Mailbox disk quota exceeded"),
        Machine.BOUNCE,
        "full",
    ),
    Sample(
        "postfix, domain not found",
        dsn(
            POSTFIX + POSTFIX_SUBJECT,
            SORRY + "Host or domain name not found. Name service error",
            "5.4.4",
            "X-Postfix; Host or domain name not found. Name service error for\n    name=learner.example type=A",
        ),
        Machine.BOUNCE,
        "no_domain",
    ),
    Sample(
        "postfix, expired after five days",
        dsn(
            POSTFIX + POSTFIX_SUBJECT,
            SORRY,
            "4.4.1",
            "connect to mx.learner.example[192.0.2.7]:25: Connection timed out",
        ),
        Machine.BOUNCE,
        "busy",
    ),
    Sample(
        "postfix, too large",
        dsn(POSTFIX + POSTFIX_SUBJECT, SORRY, "5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
        Machine.BOUNCE,
        "too_large",
    ),
    Sample(
        "postfix, delayed",
        dsn(
            POSTFIX + "Subject: Delayed Mail (still being retried)\n",
            "Your message could not be delivered for more than 4 hour(s).\n"
            "It will be retried until it is 5 day(s) old.",
            "4.4.1",
            "connect to mx.learner.example[192.0.2.7]:25: Connection refused",
            action="delayed",
            more="Will-Retry-Until: Sat, 7 Nov 2026 09:05:01 +0100\n",
        ),
        Machine.DELAY,
    ),
    Sample(
        "postfix, a success that was asked for",
        dsn(POSTFIX + "Subject: Successful Mail Delivery Report\n", "Delivered.", "2.0.0", "", action="relayed"),
        Machine.RECEIPT,
    ),
    Sample(
        "gmail, address not found",
        dsn(
            GMAIL + f"X-Failed-Recipients: {LEA}\nSubject: Delivery Status Notification (Failure)\n{REF}",
            f"** Address not found **\n\nYour message wasn't delivered to {LEA} because the address couldn't be found.",
            "5.1.1",
            "550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
            " 550-5.1.1 double-checking the recipient's email address for typos.",
        ),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "gmail, in French",
        dsn(
            GMAIL + f"X-Failed-Recipients: {LEA}\nSubject: Delivery Status Notification (Failure)\n{REF}",
            f"** Adresse introuvable **\n\nVotre message n'a pas été remis à {LEA}.",
            "5.2.1",
            "550-5.2.1 The email account that you tried to reach is inactive.",
        ),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "gmail, inbox full",
        dsn(
            GMAIL + "Subject: Delivery Status Notification (Failure)\n",
            "** Recipient inbox full **",
            "4.2.2",
            "452-4.2.2 The recipient's inbox is out of storage space.",
        ),
        Machine.BOUNCE,
        "full",
    ),
    Sample(
        "gmail, delay",
        dsn(
            GMAIL + "Subject: Delivery Status Notification (Delay)\n",
            "** Delivery incomplete **\n\nGmail will retry for 45 more hours.",
            "4.4.1",
            "The recipient server did not accept our requests to connect.",
            action="delayed",
        ),
        Machine.DELAY,
    ),
    Sample(
        "gmail, not authenticated",
        dsn(
            GMAIL + "Subject: Delivery Status Notification (Failure)\n",
            "** Message blocked **",
            "5.7.26",
            "550-5.7.26 Your email has been blocked because the sender is unauthenticated.",
        ),
        Machine.BOUNCE,
        "spam",
    ),
    Sample(
        "exchange, undeliverable",
        dsn(
            OUTLOOK + "Subject: Undeliverable: Votre mentorat commence\n" + REF,
            f"Delivery has failed to these recipients or groups:\n\n{LEA}",
            "5.1.1",
            "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
        ),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "exchange, in French",
        dsn(
            OUTLOOK + "Subject: Non remis : Votre mentorat commence\n" + REF,
            f"Échec de la remise pour ces destinataires ou groupes :\n\n{LEA}",
            "5.2.2",
            "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
        ),
        Machine.BOUNCE,
        "full",
    ),
    Sample(
        "exchange, its copy has another Message-ID",
        dsn(
            OUTLOOK + "Subject: =?utf-8?q?Non_remis_=3A_Votre_mentorat?=\n",
            "Échec de la remise",
            "5.1.10",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        ).replace(f"Message-ID: {LETTER}", "Message-ID: <AM0PR04@outlook.example>"),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "microsoft 365, blocked",
        dsn(
            OFFICE + "Subject: Undeliverable: Votre mentorat commence\n",
            "Your message couldn't be delivered.",
            "5.7.606",
            "550 5.7.606 Access denied, banned sending IP [192.0.2.9]",
        ),
        Machine.BOUNCE,
        "spam",
    ),
    Sample(
        "microsoft 365, no such domain",
        dsn(
            OFFICE + "Subject: Non remis : Votre mentorat commence\n",
            "Votre message n'a pas pu être remis.",
            "5.4.310",
            "550 5.4.310 DNS domain learner.example does not exist [Message=InfoDomainNonexistent]",
        ),
        Machine.BOUNCE,
        "no_domain",
    ),
    Sample(
        "microsoft 365, delayed in French",
        dsn(
            OFFICE + "Subject: Remise retardée : Votre mentorat commence\n",
            "La remise aux destinataires suivants est retardée.",
            "4.4.7",
            "",
            action="delayed",
        ),
        Machine.DELAY,
    ),
    Sample(
        "microsoft 365, too many hops",
        dsn(
            OFFICE + "Subject: Undeliverable: x\n",
            "Loop.",
            "5.4.14",
            "550 5.4.14 Hop count exceeded - possible mail loop",
        ),
        Machine.BOUNCE,
        "loop",
    ),
    Sample(
        "ovh",
        dsn(
            "From: MAILER-DAEMON@mo1.hebergeur.example (Mail Delivery System)\nAuto-Submitted: auto-replied\n"
            + POSTFIX_SUBJECT,
            SORRY,
            "5.7.1",
            "550 5.7.1 Service unavailable; client [192.0.2.4] blocked using zen.liste.example",
        ),
        Machine.BOUNCE,
        "spam",
    ),
    Sample(
        "orange, reputation",
        dsn(
            "From: Mail Delivery System <MAILER-DAEMON@smtp.fournisseur.example>\n" + POSTFIX_SUBJECT,
            SORRY,
            "5.2.0",
            "550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]",
        ),
        Machine.BOUNCE,
        "spam",
    ),
    Sample(
        "orange, unknown address",
        dsn(
            "From: Mail Delivery System <MAILER-DAEMON@smtp.fournisseur.example>\n" + POSTFIX_SUBJECT,
            SORRY,
            "5.1.1",
            f"550 5.1.1 Adresse d au moins un destinataire invalide. {LEA} OFR_416",
        ).replace("OFR_416", "[416]"),
        Machine.BOUNCE,
        "unknown_address",
    ),
    Sample(
        "sendmail",
        dsn(
            "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.mentor.example>\n"
            "Auto-Submitted: auto-generated (failure)\n"
            "Subject: Returned mail: see transcript for details\n",
            f"   ----- The following addresses had permanent fatal errors -----\n<{LEA}>",
            "5.1.2",
            "550 Host unknown",
            copy="text/rfc822-headers",
        ),
        Machine.BOUNCE,
        "no_domain",
    ),
    Sample(
        "sendmail, warning",
        dsn(
            "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.mentor.example>\n"
            "Auto-Submitted: auto-generated (warning-timeout)\n"
            "Subject: Warning: could not send message for past 4 hours\n",
            "**      THIS IS A WARNING MESSAGE ONLY      **\n**  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **",
            "4.2.0",
            "",
            action="delayed",
        ),
        Machine.DELAY,
    ),
]
