"""The prediction log, written by the server, opened by other engines: each sees one table with the types of the model's signature."""

import json
import urllib.request

import duckdb
import numpy as np
import onnx
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from onnx import TensorProto, helper


@pytest.fixture
def log(tmp_path, upkeep, serve):
    """REG/log/m after five requests, one of them refused, and two files of labels: numbers, and texts."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["score"]), helper.make_node("Identity", ["shop"], ["seen"])]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2]), helper.make_tensor_value_info("shop", TensorProto.INT64, ["n", 1])]
    outputs = [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n", 1]), helper.make_tensor_value_info("seen", TensorProto.INT64, ["n", 1])]
    weights = [onnx.numpy_helper.from_array(np.array([[2], [-1]], "f4"), "w")]
    model = helper.make_model(helper.make_graph(nodes, "g", inputs, outputs, weights), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "m.onnx")
    upkeep("sign", "m.onnx", "--feature", "x:age=number", "--feature", "x:size=number", "--feature", "shop:shop=category", cwd=tmp_path)
    upkeep("registry", "publish", "m.onnx", "--name", "m", "--alias", "production", "--registry", "reg", cwd=tmp_path)
    served = serve(tmp_path / "reg", "--log-segment-seconds", "0.1")

    def infer(number, age):
        inputs = [
            {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [age, 1]},
            {"name": "shop", "shape": [1, 1], "datatype": "INT64", "data": [2**53 + 1 + number]},
        ]
        body = json.dumps({"id": f"{number:03d}", "inputs": inputs}).encode()
        return urllib.request.urlopen(urllib.request.Request(served.url + "/v2/models/m/infer", data=body)).read()

    for number in range(5):
        if number != 3:
            infer(number, 0.1 * number)
        else:
            with pytest.raises(urllib.error.HTTPError):
                infer(number, "no number")
    served.process.terminate()  # what is still on its way is logged
    served.process.wait(30)
    for labels in ({"request_id": ["000", "001"], "label": [1.5, 2]}, {"request_id": ["002"], "label": ["cat"]}):
        pd.DataFrame(labels).to_csv(tmp_path / "labels.csv", index=False)
        assert upkeep.json("label", "m", "--data", "labels.csv", "--registry", "reg", cwd=tmp_path)["unmatched"] == 0
    return tmp_path / "reg" / "log" / "m"


def test_opens_as_one_table_in_each_engine(log):
    table = ds.dataset(log / "predictions", partitioning="hive").to_table()
    assert table.num_rows == 5
    assert table.schema.field("in.age").type == pa.float32()
    assert table.schema.field("in.shop").type == pa.int64()
    assert table.schema.field("out.seen.0").type == pa.int64()
    assert table.schema.field("time").type == pa.timestamp("us", "UTC")
    rows = {row["request_id"]: row for row in table.to_pylist()}
    assert rows["004"]["in.shop"] == 2**53 + 5 and rows["004"]["in.age"] == np.float32(0.4) and rows["004"]["version"] == 1
    failed = [row for row in rows.values() if row["error"]]
    assert len(failed) == 1 and failed[0]["out.seen.0"] is None and failed[0]["in.age"] is None

    frame = pd.read_parquet(log / "predictions")
    assert len(frame) == 5 and frame["in.age"].dtype == "float32"

    found = duckdb.sql(
        f"""select count(*), count("out.seen.0"), max("in.shop"), max(typeof("in.age")), max(version), max(typeof(date))
            from read_parquet('{log}/predictions/**/*.parquet', hive_partitioning=true)"""
    ).fetchone()
    assert found == (5, 4, 2**53 + 5, "FLOAT", 1, "DATE")


def test_labels_of_numbers_and_texts_are_one_table(log):
    table = ds.dataset(log / "labels", partitioning="hive").to_table()
    assert sorted((row["request_id"], row["row"], row["label"], row["label_text"]) for row in table.to_pylist()) == [
        ("000", 0, 1.5, None),
        ("001", 0, 2.0, None),
        ("002", 0, None, "cat"),
    ]
    joined = duckdb.sql(
        f"""select count(*) from read_parquet('{log}/predictions/**/*.parquet') p join read_parquet('{log}/labels/**/*.parquet') l
            on p.request_id = l.request_id and p.row = l.row"""
    ).fetchone()
    assert joined == (3,)


def test_compaction_changes_no_cell(log, upkeep):
    def rows():
        table = ds.dataset(log / "predictions", partitioning="hive").to_table()
        return table.schema, sorted(map(str, table.to_pylist()))

    before = rows()
    upkeep("log", "compact", "m", "--log", log.parent)
    assert len(list((log / "predictions").rglob("*.parquet"))) == 1
    assert rows() == before
