"""The built site on this machine, below a sub-path as a project page has one."""

import gzip
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from kit import twins

PREFIX = "/course/"


# What a host sends packed: GitHub Pages does so with these, and not with networks or pictures.
PACKED = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".wasm")


@cache
def packed(path: str, _changed: float) -> bytes:
    """A file as a host sends it, gzip at its usual level."""
    return gzip.compress(Path(path).read_bytes(), 6)


class Handler(SimpleHTTPRequestHandler):
    """Serves files below PREFIX and nothing above it: an address from the root is a 404."""

    protocol_version = "HTTP/1.1"  # keeps connections: a page asks for forty files
    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def send_head(self):
        if not self.path.startswith(PREFIX):
            self.send_error(404)
            return None
        self.path = "/" + self.path.removeprefix(PREFIX)
        path = self.translate_path(self.path)
        if several := twins.NAME.search(path):
            page = Path(path[: several.start()] + ".html")
            return self.made_up(twins.repeat(page.read_text("utf8"), int(several[1]), several[2]))
        return super().send_head()

    def made_up(self, text: str) -> io.BytesIO:
        """Send a page that is in no file."""
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages does
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the browser's own record is what counts."""


class PackingHandler(Handler):
    """Likewise, and text and programs packed, as hosts do."""

    def send_head(self):
        path = Path(self.translate_path("/" + self.path.removeprefix(PREFIX)))
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        asked_for = self.path.startswith(PREFIX) and "If-Modified-Since" not in self.headers
        if not (accepted and asked_for and path.suffix in PACKED and path.is_file()):
            return super().send_head()
        changed = path.stat().st_mtime
        body = packed(str(path), changed)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", self.date_time_string(changed))
        self.end_headers()
        return io.BytesIO(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a browser hangs up, as it does when a test is over."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(folder: Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """Serve a folder; give its address, which ends with PREFIX."""
    server = Server(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}{PREFIX}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
