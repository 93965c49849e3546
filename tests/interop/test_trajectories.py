"""The loss after each of 20 epochs equals Keras's to 1e-5 relative: same initial weights, same order of batches."""

import numpy as np
import pytest

from conftest import write_csv

keras = pytest.importorskip("keras")

CASES = {
    "sgd": (lambda: keras.optimizers.SGD(0.01), None),
    "momentum": (lambda: keras.optimizers.SGD(0.01, momentum=0.9), None),
    "nesterov": (lambda: keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True), None),
    "adam": (lambda: keras.optimizers.Adam(0.01), None),
    "adam-l1l2": (lambda: keras.optimizers.Adam(0.01), lambda: keras.regularizers.L1L2(0.001, 0.01)),
    "adamw": (lambda: keras.optimizers.AdamW(0.01, weight_decay=0.02), None),
    "adamw-l2": (lambda: keras.optimizers.AdamW(0.01, weight_decay=0.02), lambda: keras.regularizers.L2(0.01)),
    "sgd-l1": (lambda: keras.optimizers.SGD(0.01), lambda: keras.regularizers.L1(0.01)),
}


@pytest.mark.parametrize("case", CASES)
def test_regression_losses_equal(case, upkeep, tmp_path, linear_data):
    x, y = linear_data
    optimizer, regularizer = CASES[case]
    keras.utils.set_random_seed(3)
    made = regularizer() if regularizer else None
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(10, activation="relu", kernel_regularizer=made, bias_regularizer=made),
                              keras.layers.Dense(1)])
    model.compile(optimizer=optimizer(), loss="mse", metrics=["mae"])
    model.save(tmp_path / "start.h5")
    write_csv(tmp_path / "data.csv", x, y)
    theirs = model.fit(x, y, epochs=20, batch_size=32, shuffle=False, verbose=0).history
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.csv", "--target", "y", "--epochs", 20, "--batch-size", 32,
                       "--no-shuffle", "--seed", 1)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
    np.testing.assert_allclose(ours["mae"], theirs["mae"], rtol=1e-5)


@pytest.mark.parametrize("loss,activation", [("sparse_categorical_crossentropy", "softmax"), ("categorical_crossentropy", "softmax")])
def test_classification_losses_equal(loss, activation, upkeep, tmp_path):
    random = np.random.default_rng(5)
    x = random.normal(size=(120, 4)).astype("float32")
    labels = (x[:, 0] + x[:, 1] > 0).astype("int64") + (x[:, 2] > 0.5)
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(3, activation=activation)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss=loss, metrics=["accuracy"])
    model.save(tmp_path / "start.h5")
    y = labels if loss.startswith("sparse") else np.eye(3, dtype="float32")[labels]
    if loss.startswith("sparse"):
        write_csv(tmp_path / "data.csv", x, labels)
        target = "y"
    else:
        np.savez(tmp_path / "data.npz", **{f"x{i}": x[:, i] for i in range(4)}, a=y[:, 0], b=y[:, 1], c=y[:, 2])
        target = "a,b,c"
    data = next(tmp_path.glob("data.*"))
    theirs = model.fit(x, y, epochs=20, batch_size=32, shuffle=False, verbose=0).history
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", data, "--target", target, "--epochs", 20, "--batch-size", 32, "--no-shuffle",
                       "--seed", 1)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
    np.testing.assert_allclose(ours["accuracy"], theirs["accuracy"], rtol=1e-6)


def test_binary_losses_equal(upkeep, tmp_path):
    random = np.random.default_rng(6)
    x = random.normal(size=(96, 5)).astype("float32")
    y = (x[:, 0] - x[:, 3] > 0.2).astype("float32").reshape(-1, 1)
    keras.utils.set_random_seed(8)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(6, activation="gelu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.AdamW(0.02), loss="binary_crossentropy", metrics=["accuracy"])
    model.save(tmp_path / "start.h5")
    write_csv(tmp_path / "data.csv", x, y)
    theirs = model.fit(x, y, epochs=20, batch_size=32, shuffle=False, verbose=0).history
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.csv", "--target", "y", "--epochs", 20, "--batch-size", 32,
                       "--no-shuffle", "--seed", 1)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
