"""Models for tests of the server: y = 2 x (`double` gives the shape too, whose rows are none), and an identity of each element type."""

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

TYPES = {
    "BOOL": TensorProto.BOOL, "UINT8": TensorProto.UINT8, "UINT16": TensorProto.UINT16, "UINT32": TensorProto.UINT32, "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8, "INT16": TensorProto.INT16, "INT32": TensorProto.INT32, "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16, "BF16": TensorProto.BFLOAT16, "FP32": TensorProto.FLOAT, "FP64": TensorProto.DOUBLE, "BYTES": TensorProto.STRING,
}
ROWS = np.array([[1, 2, 3], [4, 5, 6]], np.float32)


def values_of(kind):
    """Two elements of a type, its extremes where it has some."""
    values = {"BOOL": np.array([True, False]), "BYTES": np.array([b"a", "\u00e9\0".encode()], dtype=object), "FP16": np.array([0.5, -2], np.float16),
              "BF16": np.array([1.5, -2], ml_dtypes.bfloat16), "FP32": np.array([0.1, -1e-30], np.float32), "FP64": np.array([0.1, -1e300])}.get(kind)
    if values is None:
        dtype = np.dtype(kind.lower())
        values = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype)
    return values


def save(nodes, inputs, outputs, file):
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), file)


def publish_models(upkeep, folder):
    """A registry with `double`, `rows` and `id_TYPE`, each promoted."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])
    n = helper.make_tensor_value_info("n", TensorProto.INT64, [2])
    save([helper.make_node("Add", ["x", "x"], ["y"]), helper.make_node("Shape", ["x"], ["n"])], [x], [y, n], folder / "double.onnx")
    save([helper.make_node("Add", ["x", "x"], ["y"])], [x], [y], folder / "rows.onnx")
    models = ["double", "rows"]
    for name, kind in TYPES.items():
        models.append(f"id_{name}")
        save([helper.make_node("Identity", ["in"], ["out"])], [helper.make_tensor_value_info("in", kind, ["n"])],
             [helper.make_tensor_value_info("out", kind, ["n"])], folder / f"id_{name}.onnx")
    for model in models:
        upkeep("registry", "publish", folder / f"{model}.onnx", "--name", model, "--alias", "production", "--registry", folder / "reg")
    return folder / "reg"
