"""The download from the hub, resumed where it broke, against a real HTTP server."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.embedded import hub
from app.embedded.errors import WeightsError

DATA = bytes(range(256)) * 500


class Hub(ThreadingHTTPServer):
    """Serves DATA: `sent` bytes before it hangs up, with or without ranges."""

    def __init__(self, *, ranges=True, sent=None, status=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges, self.sent, self.status = ranges, sent, status
        self.asked = []

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/m.gguf"


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self):
        hub_server = self.server
        hub_server.asked.append(self.headers["Range"])
        if hub_server.status:
            self.send_error(hub_server.status)
            return
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if hub_server.ranges else 0
        self.send_response(206 if hub_server.ranges else 200)
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        self.wfile.write(DATA[start : hub_server.sent])

    def log_message(self, *_):
        """Silent."""


def silent(what, done, total):
    """Tells nobody."""


def test_the_whole_file_comes_at_once(tmp_path):
    with Hub() as server:
        hub.fetch(server.url, tmp_path / "m.part", len(DATA), silent)
    assert (tmp_path / "m.part").read_bytes() == DATA


def test_a_broken_download_goes_on_where_it_stopped(tmp_path):
    part = tmp_path / "m.part"
    with Hub(sent=1000) as server, pytest.raises(WeightsError, match="1000 of"):
        hub.fetch(server.url, part, len(DATA), silent)
    with Hub() as server:
        hub.fetch(server.url, part, len(DATA), silent)
        assert server.asked == ["bytes=1000-"]
    assert part.read_bytes() == DATA


def test_a_hub_without_ranges_starts_over(tmp_path):
    part = tmp_path / "m.part"
    part.write_bytes(DATA[:1000])
    with Hub(ranges=False) as server:
        hub.fetch(server.url, part, len(DATA), silent)
    assert part.read_bytes() == DATA


def test_a_part_longer_than_the_file_is_thrown_away(tmp_path):
    part = tmp_path / "m.part"
    part.write_bytes(DATA + b"x")
    with Hub() as server:
        hub.fetch(server.url, part, len(DATA), silent)
    assert part.read_bytes() == DATA


def test_a_refusal_and_a_dead_host_are_errors_of_the_weights(tmp_path):
    with Hub(status=403) as server, pytest.raises(WeightsError, match="403"):
        hub.fetch(server.url, tmp_path / "m.part", 1, silent)
    with pytest.raises(WeightsError, match="model hub"):
        hub.fetch(server.url, tmp_path / "m.part", 1, silent)
