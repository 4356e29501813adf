"""How a Microsoft 365 account is signed in to, where the mailbox is graph://USER@DOMAIN."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from agent.config.values import Part, url_of

_PERSONAL = re.compile(r"(?:outlook|hotmail|live|msn)\.(?:com?\.)?[a-z]{2,3}")


class GraphSettings(Part):
    """`client_id` is the registered app's (Application ID). `tenant`: whose directory, see `directory`.

    `auth = "device"`: somebody signs in with a code, and the app acts for them. `auth = "app"`: the app acts by itself,
    with a secret of its own, which is kept as the mailbox's password. `url` and `login_url` are those of the cloud.
    """

    client_id: str = Field(min_length=1)
    tenant: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]+$")
    auth: Literal["device", "app"] = "device"
    url: Annotated[str, url_of("https")] = "https://graph.microsoft.com/v1.0"
    login_url: Annotated[str, url_of("https")] = "https://login.microsoftonline.com"

    def directory(self, domain: str) -> str:
        """Where somebody of this domain signs in: as set, or the domain's own, or that of personal accounts."""
        return self.tenant or ("consumers" if _PERSONAL.fullmatch(domain.lower()) else domain)
