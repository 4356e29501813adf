"""A Dovecot 2.3 of our own: IMAP and LMTP on loopback ports, its files in one temporary directory.

It runs as whoever runs the tests; for root it runs as nobody, since its login processes refuse to be root.
"""

from __future__ import annotations

import contextlib
import grp
import itertools
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from tests.servers.ports import free_ports

_CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = {ssl}
{tls}
disable_plaintext_auth = no
auth_failure_delay = 0 secs
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{home}/mail/%u
mail_max_userip_connections = 100
mail_fsync = never
lmtp_save_to_detail_mailbox = no
{extra}
{oauth2}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users/%u
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  {namespace}
  mailbox {sent} {{
    {special_use}
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  user = {user}
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


_OAUTH2 = """
auth_mechanisms = {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
"""
_INTROSPECTION = """
introspection_url = {url}/introspect
introspection_mode = post
username_attribute = email
active_attribute = active
active_value = true
tls_ca_cert_file = {ca}
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox on a test server."""

    address: str
    password: str


def available() -> bool:
    """Whether Dovecot with IMAP and LMTP is installed here."""
    return _binary() is not None and all(
        any((Path(where) / "dovecot" / part).exists() for where in ("/usr/lib", "/usr/libexec", "/usr/local/libexec"))
        for part in ("imap", "lmtp")
    )


class Dovecot:
    """`with Dovecot(directory) as server`: runs until the end; `stop` and `start` make an outage.

    `certificate` and `key` (PEM files) open a TLS port as well. Where `special_use` is false, Sent is not marked.
    `tokens` is the URL of the provider whose access tokens count (RFC 7662), trusted by `certificate`; `mechanisms`
    are then what is offered. `extra` is more configuration, one setting a line; `namespace` the same for the namespace.
    """

    def __init__(
        self,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        sent: str = "Sent",
        special_use: bool = True,
        extra: str = "",
        namespace: str = "",
        tokens: str | None = None,
        mechanisms: str = "plain xoauth2 oauthbearer",
    ) -> None:
        self.host = "127.0.0.1"
        self.port, self.lmtp_port, self.tls_port = free_ports(3)
        self.addresses: set[str] = set()
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._home = home = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self._user = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")
        uid, gid = self._user.pw_uid, self._user.pw_gid
        if certificate and key:
            shutil.copy(certificate, home / "cert.pem")
            shutil.copy(key, home / "key.pem")
        (home / "users").mkdir()
        if tokens:
            (home / "oauth2.conf").write_text(_INTROSPECTION.format(url=tokens, ca=home / "cert.pem"))
        (home / "dovecot.conf").write_text(
            _CONFIG.format(
                home=home,
                user=self._user.pw_name,
                group=grp.getgrgid(gid).gr_name,
                uid=uid,
                gid=gid,
                imap=self.port,
                imaps=self.tls_port if certificate else 0,
                lmtp=self.lmtp_port,
                ssl="yes" if certificate else "no",
                tls=f"ssl_cert = <{home}/cert.pem\nssl_key = <{home}/key.pem" if certificate else "",
                sent=f'"{sent}"',
                extra=extra,
                namespace=namespace,
                oauth2=_OAUTH2.format(home=home, mechanisms=mechanisms) if tokens else "",
                special_use=r"special_use = \Sent" if special_use else "",
            )
        )
        if os.geteuid() == 0:
            for path in (home, *home.iterdir()):
                os.chown(path, uid, gid)

    def __enter__(self) -> Dovecot:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def account(self, name: str = "mentor", password: str = "letmein", address: str | None = None) -> Account:  # noqa: S107 - of a mailbox that lives for one test
        """A new, empty mailbox, "<name><number>@example.org" unless `address` is given."""
        account = Account(address or f"{name}{next(self._numbers)}@example.org", password)
        self.addresses.add(account.address)
        # A file for each: Dovecot reads a changed one again only in the next second.
        (self._home / "users" / account.address).write_text(f"{account.address}:{{PLAIN}}{account.password}\n")
        return account

    def fill(self, account: Account, messages: Iterable[tuple[datetime, bytes]]) -> None:
        """Messages straight into the files of INBOX, read, dated as they came, thousands a second."""
        home = self._home / "mail" / account.address
        for part in ("cur", "new", "tmp"):
            (home / part).mkdir(parents=True, exist_ok=True)
        for number, (at, raw) in enumerate(messages):
            file = home / "cur" / f"{int(at.timestamp())}.M{number}P1.here:2,S"
            file.write_bytes(raw)
            os.utime(file, (at.timestamp(), at.timestamp()))
        if os.geteuid() == 0:
            for path in (home.parent, home, *home.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def deliver(self, address: str, *messages: bytes, sender: str = "") -> None:
        """Through LMTP, as a real mail server would."""
        with smtplib.LMTP(self.host, self.lmtp_port, local_hostname="localhost", timeout=30) as lmtp:
            for message in messages:
                lmtp.sendmail(sender, [address], message)

    def start(self) -> None:
        """Start and wait until it answers."""
        binary = _binary()
        if binary is None:
            raise RuntimeError("Dovecot is not installed")
        with (self._home / "stderr").open("ab") as errors:
            self._process = subprocess.Popen(
                [binary, "-F", "-c", str(self._home / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                user=self._user.pw_uid,
                group=self._user.pw_gid,
                extra_groups=None if os.geteuid() else [],
            )
        for port in (self.port, self.lmtp_port):
            self._await(port)

    def stop(self) -> None:
        """Stop, with every connection: nothing answers until `start`."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # a polite end takes a second
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _await(self, port: int) -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                with socket.create_connection((self.host, port), 2) as connection:
                    if connection.recv(1):
                        return
            except OSError:
                pass
            if self._process and self._process.poll() is not None:
                break
            time.sleep(0.02)
        log = self._home / "log"
        raise RuntimeError(
            f"Dovecot does not start: {(self._home / 'stderr').read_text()}{log.read_text() if log.exists() else ''}"
        )


def _binary() -> str | None:
    return shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
