"""A version that would take the server down is tried in a process of its own, refused with a reason, and the old one goes on serving."""

import json
import time
import urllib.request

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper


def save(path, nodes, initializers=()):
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])],
                              [numpy_helper.from_array(np.asarray(value), name) for name, value in initializers])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)


def shift(path, by):
    save(path, [helper.make_node("Add", ["x", "c"], ["y"])], [("c", np.float32(by))])


def hungry(path):
    """A tensor of 64 GB, whose size depends on the input, so that it is made in a run."""
    save(path, [helper.make_node("Shape", ["x"], ["s"]), helper.make_node("Mul", ["s", "many"], ["large"]),
                helper.make_node("ConstantOfShape", ["large"], ["zeros"]), helper.make_node("ReduceSum", ["zeros"], ["sum"]),
                helper.make_node("Add", ["x", "sum"], ["y"])], [("many", np.array([1 << 17, 1 << 16], "int64"))])


def endless(path):
    body = helper.make_graph([helper.make_node("Identity", ["on"], ["on_out"]), helper.make_node("Add", ["v", "v"], ["v_out"])], "body",
                             [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("on", TensorProto.BOOL, []),
                              helper.make_tensor_value_info("v", TensorProto.FLOAT, None)],
                             [helper.make_tensor_value_info("on_out", TensorProto.BOOL, []),
                              helper.make_tensor_value_info("v_out", TensorProto.FLOAT, None)])
    save(path, [helper.make_node("Loop", ["trips", "true", "x"], ["y"], body=body)],
         [("trips", np.int64(1 << 60)), ("true", np.bool_(True))])


def test_check_says_what_a_model_gives(upkeep, tmp_path):
    shift(tmp_path / "m.onnx", 1)
    assert upkeep.json("check", tmp_path / "m.onnx", "--rows", 3)["outputs"] == {"y": {"type": "float32", "shape": [3, 2]}}


@pytest.mark.parametrize("make, options, reason", [
    (hungry, ["--memory-mb", 1024], "memory"),
    (endless, ["--seconds", 1], "took longer than 1 s"),
])
def test_check_keeps_its_limits(upkeep, tmp_path, make, options, reason):
    make(tmp_path / "m.onnx")
    start = time.monotonic()
    done = upkeep.run("check", tmp_path / "m.onnx", *options)
    assert done.returncode == 1 and reason in done.stderr.lower() and done.stderr.count("\n") == 1, done.stderr
    assert time.monotonic() - start < 30


class Line:
    def __init__(self, url):
        self.url = url

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, method="POST" if data else "GET"), timeout=30) as answer:
            return json.loads(answer.read())

    def predict(self):
        return self.ask("/v2/models/m/infer", {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}]})["outputs"][0]["data"]

    def reason(self, version):
        """Why the version does not serve, as soon as the index says so."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for one in self.ask("/v2/repository/index", {}):
                if one["version"] == str(version) and one["state"] == "UNAVAILABLE":
                    return one["reason"]
            time.sleep(0.1)
        raise AssertionError(f"version {version} was not refused")


def test_the_server_goes_on(upkeep, serve, tmp_path):
    registry = tmp_path / "reg"

    def publish(name, make, *arguments):
        make(tmp_path / name, *arguments)
        upkeep("registry", "publish", tmp_path / name, "--name", "m", "--alias", "production", "--registry", registry)

    publish("good.onnx", shift, 1)
    line = Line(serve(registry, "--check-seconds", 3, "--check-memory-mb", 2048).url)
    assert line.predict() == [2, 3]
    publish("hungry.onnx", hungry)
    assert "memory" in line.reason(2).lower() or "alloc" in line.reason(2), line.reason(2)
    assert line.predict() == [2, 3]
    publish("endless.onnx", endless)
    assert "took longer than 3 s" in line.reason(3)
    assert line.predict() == [2, 3]
    publish("better.onnx", shift, 2)
    end = time.monotonic() + 30
    while line.predict() != [3, 4] and time.monotonic() < end:
        time.sleep(0.1)
    assert line.predict() == [3, 4]
