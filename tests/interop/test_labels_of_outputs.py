"""A model of two outputs, served: labels for each of them by file and by endpoint, each judged by its own; scikit-learn says what is right."""

import json
import urllib.error
import urllib.request

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import TensorProto, helper
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error


@pytest.fixture
def deliveries(tmp_path, upkeep, serve):
    """cost (a number) and late (binary, from 0.3 on) of x; 60 answers of a server, with ids d0, d1, ..."""
    x = np.linspace(-3, 3, 60, dtype="f4")
    nodes = [helper.make_node("Mul", ["x", "two"], ["cost"]), helper.make_node("Sigmoid", ["x"], ["late"])]
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1])  # noqa: E731
    graph = helper.make_graph(nodes, "g", [value("x")], [value("cost"), value("late")], [onnx.numpy_helper.from_array(np.array(2, "f4"), "two")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    upkeep("sign", "m.onnx", "--feature", "x=number", "--output", "cost=number", "--output", "late=binary:no|yes,threshold=0.3", "--target", "cost=paid", "--target",
           "late=was_late", cwd=tmp_path)
    score = 1 / (1 + np.exp(-x))
    truth = pd.DataFrame({"request_id": [f"d{k}" for k in range(60)], "paid": 2 * x + np.where(np.arange(60) % 2, 0.5, -0.25), "was_late": np.where(score > 0.4, "yes", "no")})
    train = truth.drop(columns="request_id").assign(x=x)
    train.to_csv(tmp_path / "train.csv", index=False)
    upkeep("registry", "publish", "m.onnx", "--name", "m", "--alias", "production", "--registry", "reg", "--reference", "train.csv", cwd=tmp_path)
    served = serve(tmp_path / "reg", "--log-segment-seconds", "0.1")
    for number, value in enumerate(x):
        body = json.dumps({"id": f"d{number}", "inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP32", "data": [float(value)]}]}).encode()
        urllib.request.urlopen(urllib.request.Request(served.url + "/v2/models/m/infer", data=body)).read()

    def tell(labels):
        request = urllib.request.Request(served.url + "/v2/models/m/labels", data=json.dumps({"labels": labels}).encode())
        return json.loads(urllib.request.urlopen(request).read())

    return tmp_path, truth, score, tell


def judge(upkeep, folder, *more):
    report = upkeep.json("monitor", "m", "--registry", "reg", *more, cwd=folder)
    return report, {one["output"]: one for one in [report["quality"], *report["other_outputs"]]}


def check(found, truth, score, rows):
    some = truth[:rows]
    assert found["cost"]["metrics"]["mae"]["value"] == pytest.approx(mean_absolute_error(some.paid, 2 * np.linspace(-3, 3, 60)[:rows]), abs=1e-5)
    accuracy = next(one["value"] for name, one in found["late"]["metrics"].items() if "accuracy" in name)
    assert accuracy == pytest.approx(accuracy_score(some.was_late, np.where(score > 0.3, "yes", "no")[:rows]), abs=1e-6)
    assert found["late"]["labelled"] == rows


def test_a_file_has_a_column_for_each_target(deliveries, upkeep):
    folder, truth, score, tell = deliveries
    tell([])  # what was answered is on disk
    truth.to_csv(folder / "truth.csv", index=False)
    counts = upkeep.json("label", "m", "--data", "truth.csv", "--registry", "reg", cwd=folder)
    assert (counts["labels"], counts["matched"]) == (120, 120)
    report, found = judge(upkeep, folder)
    check(found, truth, score, 60)
    assert found["late"]["reference"]["rows"] == 60
    assert "quality  late: " in upkeep("monitor", "m", "--registry", "reg", "--report", "page.html", cwd=folder)
    assert "Quality of late" in (folder / "page.html").read_text()


def test_the_endpoint_takes_the_output(deliveries, upkeep):
    folder, truth, score, tell = deliveries
    rows = [{"request_id": row.request_id, "label": label, **output} for row in truth[:40].itertuples() for label, output in ((row.paid, {}), (row.was_late, {"output": "late"}))]
    assert tell(rows)["matched"] == 80
    assert tell([{"request_id": "nobody", "label": 1}])["unmatched"] == 1
    report, found = judge(upkeep, folder)
    check(found, truth, score, 40)
    assert report["quality"]["unmatched"] == 1 and "1 labels match no logged prediction" in " ".join(report["notes"])
    with pytest.raises(urllib.error.HTTPError) as refused:
        tell([{"request_id": "d1", "label": 1, "output": "lat"}])
    assert refused.value.code == 400 and "late" in refused.value.read().decode()


def test_another_systems_log_has_a_column_of_labels_for_each_output(deliveries, upkeep):
    folder, truth, score, _ = deliveries
    x = np.linspace(-3, 3, 60, dtype="f4")
    truth.assign(x=x, c=2 * x, p=score, t=1790000000 + np.arange(60)).to_csv(folder / "log.csv", index=False)
    report = upkeep.json("monitor", "m.onnx", "--log", "log.csv", "--time", "t", "--prediction", "cost=c,late=p", "--label", "paid,late=was_late", "--reference", "train.csv",
                         cwd=folder)
    check({one["output"]: one for one in [report["quality"], *report["other_outputs"]]}, truth, score, 60)


def test_f1_is_at_the_outputs_threshold(deliveries, upkeep):
    folder, truth, score, _ = deliveries
    upkeep("sign", "m.onnx", "--target", "late=was_late", cwd=folder)  # late is what the model is judged by now
    truth.assign(x=np.linspace(-3, 3, 60, dtype="f4"), late=score, t=1790000000 + np.arange(60)).to_csv(folder / "log.csv", index=False)
    report = upkeep.json("monitor", "m.onnx", "--log", "log.csv", "--time", "t", "--prediction", "late", "--label", "was_late", "--reference", "train.csv", "--metrics", "f1_score",
                         cwd=folder)
    value = next(iter(report["quality"]["metrics"].values()))["value"]
    assert value == pytest.approx(f1_score(truth.was_late == "yes", score > 0.3), abs=1e-6)
