"""Whose Authentication-Results count (RFC 8601): as set or as learnt, while that server keeps forged ones out."""

from __future__ import annotations

from agent.config import Settings
from agent.store import Store

_LEARNT = "authserv_id"
_FORGED = "authserv_forged"
_CHECKED = "authserv_checked"


def known(settings: Settings, store: Store | None) -> str | None:
    """The authserv-id as set, or as learnt from a mail to oneself; None where neither is."""
    return settings.mailbox.authserv_id or (store.setting(_LEARNT) if store else None)


def trusted(settings: Settings, store: Store) -> str | None:
    """The authserv-id whose fields prove something: None too where a forged one was seen to come through."""
    found = known(settings, store)
    return None if found is not None and is_fooled(found, store) else found


def is_fooled(authserv_id: str, store: Store) -> bool:
    """Whether that server let through a field that somebody else wrote in its name (RFC 8601 section 5)."""
    return store.setting(_FORGED) == authserv_id.lower()


def is_checked(authserv_id: str, store: Store) -> bool:
    """Whether that server was seen to keep such a field out."""
    return store.setting(_CHECKED) == authserv_id.lower()


def learn(authserv_id: str, store: Store) -> None:
    """Our own mail to ourselves arrived with this name on it."""
    store.remember(_LEARNT, authserv_id)


def judge(authserv_id: str, store: Store, *, fooled: bool) -> None:
    """What became of a forged field. The last look counts: a server that was mended is trusted again."""
    name = authserv_id.lower()
    with store.transaction():
        for key, holds in ((_FORGED, fooled), (_CHECKED, not fooled)):
            if holds:
                store.remember(key, name)
            elif store.setting(key) == name:
                store.forget(key)
