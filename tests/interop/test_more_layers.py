"""Layers beyond the common ones: augmentation, spectral normalisation, convolutional LSTM, lookups, spectrograms, and what keras.applications defines for itself.

As in test_layers.py, a family is one model with one output per case: Keras saves it, upkeep converts it, ONNX Runtime answers as Keras does, and Keras
loads what upkeep writes back.
"""

import zipfile

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tensorflow = pytest.importorskip("tensorflow")
onnxruntime = pytest.importorskip("onnxruntime")
from keras.src.applications.convnext import LayerScale, StochasticDepth  # noqa: E402
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer  # noqa: E402
from conftest import write_csv  # noqa: E402
from test_layers import compare, each, run_onnx  # noqa: E402

L = keras.layers
ROWS = 3
INPUTS = {"picture": (8, 9, 3), "small": (5, 4, 2), "vector": (6,), "line": (3, 7, 2), "film": (4, 6, 5, 3), "body": (2, 4, 3, 5, 2), "channels": (50, 2), "sound": (600,)}
TYPES = {"word": "string", "words": "string", "code": "int64", "codes": "int64", "text": "string"}
INPUTS |= {"word": (1,), "words": (4,), "code": (1,), "codes": (5,), "text": (1,)}
WORDS = ["red", "green", "blue", "", "mauve", "Red", "grün"]
FAMILIES = {}


def family(make):
    FAMILIES[make.__name__] = make
    return make


def numbers(name, shape):
    """Pictures have values of 0 to 255, some of them outside."""
    random = np.random.default_rng(3)
    if name in TYPES:
        values = {"string": WORDS, "int64": [0, 7, -3, 42, 5, 8, -1]}[TYPES[name]]
        return np.array([values[i] for i in random.integers(0, len(values), ROWS * int(np.prod(shape)))], "object" if TYPES[name] == "string" else "int64").reshape((ROWS, *shape))
    if name in ("picture", "small"):
        return random.uniform(-5, 260, (ROWS, *shape)).astype("float32")
    return random.normal(size=(ROWS, *shape)).astype("float32")


def savable(layer):
    """Keras 3.15 cannot copy the list that it makes of value_range, so not write it into a .h5 file either; a tuple it can."""
    layer.value_range = tuple(layer.value_range)
    return layer


@family
def augmentation(picture, **_):
    """At inference they pass pictures on; what is around them shows that."""
    layers = [L.RandomFlip("horizontal"), L.RandomRotation(0.1, fill_mode="constant"), L.RandomZoom((-0.1, 0.2)), L.RandomTranslation(0.1, 0.2), L.RandomShear(),
              L.RandomContrast(0.1), L.RandomBrightness(0.2, value_range=(0, 1)), L.RandomSharpness(0.1), L.RandomHue(0.1), L.RandomSaturation(0.1),
              L.RandomColorJitter(brightness_factor=0.1, hue_factor=0.2), L.RandomColorDegeneration(0.1), L.RandomGrayscale(0.3), L.RandomInvert(), L.RandomPosterization(3),
              L.Solarization(0.1, 0.2), L.RandomGaussianBlur(), L.RandomErasing(fill_value=0.5), L.RandomPerspective(), L.RandomElasticTransform(), L.MixUp(), L.CutMix(),
              L.AugMix(), L.RandAugment(), L.MaxNumBoundingBoxes(3), L.RandomCrop(8, 9)]
    layers = [savable(layer) if hasattr(layer, "value_range") else layer for layer in layers]
    return [(type(layer).__name__, L.Rescaling(0.5, i)(layer(picture))) for i, layer in enumerate(layers)]


@family
def cropping(picture, small, **_):
    cases = each(L.CenterCrop, picture, dict(height=3, width=4), dict(height=4, width=9), dict(height=8, width=9), dict(height=4, width=12), dict(height=12, width=5))
    return cases + each(L.CenterCrop, small, dict(height=2, width=3), dict(height=2, width=3, data_format="channels_first"))


@family
def contrast(picture, small, **_):
    cases = [(f"AutoContrast {one}", savable(L.AutoContrast(**one))(picture)) for one in (dict(), dict(value_range=(-10, 300)), dict(data_format="channels_first"))]
    clahe = L.ContrastLimitedAdaptiveHistogramEqualization
    cases += each(clahe, picture, dict(), dict(tile_grid_size=(2, 3)), dict(clip_limit=0, tile_grid_size=(4, 3)), dict(tile_grid_size=(3, 2), value_range=(-20, 270), clip_limit=40.0))
    return cases + each(clahe, small, dict(tile_grid_size=(2, 2), data_format="channels_first"))


STEPS = [dict(), dict(return_sequences=True), dict(padding="same", strides=2), dict(padding="same", dilation_rate=2, return_sequences=True), dict(go_backwards=True),
         dict(go_backwards=True, return_sequences=True, padding="same"), dict(use_bias=False), dict(unit_forget_bias=False, dropout=0.2, recurrent_dropout=0.3),
         dict(activation="relu", recurrent_activation="hard_sigmoid")]


@family
def conv_lstm(line, film, body, **_):
    cases = each(L.ConvLSTM1D, line, *STEPS, filters=3, kernel_size=3)
    cases += each(L.ConvLSTM2D, film, *STEPS, filters=2, kernel_size=(3, 2)) + each(L.ConvLSTM2D, film, dict(padding="same", strides=(1, 2)), filters=1, kernel_size=2)
    return cases + each(L.ConvLSTM3D, body, dict(padding="same"), dict(return_sequences=True), filters=2, kernel_size=2)


@family
def films(film, **_):
    """Convolutional LSTMs in rows."""
    x = L.BatchNormalization()(L.ConvLSTM2D(4, 3, padding="same", return_sequences=True)(film))
    x = L.ConvLSTM2D(3, 3, padding="same", return_sequences=True)(x)
    return [("film", L.Conv3D(2, 3, padding="same", activation="sigmoid")(x)), ("last", L.Dense(2)(L.Flatten()(L.MaxPooling2D(2)(L.ConvLSTM2D(3, 3)(x)))))]


@family
def film_states(film, **_):
    """Convolutional LSTMs that hand their states on."""
    _, h, c = L.ConvLSTM2D(3, 3, padding="same", return_state=True)(film)
    return [("h", h), ("c", c), ("goes on", L.ConvLSTM2D(3, 3, padding="same", return_sequences=True)(film, initial_state=[h, c]))]


@family
def spectral_normalization(vector, picture, **_):
    wrapped = [(L.Dense(4, activation="tanh"), vector), (L.Dense(3, use_bias=False), vector), (L.Conv2D(4, 3, strides=2), picture), (L.Conv2DTranspose(2, 3), picture),
               (L.DepthwiseConv2D(2), picture)]
    return [(type(inner).__name__, L.SpectralNormalization(inner, power_iterations=2)(x)) for inner, x in wrapped]


@family
def spectrograms(channels, sound, **_):
    modes = [dict(mode=mode) for mode in ("log", "magnitude", "psd", "real", "imag", "stft")]
    cases = []
    for settings in modes + [dict(frame_step=3, fft_length=32), dict(padding="same", expand_dims=True), dict(window="hamming", periodic=True), dict(window=None, scaling=None),
                             dict(scaling="spectrum", window="blackman"), dict(mode="stft", expand_dims=True)]:
        cases.append((f"STFTSpectrogram {settings}", L.STFTSpectrogram(frame_length=16, **settings)(channels)))
    mel = dict(fft_length=64, sequence_stride=20, num_mel_bins=8, sampling_rate=8000)
    for settings in (dict(), dict(power_to_db=False), dict(window="hamming", mag_exp=1.0), dict(sequence_length=41, max_freq=3000), dict(top_db=10.0, ref_power=3.0, window=None)):
        cases.append((f"MelSpectrogram {settings}", L.MelSpectrogram(**mel, **settings)(sound)))
    return cases


@family
def lookups(word, words, code, codes, **_):
    known = ["red", "green", "blue", "grün"]
    cases = each(L.StringLookup, words, dict(), dict(mask_token=""), dict(output_mode="multi_hot"), dict(output_mode="count", mask_token=""), dict(max_tokens=9, pad_to_max_tokens=True,
                 output_mode="count"), dict(output_mode="tf_idf", idf_weights=[0.5, 1.0, 2.0, 0.25]), dict(output_mode="one_hot"), vocabulary=known)
    cases += [("StringLookup one_hot of one", L.StringLookup(vocabulary=known, output_mode="one_hot")(word)),
              ("StringLookup with its special tokens", L.StringLookup(vocabulary=["", "[UNK]", "mauve", "red"], mask_token="")(word))]
    cases += each(L.IntegerLookup, codes, dict(), dict(mask_token=0), dict(num_oov_indices=3), dict(output_mode="multi_hot", num_oov_indices=2), dict(output_mode="count", mask_token=0),
                  vocabulary=[42, 7, 5])
    cases += [("IntegerLookup one_hot of one", L.IntegerLookup(vocabulary=[7, -3], output_mode="one_hot")(code)),
              ("IntegerLookup back", L.IntegerLookup(vocabulary=[7, -3, 8], invert=True)(codes))]
    places = L.StringLookup(vocabulary=known)(word)
    return cases + [("Embedding", L.Embedding(5, 3)(places)), ("StringLookup back", L.StringLookup(vocabulary=known, invert=True)(L.StringLookup(vocabulary=known, name="there")(words)))]


@family
def reversible_embedding(codes, vector, **_):
    count = L.IntegerLookup(vocabulary=[42, 7, 5])(codes)
    return [("there", L.ReversibleEmbedding(5, 3)(count)), ("back", L.ReversibleEmbedding(5, 6, logit_soft_cap=0.5)(vector, reverse=True)),
            ("back with its own weights", L.ReversibleEmbedding(4, 6, tie_weights=False)(vector, reverse=True))]


def model_of(name):
    keras.utils.set_random_seed(11)
    keras.backend.clear_session()
    inputs = {key: keras.Input(shape, name=key, dtype=TYPES.get(key, "float32")) for key, shape in INPUTS.items()}
    make = FAMILIES[name]
    cases = make(**inputs)
    used = [one for key, one in inputs.items() if key in make.__code__.co_varnames[:make.__code__.co_argcount]]
    model = keras.Model(used, [tensor for _, tensor in cases], name=name)
    for layer in model.layers:  # biases and moving statistics start as constants, which hide mistakes
        weights = [value if value.dtype.kind != "f" else value + 0.1 * np.random.default_rng(5).normal(size=value.shape).astype("float32") for value in layer.get_weights()]
        layer.set_weights(weights)
    return model, [what for what, _ in cases]


def as_tensor(values):
    return tensorflow.constant(values.tolist() if values.dtype == object else values)


def check(ours, theirs, what):
    if theirs.dtype == object:
        assert [one.decode() if isinstance(one, bytes) else one for one in ours.ravel()] == [one.decode() for one in theirs.ravel()], what
    else:
        compare(ours, theirs, what)


@pytest.mark.parametrize("name", FAMILIES)
def test_layers_answer_as_keras_does(name, upkeep, tmp_path):
    model, cases = model_of(name)
    given = {one.name: numbers(one.name, INPUTS[one.name]) for one in model.inputs}
    expected = [np.asarray(one) for one in model([as_tensor(given[one.name]) for one in model.inputs], training=False)]
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    answers = run_onnx(tmp_path / "k.onnx", given)
    assert len(answers) == len(cases), "a layer is the output of one case"
    for what, ours, theirs in zip(cases, answers.values(), expected, strict=True):
        check(ours, theirs, what)
    # and back
    upkeep("convert", tmp_path / "k.onnx", tmp_path / "back.h5")
    back = keras.models.load_model(tmp_path / "back.h5", compile=False)
    for what, ours, theirs in zip(cases, back([as_tensor(given[one.name]) for one in back.inputs], training=False), expected, strict=True):
        check(np.asarray(ours), theirs, what)
    # The JSON of the architecture is the same model.
    (tmp_path / "k.json").write_text(model.to_json())
    layers = [layer["name"] for layer in upkeep.json("inspect", tmp_path / "k.json")["layers"]]
    assert sorted(layers) == sorted(layer.name for layer in model.layers)


def test_random_crop_takes_the_largest_middle_as_keras_2_does(upkeep, tmp_path):
    tf_keras = pytest.importorskip("tf_keras")
    inputs = tf_keras.Input((8, 9, 3))
    model = tf_keras.Model(inputs, tf_keras.layers.RandomCrop(5, 4)(inputs))
    x = numbers("picture", (8, 9, 3))
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    compare(next(iter(run_onnx(tmp_path / "k.onnx", x).values())), np.asarray(model(x, training=False)), "RandomCrop")


def test_layers_of_applications(upkeep, tmp_path):
    x = keras.Input((4, 4, 6))
    y = LayerScale(0.5, 6, name="scale")(L.DepthwiseConv2D(3, padding="same")(x))
    y = L.Add()([x, StochasticDepth(0.3)(y)])
    model = keras.Model(x, CustomScaleLayer(0.2)([y, L.Conv2D(6, 1)(x)]))
    model.get_layer("scale").set_weights([np.linspace(-1, 2, 6).astype("float32")])
    given = numbers("vector", (4, 4, 6))
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    compare(next(iter(run_onnx(tmp_path / "k.onnx", given).values())), np.asarray(model(given, training=False)), "applications")


def test_training_equals_keras(upkeep, tmp_path):
    """Losses of convolutional LSTMs, trainable waves and LayerScale, with what passes at inference and works in training at factors of 0."""
    random = np.random.default_rng(7)
    x = random.normal(size=(48, 72)).astype("float32")
    y = (np.tanh(x[:, :5].sum(1)) + 0.1 * x[:, 40]).astype("float32").reshape(-1, 1)
    keras.utils.set_random_seed(3)
    vector = keras.Input((72,), name="x")
    film = L.ConvLSTM2D(2, 3, padding="same", return_sequences=True)(L.Reshape((3, 4, 3, 2))(vector))
    film = L.Flatten()(L.ConvLSTM2D(3, 2, recurrent_activation="hard_sigmoid")(film))
    waves = L.Flatten()(L.STFTSpectrogram(mode="magnitude", frame_length=8, frame_step=4)(L.Reshape((36, 2))(vector)))
    scaled = LayerScale(0.5, 72)(vector)
    picture = L.Reshape((6, 6, 2))(vector)
    for layer in (L.RandomRotation(0.0), L.RandomZoom(0.0), L.RandomTranslation(0.0, 0.0), L.RandomContrast(0.0, value_range=(-9, 9))):
        picture = layer(picture)
    model = keras.Model(vector, L.Dense(1)(L.Concatenate()([film, waves, scaled, L.Flatten()(L.Conv2D(2, 3)(picture))])))
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    model.save(tmp_path / "start.h5")
    write_csv(tmp_path / "data.csv", x, y)
    theirs = model.fit(x, y, epochs=6, batch_size=16, shuffle=False, verbose=0).history
    trained = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.csv", "--target", "y", "--epochs", 6, "--batch-size", 16, "--no-shuffle",
                          "--seed", 1)
    np.testing.assert_allclose(trained["history"]["loss"], theirs["loss"], rtol=1e-5)


TEXTS = ["The cat, the CAT: (sat).", "  on   the_mat!  ", "", "É é ÀB", "[a] {b} 'c' \"d\" <e> f@g.h #i/j\\k ^l `m ~n |o", "a b a b c", "one-two  three;four\tfive\nsix", "..."]
VOCABULARY = ["the", "cat", "sat", "a", "b", "on", "themat", "é", "É", "onetwo", "a b", "b a", "The", "CAT:", "six"]
TEXT_CASES = [dict(), dict(output_sequence_length=4), dict(output_sequence_length=12), dict(standardize="lower"), dict(standardize="strip_punctuation"), dict(standardize=None),
              dict(output_mode="multi_hot"), dict(output_mode="count", ngrams=2), dict(output_mode="count", ngrams=(2,), max_tokens=20, pad_to_max_tokens=True),
              dict(output_mode="tf_idf", idf_weights=list(np.linspace(0.5, 2, len(VOCABULARY)))), dict(split=None), dict(output_mode="multi_hot", ngrams=3)]


@pytest.mark.parametrize("settings", TEXT_CASES, ids=str)
def test_text_vectorization_answers_as_keras_does(settings, upkeep, tmp_path):
    layer = L.TextVectorization(vocabulary=VOCABULARY, **settings)
    inputs = keras.Input((1,), dtype="string", name="text")
    model = keras.Model(inputs, layer(inputs))
    expected = np.asarray(model(tensorflow.constant([[one] for one in TEXTS])))
    (tmp_path / "k.json").write_text(model.to_json())
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    ours = next(iter(run_onnx(tmp_path / "k.onnx", np.array([[one] for one in TEXTS], object)).values()))
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours, expected, rtol=1e-6)
    upkeep("convert", tmp_path / "k.onnx", tmp_path / "back.h5")
    back = keras.models.load_model(tmp_path / "back.h5", compile=False)
    np.testing.assert_allclose(np.asarray(back(tensorflow.constant([[one] for one in TEXTS]))), expected, rtol=1e-6)


def test_adapted_vocabularies_are_read(upkeep, tmp_path):
    """They are no part of the configuration, but assets of the file."""
    words, text, codes = keras.Input((3,), dtype="string", name="words"), keras.Input((1,), dtype="string", name="text"), keras.Input((2,), dtype="int64", name="codes")
    lookup, vectorization, integers = L.StringLookup(), L.TextVectorization(output_sequence_length=4), L.IntegerLookup(num_oov_indices=2, oov_method="floormod")
    lookup.adapt([["red", "blue", "red"]])
    vectorization.adapt(["the cat sat", "the dog"])
    integers.adapt([[3, 5], [5, 8]])
    inner = keras.Sequential([keras.Input((3,), dtype="string"), L.StringLookup(mask_token="")], name="inner")
    inner.layers[-1].adapt([["green", "blue", "green"]])
    model = keras.Model([words, text, codes], [lookup(words), vectorization(text), integers(codes), inner(words)])
    given = {"words": np.array([["red", "green", ""], ["blue", "no", "red"]], object), "text": np.array([["the dog sat on"], ["cat"]], object),
             "codes": np.array([[3, 4], [8, 5]], "int64")}
    expected = [np.asarray(one) for one in model([tensorflow.constant(one) for one in given.values()])]
    model.save(tmp_path / "k.keras")
    with zipfile.ZipFile(tmp_path / "k.keras") as archive:
        archive.extractall(tmp_path / "folder")
    for source in ("k.keras", "folder"):
        upkeep("convert", tmp_path / source, tmp_path / f"{source}.onnx")
        session = onnxruntime.InferenceSession(tmp_path / f"{source}.onnx")
        for ours, theirs in zip(session.run(None, given), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    upkeep("convert", tmp_path / "k.keras.onnx", tmp_path / "back.keras")
    back = keras.models.load_model(tmp_path / "back.keras", compile=False)
    for ours, theirs in zip(back([tensorflow.constant(one) for one in given.values()]), expected, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), theirs)


def test_layers_of_applications_come_back(upkeep, tmp_path):
    x = keras.Input((4, 4, 6))
    y = StochasticDepth(0.3)(LayerScale(0.5, 6, name="scale")(x))
    model = keras.Model(x, CustomScaleLayer(0.2)([y, L.Conv2D(6, 1)(x)]))
    model.get_layer("scale").set_weights([np.linspace(-1, 2, 6).astype("float32")])
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "back.h5")
    given = numbers("vector", (4, 4, 6))
    back = keras.models.load_model(tmp_path / "back.h5", compile=False)
    np.testing.assert_allclose(np.asarray(back(given, training=False)), np.asarray(model(given, training=False)), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("settings", [dict(), dict(return_sequences=True), dict(go_backwards=True, return_sequences=True)], ids=str)
def test_stacked_cells_answer_as_keras_does(settings, upkeep, tmp_path):
    x = keras.Input((5, 3))
    model = keras.Model(x, L.RNN(L.StackedRNNCells([L.LSTMCell(4), L.GRUCell(3), L.SimpleRNNCell(2)]), **settings)(x))
    given = numbers("vector", (5, 3))
    expected = np.asarray(model(given, training=False))
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    compare(next(iter(run_onnx(tmp_path / "k.onnx", given).values())), expected, settings)
    upkeep("convert", tmp_path / "k.onnx", tmp_path / "back.h5")
    np.testing.assert_allclose(np.asarray(keras.models.load_model(tmp_path / "back.h5", compile=False)(given, training=False)), expected, atol=1e-6, rtol=1e-6)


def test_stacked_cells_give_their_states(upkeep, tmp_path):
    x = keras.Input((5, 3))
    y, (h, c), g = L.RNN(L.StackedRNNCells([L.LSTMCell(4), L.GRUCell(3)]), return_state=True)(x)
    model = keras.Model(x, [y, h, c, g[0] if isinstance(g, (list, tuple)) else g])
    given = numbers("vector", (5, 3))
    model.save(tmp_path / "k.keras")
    upkeep("convert", tmp_path / "k.keras", tmp_path / "k.onnx")
    for answer, expected in zip(run_onnx(tmp_path / "k.onnx", given).values(), model(given, training=False), strict=True):
        compare(answer, np.asarray(expected), "state")


def test_hashes_are_refused_with_the_reason(upkeep, tmp_path):
    x = keras.Input((1,), dtype="int64")
    (tmp_path / "k.json").write_text(keras.Model(x, L.Hashing(5)(x)).to_json())
    refused = upkeep.run("inspect", tmp_path / "k.json")
    assert refused.returncode == 1 and "FarmHash" in refused.stderr


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_a_vocabulary_in_text_becomes_integers_for_keras(suffix, upkeep, tmp_path):
    (tmp_path / "net.yaml").write_text('layers: [{input: {shape: [3], dtype: int64, name: x}}, {integer_lookup: {vocabulary: "42\\n7\\n-5"}}]')
    upkeep("convert", tmp_path / "net.yaml", tmp_path / f"k{suffix}")
    loaded = keras.models.load_model(tmp_path / f"k{suffix}")
    assert loaded.layers[-1].get_vocabulary() == [-1, 42, 7, -5]
    np.testing.assert_array_equal(loaded.predict(np.array([[7, -5, 9], [42, 0, 7]]), verbose=0), [[2, 3, 0], [1, 0, 2]])
