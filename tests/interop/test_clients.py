"""Triton's HTTP client against `upkeep serve`."""

import json
import urllib.error
import urllib.request

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

triton = pytest.importorskip("tritonclient.http")
from tritonclient.utils import InferenceServerException  # noqa: E402

TYPES = {
    "BOOL": TensorProto.BOOL, "UINT8": TensorProto.UINT8, "UINT16": TensorProto.UINT16, "UINT32": TensorProto.UINT32, "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8, "INT16": TensorProto.INT16, "INT32": TensorProto.INT32, "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16, "FP32": TensorProto.FLOAT, "FP64": TensorProto.DOUBLE, "BYTES": TensorProto.STRING,
}


def save(nodes, inputs, outputs, file):
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), file)


@pytest.fixture(scope="module")
def registry(upkeep, tmp_path_factory):
    """A registry with y = 2 x under `double` (which gives the shape too), class scores under `scores`, and one identity for each type."""
    folder = tmp_path_factory.mktemp("served")
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])
    n = helper.make_tensor_value_info("n", TensorProto.INT64, [2])
    save([helper.make_node("Add", ["x", "x"], ["y"]), helper.make_node("Shape", ["x"], ["n"])], [x], [y, n], folder / "double.onnx")
    scored = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3]), helper.make_tensor_value_info("p", TensorProto.FLOAT, ["batch", 3])]
    save([helper.make_node("Mul", ["x", "x"], ["p"])], scored[:1], scored[1:], folder / "scores.onnx")
    upkeep("sign", folder / "scores.onnx", "--output", "p=classes:red|green|blue")
    models = ["double", "scores"]
    for name, kind in TYPES.items():
        models.append(f"id_{name}")
        save([helper.make_node("Identity", ["in"], ["out"])], [helper.make_tensor_value_info("in", kind, ["n"])],
             [helper.make_tensor_value_info("out", kind, ["n"])], folder / f"id_{name}.onnx")
    for model in models:
        upkeep("registry", "publish", folder / f"{model}.onnx", "--name", model, "--registry", folder / "reg")
        upkeep("registry", "promote", f"{model}:1", "--alias", "production", "--registry", folder / "reg")
    return folder / "reg"


@pytest.fixture
def server(serve, registry):
    return serve(registry)


@pytest.fixture
def client(server):
    with triton.InferenceServerClient(server.address) as made:
        yield made


ROWS = np.array([[1, 2, 3], [4, 5, 6]], np.float32)


def triton_input(values, binary=True, name="x", kind="FP32"):
    made = triton.InferInput(name, list(values.shape), kind)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


# --- Triton's client ---------------------------------------------------------------------------------------------------


def test_triton_health_and_metadata(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("double")
    assert client.is_model_ready("double", "1")
    assert not client.is_model_ready("double", "7")
    assert not client.is_model_ready("nobody")
    assert client.get_server_metadata()["name"] == "upkeep"
    metadata = client.get_model_metadata("double")
    assert metadata["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 3]}]
    assert [output["name"] for output in metadata["outputs"]] == ["y", "n"]
    config = client.get_model_config("double")
    assert config["input"] == [{"name": "x", "data_type": "TYPE_FP32", "dims": [-1, 3]}]  # its second output has no rows
    assert {"name": "double", "version": "1", "state": "READY", "reason": ""} in client.get_model_repository_index()


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("outputs", ["all", "binary", "json"])
def test_triton_infers(client, binary_in, outputs):
    asked = None if outputs == "all" else [triton.InferRequestedOutput("y", binary_data=outputs == "binary")]
    result = client.infer("double", [triton_input(ROWS, binary_in)], outputs=asked, request_id="r1")
    np.testing.assert_array_equal(result.as_numpy("y"), 2 * ROWS)
    assert result.get_response()["id"] == "r1"
    assert result.get_response()["model_version"] == "1"
    if outputs == "all":
        np.testing.assert_array_equal(result.as_numpy("n"), [2, 3])


@pytest.mark.parametrize("compression", ["gzip", "deflate"])
def test_triton_compresses_both_ways(client, compression):
    rows = np.arange(3000, dtype=np.float32).reshape(1000, 3)
    result = client.infer("double", [triton_input(rows)], request_compression_algorithm=compression, response_compression_algorithm=compression)
    np.testing.assert_array_equal(result.as_numpy("y"), 2 * rows)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("binary", [True, False])
def test_triton_carries_every_type(client, kind, binary):
    if kind == "FP16" and not binary:
        pytest.skip("half floats have no JSON form")
    values = {"BOOL": np.array([True, False]), "BYTES": np.array(["a", "é", ""], dtype=object), "FP16": np.array([0.5, -2], np.float16),
              "FP32": np.array([0.1, -1e-30], np.float32), "FP64": np.array([0.1, -1e300])}.get(kind)
    if values is None:
        dtype = np.dtype(kind.lower())
        values = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype)
    outputs = [triton.InferRequestedOutput("out", binary_data=binary)]
    found = client.infer(f"id_{kind}", [triton_input(values, binary, "in", kind)], outputs=outputs).as_numpy("out")
    if kind == "BYTES":
        found = np.array([text if isinstance(text, str) else text.decode() for text in found], dtype=object)
    np.testing.assert_array_equal(found, values)


def test_triton_sends_an_empty_batch(client):
    assert client.infer("double", [triton_input(np.zeros((0, 3), np.float32))]).as_numpy("y").shape == (0, 3)


def test_triton_sends_raw_bytes(server):
    request = urllib.request.Request(f"{server.url}/v2/models/id_FP32/infer", data=np.float32([1, 2]).tobytes(),
                                     headers={"Inference-Header-Content-Length": "0", "Content-Type": "application/octet-stream"})
    with urllib.request.urlopen(request) as response:
        body, length = response.read(), int(response.headers["Inference-Header-Content-Length"])
    assert json.loads(body[:length])["outputs"][0]["shape"] == [2]
    np.testing.assert_array_equal(np.frombuffer(body[length:], np.float32), [1, 2])


def test_triton_infers_concurrently(server):
    with triton.InferenceServerClient(server.address, concurrency=4) as client:
        pending = [client.async_infer("double", [triton_input(ROWS * i)]) for i in range(50)]
        for i, one in enumerate(pending):
            np.testing.assert_array_equal(one.get_result().as_numpy("y"), 2 * i * ROWS)


@pytest.mark.parametrize("model, version, values, said", [
    ("nobody", "", ROWS, "double"),
    ("double", "7", ROWS, "no version"),
    ("double", "", ROWS[:, :2], "expects FP32[-1,3]"),
])
def test_triton_is_told_what_was_wrong(client, model, version, values, said):
    with pytest.raises(InferenceServerException, match=said.replace("[", r"\[")):
        client.infer(model, [triton_input(np.ascontiguousarray(values))], model_version=version)


def test_triton_is_told_of_an_unknown_input(client):
    with pytest.raises(InferenceServerException, match="x"):
        client.infer("double", [triton_input(ROWS, name="xx")])


def test_triton_is_told_how_to_batch(client):
    config = client.get_model_config("scores")
    assert config["max_batch_size"] == 64
    assert config["input"] == [{"name": "x", "data_type": "TYPE_FP32", "dims": [3]}]
    assert config["dynamic_batching"] == {"max_queue_delay_microseconds": 0}
    assert client.get_model_config("double")["max_batch_size"] == 0  # its second output has no rows


@pytest.mark.parametrize("binary", [True, False])
def test_triton_asks_for_classes(client, binary):
    found = client.infer("scores", [triton_input(ROWS)], outputs=[triton.InferRequestedOutput("p", binary_data=binary, class_count=2)])
    texts = [text if isinstance(text, str) else text.decode() for text in found.as_numpy("p").ravel()]
    assert found.as_numpy("p").shape == (2, 2)
    assert texts == ["9.000000:2:blue", "4.000000:1:green", "36.000000:2:blue", "25.000000:1:green"]


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_triton_carries_numbers_that_are_not_finite(client, binary_in, binary_out):
    values = np.array([np.nan, np.inf, -np.inf, 1], np.float32)
    outputs = [triton.InferRequestedOutput("out", binary_data=binary_out)]
    found = client.infer("id_FP32", [triton_input(values, binary_in, "in")], outputs=outputs).as_numpy("out")
    np.testing.assert_array_equal(found, values)


def test_triton_carries_any_bytes(client):
    values = np.array([bytes(range(256)), b"", b"\x00\xff"], dtype=object)
    found = client.infer("id_BYTES", [triton_input(values, True, "in", "BYTES")], outputs=[triton.InferRequestedOutput("out", binary_data=True)])
    assert list(found.as_numpy("out")) == list(values)


def test_triton_unloads_and_loads(server):
    with triton.InferenceServerClient(server.address) as client:
        client.unload_model("id_INT8")
        assert not client.is_model_ready("id_INT8")
        assert client.is_server_ready()
        with pytest.raises(InferenceServerException, match="unloaded"):
            client.infer("id_INT8", [triton_input(np.int8([1]), True, "in", "INT8")])
        client.load_model("id_INT8")
        assert client.is_model_ready("id_INT8")
        with pytest.raises(InferenceServerException, match="publish"):
            client.load_model("id_INT8", config="{}", files={"file:1/model.onnx": b"anything"})


def test_triton_sets_priority_and_timeout(client):
    found = client.infer("scores", [triton_input(ROWS)], priority=1, timeout=10_000_000)
    np.testing.assert_array_equal(found.as_numpy("p"), ROWS * ROWS)
    with pytest.raises(InferenceServerException, match="sequences"):
        client.infer("scores", [triton_input(ROWS)], sequence_id=7, sequence_start=True)


def test_triton_answers_do_not_depend_on_their_company(server):
    rows = [np.float32([[i, 2 * i, -i]]) for i in range(200)]
    with triton.InferenceServerClient(server.address, concurrency=16) as client:
        pending = [client.async_infer("scores", [triton_input(row)]) for row in rows]
        for row, one in zip(rows, pending):
            np.testing.assert_array_equal(one.get_result().as_numpy("p"), row * row)


def test_openapi_document_is_valid(server):
    validator = pytest.importorskip("openapi_spec_validator")
    with urllib.request.urlopen(f"{server.url}/openapi.json") as response:
        validator.validate(json.load(response))


def test_triton_reads_statistics(client):
    client.infer("double", [triton_input(ROWS)])
    [stats] = client.get_inference_statistics("double")["model_stats"]
    assert stats["inference_count"] == 2
    assert stats["inference_stats"]["success"]["count"] == 1
    assert stats["inference_stats"]["compute_infer"]["ns"] > 0


# --- a plain HTTP client -----------------------------------------------------------------------------------------------


def test_errors_are_json_with_a_status(server):
    for path, body, status in [("/v2/models/nobody/infer", b"{}", 404), ("/v2/models/double/infer", b"{", 400), ("/v2/nothing", b"{}", 404), ("/v2", b"{}", 405)]:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(server.url + path, data=body))
        assert refused.value.code == status
        assert json.loads(refused.value.read())["error"]


def test_metrics_are_readable_by_prometheus(server):
    parser = pytest.importorskip("prometheus_client.parser")
    with urllib.request.urlopen(server.url + "/metrics") as response:
        families = {family.name for family in parser.text_string_to_metric_families(response.read().decode())}
    assert {"upkeep_inference_requests", "upkeep_inference_duration_seconds", "upkeep_build_info"} <= families
