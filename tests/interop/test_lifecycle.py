"""One life of every kind of model on real data: train or import, publish, serve, log, label, monitor, maintain.

Of each the monitor finds no drift where requests are rows of the training data, finds the shift that is planted, and its quality equals
what scikit-learn computes from the answers that the clients got.
"""

import hashlib
import json
import time
import urllib.request

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

sklearn = pytest.importorskip("sklearn")

DIABETES = ROOT / "tests" / "data" / "diabetes.csv"
DIGITS = ROOT / "tests" / "data" / "digits.csv"


class Life:
    """A registry with one model in production, a server, and what its clients sent and got."""

    def __init__(self, upkeep, serve, folder):
        self.upkeep, self.serve, self.folder, self.sent = upkeep, serve, folder, 0
        self.registry = folder / "registry"

    def publish(self, model, reference):
        self.upkeep("registry", "publish", model, "--name", "m", "--alias", "production", "--reference", reference, "--registry", self.registry)
        self.server = self.serve(self.registry, "--log-segment-seconds", "0.1")

    def ask(self, inputs):
        """inputs: name -> (datatype, array). One request for each row; ids are r0, r1, ... The outputs, row below row."""
        answers = {}
        for row in range(len(next(iter(inputs.values()))[1])):
            body = {"id": f"r{self.sent}", "inputs": [
                {"name": name, "datatype": datatype, "shape": [1, *values.shape[1:]], "data": [None if v != v else v for v in values[row].ravel().tolist()]}
                for name, (datatype, values) in inputs.items()]}
            self.sent += 1
            request = urllib.request.Request(f"{self.server.url}/v2/models/m/infer", data=json.dumps(body).encode())
            with urllib.request.urlopen(request) as answer:
                for output in json.load(answer)["outputs"]:
                    answers.setdefault(output["name"], []).append(output["data"])
        return {name: np.array(values) for name, values in answers.items()}

    def label(self, labels, first=0):
        frame = labels if isinstance(labels, pd.DataFrame) else pd.DataFrame({"label": labels})
        frame.insert(0, "request_id", [f"r{first + i}" for i in range(len(frame))])
        frame.to_csv(self.folder / "labels.csv", index=False)
        return self.upkeep.json("label", "m", "--data", self.folder / "labels.csv", "--registry", self.registry)

    def monitor(self, *words, rows=None):
        time.sleep(0.6)  # the segments of the last requests
        return self.upkeep.json("monitor", "m", "--registry", self.registry, *(["--rows", rows] if rows else []), *words)

    def maintain(self, metric, bound, action=None):
        """A pass whose trigger fires; the outcome."""
        pass_file = self.folder / "upkeep.yaml"
        pass_file.write_text(json.dumps({
            "registry": str(self.registry), "model": "m", "triggers": [{"quality": {"metric": metric, "bound": bound, "min_labels": 30}}],
            "actions": [action or {"retrain": {"epochs": 2, "seed": 1}}], "gates": [{"not_worse": {"metric": metric}}], "min_new_rows": 20}))
        done = self.upkeep.run("maintain", pass_file, "--json")
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


@pytest.fixture
def life(upkeep, serve, tmp_path):
    return Life(upkeep, serve, tmp_path)


def drifted(report, measure="psi"):
    return sorted(f["name"] for f in report["drift"]["features"] if f["measures"][measure]["verdict"] == "drifted")


def metric_of(report, name):
    return report["quality"]["metrics"][name]["value"]


TWO_INPUTS = """
layers:
  - input: {shape: [4], name: body}
  - input: {shape: [6], name: blood}
  - concatenate: {name: both, inputs: [body, blood]}
  - normalization
  - dense: {units: 8, activation: relu}
  - dense: {units: 1, name: score}
"""


def test_two_inputs_of_a_table(life):
    table = pd.read_csv(DIABETES)
    columns = list(table.columns[:10])
    (life.folder / "net.yaml").write_text(TWO_INPUTS)
    features = ",".join([f"body={c}" for c in columns[:4]] + [f"blood={c}" for c in columns[4:]])
    life.upkeep("train", life.folder / "net.yaml", "--data", DIABETES, "--target", "target", "--features", features, "--loss", "mse", "--metrics", "mae",
                "--optimizer", "adam:learning_rate=0.05", "--epochs", 30, "--seed", 1, "--output", life.folder / "m.onnx")
    life.publish(life.folder / "m.onnx", DIABETES)
    some = table.sample(200, random_state=1)
    body, blood = some[columns[:4]].to_numpy("f4"), some[columns[4:]].to_numpy("f4")
    answers = life.ask({"body": ("FP32", body), "blood": ("FP32", blood)})["score"].ravel()
    assert life.label(some["target"].to_numpy())["labels"] == 200
    report = life.monitor()
    assert len(report["drift"]["features"]) == 10 and drifted(report) == []
    assert metric_of(report, "mae") == pytest.approx(np.abs(answers - some["target"]).mean(), rel=1e-5)
    life.ask({"body": ("FP32", body), "blood": ("FP32", blood + blood.std(axis=0) * np.eye(6, dtype="f4")[2] * 2)})
    assert drifted(life.monitor(rows=200)) == [columns[6]]
    code, outcome = life.maintain("mae", 1)
    assert code == 0 and outcome["outcome"] in ("promoted", "held", "refused"), outcome


def test_pipelines_of_scikit_learn_with_numbers_and_categories(life):
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pd.read_csv(DIABETES)
    table["group"] = pd.cut(table["age"], [0, 35, 50, 65, 120], labels=["young", "middle", "old", "eldest"]).astype(str)
    table["ill"] = (table["target"] > 140).map({True: "yes", False: "no"})
    table = table[["bmi", "bp", "group", "ill"]]
    reference = life.folder / "reference.csv"
    table.to_csv(reference, index=False)
    numbers = ["bmi", "bp"]
    pipeline = make_pipeline(ColumnTransformer([("n", StandardScaler(), numbers), ("c", OneHotEncoder(handle_unknown="ignore"), ["group"])]), LogisticRegression())
    pipeline.fit(table[[*numbers, "group"]], table["ill"])
    types = [(name, FloatTensorType([None, 1])) for name in numbers] + [("group", StringTensorType([None, 1]))]
    (life.folder / "m.onnx").write_bytes(to_onnx(pipeline, initial_types=types).SerializeToString())
    life.upkeep("sign", life.folder / "m.onnx", "--feature", "bmi:bmi=number,bp:bp=number,group:group=category", "--target", "output_probability=ill")
    life.publish(life.folder / "m.onnx", reference)
    some = table.sample(200, random_state=2)
    inputs = {name: ("FP32", some[[name]].to_numpy("f4")) for name in numbers} | {"group": ("BYTES", some[["group"]].to_numpy(object))}
    answers = life.ask(inputs)
    assert (answers["output_label"].ravel() == pipeline.predict(some[[*numbers, "group"]])).all()
    life.label(some["ill"].to_numpy())
    report = life.monitor("--metrics", "accuracy")
    assert [f["name"] for f in report["drift"]["features"]] == [*numbers, "group"]
    assert metric_of(report, "accuracy") == pytest.approx((answers["output_label"].ravel() == some["ill"]).mean(), abs=1e-6)
    inputs["group"] = ("BYTES", np.where(some[["group"]] == "young", "newborn", some[["group"]]).astype(object))
    life.ask(inputs)
    later = life.monitor(rows=200)
    found = [f for f in later["drift"]["features"] if f["name"] == "group"][0]
    assert any(m["verdict"] == "drifted" for m in found["measures"].values()), found


def test_a_classifier_of_images(life):
    rows = pd.read_csv(DIGITS)
    pixels = rows.iloc[:, :64].to_numpy("f4").reshape(-1, 8, 8, 1) / 16
    digits = rows.iloc[:, 64].to_numpy()
    np.savez(life.folder / "d.npz", image=pixels, digit=digits)
    (life.folder / "net.yaml").write_text("layers:\n  - input: {shape: [8, 8, 1], name: image}\n  - conv2d: {filters: 8, kernel_size: 3, activation: relu}\n"
                                          "  - flatten\n  - dense: {units: 10, activation: softmax, name: p}\n")
    life.upkeep("train", life.folder / "net.yaml", "--data", life.folder / "d.npz", "--target", "digit", "--features", "image", "--loss",
                "sparse_categorical_crossentropy", "--metrics", "accuracy", "--epochs", 4, "--seed", 1, "--output", life.folder / "m.onnx")
    life.publish(life.folder / "m.onnx", life.folder / "d.npz")
    answers = life.ask({"image": ("FP32", pixels[:150])})["p"].reshape(150, 10)
    life.label(digits[:150])
    report = life.monitor("--metrics", "accuracy")
    assert metric_of(report, "accuracy") == pytest.approx((answers.argmax(1) == digits[:150]).mean(), abs=1e-6)
    code, outcome = life.maintain("accuracy", 0.999)
    assert code == 0 and outcome["outcome"] in ("promoted", "held", "refused"), outcome


def test_texts_behind_a_lookup(life):
    table = pd.read_csv(DIABETES)
    table["group"] = pd.cut(table["age"], [0, 35, 50, 65, 120], labels=["young", "middle", "old", "eldest"]).astype(str)
    table = table[["bmi", "bp", "group", "target"]]
    reference = life.folder / "reference.csv"
    table.to_csv(reference, index=False)
    (life.folder / "net.yaml").write_text("layers:\n  - input: {shape: [2], name: numbers}\n  - normalization\n  - dense: {units: 8, activation: relu}\n"
                                          "  - dense: {units: 1, name: score}\n")
    life.upkeep("train", life.folder / "net.yaml", "--data", reference, "--target", "target", "--category", "group", "--loss", "mse", "--metrics", "mae",
                "--optimizer", "adam:learning_rate=0.05", "--epochs", 20, "--seed", 1, "--output", life.folder / "m.onnx")
    signature = life.upkeep.json("inspect", life.folder / "m.onnx")["signature"]
    by_name = {i["name"]: i["features"] for i in signature["inputs"]}
    assert by_name["group"] == [{"column": "group", "kind": "category", "categories": ["eldest", "middle", "old", "young"]}]
    life.publish(life.folder / "m.onnx", reference)
    some = table.sample(150, random_state=3)
    numbers = some[["bmi", "bp"]].to_numpy("f4")
    inputs = {"numbers": ("FP32", numbers), "group": ("BYTES", some[["group"]].to_numpy(object))}
    answers = life.ask(inputs)["score"].ravel()
    life.label(some["target"].to_numpy())
    report = life.monitor()
    assert metric_of(report, "mae") == pytest.approx(np.abs(answers - some["target"]).mean(), rel=1e-5)
    code, outcome = life.maintain("mae", 1)
    assert code == 0 and outcome["outcome"] in ("promoted", "held", "refused"), outcome


def test_features_that_may_be_missing(life):
    table = pd.read_csv(DIABETES)
    gaps = np.random.default_rng(1).random(len(table)) < 0.2
    table.loc[gaps, "bmi"] = np.nan
    reference = life.folder / "reference.csv"
    table.to_csv(reference, index=False)
    (life.folder / "net.yaml").write_text("layers:\n  - input: {shape: [10], name: x}\n  - normalization\n  - dense: {units: 1, name: score}\n")
    life.upkeep("train", life.folder / "net.yaml", "--data", reference, "--target", "target", "--impute", "mean", "--loss", "mse", "--metrics", "mae",
                "--optimizer", "adam:learning_rate=0.5", "--epochs", 20, "--seed", 1, "--output", life.folder / "m.onnx")
    assert "bmi (may be missing)" in life.upkeep("inspect", life.folder / "m.onnx")
    life.publish(life.folder / "m.onnx", reference)
    some = table.sample(200, random_state=4)
    values = some.iloc[:, :10].to_numpy("f4")
    answers = life.ask({"x": ("FP32", values)})["score"].ravel()
    assert np.isfinite(answers).all()
    life.label(some["target"].to_numpy())
    report = life.monitor()
    assert drifted(report) == []
    assert metric_of(report, "mae") == pytest.approx(np.abs(answers - some["target"]).mean(), rel=1e-5)
    values[:, 3] = np.nan
    life.ask({"x": ("FP32", values)})
    text = json.dumps(life.monitor(rows=200))
    assert "missing" in text and "bp" in text


def test_a_series_with_an_answer_for_each_step(life):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(300, 6, 2)).astype("f4")
    y = (x.cumsum(axis=1) @ np.array([1.0, -0.5], "f4"))[..., None]
    np.savez(life.folder / "d.npz", series=x, y=y)
    (life.folder / "net.yaml").write_text("layers:\n  - input: {shape: [6, 2], name: series}\n  - simple_rnn: {units: 8, return_sequences: true}\n"
                                          "  - dense: {units: 1, name: score}\n")
    life.upkeep("train", life.folder / "net.yaml", "--data", life.folder / "d.npz", "--target", "y", "--features", "series", "--loss", "mse", "--metrics", "mae",
                "--epochs", 3, "--seed", 1, "--output", life.folder / "m.onnx")
    life.publish(life.folder / "m.onnx", life.folder / "d.npz")
    life.ask({"series": ("FP32", x[:100])})
    report = life.monitor()
    assert report["predictions"]["rows"] == 100 if "predictions" in report else True
    assert report["drift"] is not None


TWO_OUTPUTS = """
layers:
  - input: {shape: [10], name: x}
  - normalization: {name: n}
  - dense: {units: 8, activation: relu, name: h}
  - dense: {units: 1, name: left, inputs: [h]}
  - dense: {units: 1, name: right, inputs: [h]}
outputs: [left, right]
"""


def test_two_outputs_with_a_target_each(life):
    table = pd.read_csv(DIABETES)
    table["second"] = table["bmi"] * 3 - 20
    reference = life.folder / "reference.csv"
    table.to_csv(reference, index=False)
    (life.folder / "net.yaml").write_text(TWO_OUTPUTS)
    life.upkeep("train", life.folder / "net.yaml", "--data", reference, "--target", "left=target,right=second", "--features", ",".join(table.columns[:10]),
                "--loss", "left=mse,right=mse", "--metrics", "left=mae,right=mae", "--optimizer", "adam:learning_rate=0.05", "--epochs", 20, "--seed", 1,
                "--output", life.folder / "m.onnx")
    evaluated = life.upkeep.json("evaluate", life.folder / "m.onnx", "--data", reference)  # the targets are known
    assert evaluated["rows"] == len(table)
    life.publish(life.folder / "m.onnx", reference)
    some = table.sample(150, random_state=6)
    answers = life.ask({"x": ("FP32", some.iloc[:, :10].to_numpy("f4"))})
    life.label(some["target"].to_numpy())
    report = life.monitor()
    assert drifted(report) == []
    assert metric_of(report, "mae") == pytest.approx(np.abs(answers["left"].ravel() - some["target"]).mean(), rel=1e-5)


def test_wide_images_leave_an_embedding_in_the_log(life):
    """1600 pixels are too many to be logged: what the last dense layer reads is, and shows that the images were turned over."""
    rows = pd.read_csv(DIGITS)
    pixels = np.kron(rows.iloc[:, :64].to_numpy("f4").reshape(-1, 8, 8) / 16, np.ones((5, 5), "f4"))[..., None]
    digits = rows.iloc[:, 64].to_numpy()
    np.savez(life.folder / "d.npz", image=pixels, digit=digits)
    (life.folder / "net.yaml").write_text("layers:\n  - input: {shape: [40, 40, 1], name: image}\n  - average_pooling2d: {pool_size: 5}\n  - flatten\n"
                                          "  - dense: {units: 40, activation: relu, name: hidden}\n  - dense: {units: 10, activation: softmax, name: p}\n")
    train = ("train", life.folder / "net.yaml", "--data", life.folder / "d.npz", "--target", "digit", "--features", "image", "--loss",
             "sparse_categorical_crossentropy", "--metrics", "accuracy", "--epochs", 5, "--seed", 1, "--output", life.folder / "m.onnx")
    life.upkeep(*train)
    assert "embeds" in life.upkeep("sign", life.folder / "m.onnx", "--embedding", "auto")
    assert "predicted" in life.upkeep("predict", life.folder / "m.onnx", "--data", life.folder / "d.npz").splitlines()[0]
    life.publish(life.folder / "m.onnx", life.folder / "d.npz")
    order = np.random.default_rng(5).permutation(len(pixels))[:240]
    answers = life.ask({"image": ("FP32", pixels[order])})
    assert list(answers) == ["p"]  # the embedding is for the log
    report = life.monitor()
    embedded = {f["name"]: f for f in report["drift"]["predictions"] if f["name"].startswith("upkeep.embedding.")}
    assert len(embedded) == 32 and sum(f["drifted"] for f in embedded.values()) == 0
    life.ask({"image": ("FP32", pixels[order][:, ::-1].copy())})
    report = life.monitor(rows=240)
    assert sum(f["drifted"] for f in report["drift"]["predictions"] if f["name"].startswith("upkeep.embedding.")) > 5


COST_AND_RISK = """
layers:
  - input: {shape: [10], name: x}
  - normalization: {name: n}
  - dense: {units: 8, activation: relu, name: h}
  - dense: {units: 1, name: cost, inputs: [h]}
  - dense: {units: 1, activation: sigmoid, name: risk, inputs: [h]}
outputs: [cost, risk]
"""


def test_two_outputs_are_retrained_and_judged_each_by_its_own(life):
    """A pass trains both outputs from the log; each gate judges the outputs that its metric fits, by scikit-learn's figures of the held-out rows."""
    table = pd.read_csv(DIABETES)
    table["high"] = np.where(table["target"] > 200, "yes", "no")
    reference = life.folder / "reference.csv"
    table[:200].to_csv(reference, index=False)
    (life.folder / "net.yaml").write_text(COST_AND_RISK)
    life.upkeep("train", life.folder / "net.yaml", "--data", reference, "--target", "cost=target,risk=high", "--features", ",".join(table.columns[:10]),
                "--loss", "cost=mse,risk=binary_crossentropy", "--metrics", "cost=mae,risk=accuracy", "--optimizer", "adam:learning_rate=0.02", "--epochs", 3,
                "--seed", 1, "--output", life.folder / "m.onnx")
    life.upkeep("sign", life.folder / "m.onnx", "--output", "risk=binary:no|yes,threshold=0.3", "--embedding", "auto")
    life.publish(life.folder / "m.onnx", reference)
    some = table[200:].reset_index(drop=True)
    answers = life.ask({"x": ("FP32", some.iloc[:, :10].to_numpy("f4"))})
    life.label(some[["target", "high"]].copy()[:230])
    life.upkeep("label", "m", "--data", life.folder / "labels.csv", "--registry", life.registry)
    report = life.monitor("--metrics", "mae,f1_score")
    (other,) = report["other_outputs"]
    yes, risk = some["high"][:230] == "yes", answers["risk"].ravel()[:230] > 0.3
    assert list(report["quality"]["metrics"]) == ["mae"] and list(other["metrics"]) == ["f1_score"]
    assert other["metrics"]["f1_score"]["value"] == pytest.approx(sklearn.metrics.f1_score(yes, risk), abs=1e-6)
    pass_file = life.folder / "upkeep.yaml"
    pass_file.write_text(json.dumps({
        "registry": str(life.registry), "model": "m", "triggers": [{"quality": {"metric": "mae", "bound": 1, "min_labels": 30}}],
        "actions": [{"retrain": {"epochs": 60, "seed": 1}}], "gates": [{"better": {"metric": "mae"}}, {"not_worse": {"metric": "f1_score", "on": "held-out", "max_loss": 0.2}}],
        "min_new_rows": 20}))
    done = life.upkeep.run("maintain", pass_file, "--json")
    outcome = json.loads(done.stdout)
    assert done.returncode == 0 and outcome["outcome"] == "promoted", outcome["reason"]
    assert "upkeep.embedding" in life.upkeep("inspect", "m:2", "--registry", life.registry)
    gates = {step["name"]: step["evidence"] for step in outcome["steps"] if step["kind"] == "gate"}
    assert sorted(gates) == ["better (cost)", "not-worse (risk)"]
    held = [int(hashlib.sha256(f"held out\nr{i}".encode()).hexdigest()[:13], 16) / 2**52 < 0.3 for i in range(230)]
    assert gates["better (cost)"]["rows"] == sum(held)
    assert gates["better (cost)"]["current"] == pytest.approx(np.abs(answers["cost"].ravel()[:230] - some["target"][:230])[held].mean(), rel=1e-5)
    assert gates["not-worse (risk)"]["current"] == pytest.approx(sklearn.metrics.f1_score(yes[held], risk[held]), abs=1e-6)


# Monthly passengers of international airlines in thousands, 1949 to 1960 (Box and Jenkins, Time Series Analysis, 1976, series G).
PASSENGERS = np.array("""
112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140 145 150 178 163 172 178 199 199 184 162 146 166
171 180 193 181 183 218 230 242 209 191 172 194 196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306 315 301 356 348 355 422 465 467 404 347 305 336
340 318 362 348 363 435 491 505 404 359 310 337 360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432
""".split(), "f4")

WINDOWS = """
layers:
  - input: {shape: [12, 2]}
  - rescaling: {scale: 0.01}
  - flatten
  - dense: {units: 1, name: next}
"""


def test_windows_of_a_series(life):
    month = (np.arange(len(PASSENGERS)) % 12 + 1).astype("f4")
    pd.DataFrame({"passengers": PASSENGERS, "month": month})[:96].to_csv(life.folder / "train.csv", index=False)
    (life.folder / "net.yaml").write_text(WINDOWS)
    windows = f"{life.folder / 'train.csv'}:window=12,horizon=1"
    life.upkeep("train", life.folder / "net.yaml", "--data", windows, "--target", "passengers", "--features", "passengers,month", "--loss", "mse",
                "--optimizer", "adam:learning_rate=0.05", "--epochs", 100, "--seed", 1, "--output", life.folder / "m.onnx")
    rows = life.upkeep.run("registry", "publish", life.folder / "m.onnx", "--name", "m", "--reference", life.folder / "train.csv", "--registry", life.registry)
    assert rows.returncode == 1 and "reads [batch, 12, 2], and the table gives [96, 2]" in rows.stderr and "window=24" in rows.stderr
    life.publish(life.folder / "m.onnx", windows)
    both = np.stack([PASSENGERS, month], axis=1)
    asked = np.stack([both[i - 12:i] for i in range(84, 144)])
    answers = life.ask({"input": ("FP32", asked)})["next"].ravel()
    assert life.label(PASSENGERS[84:])["labels"] == 60
    report = life.monitor()
    assert metric_of(report, "mae") == pytest.approx(np.abs(answers - PASSENGERS[84:]).mean(), rel=1e-5)
    assert [f["name"] for f in report["drift"]["features"]] == ["passengers (last step)", "month (last step)"]
    assert drifted(report) == ["passengers (last step)"]  # there were never that many; months come round
    code, outcome = life.maintain("mae", 1, {"retrain": {"epochs": 100, "learning_rate": 0.05, "seed": 1}})
    assert code == 0 and outcome["outcome"] == "promoted", outcome
