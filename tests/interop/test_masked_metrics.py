"""Metrics of padded sequences: what Keras's evaluate and fit say of the steps that count, upkeep says."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")


def padded(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(20, 5, 3)).astype("float32")
    x[:15, 2:] = 0
    labels = (rng.random((20, 5)) < 0.5).astype("int64")
    labels[:15, 2:] = 0
    return x, labels, rng.normal(size=(20, 5, 1)).astype("float32")


def tagger(K, units, activation):
    K.utils.set_random_seed(3)
    L = K.layers
    return K.Sequential([K.Input((5, 3)), L.Masking(0.0), L.LSTM(4, return_sequences=True), L.Dense(units, activation=activation)])


def evaluated(upkeep, folder, model, metrics):
    return upkeep.json("evaluate", model, "--data", folder / "d.npz", "--features", "x", "--target", "y", "--metrics", ",".join(metrics))["metrics"]


@pytest.mark.parametrize("K", [keras, tf_keras], ids=["keras3", "keras2"])
@pytest.mark.parametrize("task", ["classes", "yes_or_no", "numbers"])
def test_evaluate_and_train_leave_padding_out_as_keras_does(task, K, upkeep, tmp_path):
    x, labels, numbers = padded()
    loss, metrics, units, activation, y = {
        "classes": ("sparse_categorical_crossentropy", {"accuracy": "accuracy", "sparse_categorical_crossentropy": "sparse_categorical_crossentropy"}, 2, "softmax",
                    labels[:, :, None] if K is tf_keras else labels),
        "yes_or_no": ("binary_crossentropy", {"binary_accuracy": "binary_accuracy", "precision": K.metrics.Precision(name="precision"), "auc": K.metrics.AUC(name="auc")}, 1,
                      "sigmoid", labels[:, :, None].astype("float32")),
        "numbers": ("mse", {"mae": "mae", "rmse": K.metrics.RootMeanSquaredError(name="rmse"), "mse": "mse"}, 1, None, numbers),
    }[task]
    np.savez(tmp_path / "d.npz", x=x, y=y)
    model = tagger(K, units, activation)
    model.compile(K.optimizers.SGD(0.1), loss, metrics=list(metrics.values()))
    path = tmp_path / ("m.keras" if K is keras else "m.h5")
    expected = model.evaluate(x, y, verbose=0, return_dict=True)  # before it is saved: Keras 2 takes another accuracy afterwards
    model.save(path)
    ours = evaluated(upkeep, tmp_path, path, metrics)
    for name in ["loss", *metrics]:
        assert ours[name] == pytest.approx(expected[name], rel=1e-4, abs=1e-5), name
    trained = model.fit(x, y, batch_size=20, epochs=2, shuffle=False, verbose=0).history
    history = upkeep.json("train", path, "--data", tmp_path / "d.npz", "--features", "x", "--target", "y", "--epochs", 2, "--batch-size", 20, "--no-shuffle",
                          "--metrics", ",".join(metrics), "--output", tmp_path / "o.onnx")["history"]
    for name in ["loss", *metrics]:
        np.testing.assert_allclose(history[name], trained[name], rtol=2e-4, atol=1e-5, err_msg=name)
