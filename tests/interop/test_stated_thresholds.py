"""A binary answer's own threshold in evaluate, predict and monitor: scikit-learn says what is right at it."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

metrics = pytest.importorskip("sklearn.metrics")

DIABETES = ROOT / "tests" / "data" / "diabetes.csv"
NET = "layers:\n  - input: {shape: [10], name: x}\n  - normalization: {name: n}\n  - dense: {units: 1, name: p%s}\n"


@pytest.fixture(params=["probabilities", "logits"])
def screening(request, upkeep, tmp_path):
    """A model of a rare class, signed with a threshold of its own; its test table, its scores, and the decisions at that threshold."""
    table = pd.read_csv(DIABETES)
    table["high"] = np.where(table["target"] > 240, "yes", "no")
    table = table.drop(columns="target")
    table.to_csv(tmp_path / "d.csv", index=False)
    logits = request.param == "logits"
    (tmp_path / "net.yaml").write_text(NET % ("" if logits else ", activation: sigmoid"))
    loss = "binary_crossentropy" + (":from_logits=true" if logits else "")
    upkeep("train", "net.yaml", "--data", "d.csv", "--target", "high", "--loss", loss, "--optimizer", "adam:learning_rate=0.05", "--epochs", 20, "--seed", 3,
           "--output", "m.onnx", cwd=tmp_path)
    threshold = -1.5 if logits else 0.2
    upkeep("sign", "m.onnx", "--output", f"p=binary:no|yes,threshold={threshold}", cwd=tmp_path)
    upkeep("predict", "m.onnx", "--data", "d.csv", "--output", "p.csv", cwd=tmp_path)
    answers = pd.read_csv(tmp_path / "p.csv")
    return tmp_path, table, answers, answers["p"].to_numpy() > threshold, logits


def expected(truth, said):
    yes = (truth == "yes").to_numpy()
    (tn, fp), (fn, tp) = metrics.confusion_matrix(yes, said)
    return {"accuracy": metrics.accuracy_score(yes, said), "binary_accuracy": metrics.accuracy_score(yes, said), "f1_score": metrics.f1_score(yes, said),
            "f1_score:average=macro": metrics.f1_score(yes, said, average="macro"), "fbeta_score:beta=2": metrics.fbeta_score(yes, said, beta=2),
            "precision": metrics.precision_score(yes, said), "recall": metrics.recall_score(yes, said), "true_positives": tp, "false_positives": fp,
            "true_negatives": tn, "false_negatives": fn, "binary_iou": metrics.jaccard_score(yes, said, average="macro"),
            "mean_iou": metrics.jaccard_score(yes, said, average="macro")}


def test_predict_and_evaluate_decide_by_the_stated_threshold(screening, upkeep):
    folder, table, answers, said, logits = screening
    assert list(answers["predicted"]) == list(np.where(said, "yes", "no"))
    wanted = expected(table["high"], said)
    report = upkeep.json("evaluate", "m.onnx", "--data", "d.csv", "--metrics", ",".join(wanted), cwd=folder)
    assert report["analysis"]["confusion"] == metrics.confusion_matrix(table["high"], np.where(said, "yes", "no")).tolist()
    for name, value in wanted.items():
        assert report["metrics"][name] == pytest.approx(value, abs=1e-6), name
    scored = upkeep.json("evaluate", "m.onnx", "--data", "d.csv", "--metrics", "binary_crossentropy,auc:exact=true,sparse_categorical_accuracy", cwd=folder)
    probability = 1 / (1 + np.exp(-answers["p"])) if logits else answers["p"]
    assert scored["metrics"]["binary_crossentropy"] == pytest.approx(metrics.log_loss(table["high"], probability), rel=1e-5)
    assert scored["metrics"]["auc:exact=true"] == pytest.approx(metrics.roc_auc_score(table["high"], answers["p"]), abs=1e-6)
    assert scored["metrics"]["sparse_categorical_accuracy"] is None
    assert "one number a row" in scored["analysis"]["metrics"]["sparse_categorical_accuracy"]["unknown"]


def test_the_monitor_and_logged_classes_say_the_same(screening, upkeep):
    folder, table, answers, said, _ = screening
    table.assign(score=answers["p"], told=np.where(said, "yes", "no"), bit=said.astype(int), t=1790000000 + np.arange(len(table))).to_csv(folder / "log.csv", index=False)
    wanted = expected(table["high"], said)
    for column in ("score", "told", "bit"):
        report = upkeep.json("monitor", "m.onnx", "--log", "log.csv", "--time", "t", "--prediction", column, "--label", "high", "--metrics", ",".join(wanted), cwd=folder)
        found = report["quality"]["metrics"]
        for name, value in wanted.items():
            assert found[name]["value"] == pytest.approx(value, abs=1e-6), (column, name, found[name])
    assert "classes without scores" in " ".join(
        upkeep.json("monitor", "m.onnx", "--log", "log.csv", "--time", "t", "--prediction", "told", "--label", "high", "--metrics", "auc", cwd=folder)["unknown"])


TWO = """
layers:
  - input: {shape: [10], name: x}
  - normalization: {name: n}
  - dense: {units: 8, activation: relu, name: h}
  - dense: {units: 1, name: cost, inputs: [h]}
  - dense: {units: 1, activation: sigmoid, name: risk, inputs: [h]}
outputs: [cost, risk]
"""


def test_metrics_of_two_outputs_are_of_those_that_they_fit(upkeep, tmp_path):
    table = pd.read_csv(DIABETES)
    table["high"] = np.where(table["target"] > 200, "yes", "no")
    table.to_csv(tmp_path / "d.csv", index=False)
    (tmp_path / "net.yaml").write_text(TWO)
    upkeep("train", "net.yaml", "--data", "d.csv", "--target", "cost=target,risk=high", "--features", ",".join(table.columns[:10]), "--loss",
           "cost=mse,risk=binary_crossentropy", "--epochs", 5, "--seed", 1, "--output", "m.onnx", cwd=tmp_path)
    upkeep("sign", "m.onnx", "--output", "risk=binary:no|yes,threshold=0.3", cwd=tmp_path)
    report = upkeep.json("evaluate", "m.onnx", "--data", "d.csv", "--metrics", "mae,f1_score,precision,cost=recall", cwd=tmp_path)
    upkeep("predict", "m.onnx", "--data", "d.csv", "--output", "p.csv", cwd=tmp_path)
    answers, yes = pd.read_csv(tmp_path / "p.csv"), table["high"] == "yes"
    assert report["metrics"]["risk_f1_score"] == pytest.approx(metrics.f1_score(yes, answers["risk"] > 0.3), abs=1e-6)
    assert report["metrics"]["risk_precision"] == pytest.approx(metrics.precision_score(yes, answers["risk"] > 0.3), abs=1e-6)
    assert report["metrics"]["cost_mae"] == pytest.approx(metrics.mean_absolute_error(table["target"], answers["cost"]), rel=1e-5)
    assert "cost_f1_score" not in report["metrics"] and report["metrics"]["cost_recall"] is None
    assert list(report["unknown"]) == ["cost_recall"]
