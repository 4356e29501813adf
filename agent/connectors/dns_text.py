"""TXT records from the machine's own resolver, for DKIM keys. One that does not answer is left alone for a minute."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.errors import TransientError

if TYPE_CHECKING:
    from dns.resolver import Resolver

TIMEOUT = 5.0
"""Seconds that one look-up may take in all, however many servers are asked."""

_LEFT_ALONE = 60.0  # seconds: a batch of mails must not wait for each of its keys in turn


class DnsText:
    """See `TextRecords`. `servers`: (address, UDP port) instead of those that the machine is set to."""

    def __init__(self, servers: Sequence[tuple[str, int]] = (), timeout: float = TIMEOUT) -> None:
        self._servers, self._timeout = tuple(servers), timeout
        self._resolver: Resolver | None = None
        self._silent_until = 0.0

    def __call__(self, name: str) -> tuple[bytes, ...]:
        """See `TextRecords`."""
        from dns import exception, rdatatype, resolver  # noqa: PLC0415 -- 50 ms, and few mails need it

        if time.monotonic() < self._silent_until:
            raise TransientError("no name server answered a moment ago")
        try:
            answer = self._made().resolve(name, rdatatype.TXT, lifetime=self._timeout, search=False)
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return ()
        except exception.DNSException as error:
            if isinstance(error, exception.Timeout | resolver.NoResolverConfiguration):
                self._silent_until = time.monotonic() + _LEFT_ALONE
            raise TransientError(f"the name {name} cannot be looked up: {type(error).__name__}") from error
        except OSError as error:
            raise TransientError(f"the name {name} cannot be looked up: {error}") from error
        return tuple(b"".join(record.strings) for record in answer)

    def _made(self) -> Resolver:
        if self._resolver is None:
            from dns.nameserver import Do53Nameserver  # noqa: PLC0415 -- as above
            from dns.resolver import LRUCache, Resolver  # noqa: PLC0415 -- as above

            self._resolver = Resolver(configure=not self._servers)
            self._resolver.cache = LRUCache(200)
            if self._servers:
                self._resolver.nameservers = [Do53Nameserver(address, port) for address, port in self._servers]
        return self._resolver
