"""What the tests of the Exchange connector share: the mentor's account, a letter, and the claim on it."""

from __future__ import annotations

from agent.connectors.ews import Connection, EwsAccount, Login
from agent.connectors.ports import KEY_HEADER
from tests.connectors.mail_worlds import mail
from tests.servers.ews import PASSWORD, EwsServer

MENTOR = "claire@mentor.example"
LEA = "lea.moreau@learner.example"


def open_account(server: EwsServer, login: Login | None = None, mailbox: str = MENTOR, **more: object) -> EwsAccount:
    chosen = login or Login(MENTOR, PASSWORD)
    return EwsAccount(Connection(server.endpoint, chosen, mailbox, **{"timeout": 5.0, **more}))  # type: ignore[arg-type]


def letter(to: str = LEA, key: str = "letter-1") -> bytes:
    extra = f"{KEY_HEADER}: {key}\r\n".encode()
    raw = mail("Votre rendez-vous", extra=extra, body="Bonjour Léa.\r\n".encode())
    return raw.replace(b"Camille Roy <camille@learner.test>", MENTOR.encode()).replace(
        b"mentor@example.org", to.encode(), 1
    )


class Claim:
    """What is done right before a message leaves."""

    def __init__(self, server: EwsServer) -> None:
        self.calls = 0
        self.before: list[str] = []
        self._server = server

    def __call__(self) -> None:
        self.calls += 1
        self.before = list(self._server.requests)
