"""Outputs that Keras allows and a graph does not: an input, and one value twice."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
onnxruntime = pytest.importorskip("onnxruntime")

L = keras.layers


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_an_input_and_one_value_twice_are_outputs(suffix, upkeep, tmp_path):
    x, z = keras.Input((3,), name="x"), keras.Input((2,), name="z")
    hidden = L.Dense(2, name="hidden")(x)
    inside = keras.Model(x, [hidden, hidden], name="inside")
    y = keras.Input((3,), name="y")
    first, second = inside(y)
    model = keras.Model([y, z], [first, z, second, L.Add()([first, z]), z])
    model.save(tmp_path / f"k{suffix}")
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / "m.onnx")
    given = {"y": np.arange(6, dtype="float32").reshape(2, 3), "z": np.ones((2, 2), "float32")}
    expected = [np.asarray(one) for one in model(list(given.values()))]
    for one, other in zip(onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, given), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    upkeep("convert", tmp_path / "m.onnx", tmp_path / "ours.keras")
    for one, other in zip(keras.models.load_model(tmp_path / "ours.keras")(list(given.values())), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
