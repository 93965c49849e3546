"""Layers that somebody wrote in Python: what they compute is exported once, and stands for them."""

import keras
import numpy as np
import pytest

L = keras.layers


@keras.saving.register_keras_serializable("ours")
class Wave(L.Layer):
    """sin(x w) + b, with weights of its own."""

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 3), name="w", initializer="glorot_normal")
        self.b = self.add_weight(shape=(3,), name="b", initializer="normal")

    def call(self, x):
        return keras.ops.sin(keras.ops.matmul(x, self.w)) + self.b


def save_alone(layer, width, path):
    """The layer with its weights, as a graph."""
    model = keras.Sequential([keras.Input((width,)), layer])
    model(np.zeros((1, width), "float32"))
    model.export(path, format="onnx", verbose=False)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_an_exported_graph_stands_for_a_layer(suffix, upkeep, tmp_path):
    keras.utils.set_random_seed(2)
    x = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    one, two = Wave(name="one"), Wave(name="two")
    inputs = keras.Input((4,), name="x")
    hidden = L.Dense(5, activation="relu")(one(inputs))
    model = keras.Model(inputs, L.Dense(2)(L.Concatenate()([two(hidden), L.Dense(2)(hidden)])))
    model.save(tmp_path / f"net{suffix}")
    save_alone(one, 4, tmp_path / "one.onnx")
    save_alone(two, 5, tmp_path / "two.onnx")
    refused = upkeep.run("convert", tmp_path / f"net{suffix}", tmp_path / "out.onnx")
    assert refused.returncode != 0 and "Wave" in refused.stderr and "--map Wave=FILE.onnx" in refused.stderr
    upkeep("convert", tmp_path / f"net{suffix}", tmp_path / "out.onnx", "--map", f"one={tmp_path / 'one.onnx'}", "--map", f"Wave={tmp_path / 'two.onnx'}")
    np.savez(tmp_path / "x.npz", x=x)
    upkeep("predict", tmp_path / "out.onnx", "--data", tmp_path / "x.npz", "--features", "x", "--output", tmp_path / "y.csv")
    answers = np.loadtxt(tmp_path / "y.csv", delimiter=",", skiprows=1)
    np.testing.assert_allclose(answers, model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_graph_stands_for_a_lambda(upkeep, tmp_path):
    keras.utils.set_random_seed(3)
    double = L.Lambda(lambda x: 2 * x + 1, name="double", output_shape=(4,))
    model = keras.Sequential([keras.Input((4,), name="x"), double, L.Dense(2)])
    model.save(tmp_path / "net.h5")
    save_alone(double, 4, tmp_path / "double.onnx")
    upkeep("convert", tmp_path / "net.h5", tmp_path / "out.onnx", "--map", f"Lambda={tmp_path / 'double.onnx'}")
    x = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    np.savez(tmp_path / "x.npz", x=x)
    upkeep("predict", tmp_path / "out.onnx", "--data", tmp_path / "x.npz", "--features", "x", "--output", tmp_path / "y.csv")
    np.testing.assert_allclose(np.loadtxt(tmp_path / "y.csv", delimiter=",", skiprows=1), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)
    wrong = upkeep.run("convert", tmp_path / "net.h5", tmp_path / "out2.onnx", "--map", f"Lambada={tmp_path / 'double.onnx'}")
    assert wrong.returncode != 0 and not (tmp_path / "out2.onnx").exists()
