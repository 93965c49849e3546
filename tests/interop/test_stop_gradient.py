"""Keras's stop_gradient: weights after training, and after the model has been written again."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")


def stopped(K, stop):
    """A head that reads the body without a gradient beside one that reads it with one, and a layer that no gradient reaches."""
    L = K.layers
    i = K.Input((4,), name="x")
    body = L.Dense(6, activation="tanh", name="body")(i)
    lost = L.Dense(6, name="lost")(i)
    model = K.Model(i, L.Add()([L.Dense(1, name="a")(stop(body)), L.Dense(1, name="b")(body), L.Dense(1, name="c")(stop(lost))]))
    model.compile(K.optimizers.SGD(0.1), "mse")
    return model


@pytest.mark.parametrize("kind, file", [("keras", "m.keras"), ("tf_keras", "m.h5"), ("tf_keras", "m.keras")])
def test_training_changes_what_keras_changes(kind, file, upkeep, tmp_path):
    tf = pytest.importorskip("tensorflow")
    K = {"keras": keras, "tf_keras": tf_keras}[kind]
    K.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(48, 4)).astype("float32"), rng.normal(size=(48, 1)).astype("float32")
    np.savez(tmp_path / "d.npz", x=x, y=y)
    model = stopped(K, keras.ops.stop_gradient if kind == "keras" else tf.stop_gradient)
    model.save(tmp_path / file)
    model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    settings = ["--data", tmp_path / "d.npz", "--features", "x", "--target", "y", "--epochs", 3, "--batch-size", 16, "--no-shuffle", "--loss", "mse", "--optimizer", "sgd:learning_rate=0.1"]
    again = "again.h5" if file.endswith(".h5") else "again.keras"
    for middle in ("m.onnx", again):  # what was written is trained in turn
        upkeep.json("convert", tmp_path / file, tmp_path / middle)
    for begin in (file, "m.onnx", again):
        upkeep.json("train", tmp_path / begin, *settings, "--output", tmp_path / "o.npz")
        weights = np.load(tmp_path / "o.npz")
        for layer in ("body", "a", "b", "c", "lost"):
            for name, expected in zip(("kernel", "bias"), model.get_layer(layer).get_weights()):
                np.testing.assert_allclose(weights[f"{layer}/{name}"], expected, rtol=1e-4, atol=1e-6, err_msg=f"{begin}: {layer}/{name}")
    if file.endswith(".keras") and kind == "keras":
        assert any(type(operation).__name__ == "StopGradient" for operation in keras.models.load_model(tmp_path / again).operations)
