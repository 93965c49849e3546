"""Real data: digits as images, and three tables against scikit-learn's multilayer perceptron on the same split."""

import numpy as np
import pytest

from conftest import ROOT

pytest.importorskip("sklearn")
from sklearn.metrics import r2_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

DATA = ROOT / "tests" / "data"


def split(name, folder, stratify):
    """Writes train.csv and test.csv, a quarter of the rows; gives both as arrays."""
    header = (DATA / name).read_text().split("\n", 1)[0]
    rows = np.loadtxt(DATA / name, delimiter=",", skiprows=1)
    train, test = train_test_split(rows, test_size=0.25, random_state=0, stratify=rows[:, -1] if stratify else None)
    for file, part in (("train.csv", train), ("test.csv", test)):
        text = [",".join(f"{value:.10g}" for value in row) for row in part]
        (folder / file).write_text("\n".join([header, *text]) + "\n")
    return train[:, :-1], train[:, -1], test[:, :-1], test[:, -1]


DIGITS = """
layers:
  - input: {shape: [8, 8, 1]}
  - rescaling: {scale: 0.0625}
  - conv2d: {filters: 32, kernel_size: [3, 3], padding: same, activation: relu}
  - batch_normalization: {}
  - conv2d: {filters: 64, kernel_size: [3, 3], padding: same, activation: relu}
  - batch_normalization: {}
  - max_pooling2d: {pool_size: [2, 2]}
  - dropout: {rate: 0.25}
  - flatten: {}
  - dense: {units: 128, activation: relu}
  - dropout: {rate: 0.5}
  - dense: {units: 10, activation: softmax}
"""


def test_digits_as_images_reach_985_percent(upkeep, tmp_path):
    split("digits.csv", tmp_path, stratify=True)
    (tmp_path / "net.yaml").write_text(DIGITS)
    upkeep("train", tmp_path / "net.yaml", "--data", f"{tmp_path / 'train.csv'}:image_shape=8x8x1", "--target", "target", "--loss",
           "sparse_categorical_crossentropy", "--optimizer", "adam:learning_rate=0.001", "--schedule", "cosine-decay:decay_steps=2580", "--epochs", 60,
           "--batch-size", 32, "--augment", "translation:height_factor=0.1,width_factor=0.1,fill_mode=constant", "--augment",
           "rotation:factor=0.03,fill_mode=constant", "--seed", 1, "--threads", 2, "--output", tmp_path / "digits.onnx")
    found = upkeep.json("evaluate", tmp_path / "digits.onnx", "--data", f"{tmp_path / 'test.csv'}:image_shape=8x8x1", "--target", "target", "--metrics",
                        "accuracy")
    assert found["metrics"]["accuracy"] >= 0.985


CLASSIFIED = {"breast_cancer.csv": 2, "wine.csv": 3}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CLASSIFIED)
def test_a_table_is_classified_as_well_as_by_scikit_learn(name, upkeep, tmp_path):
    x, y, x_test, y_test = split(name, tmp_path, stratify=True)
    theirs = make_pipeline(StandardScaler(), MLPClassifier((100,), random_state=0)).fit(x, y).score(x_test, y_test)
    (tmp_path / "net.yaml").write_text(
        f"layers:\n  - input: {{shape: [{x.shape[1]}]}}\n  - normalization: {{}}\n  - dense: {{units: 100, activation: relu}}\n"
        f"  - dense: {{units: {CLASSIFIED[name]}, activation: softmax}}\n")
    upkeep("train", tmp_path / "net.yaml", "--data", tmp_path / "train.csv", "--target", "target", "--loss", "sparse_categorical_crossentropy",
           "--epochs", 100, "--seed", 0, "--output", tmp_path / "model.onnx")
    ours = upkeep.json("evaluate", tmp_path / "model.onnx", "--data", tmp_path / "test.csv", "--metrics", "accuracy")["metrics"]["accuracy"]
    assert ours >= theirs - 1e-9


@pytest.mark.filterwarnings("ignore")
def test_diabetes_is_predicted_as_well_as_by_scikit_learn(upkeep, tmp_path):
    x, y, x_test, y_test = split("diabetes.csv", tmp_path, stratify=False)
    theirs = r2_score(y_test, make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(100,), max_iter=1000, random_state=0)).fit(x, y).predict(x_test))
    (tmp_path / "net.yaml").write_text(
        f"layers:\n  - input: {{shape: [{x.shape[1]}]}}\n  - normalization: {{}}\n  - dense: {{units: 100, activation: relu}}\n  - dense: {{units: 1}}\n")
    def r2(seed):  # which rows are held out to stop by is drawn from the seed
        upkeep("train", tmp_path / "net.yaml", "--data", tmp_path / "train.csv", "--target", "target", "--loss", "mse", "--optimizer",
               "adam:learning_rate=0.005", "--epochs", 500, "--validation", 0.15, "--callbacks", "early-stopping:patience=30,restore_best_weights=true",
               "--seed", seed, "--output", tmp_path / f"model{seed}.onnx")
        return upkeep.json("evaluate", tmp_path / f"model{seed}.onnx", "--data", tmp_path / "test.csv", "--metrics", "r2")["metrics"]["r2"]

    ours = np.mean([r2(seed) for seed in range(5)])
    assert ours >= theirs - 0.02  # the split into rows to train and to test on is one draw too
