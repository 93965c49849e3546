"""One notion of inputs, weights and outputs in every command, of models as exporters write them; ONNX Runtime is the judge."""

import json
import urllib.request

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402


def value(name, dims, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, dims)


def tensor(name, numbers, kind="f4"):
    return numpy_helper.from_array(np.array(numbers, kind), name)


def save(file, nodes, inputs, outputs, weights=(), opset=17, ir=8):
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(weights))
    sets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(graph, opset_imports=sets, ir_version=ir), file)
    return file


def old_linear(file, ir=3):
    """Every initializer is an input as well, as IR version 3 asks for and later ones allow; two features, y = x w."""
    return save(file, [helper.make_node("MatMul", ["x", "w"], ["y"])], [value("w", [2, 1]), value("x", ["N", 2])], [value("y", ["N", 1])],
                [tensor("w", [[1], [2]])], opset=8, ir=ir)


def constant_linear(file):
    """The weight is in a Constant node, and another that nothing reads is large."""
    constant = helper.make_node("Constant", [], ["w"], value=tensor("", [[1], [2]]))
    return save(file, [constant, helper.make_node("MatMul", ["x", "w"], ["y"])], [value("x", ["N", 2])], [value("y", ["N", 1])],
                [tensor("left_over", np.ones((256, 128)))])


def classifier(file, labels):
    """Logistic regression with a ZipMap, as skl2onnx writes it."""
    kind = "strings" if isinstance(labels[0], str) else "int64s"
    of_labels = {"classlabels_strings" if kind == "strings" else "classlabels_ints": labels}
    nodes = [helper.make_node("LinearClassifier", ["x"], ["label", "p"], domain="ai.onnx.ml", coefficients=[1.0, -1.0, -1.0, 1.0],
                              intercepts=[0.0, 0.0], post_transform="SOFTMAX", **of_labels),
             helper.make_node("ZipMap", ["p"], ["probability"], domain="ai.onnx.ml", **{f"classlabels_{kind}": labels})]
    key = TensorProto.STRING if kind == "strings" else TensorProto.INT64
    maps = helper.make_sequence_type_proto(helper.make_map_type_proto(key, helper.make_tensor_type_proto(TensorProto.FLOAT, [])))
    return save(file, nodes, [value("x", ["N", 2])], [value("label", ["N"], key), helper.make_value_info("probability", maps)])


def answers(file, **feeds):
    return ort.InferenceSession(file, providers=["CPUExecutionProvider"]).run(None, feeds)


@pytest.mark.parametrize("make", (old_linear, constant_linear))
def test_every_command_sees_the_weight(make, upkeep, tmp_path):
    file = make(tmp_path / "m.onnx")
    (tmp_path / "t.csv").write_text("a,b,t\n1,2,3\n4,5,6\n")
    rows = np.array([[1, 2], [4, 5]], "f4")
    data = ("--data", tmp_path / "t.csv", "--features", "a,b")
    predicted = upkeep.json("predict", file, *data)["predictions"]["y"]
    assert predicted == answers(file, x=rows)[0][:, 0].tolist() == [5, 14]
    loss = upkeep.json("evaluate", file, *data, "--target", "t", "--loss", "mse")["metrics"]["loss"]
    assert loss == pytest.approx((4 + 64) / 2)
    upkeep("train", file, *data, "--target", "t", "--loss", "mse", "--optimizer", "sgd:learning_rate=0.01", "--batch-size", 2, "--epochs", 1,
           "--seed", 1, "--output", tmp_path / "trained.onnx")
    step = np.array([[1], [2]]) - 0.01 * 2 * rows.T @ np.array([[2], [8]]) / 2
    np.testing.assert_allclose(answers(tmp_path / "trained.onnx", x=np.eye(2, dtype="f4"))[0], step, rtol=1e-5)
    assert upkeep.json("inspect", file)["parameters"] == 2
    upkeep("convert", file, tmp_path / "new.onnx", "--as", "onnx:opset=18,ir_version=8")
    upkeep("gradient", tmp_path / "new.onnx", tmp_path / "g.onnx", "--with-respect-to", "w")
    np.testing.assert_allclose(answers(tmp_path / "g.onnx", x=rows, y_grad=np.ones((2, 1), "f4"))[-1], rows.sum(0)[:, None])
    upkeep("registry", "publish", file, "--registry", tmp_path / "reg", "--name", "linear", "--alias", "production")
    again = upkeep.json("predict", "linear@production", "--registry", tmp_path / "reg", *data)
    assert again["predictions"]["y"] == predicted
    for name in ("m.ort", "m.hpp", "m.npz"):
        upkeep("convert", file, tmp_path / name, *(("--verify", "none") if name == "m.npz" else ()))


def test_a_weight_that_was_an_input_is_one_in_the_written_file(upkeep, tmp_path):
    upkeep("convert", old_linear(tmp_path / "m.onnx"), tmp_path / "n.onnx")
    written = onnx.load(tmp_path / "n.onnx")
    onnx.checker.check_model(written)
    assert [one.name for one in written.graph.input] == ["w", "x"] and written.ir_version == 3
    upkeep("convert", old_linear(tmp_path / "m.onnx", ir=4), tmp_path / "n.onnx")  # of which ONNX Runtime takes other weights in a run
    assert answers(tmp_path / "n.onnx", x=np.ones((1, 2), "f4"), w=np.zeros((2, 1), "f4"))[0].tolist() == [[0]]
    upkeep("convert", tmp_path / "m.onnx", tmp_path / "later.onnx", "--as", "onnx:opset=18,ir_version=8")
    onnx.checker.check_model(tmp_path / "later.onnx")
    assert answers(tmp_path / "later.onnx", x=np.ones((1, 2), "f4"))[0].tolist() == [[3]]


@pytest.mark.parametrize("labels", ([0, 1], [7, 3], ["no", "yes"]))
def test_a_zipmap_becomes_label_and_probabilities(labels, upkeep, tmp_path):
    file = classifier(tmp_path / "m.onnx", labels)
    rows = np.array([[1, 2], [3, 1], [0, 0]], "f4")
    label, maps = answers(file, x=rows)
    expected = np.array([[row[one] for one in labels] for row in maps])
    (tmp_path / "t.csv").write_text("a,b,truth\n" + "".join(f"{a},{b},{labels[int(b > a)]}\n" for a, b in rows))
    checked = upkeep.json("check", file, "--rows", 3)["outputs"]
    assert checked["probability"] == {"type": "float32", "shape": [3, 2]} and checked["label"]["shape"] == [3]
    upkeep("predict", file, "--data", tmp_path / "t.csv", "--features", "a,b", "--output", tmp_path / "p.npz")
    np.testing.assert_allclose(np.load(tmp_path / "p.npz")["probability.0"], expected[:, 0], rtol=1e-5)
    upkeep("convert", file, tmp_path / "m.ort")
    made = answers(str(tmp_path / "m.ort"), x=rows)
    assert made[0].tolist() == label.tolist()
    np.testing.assert_allclose(made[1], expected, rtol=1e-5)
    upkeep("convert", file, tmp_path / "n.onnx")
    assert answers(tmp_path / "n.onnx", x=rows)[1] == maps
    upkeep("gradient", file, tmp_path / "g.onnx", "--of", "probability")
    if isinstance(labels[0], str):
        accuracy = upkeep.json("evaluate", file, "--data", tmp_path / "t.csv", "--features", "a,b", "--target", "truth", "--metrics", "accuracy")["metrics"]["accuracy"]
        assert accuracy == 1


def test_the_server_answers_with_label_and_probabilities(upkeep, serve, tmp_path):
    file = classifier(tmp_path / "m.onnx", ["no", "yes"])
    upkeep("registry", "publish", file, "--registry", tmp_path / "reg", "--name", "rare", "--alias", "production")
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}]}
    request = urllib.request.Request(f"{serve(tmp_path / 'reg').url}/v2/models/rare/infer", json.dumps(body).encode())
    made = {one["name"]: one for one in json.load(urllib.request.urlopen(request))["outputs"]}
    label, maps = answers(file, x=np.array([[1, 2]], "f4"))
    assert made["label"]["data"] == label.tolist() and made["probability"]["shape"] == [1, 2]
    np.testing.assert_allclose(made["probability"]["data"], [maps[0]["no"], maps[0]["yes"]], rtol=1e-5)


def test_a_convolution_net_with_large_weights_becomes_a_header(upkeep, tmp_path):
    draw = np.random.default_rng(0)
    nodes = [helper.make_node("Conv", ["x", "k"], ["c"], pads=[1, 1, 1, 1]), helper.make_node("Shape", ["c"], ["s"]),
             helper.make_node("Slice", ["s", "zero", "one"], ["n"]), helper.make_node("Concat", ["n", "rest"], ["t"], axis=0),
             helper.make_node("Reshape", ["c", "t"], ["r"]), helper.make_node("Gemm", ["r", "w"], ["y"])]
    weights = [tensor("k", draw.normal(size=(4, 1, 3, 3))), tensor("w", draw.normal(size=(4 * 12 * 12, 40)) / 20), tensor("zero", [0], "i8"),
               tensor("one", [1], "i8"), tensor("rest", [4 * 12 * 12], "i8")]
    file = save(tmp_path / "m.onnx", nodes, [value("x", ["N", 1, "H", "W"])], [value("y", ["N", 40])], weights)
    upkeep("convert", file, tmp_path / "m.hpp", "--rewrite", "fixed-shape:x=1x1x12x12")
    upkeep("convert", file, tmp_path / "n.onnx", "--rewrite", "fixed-shape:0=1x1x12x12", "--rewrite", "fold-constants")
    written = onnx.load(tmp_path / "n.onnx")
    assert [node.op_type for node in written.graph.node] == ["Conv", "Reshape", "Gemm"]
    x = draw.normal(size=(1, 1, 12, 12)).astype("f4")
    np.testing.assert_allclose(answers(tmp_path / "n.onnx", x=x)[0], answers(file, x=x)[0], rtol=1e-5, atol=1e-6)
