"""`upkeep monitor` over tables that another system logged: scikit-learn answers, pandas writes, SciPy and scikit-learn say what is right."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def model_file(path, fitted, features):
    onnx_model = to_onnx(fitted, features[:1].to_numpy("float32"), options={id(fitted): {"zipmap": False}}, target_opset=17)
    path.write_bytes(onnx_model.SerializeToString())


@pytest.fixture
def tumours(tmp_path, upkeep):
    """A signed classifier in m.onnx, its training table in train.parquet, and what a system of our own would have logged of the other rows."""
    data = load_breast_cancer(as_frame=True).frame.sample(frac=1, random_state=1).reset_index(drop=True)
    names = list(data.columns[:5])
    train, rest = data[:280], data[280:].reset_index(drop=True)
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(train[names].to_numpy("float32"), train.target)
    model_file(tmp_path / "m.onnx", fitted, train[names])
    train[names + ["target"]].to_parquet(tmp_path / "train.parquet", index=False)
    features = [word for name in names for word in ("--feature", f"{name}=number")]
    upkeep("sign", "m.onnx", *features, "--output", "probabilities=classes:0|1", "--target", "probabilities=target", cwd=tmp_path)
    scores = fitted.predict_proba(rest[names].to_numpy("float32"))
    log = rest[names].copy()
    log["happened_at"] = pd.date_range("2026-03-01", periods=len(rest), freq="30min", tz="Europe/Paris")
    log["patient"] = [f"{number:05d}" for number in range(len(rest))]
    log["p0"], log["p1"], log["said"] = scores[:, 0], scores[:, 1], fitted.predict(rest[names].to_numpy("float32"))
    log["truth"] = rest.target
    return tmp_path, log, train, names


TIMES = ("--time", "happened_at", "--id", "patient")


def test_the_numbers_are_scikit_learns_and_scipys(tumours, upkeep):
    folder, log, train, names = tumours
    log.sample(frac=1, random_state=2).to_parquet(folder / "log.parquet", index=False)
    report = upkeep.json("monitor", "m.onnx", "--log", "log.parquet", *TIMES, "--label", "truth", "--prediction", "p0,p1", "--reference", "train.parquet",
                         "--metrics", "accuracy", "--per", "day", cwd=folder)
    assert report["traffic"]["rows"] == len(log) and report["traffic"]["latency_us"]["p50"] is None
    accuracy = report["quality"]["metrics"]["accuracy"]
    assert accuracy["value"] == pytest.approx(accuracy_score(log.truth, log.said), abs=1e-6)
    assert [feature["name"] for feature in report["drift"]["features"]] == names
    for feature in report["drift"]["features"]:
        right = stats.ks_2samp(train[feature["name"]].to_numpy("float32"), log[feature["name"]].to_numpy("float32"))
        assert feature["measures"]["kolmogorov-smirnov"]["score"] == pytest.approx(right.statistic, abs=1e-9)
    # 23:00 UTC is the day before in Paris: periods are UTC's
    assert report["timeline"][0]["rows"] == 2 and sum(period["rows"] for period in report["timeline"]) == len(log)
    in_order = log.reset_index(drop=True)
    first = in_order[in_order.happened_at < pd.Timestamp("2026-03-02", tz="UTC")][2:]
    assert report["timeline"][1]["metrics"]["accuracy"]["value"] == pytest.approx(accuracy_score(first.truth, first.said), abs=1e-6)
    assert report["quality"]["reference"]["metrics"]["accuracy"]["value"] > 0.9


@pytest.mark.parametrize("form", ["csv", "parquet", "folder"])
def test_every_form_of_a_log_gives_one_report(tumours, upkeep, form):
    folder, log, _, _ = tumours
    log["happened_at"] = (log.happened_at.astype("int64") // 10**6 if log.happened_at.dtype.unit == "ns" else log.happened_at.astype("int64") // 1000)
    if form == "csv":
        log.to_csv(folder / "log.csv", index=False)
    elif form == "parquet":
        log.to_parquet(folder / "log.parquet", index=False)
    else:
        for part in (0, 1, 2):
            at = folder / "log" / f"part={part}"
            at.mkdir(parents=True)
            log.iloc[part::3].to_parquet(at / "rows.parquet", index=False)
    name = "log" if form == "folder" else f"log.{form}"
    words = ("monitor", "m.onnx", "--log", name, *TIMES, "--label", "truth", "--prediction", "said", "--reference", "train.parquet")
    report = upkeep.json(*words, "--report", "page.html", cwd=folder)
    assert report["quality"]["metrics"]["accuracy"]["value"] == pytest.approx(accuracy_score(log.truth, log.said), abs=1e-6)
    assert not any(feature["drifted"] for feature in report["drift"]["features"])
    assert [one["name"] for one in report["drift"]["predictions"]] == ["probabilities.0"] and report["drift"]["predictions"][0]["kind"] == "category"
    assert "p99 latency" in (folder / "page.html").read_text()
    milliseconds = upkeep.json(*words, "--time-unit", "ms", cwd=folder)
    assert milliseconds["traffic"] == report["traffic"]


def test_a_shift_ends_with_the_exit_code_of_an_alarm(tumours, upkeep):
    folder, log, train, names = tumours
    log[names[0]] += 2 * train[names[0]].std()
    log.loc[log.index % 3 > 0, "truth"] = np.nan  # labels of a third so far
    log.to_csv(folder / "log.csv", index=False)
    done = upkeep.run("monitor", "m.onnx", "--log", "log.csv", *TIMES, "--label", "truth", "--prediction", "p0,p1", "--reference", "train.parquet", "--exit-code",
                      cwd=folder)
    assert done.returncode == 3 and "features drifted: mean radius" in done.stdout, done.stdout + done.stderr
    assert "on 97 labelled rows (34 % of 289)" in done.stdout


def test_a_registry_judges_each_version_by_its_own_signature(tumours, upkeep):
    folder, log, train, names = tumours
    for gaps in ("", "?"):  # the second version says that values may be missing
        upkeep("sign", "m.onnx", *(word for name in names for word in ("--feature", f"{name}=number{gaps}")), cwd=folder)
        upkeep("registry", "publish", "m.onnx", "--name", "tumour", "--alias", "production", "--reference", "train.parquet", "--registry", "reg", cwd=folder)
    log["served_by"] = np.where(log.index < 100, 1, 2)
    log.to_parquet(folder / "log.parquet", index=False)
    words = ("--registry", "reg", "--log", "log.parquet", *TIMES, "--label", "truth", "--prediction", "p0,p1", "--metrics", "accuracy")
    report = upkeep.json("monitor", "tumour", *words, "--version", "served_by", cwd=folder)
    assert [version["rows"] for version in report["quality"]["versions"]] == [100, 189]
    for version, part in zip(report["quality"]["versions"], (log[:100], log[100:])):
        assert version["metrics"]["accuracy"]["value"] == pytest.approx(accuracy_score(part.truth, part.said), abs=1e-6)
    assert upkeep.json("monitor", "tumour:2", *words, "--version", "served_by", cwd=folder)["rows"] == 189
    assert upkeep.json("monitor", "tumour:1", *words, cwd=folder)["traffic"]["versions"][0]["version"] == 1


def test_a_binary_score_is_judged_at_its_threshold(tmp_path, upkeep):
    """A model of one probability, as scikit-learn's second column, and its exact AUC."""
    import onnx
    from onnx import TensorProto, helper

    rng = np.random.default_rng(3)
    x = rng.normal(size=(400, 1)).astype("f4")
    scores = 1 / (1 + np.exp(-3 * x[:, 0]))
    truth = (rng.random(400) < scores).astype(int)
    nodes = [helper.make_node("Mul", ["x", "three"], ["z"]), helper.make_node("Sigmoid", ["z"], ["p"])]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1])], [helper.make_tensor_value_info("p", TensorProto.FLOAT, ["n", 1])],
                              [onnx.numpy_helper.from_array(np.array(3, "f4"), "three")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    upkeep("sign", "m.onnx", "--feature", "x=number", "--output", "p=binary:no|yes", "--target", "y", cwd=tmp_path)
    table = pd.DataFrame({"x": x[:, 0], "p": scores, "y": np.where(truth, "yes", "no"), "t": 1790000000 + np.arange(400)})
    table.to_csv(tmp_path / "log.csv", index=False)
    words = ("monitor", "m.onnx", "--log", "log.csv", "--time", "t", "--prediction", "p", "--reference", "log.csv")
    report = upkeep.json(*words, "--label", "y", "--metrics", "auc,accuracy", cwd=tmp_path)
    values = {name: one["value"] for name, one in report["quality"]["metrics"].items()}
    assert values["auc"] == pytest.approx(roc_auc_score(truth, scores), abs=1e-6)
    assert values["accuracy"] == pytest.approx(accuracy_score(truth, scores > 0.5), abs=1e-6)
    assert not report["drift"]["predictions"][0]["drifted"] and report["drift"]["predictions"][0]["measures"]["kolmogorov-smirnov"]["score"] == 0
    unlabelled = upkeep(*words, cwd=tmp_path)
    assert '--label y takes it as labels' in unlabelled


def test_what_is_not_there_is_refused_with_the_candidates(tumours, upkeep):
    folder, log, _, names = tumours
    log.rename(columns={names[1]: "texture"}).to_parquet(folder / "log.parquet", index=False)
    rest = ("--prediction", "p0,p1", "--reference", "train.parquet")
    done = upkeep.run("monitor", "m.onnx", "--log", "log.parquet", *TIMES, *rest, cwd=folder)
    assert done.returncode == 1 and 'unknown column "mean texture"' in done.stderr and "texture" in done.stderr
    log.to_parquet(folder / "log.parquet", index=False)
    for words, said in (
        (("--time", "when"), 'unknown column "when"'),
        (("--id", "patient"), "--time"),
        ((), "its columns are: mean radius"),
        (("--time", "happened_at", "--prediction", "risk=p0"), 'unknown column "risk=p0"'),
        (("--time", "happened_at", "--label", "truth"), "--prediction"),
        (("--time", "happened_at", "--prediction", "p0"), "fractions"),
    ):
        done = upkeep.run("monitor", "m.onnx", "--log", "log.parquet", *words, "--reference", "train.parquet", cwd=folder)
        assert done.returncode == 1 and said in done.stderr, done.stderr


def test_classes_of_words(tmp_path, upkeep):
    data = load_iris(as_frame=True)
    table = data.frame.rename(columns=lambda name: name.replace(" (cm)", "")).sample(frac=1, random_state=0).reset_index(drop=True)
    names = list(table.columns[:4])
    table["species"] = data.target_names[table.target]
    fitted = LogisticRegression(max_iter=500).fit(table[:75][names].to_numpy("float32"), table[:75].species)
    model_file(tmp_path / "m.onnx", fitted, table[names])
    table[names + ["species"]][:75].to_csv(tmp_path / "train.csv", index=False)
    features = [word for name in names for word in ("--feature", f"{name}=number")]
    upkeep("sign", "m.onnx", *features, "--output", "probabilities=classes:setosa|versicolor|virginica", "--target", "probabilities=species", cwd=tmp_path)
    log = table[75:].copy()
    log["said"] = fitted.predict(log[names].to_numpy("float32"))
    log["at"] = pd.date_range("2026-01-01", periods=75, freq="h")
    log.drop(columns="target").to_csv(tmp_path / "log.csv", index=False)
    report = upkeep.json("monitor", "m.onnx", "--log", "log.csv", "--time", "at", "--prediction", "said", "--label", "species", "--reference", "train.csv", cwd=tmp_path)
    assert report["quality"]["metrics"]["accuracy"]["value"] == pytest.approx(accuracy_score(log.species, log.said), abs=1e-6)
    assert any("without an offset" in note for note in report["notes"])
    counts = pd.concat([pd.Series(fitted.predict(table[:75][names].to_numpy("float32"))).value_counts(), log.said.value_counts()], axis=1).fillna(0)
    right = stats.chi2_contingency(counts.to_numpy().T, correction=False)
    assert report["drift"]["predictions"][0]["measures"]["chi-square"]["p_value"] == pytest.approx(right.pvalue, abs=1e-6)
