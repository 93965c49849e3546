"""The client of include/upkeep/client.hpp, as a built example, against servers: Upkeep's over both protocols, and one that fails as told."""

import http.server
import subprocess
import threading

import pytest
from served_models import publish_models


@pytest.fixture(scope="module")
def registry(upkeep, tmp_path_factory):
    return publish_models(upkeep, tmp_path_factory.mktemp("served"))


def ask(example, url, model):
    return subprocess.run([example("ask_a_server"), url, model], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_answers_are_typed_tensors(serve, registry, example, scheme):
    done = ask(example, f"{scheme}://{serve(registry).address}", "double")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:4] == ["reads x: float32 [-1, 3]", "version 1 answers request first", "n: 2 3", "y: 0 2 4 6 8 10"]
    assert "no-such-model" in lines[4]


@pytest.mark.parametrize("scheme", ["http", "grpc"])
@pytest.mark.parametrize("kind", ["INT8", "UINT64", "FP64", "FP16", "BOOL"])
def test_types(serve, registry, example, scheme, kind):
    done = ask(example, f"{scheme}://{serve(registry).address}", f"id_{kind}")
    assert done.returncode == 0, done.stderr
    assert "out: 0 1" in done.stdout


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_nobody_answers(example, scheme):
    done = ask(example, f"{scheme}://127.0.0.1:1", "double")
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr and "refused" in done.stderr


class Moody(http.server.BaseHTTPRequestHandler):
    """Unavailable three times, then gone in the middle of an answer, then well."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self):
        type(self).asked += 1
        if self.asked <= 3:
            return self.reply(503, b'{"error": "busy"}')
        if self.asked == 4:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            self.close_connection = True
            return None
        return self.reply(200, b'{"name": "m", "versions": ["1"], "platform": "p", "inputs": [], "outputs": []}')

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(200, b'{"model_name": "m", "model_version": "4", "id": "first", "outputs": [{"name": "y", "datatype": "INT32", "shape": [2], "data": [7, 8]}]}')

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_tries_again_and_reads_json(example):
    Moody.asked = 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Moody)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = ask(example, f"http://127.0.0.1:{server.server_port}", "m")
    server.shutdown()
    assert done.returncode == 0, done.stderr
    assert "version 4 answers request first\ny: 7 8\n" in done.stdout
    assert Moody.asked >= 5
