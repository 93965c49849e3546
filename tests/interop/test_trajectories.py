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


def conv_net(kind):
    layers = keras.layers
    if kind == "pictures":
        return [layers.Reshape((6, 6, 2)), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(2), layers.Conv2D(6, 2, strides=2, padding="same"),
                layers.LeakyReLU(), layers.Flatten(), layers.Dense(3)]
    if kind == "depthwise":
        return [layers.Reshape((6, 6, 2)), layers.SeparableConv2D(4, 3, depth_multiplier=2, activation="tanh"), layers.AveragePooling2D(2, padding="same"),
                layers.DepthwiseConv2D(2), layers.GlobalAveragePooling2D(), layers.Dense(3)]
    if kind == "steps":
        return [layers.Reshape((12, 6)), layers.Conv1D(5, 3, padding="causal", activation="relu", kernel_regularizer="l2"), layers.MaxPooling1D(2, padding="same"),
                layers.Conv1D(4, 2, dilation_rate=2), layers.GlobalMaxPooling1D(), layers.Dense(3)]
    return [layers.Reshape((3, 3, 8)), layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu"), layers.ZeroPadding2D(1), layers.Cropping2D(1),
            layers.UpSampling2D(2), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D(), layers.Dense(3)]


@pytest.mark.parametrize("kind", ["pictures", "depthwise", "steps", "upwards"])
def test_convolutional_losses_equal(kind, upkeep, tmp_path):
    random = np.random.default_rng(7)
    x = random.normal(size=(80, 72)).astype("float32")
    y = random.normal(size=(80, 3)).astype("float32")
    keras.utils.set_random_seed(9)
    model = keras.Sequential([keras.Input((72,)), *conv_net(kind)])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    model.save(tmp_path / "start.h5")
    np.savez(tmp_path / "data.npz", **{f"x{i}": x[:, i] for i in range(72)}, a=y[:, 0], b=y[:, 1], c=y[:, 2])
    theirs = model.fit(x, y, epochs=10, batch_size=16, shuffle=False, verbose=0).history  # 50 steps
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.npz", "--target", "a,b,c", "--epochs", 10, "--batch-size", 16, "--no-shuffle",
                       "--seed", 1)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
