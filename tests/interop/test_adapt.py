"""Vocabularies that `upkeep train` finds in the data are those of Keras's adapt(), and the trained model answers in Keras as it does here."""

import json

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import onnx  # noqa: E402
import tensorflow as tf  # noqa: E402

TEXTS = ["red green", "Red, blue!", "blue blue [UNK]", "", "green", "teal; blue", "cyan cyan cyan", "Red red", "lime", "green lime"]
NUMBERS = [5, 7, 5, -1, 16777217, 3, 7, 7, 9, 9]

# What a layer of ours is, what it is in Keras, and its column.
LAYERS = {
    "plain": ("string_lookup: {}", lambda: keras.layers.StringLookup(), "text"),
    "masked": ('string_lookup: {mask_token: ""}', lambda: keras.layers.StringLookup(mask_token=""), "text"),
    "short": ("string_lookup: {max_tokens: 5, output_mode: one_hot}", lambda: keras.layers.StringLookup(max_tokens=5, output_mode="one_hot"), "text"),
    "integers": ("integer_lookup: {output_mode: one_hot}", lambda: keras.layers.IntegerLookup(output_mode="one_hot"), "number"),
    "no_unknown": ("string_lookup: {num_oov_indices: 0}", lambda: keras.layers.StringLookup(num_oov_indices=0), "text"),
    "words": ("text_vectorization: {output_mode: multi_hot}", lambda: keras.layers.TextVectorization(output_mode="multi_hot"), "text"),
    "weighed": ("text_vectorization: {output_mode: tf_idf}", lambda: keras.layers.TextVectorization(output_mode="tf_idf"), "text"),
    "pairs": ("text_vectorization: {output_mode: count, ngrams: 2, max_tokens: 9}",
              lambda: keras.layers.TextVectorization(output_mode="count", ngrams=2, max_tokens=9), "text"),
    "lower": ("text_vectorization: {output_mode: count, standardize: lower}",
              lambda: keras.layers.TextVectorization(output_mode="count", standardize="lower"), "text"),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    file = tmp_path_factory.mktemp("adapt") / "data.csv"
    file.write_text("text,number,y\n" + "".join(f'"{text}",{number},{len(text)}\n' for text, number in zip(TEXTS, NUMBERS)))
    return file


def settings_of(file):
    """Of the layer that has a vocabulary, in the metadata of our ONNX file."""
    kept = {prop.key: prop.value for prop in onnx.load(file).metadata_props}
    layers = json.loads(kept["upkeep.layers"])["layers"]
    return next(value for layer in layers for value in layer.values() if isinstance(value, dict) and value.get("vocabulary"))


@pytest.mark.parametrize("name", LAYERS)
def test_vocabularies_are_those_of_keras(upkeep, table, tmp_path, name):
    ours, theirs, column = LAYERS[name]
    dtype = "string" if column == "text" else "int64"
    behind = "{reshape: {target_shape: [1]}}, " if "one_hot" not in ours and "lookup" in ours else ""
    cast = "" if "output_mode" in ours else "{embedding: {input_dim: 40, output_dim: 2}}, {flatten: {}}, "
    (tmp_path / "net.yaml").write_text(
        f"layers: [{{input: {{shape: [1], dtype: {dtype}, name: x}}}}, {{{ours}}}, {behind}{cast}{{dense: {{units: 1}}}}]")
    upkeep("train", tmp_path / "net.yaml", "--data", table, "--features", column, "--target", "y", "--loss", "mse", "--epochs", 1, "--seed", 1,
           "--output", tmp_path / "model.onnx")
    settings = settings_of(tmp_path / "model.onnx")
    layer = theirs()
    layer.adapt(np.array(TEXTS if column == "text" else NUMBERS))
    assert settings["vocabulary"] == [token if column == "text" else int(token) for token in layer.get_vocabulary(include_special_tokens=False)]
    if name == "weighed":  # a text of one word is the word's weight
        weights = [float(np.max(layer(tf.constant([word])))) for word in settings["vocabulary"]]
        np.testing.assert_allclose(settings["idf_weights"], weights, rtol=1e-6)


def test_a_net_with_texts_answers_in_keras_as_here(upkeep, table, tmp_path):
    (tmp_path / "net.yaml").write_text("""
layers:
  - input: {shape: [1], dtype: string, name: text}
  - string_lookup: {output_mode: one_hot, name: place}
  - input: {shape: [1], name: number}
  - rescaling: {scale: 0.1, inputs: [number], name: small}
  - concatenate: {inputs: [place, small]}
  - dense: {units: 4, activation: relu}
  - dense: {units: 1, name: out}
""")
    upkeep("train", tmp_path / "net.yaml", "--data", table, "--target", "y", "--loss", "mse", "--epochs", 30, "--seed", 1, "--output",
           tmp_path / "model.keras")
    answers = upkeep.json("predict", tmp_path / "model.keras", "--data", table)["predictions"]["out"]
    model = keras.models.load_model(tmp_path / "model.keras")
    tensors = {"text": np.array(TEXTS)[:, None], "number": np.array(NUMBERS, "float32")[:, None]}
    given = [tf.constant(tensors[tensor.name]) for tensor in model.inputs]
    np.testing.assert_allclose(np.array(answers), np.array(model(given)).ravel(), rtol=1e-5, atol=1e-5)


def test_categories_and_gaps_are_part_of_the_model_that_keras_loads(upkeep, tmp_path):
    rows = [("" if i % 5 == 0 else i % 7, ["bern", "wien"][i % 2], "" if i % 4 == 0 else i % 3, i % 7 + i % 2 * 3) for i in range(60)]
    (tmp_path / "data.csv").write_text("a,city,b,y\n" + "".join(f"{a},{city},{b},{y}\n" for a, city, b, y in rows))
    (tmp_path / "net.yaml").write_text(
        "layers: [{input: {shape: [2], name: x}}, normalization, {dense: {units: 4, activation: relu}}, {dense: {units: 1, name: out}}]")
    upkeep("train", tmp_path / "net.yaml", "--data", tmp_path / "data.csv", "--target", "y", "--loss", "mse", "--epochs", 5, "--seed", 1, "--category",
           "city", "--impute", "median", "--output", tmp_path / "model.keras")
    answers = upkeep.json("predict", tmp_path / "model.keras", "--data", tmp_path / "data.csv")["predictions"]["out"]
    model = keras.models.load_model(tmp_path / "model.keras")
    number = lambda text: float("nan") if text == "" else float(text)  # noqa: E731
    tensors = {"x": np.array([[number(a), number(b)] for a, _, b, _ in rows], "float32"), "city": np.array([[city] for _, city, _, _ in rows])}
    np.testing.assert_allclose(np.array(model([tf.constant(tensors[tensor.name]) for tensor in model.inputs])).ravel(), answers, rtol=1e-5, atol=1e-6)
