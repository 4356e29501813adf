"""`service`: a systemd unit for this installation and these settings, as hardened as the kind of unit allows."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

import click

import agent
from agent import config, probe, secrets, signin
from agent.config import Settings
from agent.urls import FILE_SCHEMES, parse_url

NAME = "mentor-agent.service"
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
_TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 -- what PrivateTmp hides, not a place we write to


def unit(path: Path, *, system: bool) -> None:
    """The unit on standard output; where it goes and what to type on standard error."""
    settings = config.load(path)
    click.echo(render(path, settings, system=system), nl=False)
    click.echo(_advice(path, settings, system=system), err=True, nl=False)


def render(path: Path, settings: Settings, *, system: bool) -> str:
    """The unit's text (systemd.unit(5), systemd.exec(5))."""
    parts = [_head(system), _service(path, system), _limits(), _filters(), _files(path, settings, system)]
    return "\n".join([*parts, _credentials(path, settings), _install(system)])


def _head(system: bool) -> str:
    network = "Wants=network-online.target\nAfter=network-online.target\n" if system else ""
    return f"[Unit]\nDescription=mentor-agent: keeps an online mentor's deadlines\n{network}"


def _service(path: Path, system: bool) -> str:
    user = f"User={_user(path)}\n" if system else ""
    return f"""\
[Service]
Type=notify
{user}ExecStart={_command(path)}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=30
# 2 is a mistake in the settings: only a person can mend it.
RestartPreventExitStatus=2
# It reports after each tick, ten minutes apart at most; a slow model may take a quarter of an hour.
WatchdogSec=30min
# It stops within 5 seconds.
TimeoutStopSec=15
"""


def _limits() -> str:
    return """\
UMask=0077
MemoryMax=512M
TasksMax=64
"""


def _filters() -> str:
    """Seccomp filters: these work in every unit, with NoNewPrivileges."""
    return """\
NoNewPrivileges=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
"""


def _files(path: Path, settings: Settings, system: bool) -> str:
    """What it sees of the file system: everything read-only but its own folders."""
    written = _written(settings)
    needed = [path, Path(sys.prefix), Path(sys.base_prefix), Path(agent.__file__), *written, *_read(settings)]
    at_home = not system or _any_under(needed, _HOMES)
    lines = [] if system else [_USER_NAMESPACE]
    lines += ["ProtectSystem=strict", f"ProtectHome={'read-only' if at_home else 'yes'}"]
    lines += [f"ReadWritePaths={_quoted(str(folder))}" for folder in written]
    if _any_under([path, *written, *_read(settings)], _TEMPORARY):
        lines += [
            "# Something the settings name lies in a temporary folder, which PrivateTmp=yes would hide.",
            "PrivateTmp=no",
        ]
    else:
        lines += ["PrivateTmp=yes"]
    lines += ["ProtectKernelTunables=yes", "ProtectControlGroups=yes"]
    lines += _SYSTEM_ONLY if system else ["InaccessiblePaths=-%h/.ssh -%h/.gnupg"]
    return "\n".join(lines) + "\n"


_USER_NAMESPACE = """\
# A user's systemd can only do the following inside a user namespace. Where the kernel forbids those and the unit fails
# with 217/USER or 226/NAMESPACE, delete PrivateUsers=: what depends on it is then left out, the filters above remain.
PrivateUsers=yes"""

_SYSTEM_ONLY = [
    "PrivateDevices=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectProc=invisible",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
]
"""These drop capabilities, which a user's own systemd may not do: the unit would fail with 218/CAPABILITIES."""


def _credentials(path: Path, settings: Settings) -> str:
    """Passwords handed over by systemd, for a machine without a keyring."""
    wanted = [probe.secret_of(name, settings) for name in probe.SERVERS if probe.keyring_account(name, settings)]
    wanted += ["oauth2"] if signin.wanted(settings) else []
    names = list(dict.fromkeys(wanted)) or list(secrets.VARIABLES)
    lines = [f"#LoadCredential={name}:{path.with_name(f'{name}.password')}".replace("%", "%%") for name in names]
    return "\n".join(
        [
            "# Without a keyring: put each password into a file with mode 0600 and take away the # (systemd 250).",
            "# A password_file in the settings comes first.",
            *lines,
            "",
        ]
    )


def _install(system: bool) -> str:
    return f"[Install]\nWantedBy={'multi-user' if system else 'default'}.target\n"


def _advice(path: Path, settings: Settings, *, system: bool) -> str:
    control = "sudo systemctl" if system else "systemctl --user"
    option = " --system" if system else ""
    place = f"/etc/systemd/system/{NAME}" if system else f"~/.config/systemd/user/{NAME}"
    lines = [f"# This unit goes to {place}:"]
    again = f"mentor-agent --config {path} service{option}"
    if system:
        lines += [f"{again} | sudo tee {place}"]
        if _user(path) == "mentor-agent":
            lines += [
                "sudo useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin mentor-agent",
                f"sudo chown -R mentor-agent: {path} {' '.join(map(str, _written(settings)))}",
            ]
    else:
        lines += [f"mkdir -p {Path(place).parent}", f"{again} > {place}"]
    if not settings.state_dir.exists():
        lines += ["# The unit cannot make the state directory itself:", f"mkdir -p -m 700 {settings.state_dir}"]
    lines += [f"{control} daemon-reload", f"{control} enable --now mentor-agent"]
    if not system:
        lines += ["# so that it runs while you are not logged in:", "loginctl enable-linger"]
    lines += [f"# its log: journalctl {'-u' if system else '--user -u'} mentor-agent"]
    return "\n".join(lines) + "\n"


def _command(path: Path) -> str:
    """The command of this very installation: the script beside the interpreter, or the package."""
    script = Path(sys.executable).with_name("mentor-agent")
    words = [str(script)] if os.access(script, os.X_OK) else [sys.executable, "-m", "agent"]
    return " ".join(_quoted(word, dollars=True) for word in [*words, "--config", str(path), "run"])


def _user(path: Path) -> str:
    """Who the settings belong to; an account of its own where that is root."""
    try:
        name = pwd.getpwuid(path.stat().st_uid).pw_name
    except KeyError:
        return "mentor-agent"
    return "mentor-agent" if name == "root" else name


def _written(settings: Settings) -> list[Path]:
    """The folders it writes to: its state, Maildirs, and a calendar of files, where it enters what is booked."""
    urls = (settings.mailbox.url, settings.smtp.url, settings.calendar.url)
    folders = [parse_url(url, FILE_SCHEMES).directory for url in urls if url.startswith(("maildir:", "dir:"))]
    return list(dict.fromkeys([settings.state_dir, *folders]))


def _read(settings: Settings) -> list[Path]:
    """The other files that the settings name."""
    parts = (settings.mailbox, settings.smtp, settings.calendar)
    links = [one.link_file for one in settings.calendar.subscriptions.values()]
    law = (settings.guidelines, settings.responsibility_matrix)
    words = (settings.recognisers, settings.learner_words, settings.situations)
    files = (*law, *words, *links, settings.writer.key_file, *(part.password_file for part in parts))
    return [file for file in files if file is not None]


def _any_under(paths: list[Path], roots: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(root) for path in paths for root in roots)


def _quoted(word: str, *, dollars: bool = False) -> str:
    """One word as systemd.syntax(7) reads it; in commands a $ is doubled too."""
    word = word.replace("%", "%%")
    if dollars:
        word = word.replace("$", "$$")
    if any(c in word for c in " \t\"'\\;"):
        return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return word
