"""Clients that abuse HTTP/2: each is told ENHANCE_YOUR_CALM or refused, the server's memory stays flat, and others are answered meanwhile."""

import pathlib
import socket
import struct
import urllib.request

import numpy as np
import pytest
from served_models import publish_models

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
CALM = 11
GET_LIVE = b"\x82\x86\x04\x0f/v2/health/live\x01\x01a"


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literal(name, value):
    length = bytes([len(value)]) if len(value) < 127 else b"\x7f" + varint(len(value) - 127)
    return b"\x10" + bytes([len(name)]) + name + length + value


def varint(number):
    out = b""
    while number >= 128:
        out, number = out + bytes([number % 128 + 128]), number // 128
    return out + bytes([number])


class Peer:
    def __init__(self, server, settings=b""):
        host, port = server.address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=30)
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings))
        self.ended = False

    def send(self, data):
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def until_the_end(self):
        """The error code of the last GOAWAY before the server closes; None without one."""
        data, code = b"", None
        try:
            while part := self.socket.recv(1 << 16):
                data += part
                while len(data) >= 9 and len(data) >= 9 + int.from_bytes(data[:3], "big"):
                    size, kind = int.from_bytes(data[:3], "big"), data[3]
                    if kind == GOAWAY:
                        code = struct.unpack(">I", data[13:17])[0]
                    data = data[9 + size:]
        except OSError:
            pass
        return code


def memory(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def is_well(server):
    with urllib.request.urlopen(server.url + "/v2/health/ready", timeout=10) as response:
        return response.status == 200


@pytest.fixture(scope="module")
def registry(upkeep, tmp_path_factory):
    return publish_models(upkeep, tmp_path_factory.mktemp("served"))


@pytest.fixture
def server(serve, registry):
    return serve(registry)


def rapid_reset(number):
    stream = 2 * number + 1
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, GET_LIVE) + frame(RST_STREAM, 0, stream, b"\0\0\0\x08")


def made_to_reset(number):
    stream = 2 * number + 1
    return frame(HEADERS, END_HEADERS, stream, GET_LIVE) + frame(WINDOW_UPDATE, 0, stream, b"\x7f\xff\xff\xff")


FLOODS = {
    "rapid reset": rapid_reset,
    "streams that are made to fail": made_to_reset,
    "pings": lambda number: frame(PING, 0, 0, number.to_bytes(8, "big")),
    "settings": lambda number: frame(SETTINGS, 0, 0, b"\0\4\0\1\0\0"),
    "empty data": lambda number: (frame(HEADERS, END_HEADERS, 1, GET_LIVE) if number == 0 else b"") + frame(DATA, 0, 1),
    "window updates": lambda number: (frame(HEADERS, END_HEADERS, 1, GET_LIVE) if number == 0 else b"") + frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1"),
    "continuations": lambda number: frame(HEADERS, 0, 1, b"\x82") if number == 0 else frame(CONTINUATION, 0, 1, b"\x0f\x0e\x01x"),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_floods_end(server, flood):
    assert is_well(server)
    before = memory(server)
    for _ in range(5):
        peer = Peer(server)
        for start in range(0, 40_000, 100):
            if not peer.send(b"".join(FLOODS[flood](number) for number in range(start, start + 100))):
                break
        assert peer.until_the_end() in (CALM, None)  # None: the last words were lost with the connection
    assert is_well(server)
    assert memory(server) - before < 30


def test_a_flood_hears_why(server):
    peer = Peer(server)
    peer.send(b"".join(FLOODS["pings"](number) for number in range(2000)))
    assert peer.until_the_end() == CALM


def test_a_header_bomb(server):
    assert is_well(server)
    before = memory(server)
    entry = b"\x40\x01x\x7f" + varint(3900 - 127) + b"y" * 3900  # enters the table; each byte 0xbe after it names it again
    for _ in range(20):
        peer = Peer(server)
        peer.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, entry + b"\xbe" * 12_000))
        assert peer.until_the_end() == CALM
    assert is_well(server)
    assert memory(server) - before < 30


def test_answers_that_nobody_reads_are_bounded(server):
    """60 streams ask for 10 MB each and read nothing: what is held stays within the connection's limit (256 MB)."""
    is_well(server)
    before = memory(server)
    rows = np.zeros((833_333, 3), np.float32)
    body = b'{"inputs":[{"name":"x","datatype":"FP32","shape":[833333,3],"parameters":{"binary_data_size":%d}}],"parameters":{"binary_data_output":true}}'
    body %= rows.nbytes
    payload = body + rows.tobytes()
    head = b"\x83\x86" + b"\x04\x17/v2/models/double/infer" + b"\x01\x01a" + literal(b"inference-header-content-length", str(len(body)).encode())
    parts = [payload[at:at + 16_384] for at in range(0, len(payload), 16_384)]
    peer = Peer(server, settings=b"\0\4\0\0\0\0")  # a window of nothing
    for stream in range(1, 120, 2):
        peer.send(frame(HEADERS, END_HEADERS, stream, head))
        peer.send(b"".join(frame(DATA, END_STREAM if part is parts[-1] else 0, stream, part) for part in parts))
    assert is_well(server)
    assert memory(server) - before < 900  # what is held (256), and the requests and tensors of what is being answered
    peer.socket.close()
    assert is_well(server)


def test_many_idle_connections(server):
    is_well(server)
    before = memory(server)
    peers = [Peer(server) for _ in range(500)]
    assert is_well(server)
    assert (memory(server) - before) / 500 < 0.1  # MB
    del peers
