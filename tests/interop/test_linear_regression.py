"""The example program's file: Keras 3 loads it, predicts the same, and goes on training it with the optimiser's state."""

import subprocess

import numpy as np
import pytest

from conftest import write_csv

keras = pytest.importorskip("keras")
from keras_state import load_with_optimizer_state  # noqa: E402


@pytest.fixture(scope="module")
def linear_regression(tmp_path_factory, example):
    folder = tmp_path_factory.mktemp("example")
    done = subprocess.run([str(example("linear_regression"))], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_keras_predicts_the_same(linear_regression, upkeep, linear_data, tmp_path):
    x, y = linear_data
    write_csv(tmp_path / "data.csv", x, y)
    model = keras.models.load_model(linear_regression / "linear_regression.h5")
    ours = upkeep.json("predict", linear_regression / "linear_regression.h5", "--data", tmp_path / "data.csv", "--ignore", "y")["predictions"]
    (answers,) = ours.values()
    np.testing.assert_allclose(model.predict(x, verbose=0).ravel(), answers, rtol=1e-6, atol=1e-6)


def test_keras_goes_on_with_the_optimizer_state(linear_regression, upkeep, linear_data, tmp_path):
    x, y = linear_data
    write_csv(tmp_path / "data.csv", x, y)
    model = load_with_optimizer_state(linear_regression / "linear_regression.h5")
    assert int(model.optimizer.iterations) == 200 * 4
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)
    assert max(float(np.abs(v).max()) for v in model.optimizer.variables[2:]) > 0
    theirs = model.fit(x, y, epochs=10, batch_size=32, shuffle=False, verbose=0).history["loss"]
    ours = upkeep.json("train", linear_regression / "linear_regression.h5", "--data", tmp_path / "data.csv", "--target", "y", "--epochs", 10,
                       "--batch-size", 32, "--no-shuffle", "--seed", 1)["history"]["loss"]
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_it_left_pages_to_look_at(linear_regression):
    for name in ["linear_regression.html", "linear_regression_curves.html"]:
        assert "<html" in (linear_regression / name).read_text()
