"""The mentor's word, and the school's, count only when they are proven (P2, P3)."""

from __future__ import annotations

import pytest

from agent.connectors.ports import KEY_HEADER, Folder
from agent.model import Proof
from agent.understand.proof import authserv_id_of, prove, school_proof, sender_proof
from tests.understand.material import head, sample

CLAIRE = "From: Claire <claire@boite.example>"
ALONE = "To: claire@boite.example"
PASS = "Authentication-Results: mx.boite.example; dmarc=pass (p=none) header.from=boite.example"


def word(
    *lines: str, folder: Folder = Folder.INBOX, local: bool = False, server: str | None = "mx.boite.example"
) -> Proof:
    """What a mail to the mentor alone with these header lines is worth."""
    own = frozenset({"Claire@boite.example"})
    return prove(head(*lines, ALONE), folder=folder, own_addresses=own, trust_local=local, authserv_id=server)


def test_a_reply_in_the_mentors_own_sent_folder_is_their_word() -> None:
    assert word(CLAIRE, folder=Folder.SENT) is Proof.SENT_FOLDER
    assert word("From: eve@evil.test", folder=Folder.SENT) is Proof.NONE


def test_our_own_letters_are_never_the_mentors_word_wherever_they_lie() -> None:
    for folder in Folder:
        assert word(CLAIRE, PASS, f"{KEY_HEADER}: k", folder=folder, local=True) is Proof.NONE
        assert word(CLAIRE, PASS, f"{KEY_HEADER}:", folder=folder, local=True) is Proof.NONE


def test_a_local_mailbox_is_believed_only_when_its_settings_say_so() -> None:
    assert word(CLAIRE, local=True) is Proof.LOCAL
    assert word(CLAIRE) is Proof.NONE
    assert word("From: eve@evil.test", local=True) is Proof.NONE


def test_a_dmarc_pass_by_the_mailboxs_own_server_proves_it() -> None:
    assert word(CLAIRE, PASS) is Proof.DMARC
    assert word(CLAIRE, PASS, server=None) is Proof.NONE
    folded = PASS.replace("; ", ";\r\n\tspf=pass smtp.mailfrom=x@y.test;\r\n ").replace(" header", "\r\n header")
    assert word(CLAIRE, folded) is Proof.DMARC


def test_a_stranger_with_a_perfect_pass_is_still_a_stranger() -> None:
    assert word("From: eve@evil.test", PASS.replace("from=boite.example", "from=evil.test")) is Proof.NONE


@pytest.mark.parametrize(
    "forged",
    [
        "Authentication-Results: mx.evil.test; dmarc=pass header.from=boite.example",
        "Authentication-Results: mx.boite.example.evil.test; dmarc=pass header.from=boite.example",
        "Authentication-Results: evil.mx.boite.example; dmarc=pass header.from=boite.example",
        "Authentication-Results: (mx.boite.example) evil.test; dmarc=pass header.from=boite.example",
        "Authentication-Results: mx.boite.example; dmarc=fail header.from=boite.example",
        "Authentication-Results: mx.boite.example; dmarc=none",
        "Authentication-Results: mx.boite.example; dmarc=pass",
        "Authentication-Results: mx.boite.example; dmarc=pass header.from=evil.test",
        "Authentication-Results: mx.boite.example; dmarc=pass header.from=evil.test header.from=boite.example",
        "Authentication-Results: mx.boite.example; dmarc=pass header.from=boite.example; dmarc=fail header.from=x.test",
        'Authentication-Results: mx.boite.example; spf=fail reason="; dmarc=pass header.from=boite.example"',
        "Authentication-Results: mx.boite.example; spf=fail (; dmarc=pass header.from=boite.example)",
        "Authentication-Results: mx.boite.example; dkim=pass header.d=boite.example; spf=pass",
        "Authentication-Results: mx.boite.example; dmarc=pass smtp.from=boite.example",
        "Authentication-Results: mx.boite.example; dmarc=pass (header.from=boite.example",
        "Authentication-Results: mx.boite.example",
        "Authentication-Results:",
        "Authentication-Results: " + "(" * 5000,
        "X-Authentication-Results: mx.boite.example; dmarc=pass header.from=boite.example",
        "ARC-Authentication-Results: i=1; mx.boite.example; dmarc=pass header.from=boite.example",
    ],
)
def test_whatever_is_not_a_plain_pass_of_our_own_server_is_no_proof(forged: str) -> None:
    assert word(CLAIRE, forged) is Proof.NONE


def test_a_pass_that_came_with_the_mail_lies_below_our_servers_verdict_and_is_not_believed() -> None:
    failed = PASS.replace("dmarc=pass", "dmarc=fail")
    assert word(failed, PASS, CLAIRE) is Proof.NONE
    assert word("Authentication-Results: mx.boite.example; (", PASS, CLAIRE) is Proof.NONE
    assert word("Authentication-Results: other.example; dmarc=fail", PASS, failed, CLAIRE) is Proof.DMARC


def test_two_from_fields_prove_nothing_even_in_the_sent_folder() -> None:
    assert word(CLAIRE, "From: eve@evil.test", PASS, folder=Folder.SENT) is Proof.NONE


def test_the_school_is_believed_from_its_domain_or_a_subdomain_when_authenticated() -> None:
    mail = sample("assignment-fr").head
    assert school_proof(mail, ["ecole.example"], False, "mx.boite.example") is Proof.DMARC
    assert school_proof(mail, ["ecole.example"], False, "mx.other.example") is Proof.NONE
    assert school_proof(mail, ["other.example"], False, "mx.boite.example") is Proof.NONE
    below, beside = head("From: a@mail.ecole.example"), head("From: a@fausse-ecole.example")
    assert school_proof(below, ["ecole.example"], True, None) is Proof.LOCAL
    assert school_proof(beside, ["ecole.example"], True, None) is Proof.NONE
    assert school_proof(below, [""], True, None) is Proof.NONE


def test_what_others_got_too_or_nobody_is_not_the_mentors_word_to_us() -> None:
    own = frozenset({"claire@boite.example"})
    for to in (
        "To: lea@x.test",
        "To: claire@boite.example, lea@x.test",
        "To: claire@boite.example\r\nCc: a@x.test",
        "",
    ):
        for folder in Folder:
            read = head(CLAIRE, PASS, *([to] if to else []))
            server = "mx.boite.example"
            proof = prove(read, folder=folder, own_addresses=own, trust_local=False, authserv_id=server)
            assert proof is Proof.NONE


@pytest.mark.parametrize(
    "above", ["X: a\rFrom: eve@evil.test", "X: a\r\rok", "X: a\0", "ok :", "From : eve@evil.test", " folded", "ok"]
)
def test_where_programs_disagree_on_what_ends_a_field_nobody_wrote_it(above: str) -> None:
    assert word(above, CLAIRE, PASS) is Proof.NONE
    assert word(above, CLAIRE, folder=Folder.SENT) is Proof.NONE


def test_a_server_without_a_name_of_its_own_teaches_none() -> None:
    for value in ("spf=pass smtp.mailfrom=x.test; dmarc=pass", "a b", "", "=?utf-8?q?mx?=", "-", "m\u0445.example"):
        name = authserv_id_of(head(f"Authentication-Results: {value}"))
        assert name in {None, "a"}
    assert authserv_id_of(head("Authentication-Results: (it) MX.boite.example 1; none")) == "mx.boite.example"
    assert authserv_id_of(head(CLAIRE)) is None


def test_a_signature_counts_where_the_mailboxs_own_server_says_nothing() -> None:
    read = head(CLAIRE, ALONE)
    assert sender_proof(read, False, "mx.boite.example", signed=True) is Proof.DKIM
    assert sender_proof(head(CLAIRE, ALONE, PASS.replace("pass", "fail")), False, "mx.boite.example", signed=True) is (
        Proof.NONE
    )
    assert school_proof(read, ["boite.example"], False, None, signed=True) is Proof.DKIM
    assert school_proof(read, ["ecole.example"], False, None, signed=True) is Proof.NONE
