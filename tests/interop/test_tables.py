"""Numbers and texts go from tables to models as they are: ONNX Runtime answers the same arrays, pandas and NumPy wrote the files."""

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from onnx import helper

EXTREMES = {
    "int8": [-128, 127],
    "int16": [-32768, 32767],
    "int32": [-(2**31), 2**31 - 1],
    "int64": [-(2**63), 9007199254740993],
    "uint8": [0, 255],
    "uint16": [0, 65535],
    "uint32": [16777217, 2**32 - 1],
    "uint64": [9007199254740993, 2**64 - 1],
    "bool": [True, False],
    "float16": [0.1, 65504],
    "float32": [0.1, 1e-45],
    "float64": [123456789.123, 4.9e-324],
    "str": ["007", "größe"],
}
OUTSIDE = {"int8": 128, "uint8": -1, "uint16": 65536, "int32": 2**31, "uint32": -1, "bool": 2, "float16": 70000, "float32": 1e39}


def identity(path, dtype, shape=("N", 1)):
    """y = x, with y in the type of x; not every kernel of Identity's kin runs for each type, Identity does."""
    kind = onnx.TensorProto.STRING if dtype == "str" else helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [helper.make_tensor_value_info("x", kind, shape)],
                              [helper.make_tensor_value_info("y", kind, shape)])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize("dtype", EXTREMES)
def test_every_element_type_comes_from_every_format(dtype, upkeep, tmp_path):
    model = identity(tmp_path / "m.onnx", dtype)
    column = np.array(EXTREMES[dtype], dtype="<U9" if dtype == "str" else dtype)
    frame = pd.DataFrame({"x": column.astype(object) if dtype == "str" else column})
    np.savez(tmp_path / "t.npz", x=column)
    if dtype == "float16":
        frame = frame.astype("float64")  # neither pandas's CSV nor its Parquet writes halves exactly
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    fed = column.astype(object) if dtype == "str" else column
    expected = onnxruntime.InferenceSession(model).run(None, {"x": fed[:, None]})[0].reshape(-1)
    for file in ("t.npz", "t.csv", "t.parquet"):
        upkeep("predict", model, "--data", file, "--output", "y.npz", cwd=tmp_path)
        y = np.load(tmp_path / "y.npz")["y"]
        assert y.dtype == column.dtype or dtype == "str", file
        np.testing.assert_array_equal(y, expected, err_msg=file)


@pytest.mark.parametrize("dtype", OUTSIDE)
def test_what_a_type_does_not_hold_is_refused_with_row_and_column(dtype, upkeep, tmp_path):
    model = identity(tmp_path / "m.onnx", dtype)
    (tmp_path / "t.csv").write_text(f"key,x\n1,1\n2,{OUTSIDE[dtype]}\n")
    done = upkeep.run("predict", model, "--data", "t.csv", "--features", "x", cwd=tmp_path)
    assert done.returncode == 1 and 't.csv: column "x": row 2 holds' in done.stderr, done.stderr
    for cell in () if dtype.startswith("float") else ("", "1.5", "word"):
        (tmp_path / "t.csv").write_text(f"key,x\n1,1\n2,{cell}\n")
        done = upkeep.run("predict", model, "--data", "t.csv", "--features", "x", cwd=tmp_path)
        assert done.returncode == 1 and 'column "x": row 2' in done.stderr, done.stderr


def test_outputs_of_more_axes_keep_their_shape(upkeep, tmp_path):
    model = identity(tmp_path / "m.onnx", "float32", ("N", 2, 3))
    x = np.arange(12, dtype="float32").reshape(2, 2, 3)
    np.savez(tmp_path / "t.npz", x=x)
    upkeep("predict", model, "--data", "t.npz", "--output", "y.npz", cwd=tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npz")["y"], x)
    upkeep("predict", model, "--data", "t.npz", "--output", "y.parquet", cwd=tmp_path)
    back = pd.read_parquet(tmp_path / "y.parquet")["y"]
    np.testing.assert_array_equal([[list(row) for row in rows] for rows in back], x)


def test_a_speech_models_state_and_rate_are_read(upkeep, tmp_path):
    """As Silero's: samples [N, T], a state [2, N, H] whose first axis is no row, and one number for all rows."""
    f, i = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["input"], ["mean"], axes=[1], keepdims=1), helper.make_node("Cast", ["sr"], ["rate"], to=f),
         helper.make_node("Mul", ["mean", "rate"], ["output"]), helper.make_node("Add", ["state", "output"], ["stateN"])], "g",
        [helper.make_tensor_value_info("input", f, [None, None]), helper.make_tensor_value_info("state", f, [2, None, 3]),
         helper.make_tensor_value_info("sr", i, [])],
        [helper.make_tensor_value_info("output", f, [None, 1]), helper.make_tensor_value_info("stateN", f, [None, None, None])])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    feed = {"input": np.ones((1, 8), "float32"), "state": np.arange(6, dtype="float32").reshape(2, 1, 3), "sr": np.array(16000)}
    expected = onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, feed)
    for order in (feed, dict(reversed(feed.items()))):
        np.savez(tmp_path / "t.npz", **order)
        upkeep("predict", "m.onnx", "--data", "t.npz", "--output", "y.npz", cwd=tmp_path)
        answers = np.load(tmp_path / "y.npz")
        np.testing.assert_array_equal(answers["output"], expected[0])
        np.testing.assert_array_equal(answers["stateN"], expected[1])


def test_a_table_of_another_country_is_read_as_pandas_reads_it(upkeep, tmp_path):
    model = identity(tmp_path / "m.onnx", "float64", ("N", 2))
    values = np.array([[0.5, 1234.25], [-3.125, 7], [2.5, 0.1]])
    frame = pd.DataFrame(values, columns=["größe", " gewicht"])
    for encoding in ("utf-8", "utf-8-sig", "latin-1", "utf-16"):
        frame.to_csv(tmp_path / "t.csv", index=False, sep=";", decimal=",", encoding=encoding)
        upkeep("predict", model, "--data", "t.csv", "--output", "y.npz", "--features", "größe,gewicht", cwd=tmp_path)
        answers = np.load(tmp_path / "y.npz")
        np.testing.assert_array_equal(np.stack([answers["y.0"], answers["y.1"]], axis=1), values, err_msg=encoding)
