"""The page of ``waferflux explore``, served to this machine alone.

Any web page can send requests to 127.0.0.1, and a name that it owns can be made to lead here (DNS
rebinding). So the server listens there only, answers only under its own names, and refuses what
another page sends.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from geometry.errors import NoSolution

from .case_file import CaseError
from .explore import Explorer, Superseded
from .pages.explore_page import explore_page, live_part

ADDRESS = "127.0.0.1"
NAMES = (ADDRESS, "localhost")
MOST_BYTES = 10_000
"""Of a request's body."""
PATIENCE = 10.0
"""For a client that does not go on with its request [s]."""
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Refused(Exception):
    """A request that gets no answer: status and one line."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class ExploreServer(ThreadingHTTPServer):
    """Serves an explorer's page; ``explorer`` is put in before the first request.

    Raises
    ------
    OSError
        When the port is taken.
    """

    daemon_threads = True
    explorer: Explorer

    def __init__(self, port: int) -> None:
        super().__init__((ADDRESS, port), Handler)

    @property
    def port(self) -> int:
        """On which it listens."""
        return int(self.server_address[1])

    @property
    def hosts(self) -> list[str]:
        """What a request may call this server."""
        return [f"{name}:{self.port}" for name in NAMES]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no fault; anything else is one line."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            print(f"explore: {type(error).__name__}: {error}", file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    """One request: the page at ``/``, an answer at ``/solve``."""

    server: ExploreServer
    timeout = PATIENCE
    server_version, sys_version = "waferflux", ""

    def do_GET(self) -> None:
        """The page."""
        self._answer({"/": self._page})

    def do_POST(self) -> None:
        """An answer with sliders moved."""
        self._answer({"/solve": self._solve})

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal is for the user."""

    def _answer(self, paths: dict[str, Any]) -> None:
        try:
            self._check_sender()
            if self.path not in paths:
                raise Refused(404, "path: / to read and /solve to send to are meant")
            kind, text = paths[self.path]()
            self._send(200, kind, text)
        except Refused as refused:
            self._send(refused.status, "text/plain", str(refused) + "\n")
        except OSError:
            raise
        except Exception as error:  # whatever a request brings about, the server goes on
            print(f"explore: {type(error).__name__}: {error}", file=sys.stderr)
            self._send(500, "text/plain", f"{type(error).__name__}\n")

    def _check_sender(self) -> None:
        """Refuse a request that was not meant for here, or that another page sends."""
        host, origin = self.headers.get_all("Host") or [], self.headers.get_all("Origin") or []
        if len(host) != 1 or host[0].lower() not in self.server.hosts:
            raise Refused(403, f"Host: {' or '.join(self.server.hosts)} is meant")
        if any(
            one.lower() not in [f"http://{name}" for name in self.server.hosts] for one in origin
        ):
            raise Refused(403, "Origin: found another page's; this page's is meant")
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise Refused(403, "Sec-Fetch-Site: found another page's; this page's is meant")

    def _page(self) -> tuple[str, str]:
        return "text/html", explore_page(self.server.explorer)

    def _solve(self) -> tuple[str, str]:
        """An answer as JSON; physics without one is an answer, too."""
        asked, explorer = self._body(), self.server.explorer
        whole = asked["whole"]
        started = time.perf_counter()
        try:
            answer = explorer.solve(asked["values"], whole)
        except CaseError as error:
            raise Refused(400, " ".join(str(error).split())) from None
        except Superseded:
            return "application/json", json.dumps({"superseded": True})
        except NoSolution as error:
            words = f"{type(error).__name__}: {' '.join(str(error).split())}"
            return "application/json", json.dumps({"no_solution": words})
        return "application/json", live_part(explorer, answer, whole, started)

    def _body(self) -> dict[str, Any]:
        """What was sent: JSON with ``values`` and ``whole``."""
        length = self.headers.get("Content-Length", "")
        is_number = length.isascii() and length.isdigit() and len(length) < 10
        if not (is_number and int(length) <= MOST_BYTES):
            raise Refused(400, f"Content-Length: a body of up to {MOST_BYTES} bytes is meant")
        if self.headers.get_content_type() != "application/json":
            raise Refused(400, "Content-Type: application/json is meant")
        try:
            asked = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise Refused(400, "body: found no JSON; an object is meant") from None
        if not isinstance(asked, dict) or set(asked) != {"values", "whole"}:
            raise Refused(400, "body: an object with 'values' and 'whole' is meant")
        if not isinstance(asked["whole"], bool):
            raise Refused(400, "whole: true or false is meant")
        return asked

    def _send(self, status: int, kind: str, text: str) -> None:
        content = text.encode(errors="backslashreplace")
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
