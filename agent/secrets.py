"""Where passwords come from: the environment, a file that the settings name, the keyring; never the settings."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from agent.errors import ConfigError

SERVICE = "mentor-agent"
VARIABLES = {
    "mailbox": "MENTOR_AGENT_MAILBOX_PASSWORD",
    "smtp": "MENTOR_AGENT_SMTP_PASSWORD",
    "calendar": "MENTOR_AGENT_CALENDAR_PASSWORD",
    "llm": "MENTOR_AGENT_LLM_KEY",
    "oauth2": "MENTOR_AGENT_OAUTH2_SECRET",
}


def variable(name: str) -> str:
    """The environment variable that may hold a secret; that of "subscription-school" ends with SUBSCRIPTION_SCHOOL."""
    return VARIABLES.get(name) or f"MENTOR_AGENT_{name.upper().replace('-', '_')}"


def find(
    name: str, account: str, file: Path | None, environment: Mapping[str, str] = os.environ, *, keyring: bool = True
) -> str | None:
    """The secret called `name` (of VARIABLES, or "subscription-NAME") of `account` (user@host); None if there is none.

    ConfigError when the settings name a file that cannot be read or that others can read.
    """
    if value := environment.get(variable(name)):
        return value
    if file is not None:
        return _from_file(name, file)
    if directory := environment.get("CREDENTIALS_DIRECTORY"):  # systemd: LoadCredential=, SetCredential=
        credential = Path(directory) / name
        if credential.is_file():
            return credential.read_text(encoding="utf-8").strip()
    return kept(account) if keyring else None


def _from_file(name: str, file: Path) -> str:
    try:
        mode = file.stat().st_mode
        value = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{name}: the password file {file} cannot be read: {error}"]) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError([f"{name}: others can read the password file {file}; run: chmod 600 {file}"])
    return value


def kept(account: str) -> str | None:
    """What `keep` put into the keyring; None where there is nothing, or no keyring."""
    import keyring  # noqa: PLC0415 -- 15 MB, and only where nothing else was set
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return keyring.get_password(SERVICE, account)
    except KeyringError:
        return None  # a server without a desktop has no keyring


def keep(account: str, value: str) -> bool:
    """Put a secret into the keyring; False where there is none."""
    import keyring  # noqa: PLC0415
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        keyring.set_password(SERVICE, account, value)
    except KeyringError:
        return False
    return True
