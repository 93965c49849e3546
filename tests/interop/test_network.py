"""What a server on a network must withstand and refuse: TLS by Python's ssl and openssl's certificates, tokens, hostile bytes, idle crowds."""

import base64
import http.client
import http.server
import json
import os
import resource
import socket
import ssl
import subprocess
import threading
import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

ROW = {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}]}


@pytest.fixture(scope="module")
def registry(upkeep, tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    graph = helper.make_graph([helper.make_node("Add", ["x", "b"], ["y"])], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])],
                              [onnx.numpy_helper.from_array(np.array([1, 1], np.float32), "b")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), folder / "m.onnx")
    for name in ("price", "other"):
        upkeep("registry", "publish", folder / "m.onnx", "--name", name, "--alias", "production", "--registry", folder / "reg")
    return folder / "reg"


def ask(connection, method, path, body=None, **headers):
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    response = connection.getresponse()
    text = response.read().decode()
    return response, json.loads(text) if text.startswith(("{", "[")) else text


def plain(server):
    host, port = server.address.split(":")
    return http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, int(port), timeout=20)


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def certificate(folder, name, authority=None, subject="localhost"):
    """A key and a certificate of its own, or of an authority."""
    key, made = folder / f"{name}.key", folder / f"{name}.pem"
    signing = ["-CA", authority / "ca.pem", "-CAkey", authority / "ca.key"] if authority else []
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={subject}",
            "-addext", "subjectAltName=IP:127.0.0.1,DNS:" + subject, "-keyout", key, "-out", made, *signing)
    return made, key


def secure(server, ca, chain=None, alpn=None):
    context = ssl.create_default_context(cafile=str(ca))
    if chain:
        context.load_cert_chain(*map(str, chain))
    if alpn:
        context.set_alpn_protocols(alpn)
    return http.client.HTTPSConnection("127.0.0.1", int(server.address.split(":")[1]), timeout=20, context=context)


def served_number(server):
    """Serial number of the certificate that the server shows."""
    text = ssl.get_server_certificate(("127.0.0.1", int(server.address.split(":")[1])))
    return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=text, capture_output=True, text=True, check=True).stdout


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_tls_serves_and_follows_its_certificate(serve, registry, tmp_path):
    cert, key = certificate(tmp_path, "server")
    server = serve(registry, "--tls-certificate", cert, "--tls-key", key)
    assert server.url.startswith("https://")
    connection = secure(server, cert, alpn=["http/1.1"])
    for _ in range(3):  # one connection
        response, body = ask(connection, "POST", "/v2/models/price/infer", ROW)
        assert response.status == 200 and body["outputs"][0]["data"] == [2.0, 3.0]
    assert connection.sock.selected_alpn_protocol() == "http/1.1"
    assert connection.sock.version() == "TLSv1.3"
    large = {"inputs": [{"name": "x", "shape": [50000, 2], "datatype": "FP32", "data": [1.0] * 100000}]}
    assert ask(connection, "POST", "/v2/models/price/infer", large)[1]["outputs"][0]["data"] == [2.0] * 100000

    first = served_number(server)
    cert.write_text("-----BEGIN CERTIFICATE-----\nbroken\n")
    time.sleep(2.5)
    assert served_number(server) == first, "a broken certificate took the place of the good one"
    renewed, renewed_key = certificate(tmp_path, "renewed")
    os.replace(renewed, cert)
    os.replace(renewed_key, key)
    assert until(lambda: served_number(server) != first), "the renewed certificate is not served"
    assert ask(secure(server, cert), "GET", "/v2/health/live")[0].status == 200
    assert ask(connection, "GET", "/v2/health/live")[0].status == 200  # the old connection goes on

    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)), socket.create_connection(("127.0.0.1", int(server.address.split(":")[1]))) as raw:
        old.wrap_socket(raw).do_handshake()
    said = plain(server)
    said.request("GET", "/v2/health/live")
    with pytest.raises((ConnectionError, http.client.BadStatusLine)):
        said.getresponse()


def test_mutual_tls_lets_in_whom_it_knows(serve, registry, tmp_path):
    authority = tmp_path / "ca"
    authority.mkdir()
    certificate(authority, "ca", subject="authority")
    cert, key = certificate(tmp_path, "server")
    client, stranger = certificate(tmp_path, "client", authority, "batch.example"), certificate(tmp_path, "stranger", subject="stranger")
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text('certificates: [{name: batch.example, allow: {infer: [price]}}]')
    server = serve(registry, "--tls-certificate", cert, "--tls-key", key, "--tls-client-ca", authority / "ca.pem", "--tokens", tokens)
    known = secure(server, cert, client)
    assert ask(known, "POST", "/v2/models/price/infer", ROW)[0].status == 200
    assert ask(known, "POST", "/v2/models/other/infer", ROW)[0].status == 403
    for chain in (None, stranger):
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.BadStatusLine)):
            ask(secure(server, cert, chain), "GET", "/v2/health/live")


@pytest.mark.parametrize("options,said", [(["--tls-key", "KEY"], "--tls-certificate"), (["--tls-certificate", "CERT"], "--tls-key"),
                                          (["--tls-certificate", "CERT", "--tls-key", "OTHER"], "is not the key of"),
                                          (["--tls-certificate", "KEY", "--tls-key", "KEY"], "a certificate in PEM"),
                                          (["--tls-certificate", "CERT", "--tls-key", "/nowhere"], "no such file"),
                                          (["--tokens", "CERT"], "tokens file")])
def test_files_that_do_not_fit_are_named_at_the_start(upkeep, registry, tmp_path, options, said):
    names = dict(zip(("CERT", "KEY"), certificate(tmp_path, "server")), OTHER=certificate(tmp_path, "other")[1])
    done = upkeep.run("serve", "--registry", registry, "--http-port", 0, *[names.get(word, word) for word in options])
    assert done.returncode == 1 and said in done.stderr


def test_tokens_say_who_may_what(upkeep, serve, registry, tmp_path):
    shop, operator = upkeep.json("token", "shop"), upkeep.json("token", "operator")
    tokens, audit = tmp_path / "tokens.yaml", tmp_path / "audit.jsonl"

    def write(shop_may):
        tokens.write_text(json.dumps({"tokens": [
            {"name": "shop", "sha256": shop["sha256"], "allow": shop_may, "requests_per_s": 50},
            {"name": "operator", "sha256": operator["sha256"], "allow": {"admin": ["*"]}}]}))

    write({"infer": ["price"]})
    server = serve(registry, "--address", "0.0.0.0", "--tokens", tokens, "--audit-log", audit)
    connection = plain(server)

    def status(method, path, token=None, body=None):
        headers = {"Authorization": f"Bearer {token['token']}"} if token else {}
        return ask(connection, method, path, body, **headers)[0].status

    assert status("GET", "/v2/health/live") == status("GET", "/v2/health/ready") == 200
    for path in ("/v2/models/price", "/metrics", "/v2", "/v2/models/price/stats", "/v2/nothing/at/all"):
        expected = 404 if "nothing" in path else 401
        assert status("GET", path) == expected, path
    infer = "/v2/models/price/infer"
    assert status("POST", infer, body=ROW) == 401
    assert status("POST", infer, shop, ROW) == 200
    assert status("POST", "/v2/models/price/versions/1/infer", shop, ROW) == 200
    assert status("POST", "/v2/models/other/infer", shop, ROW) == 403
    assert status("POST", "/v2/models/nobody/infer", shop, ROW) == 403
    assert status("POST", "/v2/models/pr%69ce/infer", shop, ROW) == 200
    assert status("POST", "/v2/models/other%2F..%2Fprice/infer", shop, ROW) == 403
    assert status("POST", infer, operator, ROW) == 403
    assert status("POST", infer, {"token": shop["sha256"]}, ROW) == 401
    unload = "/v2/repository/models/other/unload"
    assert [status("POST", unload, who, {}) for who in (None, shop, operator)] == [401, 403, 200]
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(one["caller"], one["action"], one["model"], one["status"]) for one in lines] == [
        ("", "repository-unload", "other", 401), ("shop", "repository-unload", "other", 403), ("operator", "repository-unload", "other", 200)]

    assert set(status("POST", infer, shop, ROW) for _ in range(300)) <= {200, 429}  # 50 per second
    response, body = ask(connection, "GET", "/v2")
    assert response.getheader("WWW-Authenticate") == "Bearer" and "Bearer" in body["error"]

    time.sleep(1.1)
    write({"label": ["price"]})
    assert until(lambda: status("POST", infer, shop, ROW) == 403), "the changed file is not read"
    tokens.write_text("tokens: [")
    time.sleep(2)
    assert status("GET", "/metrics", operator) == 200, "a broken file took the tokens away"


def test_nobody_is_let_in_from_elsewhere_unless_it_is_said(serve, registry):
    closed, opened = serve(registry, "--address", "0.0.0.0"), serve(registry, "--address", "0.0.0.0", "--allow-anonymous")
    assert ask(plain(closed), "POST", "/v2/models/price/infer", ROW)[0].status == 401
    assert ask(plain(closed), "GET", "/v2/health/ready")[0].status == 200
    assert ask(plain(opened), "POST", "/v2/models/price/infer", ROW)[0].status == 200
    assert ask(plain(opened), "POST", "/v2/repository/models/price/unload", {})[0].status == 401


def test_no_answer_names_a_file(upkeep, serve, registry, tmp_path):
    upkeep("registry", "publish", registry.parent / "m.onnx", "--name", "broken", "--registry", tmp_path / "reg", "--alias", "production")
    for blob in (tmp_path / "reg" / "blobs").rglob("*"):
        if blob.is_file():
            os.chmod(blob, 0o600)
            blob.write_bytes(blob.read_bytes() + b"damage")
    connection = plain(serve(tmp_path / "reg"))
    texts = []
    for method, path, body in [("GET", "/v2/health/ready", None), ("POST", "/v2/repository/index", {}), ("GET", "/v2/models/broken", None),
                               ("POST", "/v2/models/broken/infer", ROW), ("POST", "/v2/repository/models/broken/load", {}),
                               ("GET", "/v2/models/broken/config", None), ("GET", "/metrics", None), ("GET", "/", None)]:
        texts.append(str(ask(connection, method, path, body)[1]))
    assert "damaged" in "".join(texts)
    for text in texts:
        assert str(tmp_path) not in text and "/blobs/" not in text, text


HEAD = "POST /v2/models/price/infer HTTP/1.1\r\nHost: a\r\n"
HIDDEN = "GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("request_bytes", [
    HEAD + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: xchunked\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: chunked, identity\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer_Encoding: chunked\r\nContent-Length: 1\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    HEAD + "Content-Length: 0,0\r\n\r\n" + HIDDEN,
    HEAD + "Content-Length: 0x0\r\n\r\n" + HIDDEN,
    HEAD + "Content-Length: 1e0\r\n\r\n" + HIDDEN,
    HEAD + "Content-Length\r\n\r\n" + HIDDEN,
    HEAD + "X: a\nContent-Length: 0\r\n\r\n" + HIDDEN,
    HEAD + "X: a\rContent-Length: 0\r\n\r\n" + HIDDEN,
    HEAD + "X: a\r\n Content-Length: 0\r\n\r\n" + HIDDEN,
    HEAD + "X: \x00\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    HEAD + "Host: b\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    HEAD.replace("a\r\n", "a, b\r\n") + "Content-Length: 0\r\n\r\n" + HIDDEN,
    HEAD.replace("HTTP/1.1", "HTTP/1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    HEAD.replace("HTTP/1.1", "HTTP/1.1 x") + "Content-Length: 0\r\n\r\n" + HIDDEN,
    HEAD.replace(" HTTP/1.1", "") + "Content-Length: 0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: chunked\r\n\r\n0\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\nx\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n" + HIDDEN,
    HEAD + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nx\r\n0\r\n\r\n" + HIDDEN,
], ids=lambda text: repr(text[len(HEAD):len(HEAD) + 40]))
def test_no_second_request_hides_in_a_first(network_server, request_bytes):
    """Whatever a proxy in front makes of these bytes, the server answers once, refuses, and ends the connection."""
    with socket.create_connection(("127.0.0.1", int(network_server.address.split(":")[1])), timeout=20) as raw:
        raw.sendall(request_bytes.encode("latin-1"))
        raw.shutdown(socket.SHUT_WR)
        answer = b""
        while more := raw.recv(65536):
            answer += more
    assert answer.count(b"HTTP/1.1 ") <= 1, answer
    assert b'"live"' not in answer and (answer == b"" or answer[9:10] in b"45"), answer
    assert ask(plain(network_server), "GET", "/v2/health/live")[0].status == 200


@pytest.fixture(scope="module")
def network_server(upkeep, registry):
    process = subprocess.Popen([str(upkeep.binary), "serve", "--registry", str(registry), "--http-port", "0"], stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()
    server = type("Server", (), {"process": process, "url": url, "address": url.split("://", 1)[-1]})
    yield server
    process.terminate()
    assert process.wait(timeout=60) == 0


def resident(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def test_ten_thousand_idle_connections_cost_little(network_server):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 9900  # the server's limit is 10,000
    if hard < 14_000:
        pytest.skip(f"{hard} file descriptors are too few here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    address = ("127.0.0.1", int(network_server.address.split(":")[1]))
    busy = plain(network_server)
    assert ask(busy, "POST", "/v2/models/price/infer", ROW)[0].status == 200
    before = resident(network_server.process)
    idle = [socket.create_connection(address, timeout=20) for _ in range(count)]
    idle[-1].sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    assert idle[-1].recv(100).startswith(b"HTTP/1.1 200")
    per_connection = (resident(network_server.process) - before) / count
    assert per_connection < 16 * 1024, f"{per_connection:.0f} bytes a connection"
    for _ in range(100):
        begin = time.monotonic()
        assert ask(busy, "POST", "/v2/models/price/infer", ROW)[0].status == 200
        assert time.monotonic() - begin < 2
    for one in idle:
        one.close()
    assert until(lambda: ask(busy, "GET", "/v2/health/live")[0].status == 200)


def test_traces_are_what_opentelemetry_reads(serve, registry):
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    from google.protobuf import json_format

    got = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json"
            got.append(json_format.Parse(as_protobuf_writes_it(body), service.ExportTraceServiceRequest()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    def as_protobuf_writes_it(body):
        """OTLP has ids in hexadecimal, where protobuf's JSON has bytes in base64."""
        def change(value):
            if isinstance(value, dict):
                return {key: base64.b64encode(bytes.fromhex(one)).decode() if key in ("traceId", "spanId", "parentSpanId") else change(one)
                        for key, one in value.items()}
            return [change(one) for one in value] if isinstance(value, list) else value
        return json.dumps(change(json.loads(body)))

    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    server = serve(registry, "--otlp-endpoint", f"http://127.0.0.1:{collector.server_port}", "--trace-ratio", "0")
    connection = plain(server)
    before = time.time_ns()
    assert ask(connection, "POST", "/v2/models/price/infer", ROW)[0].status == 200  # the ratio: not traced
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    assert ask(connection, "POST", "/v2/models/price/infer", ROW, traceparent=f"00-{trace}-{parent}-01")[0].status == 200
    assert until(lambda: got), "no trace came"
    collector.shutdown()
    spans = [span for request in got for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
    root = next(span for span in spans if span.name == "infer price")
    assert root.trace_id.hex() == trace and root.parent_span_id.hex() == parent and root.kind == 2
    assert before <= root.start_time_unix_nano <= root.end_time_unix_nano <= time.time_ns()
    inner = [span for span in spans if span is not root]
    assert {span.name for span in inner} <= {"queue", "batch", "run"} and "run" in {span.name for span in inner}
    for span in inner:
        assert span.trace_id == root.trace_id and span.parent_span_id == root.span_id
        assert root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano
