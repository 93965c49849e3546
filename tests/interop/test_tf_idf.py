"""Weights of tokens (tf_idf) in Keras's own file: what Keras adapted is read, and what is written here is loaded by Keras, with equal answers."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
onnxruntime = pytest.importorskip("onnxruntime")

TEXTS = ["Good, good wine", "bad wine", "a fine bottle of good wine", "bad bad"]
WORDS = ["wine", "bad", "red", "wine"]
NUMBERS = [7, 7, 3, 12]
L = keras.layers

LAYERS = {
    "texts": (lambda **more: L.TextVectorization(output_mode="tf_idf", **more), TEXTS, "string"),
    "texts, filled up": (lambda **more: L.TextVectorization(output_mode="tf_idf", max_tokens=12, pad_to_max_tokens=True, **more), TEXTS, "string"),
    "words": (lambda **more: L.StringLookup(output_mode="tf_idf", **more), WORDS, "string"),
    "numbers": (lambda **more: L.IntegerLookup(output_mode="tf_idf", **more), NUMBERS, "int64"),
}


def model_of(layer, dtype):
    x = keras.Input((1,), dtype=dtype, name="x")
    return keras.Model(x, L.Dense(2)(layer(x)))


def rows(values, dtype):
    return np.array(values + values[:1], object if dtype == "string" else dtype)[:, None]


def of_keras(model, values, dtype):
    return np.asarray(model(tf.constant(rows(values, dtype).tolist(), dtype)))


@pytest.mark.parametrize("given", [False, True], ids=["adapted", "given"])
@pytest.mark.parametrize("name", LAYERS)
def test_files_go_both_ways(name, given, upkeep, tmp_path):
    make, values, dtype = LAYERS[name]
    if given and "filled" in name:
        pytest.skip("Keras fills the weights of a given vocabulary up when it is made, and refuses its own file")
    layer = make()
    layer.adapt(tf.constant(values))
    if given:
        inside = getattr(layer, "_lookup_layer", layer)
        layer = make(vocabulary=layer.get_vocabulary(include_special_tokens=False),
                     idf_weights=np.asarray(inside.idf_weights)[1:].tolist())
    model = model_of(layer, dtype)
    model.save(tmp_path / "k.keras")
    expected = of_keras(keras.models.load_model(tmp_path / "k.keras"), values, dtype) if "filled" not in name else of_keras(model, values, dtype)
    upkeep("convert", tmp_path / "k.keras", tmp_path / "m.onnx")
    np.testing.assert_allclose(onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, {"x": rows(values, dtype)})[0], expected, atol=1e-5)
    upkeep("convert", tmp_path / "m.onnx", tmp_path / "ours.keras")
    np.testing.assert_allclose(of_keras(keras.models.load_model(tmp_path / "ours.keras"), values, dtype), expected, atol=1e-5)
