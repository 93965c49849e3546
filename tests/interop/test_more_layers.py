"""Layers beyond the common ones: augmentation, spectral normalisation, convolutional LSTM, lookups, spectrograms, and what keras.applications defines for itself.

As in test_layers.py, a family is one model with one output per case: Keras saves it, upkeep converts it, ONNX Runtime answers as Keras does, and Keras
loads what upkeep writes back.
"""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("onnxruntime")
from keras.src.applications.convnext import LayerScale, StochasticDepth  # noqa: E402
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer  # noqa: E402
from test_layers import compare, each, run_onnx  # noqa: E402

L = keras.layers
ROWS = 3
INPUTS = {"picture": (8, 9, 3), "small": (5, 4, 2), "vector": (6,), "line": (3, 7, 2), "film": (4, 6, 5, 3), "body": (2, 4, 3, 5, 2), "channels": (50, 2), "sound": (600,)}
FAMILIES = {}


def family(make):
    FAMILIES[make.__name__] = make
    return make


def numbers(name, shape):
    """Pictures have values of 0 to 255, some of them outside."""
    random = np.random.default_rng(3)
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


def model_of(name):
    keras.utils.set_random_seed(11)
    keras.backend.clear_session()
    inputs = {key: keras.Input(shape, name=key) for key, shape in INPUTS.items()}
    make = FAMILIES[name]
    cases = make(**inputs)
    used = [one for key, one in inputs.items() if key in make.__code__.co_varnames[:make.__code__.co_argcount]]
    model = keras.Model(used, [tensor for _, tensor in cases], name=name)
    for layer in model.layers:  # biases and moving statistics start as constants, which hide mistakes
        weights = [value if value.dtype.kind != "f" else value + 0.1 * np.random.default_rng(5).normal(size=value.shape).astype("float32") for value in layer.get_weights()]
        layer.set_weights(weights)
    return model, [what for what, _ in cases]


@pytest.mark.parametrize("name", FAMILIES)
def test_layers_answer_as_keras_does(name, upkeep, tmp_path):
    model, cases = model_of(name)
    given = {one.name: numbers(one.name, INPUTS[one.name]) for one in model.inputs}
    expected = [np.asarray(one) for one in model([given[one.name] for one in model.inputs], training=False)]
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    answers = run_onnx(tmp_path / "k.onnx", given)
    assert len(answers) == len(cases), "a layer is the output of one case"
    for what, ours, theirs in zip(cases, answers.values(), expected, strict=True):
        compare(ours, theirs, what)
    # and back
    upkeep("convert", tmp_path / "k.onnx", tmp_path / "back.h5")
    back = keras.models.load_model(tmp_path / "back.h5", compile=False)
    for what, ours, theirs in zip(cases, back([given[one.name] for one in back.inputs], training=False), expected, strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs, atol=1e-6, rtol=1e-6, err_msg=what)
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
