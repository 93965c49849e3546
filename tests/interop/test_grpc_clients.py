"""The real gRPC clients against `upkeep serve`: Triton's (plain, asyncio, streams), KServe's, and gRPC's own for health and reflection."""

import asyncio
import hashlib
import pathlib
import queue
import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from served_models import ROWS, TYPES, publish_models, values_of

triton = pytest.importorskip("tritonclient.grpc")
grpc = pytest.importorskip("grpc")
from tritonclient.grpc import service_pb2, service_pb2_grpc  # noqa: E402
from tritonclient.utils import InferenceServerException  # noqa: E402


@pytest.fixture(scope="module")
def registry(upkeep, tmp_path_factory):
    return publish_models(upkeep, tmp_path_factory.mktemp("served"))


@pytest.fixture
def server(serve, registry):
    return serve(registry)


@pytest.fixture
def client(server):
    with triton.InferenceServerClient(server.address) as made:
        yield made


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(server.address) as made:
        yield made


def given(values, name="x", kind="FP32"):
    made = triton.InferInput(name, list(values.shape), kind)
    made.set_data_from_numpy(values)
    return made


# --- Triton's client ---------------------------------------------------------------------------------------------------


def test_health_and_metadata(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("double")
    assert client.is_model_ready("double", "1")
    assert not client.is_model_ready("double", "7")
    assert not client.is_model_ready("nobody")
    assert client.get_server_metadata().name == "upkeep"
    metadata = client.get_model_metadata("double")
    assert [(one.name, one.datatype, list(one.shape)) for one in metadata.inputs] == [("x", "FP32", [-1, 3])]
    assert [one.name for one in metadata.outputs] == ["y", "n"]
    assert client.get_model_config("double").config.input[0].name == "x"
    assert "double" in [one.name for one in client.get_model_repository_index().models]


def test_infers(client):
    result = client.infer("double", [given(ROWS)], request_id="r1")
    np.testing.assert_array_equal(result.as_numpy("y"), 2 * ROWS)
    np.testing.assert_array_equal(result.as_numpy("n"), [2, 3])
    assert result.get_response().id == "r1"
    assert result.get_response().model_version == "1"
    only = client.infer("double", [given(ROWS)], outputs=[triton.InferRequestedOutput("y")], priority=1, timeout=10_000_000)
    assert [output.name for output in only.get_response().outputs] == ["y"]


@pytest.mark.parametrize("compression", ["gzip", "deflate"])
def test_compresses_both_ways(client, compression):
    rows = np.arange(3000, dtype=np.float32).reshape(1000, 3)
    np.testing.assert_array_equal(client.infer("double", [given(rows)], compression_algorithm=compression).as_numpy("y"), 2 * rows)


def test_carries_tensors_beyond_every_window(client):
    rows = np.random.default_rng(1).random((4_000_000, 3), np.float32)  # 48 MB
    np.testing.assert_array_equal(client.infer("double", [given(rows)]).as_numpy("y"), 2 * rows)


@pytest.mark.parametrize("kind", TYPES)
def test_carries_every_type(client, kind):
    values = values_of(kind)
    found = client.infer(f"id_{kind}", [given(values, "in", kind)]).as_numpy("out")
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind not in ("FP16", "BF16")])
def test_carries_every_type_as_typed_contents(channel, kind):
    values = values_of(kind)
    field = {"BOOL": "bool", "BYTES": "bytes", "FP32": "fp32", "FP64": "fp64", "INT64": "int64", "UINT64": "uint64"}.get(kind)
    field = field or ("uint" if kind.startswith("U") else "int")
    request = service_pb2.ModelInferRequest(model_name=f"id_{kind}")
    tensor = request.inputs.add(name="in", datatype=kind, shape=[2])
    getattr(tensor.contents, f"{field}_contents").extend(values.tolist())
    response = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(request)
    np.testing.assert_array_equal(triton.InferResult(response).as_numpy("out"), values)


def test_calls_at_the_same_time(client):
    found = queue.Queue()
    for i in range(100):
        client.async_infer("double", [given(ROWS * i)], callback=lambda result, error, i=i: found.put((i, result, error)))
    for _ in range(100):
        i, result, error = found.get(timeout=30)
        assert error is None
        np.testing.assert_array_equal(result.as_numpy("y"), 2 * i * ROWS)




def test_infers_by_asyncio(server):
    import tritonclient.grpc.aio as aio

    async def go():
        async with aio.InferenceServerClient(server.address) as client:
            assert await client.is_server_ready()
            results = await asyncio.gather(*(client.infer("double", [given(ROWS * i)]) for i in range(20)))
            for i, result in enumerate(results):
                np.testing.assert_array_equal(result.as_numpy("y"), 2 * i * ROWS)

            async def requests():
                for i in range(20):
                    yield {"model_name": "double", "inputs": [given(ROWS * i)], "request_id": str(i)}

            answers = [answer async for answer in client.stream_infer(requests())]
            assert [error for _, error in answers] == [None] * 20
            assert [result.get_response().id for result, _ in answers] == [str(i) for i in range(20)]

    asyncio.run(go())


def test_streams(client):
    found = queue.Queue()
    client.start_stream(callback=lambda result, error: found.put((result, error)))
    for i in range(100):
        client.async_stream_infer("double" if i % 10 else "nobody", [given(ROWS * i)], request_id=str(i), enable_empty_final_response=True)
    for i in range(100):
        result, error = found.get(timeout=30)
        if i % 10 == 0:
            assert "nobody" in str(error)
            continue
        assert error is None
        assert result.get_response().id == str(i)
        assert result.get_response().parameters["triton_final_response"].bool_param
        np.testing.assert_array_equal(result.as_numpy("y"), 2 * i * ROWS)
    client.stop_stream()


def test_a_stream_may_ask_for_statuses(client):
    found = queue.Queue()
    client.start_stream(callback=lambda result, error: found.put(error), headers={"triton_grpc_error": "true"})
    client.async_stream_infer("nobody", [given(ROWS)])
    assert found.get(timeout=30).status() == "StatusCode.NOT_FOUND"


@pytest.mark.parametrize("model, version, values, status, said", [
    ("nobody", "", ROWS, "NOT_FOUND", "double"),
    ("double", "7", ROWS, "NOT_FOUND", "no version"),
    ("double", "", ROWS[:, :2], "INVALID_ARGUMENT", "expects FP32[-1,3]"),
])
def test_says_what_was_wrong(client, model, version, values, status, said):
    with pytest.raises(InferenceServerException, match=re.escape(said)) as refused:
        client.infer(model, [given(np.ascontiguousarray(values))], model_version=version)
    assert refused.value.status() == f"StatusCode.{status}"


def test_reads_statistics(client):
    client.infer("double", [given(ROWS)])
    [stats] = client.get_inference_statistics("double").model_stats
    assert stats.inference_count == 2
    assert stats.inference_stats.success.count == 1
    assert stats.inference_stats.compute_infer.ns > 0


def test_loads_and_unloads(client):
    client.unload_model("id_INT8")
    assert not client.is_model_ready("id_INT8")
    client.load_model("id_INT8")
    assert client.is_model_ready("id_INT8")
    with pytest.raises(InferenceServerException):
        client.load_model("nobody")


def test_settings(client):
    assert list(client.get_trace_settings().settings["trace_level"].value) == ["OFF"]
    assert list(client.get_trace_settings("double").settings["trace_level"].value) == ["OFF"]
    assert client.get_log_settings().settings["log_info"].bool_param
    with pytest.raises(InferenceServerException) as refused:
        client.update_trace_settings(settings={"trace_level": ["TIMESTAMPS"]})
    assert refused.value.status() == "StatusCode.UNIMPLEMENTED"
    with pytest.raises(InferenceServerException):
        client.update_log_settings({"log_verbose_level": 1})


def test_deadlines_and_cancellation(server, client):
    with pytest.raises(InferenceServerException, match="(?i)deadline"):
        client.infer("double", [given(ROWS)], client_timeout=1e-6)
    call = client.async_infer("double", [given(np.ones((2_000_000, 3), np.float32))], callback=lambda *_: None)
    call.cancel()
    np.testing.assert_array_equal(client.infer("double", [given(ROWS)]).as_numpy("y"), 2 * ROWS)


def test_methods_that_are_not_there(client):
    with pytest.raises(InferenceServerException, match="no method") as refused:
        client.get_system_shared_memory_status()
    assert refused.value.status() == "StatusCode.UNIMPLEMENTED"


# --- KServe's client ---------------------------------------------------------------------------------------------------


KSERVE = """
import asyncio, sys
import kserve, numpy as np
from kserve.inference_client import InferenceGRPCClient

async def go():
    client = InferenceGRPCClient(url=sys.argv[1], timeout=30)
    assert await client.is_server_live()
    assert await client.is_server_ready()
    assert await client.is_model_ready("double")
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    one = kserve.InferInput("x", [2, 3], "FP32", data=rows.flatten().tolist())
    response = await client.infer(kserve.InferRequest("double", [one], request_id="k1"))
    assert response.id == "k1"
    np.testing.assert_array_equal(response.outputs[0].as_numpy(), 2 * rows)
    try:
        await client.infer(kserve.InferRequest("nobody", [one]))
    except Exception as refused:
        assert "nobody" in str(refused)
    else:
        raise AssertionError("an unknown model was answered")

asyncio.run(go())
"""


def test_kserve(server):
    """In a process of its own: its messages have the same names as Triton's."""
    done = subprocess.run([sys.executable, "-c", KSERVE, server.address], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


# --- Triton's measuring program ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["-i", "grpc"], ["-i", "grpc", "--streaming"], ["-i", "http"]])
def test_perf_analyzer(server, words):
    """It reads metadata, configuration and statistics, and needs no word about shapes."""
    analyzer = pytest.importorskip("perf_analyzer")
    program = pathlib.Path(analyzer.__file__).parent / "bin" / "perf_analyzer"
    measure = ["--concurrency-range", "4", "--measurement-mode", "count_windows", "--measurement-request-count", "50", "-s", "1000", "-r", "3"]
    done = subprocess.run([program, "-m", "rows", "-u", server.address, *words, *measure], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert float(re.search(r"Throughput: ([\d.]+)", done.stdout)[1]) > 0
    assert "compute infer" in done.stdout


# --- gRPC's own packages -----------------------------------------------------------------------------------------------


def test_health_probe(server, channel):
    health_pb2 = pytest.importorskip("grpc_health.v1.health_pb2")
    from grpc_health.v1 import health_pb2_grpc

    stub = health_pb2_grpc.HealthStub(channel)
    serving = health_pb2.HealthCheckResponse.SERVING
    assert stub.Check(health_pb2.HealthCheckRequest()).status == serving
    assert stub.Check(health_pb2.HealthCheckRequest(service="double")).status == serving
    with pytest.raises(grpc.RpcError) as refused:
        stub.Check(health_pb2.HealthCheckRequest(service="nobody"))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    seen, ended = [], threading.Event()

    def watch():
        try:
            for answer in stub.Watch(health_pb2.HealthCheckRequest()):
                seen.append(answer.status)
        except grpc.RpcError:
            pass
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    while not seen:
        time.sleep(0.01)
    server.process.terminate()
    assert ended.wait(30)
    assert server.process.wait(timeout=30) == 0
    assert seen == [serving, health_pb2.HealthCheckResponse.NOT_SERVING]


def test_reflection(channel):
    reflection = pytest.importorskip("grpc_reflection.v1alpha.proto_reflection_descriptor_database")
    from google.protobuf.descriptor_pool import DescriptorPool

    database = reflection.ProtoReflectionDescriptorDatabase(channel)
    assert {"inference.GRPCInferenceService", "grpc.health.v1.Health"} <= set(database.get_services())
    service = DescriptorPool(database).FindServiceByName("inference.GRPCInferenceService")
    theirs = service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"]
    for method in service.methods:
        same = theirs.methods_by_name[method.name]
        assert same.input_type.full_name == method.input_type.full_name
        assert (same.client_streaming, same.server_streaming) == (method.client_streaming, method.server_streaming)
        for ours, its in ((method.input_type, same.input_type), (method.output_type, same.output_type)):
            known = {field.name: (field.number, field.type) for field in its.fields}
            for field in ours.fields:
                if field.name != "properties":  # of the Open Inference Protocol, not of Triton
                    assert known[field.name] == (field.number, field.type), field.full_name


# --- TLS and tokens ----------------------------------------------------------------------------------------------------


def test_tls_and_tokens(serve, registry, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], cwd=tmp_path, check=True, capture_output=True)
    digest = hashlib.sha256(b"upk_shop").hexdigest()
    (tmp_path / "tokens.yaml").write_text(f"tokens: [{{name: shop, sha256: {digest}, allow: {{infer: [double]}}}}]\n")
    server = serve(registry, "--tls-certificate", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem", "--tokens", tmp_path / "tokens.yaml")
    with triton.InferenceServerClient(server.address, ssl=True, root_certificates=str(tmp_path / "cert.pem")) as client:
        assert client.is_server_ready()  # probes need no token
        for headers, model, status in [({}, "double", "UNAUTHENTICATED"), ({"authorization": "Bearer upk_x"}, "double", "UNAUTHENTICATED"),
                                       ({"authorization": "Bearer upk_shop"}, "rows", "PERMISSION_DENIED")]:
            with pytest.raises(InferenceServerException) as refused:
                client.infer(model, [given(ROWS)], headers=headers)
            assert refused.value.status() == f"StatusCode.{status}"
        result = client.infer("double", [given(ROWS)], headers={"authorization": "Bearer upk_shop"})
        np.testing.assert_array_equal(result.as_numpy("y"), 2 * ROWS)
        with pytest.raises(InferenceServerException) as refused:
            client.unload_model("double", headers={"authorization": "Bearer upk_shop"})
        assert refused.value.status() == "StatusCode.PERMISSION_DENIED"
