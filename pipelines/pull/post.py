"""One POST to an address that a person has named, for what needs no more of HTTP than that."""

import ssl
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from pipelines.errors import NotReady
from pipelines.pull.online import address
from pipelines.readers.table import called, cut

PATIENCE = 30  # seconds for the answer
MOST = 1 << 16  # bytes of it


def post(url: str, body: bytes, kind: str) -> bytes:
    """The answer. NotReady says why there is none; the address is told by its host alone, since the rest may be secret."""
    try:
        host = address(url).hostname
    except ValueError as error:
        raise NotReady(f"The address cannot be used: {error}.") from None
    request = Request(url, body, {"Content-Type": kind, "User-Agent": "executive-metrics"})
    try:
        context = ssl.create_default_context()
        with build_opener(Unmoved, HTTPSHandler(context=context)).open(request, timeout=PATIENCE) as answer:
            return answer.read(MOST)
    except HTTPError as error:
        raise NotReady(f"{host} answers {error.code}. Check its address, and what is sent to it.") from None
    except (OSError, HTTPException, ValueError) as error:
        said = cut(called(str(getattr(error, "reason", None) or error)), 200)
        raise NotReady(f"{host} cannot be reached: {said}.") from None


class Unmoved(HTTPRedirectHandler):
    """A redirect would carry what is sent to a host that nobody named."""

    def redirect_request(self, *_: object) -> None:
        return None
