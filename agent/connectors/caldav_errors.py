"""The CalDAV library's errors as ours: what waiting may mend, and what it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError

if TYPE_CHECKING:
    from caldav.lib.error import DAVError
    from niquests.exceptions import RequestException


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the library's errors into ours."""
    from caldav.lib.error import DAVError  # noqa: PLC0415  35 MB that an idle daemon must not hold
    from niquests.exceptions import RequestException  # noqa: PLC0415  as above

    try:
        yield
    except DAVError as error:
        raise _from_dav(error, url) from error
    except RequestException as error:
        raise _from_connection(error, url) from error
    except NotImplementedError as error:  # a login that the library does not know
        raise TerminalError(f"{url}: {error}") from error
    except RuntimeError as error:  # its HTTP library, over a connection that a server left in the middle of an answer
        raise TransientError(f"the connection to {url} broke off: {error}") from error
    except (SyntaxError, AttributeError, TypeError, ValueError, KeyError) as error:
        # lxml's XMLSyntaxError, and what the library trips over when a web page comes instead of an answer
        raise TransientError(f"{url} answered with something that is not CalDAV") from error


def _from_dav(error: DAVError, url: str) -> AgentError:
    from caldav.lib.error import AuthorizationError, NotFoundError, RateLimitError  # noqa: PLC0415  as in translated

    if isinstance(error, AuthorizationError):
        if error.status == 403:
            return TerminalError(f"{url} does not let this account read the calendar (403)")
        return RefusedLoginError(f"{url} refused the user name or the password")
    if isinstance(error, NotFoundError):
        return TerminalError(f"{url} does not exist on the server: check the address")
    if isinstance(error, RateLimitError) or error.status is None or error.status >= 500:
        return TransientError(f"{url} cannot answer now ({error.status or type(error).__name__})")
    return TerminalError(f"{url} refused the request ({error.status}): is it a CalDAV address?")


def _from_connection(error: RequestException, url: str) -> AgentError:
    from niquests.exceptions import InvalidSchema, InvalidURL, MissingSchema, SSLError  # noqa: PLC0415  as above

    if isinstance(error, SSLError) and "certificate" in str(error).lower():
        return TerminalError(f"the TLS certificate of {url} is not to be trusted: {error}")
    if isinstance(error, InvalidURL | InvalidSchema | MissingSchema):
        return TerminalError(f"{url} is not an address that can be reached: {error}")
    return TransientError(f"{url} cannot be reached: {error}")
