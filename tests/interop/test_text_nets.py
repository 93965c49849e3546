"""Nets behind a TextVectorization whose texts have one length: converted, and trained as Keras trains them."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
onnxruntime = pytest.importorskip("onnxruntime")

L = keras.layers
WORDS = "good bad wine film a the was fine poor great".split()


def data():
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(WORDS, rng.integers(2, 10))) for _ in range(40)]
    return texts, np.array([int("good" in text or "great" in text) for text in texts])


def net(behind):
    keras.utils.set_random_seed(5)
    layer = L.TextVectorization(max_tokens=20, output_sequence_length=8)
    layer.adapt(tf.constant(data()[0]))
    x = keras.Input((1,), dtype="string", name="text")
    return keras.Model(x, behind(layer(x)))


NETS = {
    "flat": lambda ids: L.Dense(1, activation="sigmoid")(L.Flatten()(L.Embedding(20, 4)(ids))),
    "pooled": lambda ids: L.Dense(1, activation="sigmoid")(L.GlobalAveragePooling1D()(L.Embedding(20, 4)(ids))),
    "masked": lambda ids: L.Dense(1, activation="sigmoid")(L.LSTM(3)(L.Embedding(20, 4, mask_zero=True)(ids))),
}


@pytest.mark.parametrize("name", NETS)
def test_answers_and_losses_are_those_of_keras(name, upkeep, tmp_path):
    texts, labels = data()
    model = net(NETS[name])
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(0.1))
    model.save(tmp_path / "k.keras")
    rows = tf.constant([[text] for text in texts])
    upkeep("convert", tmp_path / "k.keras", tmp_path / "m.onnx")
    ours = onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, {"text": np.array(texts, object)[:, None]})[0]
    np.testing.assert_allclose(ours, np.asarray(model(rows)), atol=1e-5)
    (tmp_path / "d.csv").write_text("text,good\n" + "".join(f"{text},{label}\n" for text, label in zip(texts, labels)))
    history = upkeep.json("train", tmp_path / "k.keras", "--data", tmp_path / "d.csv", "--features", "text", "--target", "good", "--epochs", 3, "--batch-size", 16,
                          "--no-shuffle", "--seed", 1, "--output", tmp_path / "o.keras", "--quiet")["history"]
    expected = model.fit(rows, labels, batch_size=16, epochs=3, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)
    answers = np.asarray(keras.models.load_model(tmp_path / "o.keras")(rows))
    np.testing.assert_allclose(answers, np.asarray(model(rows)), atol=1e-4)


def test_texts_as_long_as_their_words_are_refused_by_name(upkeep, tmp_path):
    (tmp_path / "n.yaml").write_text("layers: [{input: {shape: [1], dtype: string}}, {text_vectorization: {max_tokens: 20}}, {embedding: {input_dim: 20, output_dim: 4}}, "
                                     "{global_average_pooling1d: {}}, {dense: {units: 1}}]")
    texts, labels = data()
    (tmp_path / "d.csv").write_text("text,good\n" + "".join(f"{text},{label}\n" for text, label in zip(texts, labels)))
    refused = upkeep.run("train", tmp_path / "n.yaml", "--data", tmp_path / "d.csv", "--features", "text", "--target", "good", "--loss", "mse", "--output", tmp_path / "o.onnx")
    assert refused.returncode != 0 and "output_sequence_length" in refused.stderr, refused.stderr
