"""A certificate for the TLS of the tests' servers, made by the openssl command when it is needed."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files, and what the two sides of a connection do with them."""

    path: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        """For a server that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context

    def client(self) -> ssl.SSLContext:
        """For a client that trusts it."""
        return ssl.create_default_context(cafile=str(self.path))


def openssl_available() -> bool:
    """Whether the command is installed."""
    return shutil.which("openssl") is not None


def self_signed(directory: Path, *names: str) -> Certificate:
    """A new one, for 127.0.0.1 and these names, valid for a day."""
    made = Certificate(directory / "cert.pem", directory / "key.pem")
    also = "".join(f",DNS:{name}" for name in names)
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1"
        f" -addext subjectAltName=IP:127.0.0.1{also}"
    )
    files = ["-keyout", str(made.key), "-out", str(made.path)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True, timeout=60)
    return made
