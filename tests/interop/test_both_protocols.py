"""One table of inferences, each made over HTTP (JSON, binary data) and over gRPC (typed and raw contents): equal answers, equal refusals."""

import json
import urllib.error
import urllib.request

import numpy as np
import pytest
from served_models import TYPES, publish_models, values_of

grpc = pytest.importorskip("grpc")
pytest.importorskip("tritonclient.grpc")
from tritonclient.grpc import service_pb2, service_pb2_grpc  # noqa: E402
from tritonclient.utils import serialize_byte_tensor  # noqa: E402

# What a status of HTTP is called in gRPC.
STATUSES = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 413: "RESOURCE_EXHAUSTED", 501: "UNIMPLEMENTED", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}


def case(model, *inputs, version="", outputs=(), id="i", **parameters):
    """Each input: name, datatype, values, and its shape where that is to differ from the values'."""
    return {"model": model, "version": version, "inputs": inputs, "outputs": outputs, "id": id, "parameters": parameters}


ROWS = np.arange(6, dtype=np.float32).reshape(2, 3)
X = ("x", "FP32", ROWS)

ANSWERED = {
    "all outputs": case("double", X),
    "one output": case("double", X, outputs=("y",)),
    "outputs in the order asked": case("double", X, outputs=("n", "y")),
    "a version": case("double", X, version="1"),
    "an alias": case("double", X, version="production"),
    "one row": case("double", ("x", "FP32", ROWS[:1])),
    "an empty batch": case("double", ("x", "FP32", ROWS[:0])),
    "not numbers": case("double", ("x", "FP32", np.array([[np.nan, np.inf, -np.inf]], np.float32))),
    "a priority and a timeout": case("double", X, priority=1, timeout=10_000_000),
    "a parameter of others": case("double", X, of_others="x"),
    "an id of many characters": case("double", X, id="é/\" " + "x" * 200),
    **{kind: case(f"id_{kind}", ("in", kind, values_of(kind))) for kind in TYPES},
}

REFUSED = {
    "an unknown model": case("nobody", X),
    "an unknown version": case("double", X, version="7"),
    "a version that is none": case("double", X, version="latest"),
    "a model whose name is a path": case("../double", X),
    "no input": case("double"),
    "an unknown input": case("double", ("xx", "FP32", ROWS)),
    "an input too many": case("double", X, ("z", "FP32", ROWS)),
    "an input twice": case("double", X, X),
    "an input without a name": case("double", ("", "FP32", ROWS)),
    "another type": case("double", ("x", "FP64", ROWS.astype(np.float64))),
    "an unknown type": case("double", ("x", "FLOAT", ROWS)),
    "another rank": case("double", ("x", "FP32", ROWS.flatten())),
    "another dimension": case("double", ("x", "FP32", ROWS[:, :2])),
    "a negative dimension": case("double", ("x", "FP32", ROWS, [-1, 3])),
    "a dimension that overflows": case("double", ("x", "FP32", ROWS, [2**40, 2**40])),
    "a rank beyond all": case("double", ("x", "FP32", ROWS, [1] * 17)),
    "an unknown output": case("double", X, outputs=("z",)),
    "an output twice": case("double", X, outputs=("y", "y")),
    "a sequence": case("double", X, sequence_id=1),
}


@pytest.fixture(scope="module")
def registry(upkeep, tmp_path_factory):
    return publish_models(upkeep, tmp_path_factory.mktemp("served"))



def raw_bytes(kind, values):
    if kind == "BYTES":
        return serialize_byte_tensor(values).item()
    return np.ascontiguousarray(values).tobytes()


def json_values(kind, values):
    return [value.decode() if kind == "BYTES" else value for value in values.flatten().tolist()]


def over_http(server, one, binary):
    """{output: (datatype, shape, bytes)}, or (status, message)."""
    body = {"id": one["id"], "inputs": [], "parameters": {**one["parameters"], "binary_data_output": True}}
    behind = b""
    for name, kind, values, *shape in one["inputs"]:
        tensor = {"name": name, "datatype": kind, "shape": shape[0] if shape else list(values.shape)}
        if binary or kind in ("FP16", "BF16"):
            data = raw_bytes(kind, values)
            tensor["parameters"], behind = {"binary_data_size": len(data)}, behind + data
        else:
            tensor["data"] = json_values(kind, values)
        body["inputs"].append(tensor)
    if one["outputs"]:
        body["outputs"] = [{"name": name} for name in one["outputs"]]
    head = json.dumps(body).encode()
    model = urllib.request.quote(one["model"], safe="")
    path = f"/v2/models/{model}" + (f"/versions/{one['version']}" if one["version"] else "") + "/infer"
    request = urllib.request.Request(server.url + path, data=head + behind, headers={"Inference-Header-Content-Length": str(len(head))})
    try:
        with urllib.request.urlopen(request) as response:
            length, data = int(response.headers["Inference-Header-Content-Length"]), response.read()
    except urllib.error.HTTPError as refused:
        return STATUSES[refused.code], json.loads(refused.read())["error"]
    answer, at, found = json.loads(data[:length]), length, {}
    for output in answer["outputs"]:
        size = output["parameters"]["binary_data_size"]
        found[output["name"]] = (output["datatype"], output["shape"], data[at:at + size])
        at += size
    return {"id": answer["id"], "model": answer["model_name"], "version": answer["model_version"], **found}


def over_grpc(server, one, raw):
    request = service_pb2.ModelInferRequest(model_name=one["model"], model_version=one["version"], id=one["id"])
    for name, value in one["parameters"].items():
        setattr(request.parameters[name], "string_param" if isinstance(value, str) else "int64_param", value)
    for name, kind, values, *shape in one["inputs"]:
        tensor = request.inputs.add(name=name, datatype=kind, shape=shape[0] if shape else list(values.shape))
        if raw:
            request.raw_input_contents.append(raw_bytes(kind, values))
            continue
        field = {"BOOL": "bool", "BYTES": "bytes", "FP32": "fp32", "FP64": "fp64", "INT64": "int64", "UINT64": "uint64", "FLOAT": "fp32"}.get(kind)
        field = field or ("uint" if kind.startswith("U") else "int")
        getattr(tensor.contents, f"{field}_contents").extend(values.flatten().tolist())
    for name in one["outputs"]:
        request.outputs.add(name=name)
    with grpc.insecure_channel(server.address) as channel:
        try:
            answer = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(request)
        except grpc.RpcError as refused:
            return refused.code().name, refused.details()
    found = {output.name: (output.datatype, list(output.shape), data) for output, data in zip(answer.outputs, answer.raw_output_contents)}
    return {"id": answer.id, "model": answer.model_name, "version": answer.model_version, **found}


def everywhere(server, one):
    half = any(kind in ("FP16", "BF16") for _, kind, *_ in one["inputs"])
    found = [over_http(server, one, binary=True), over_grpc(server, one, raw=True)]
    finite = all(values.dtype == object or np.isfinite(values.astype(np.float64)).all() for _, _, values, *_ in one["inputs"])
    if not half:
        found += [over_grpc(server, one, raw=False)]
    if not half and finite:
        found += [over_http(server, one, binary=False)]
    return found


@pytest.fixture(scope="module")
def standing(upkeep, registry):
    """One server for the whole table."""
    import subprocess

    process = subprocess.Popen([str(upkeep.binary), "serve", "--registry", str(registry), "--http-port", "0"], stdout=subprocess.PIPE, text=True)

    class Standing:
        url = process.stdout.readline().strip()
        address = url.removeprefix("http://")

    yield Standing
    process.terminate()
    assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("name", ANSWERED)
def test_equal_answers(standing, name):
    one = ANSWERED[name]
    first, *others = everywhere(standing, one)
    assert isinstance(first, dict), first
    assert first["id"] == one["id"]
    if one["model"] == "double":
        assert list(first)[3:] == list(one["outputs"] or ["y", "n"])
        np.testing.assert_array_equal(np.frombuffer(first["y"][2], np.float32), 2 * one["inputs"][0][2].flatten())
    else:
        assert first["out"] == (one["inputs"][0][1], [2], raw_bytes(*one["inputs"][0][1:]))
    for other in others:
        assert other == first


@pytest.mark.parametrize("name", REFUSED)
def test_equal_refusals(standing, name):
    first, *others = everywhere(standing, REFUSED[name])
    assert isinstance(first, tuple), first
    assert first[0] in ("INVALID_ARGUMENT", "NOT_FOUND")
    assert first[1]
    for other in others:
        assert other == first
