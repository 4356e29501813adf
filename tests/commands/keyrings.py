"""Keyrings for the tests: one that remembers, and none. The one of whoever runs the tests is never touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring


class MemoryKeyring(KeyringBackend):
    """A desktop's keyring, forgotten with the test."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring's constructors are not annotated
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@contextmanager
def in_use(backend: KeyringBackend | None) -> Iterator[None]:
    """This keyring, or none, is the machine's."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend or NoKeyring())  # type: ignore[no-untyped-call]  # as above
    try:
        yield
    finally:
        keyring.set_keyring(before)
