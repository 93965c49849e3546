"""Every layer as Keras 2 (tf_keras) has it: the cases of the other tests of layers, of which each family is one model, saved as .h5 and as .keras.

What Keras 2 has not, or does not do, is listed below: a case that is left out is one of these.
"""

import numpy as np
import pytest

import test_layers
import test_more_layers
import test_sequence_layers
from test_layers import run_onnx
from test_more_layers import check

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")
tensorflow = pytest.importorskip("tensorflow")


class Missing(Exception):
    """A layer that Keras 2 has not."""


class LayersOfKerasTwo:
    def __getattr__(self, name):
        def missing(*_, **__):
            raise Missing(name)

        missing.__name__ = name
        return getattr(tf_keras.layers, name, missing)


class Cases:
    """`each` of test_layers.py, and what it could not make."""

    def __init__(self):
        self.refused = set()

    def each(self, layer, x, *settings, **common):
        made = []
        for one in settings:
            try:
                made.append((f"{layer.__name__} {one}", layer(**common, **one)(x)))
            except Missing:
                self.refused.add(layer.__name__)
            except (TypeError, ValueError, tensorflow.errors.InvalidArgumentError):
                self.refused.add(f"{layer.__name__} {one}")
        return made


@pytest.fixture
def cases(monkeypatch):
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(11)
    made = Cases()
    for module in (test_layers, test_more_layers, test_sequence_layers):
        monkeypatch.setattr(module, "L", LayersOfKerasTwo())
        if hasattr(module, "each"):
            monkeypatch.setattr(module, "each", made.each)
    return made


def randomised(model):
    rng = np.random.default_rng(5)
    for layer in model.layers:  # biases and moving statistics start as constants, which hide mistakes
        if "lookup" in layer.name:
            continue  # its weights are its settings
        layer.set_weights([value if value.dtype.kind != "f" else value + 0.1 * np.abs(rng.normal(size=value.shape)).astype("float32") for value in layer.get_weights()])
    return model


def as_list(values):
    return [np.asarray(one) for one in (values if isinstance(values, (list, tuple)) else [values])]


def expect_same(model, names, given, upkeep, folder):
    """Of both of Keras 2's files, and of the one that Keras 3 reads of ours."""
    expected = as_list(model([given[one.name] for one in model.inputs], training=False))
    for suffix in (".h5", ".keras"):
        model.save(folder / f"k{suffix}")
        upkeep("convert", folder / f"k{suffix}", folder / "k.onnx")
        answers = run_onnx(folder / "k.onnx", given)
        assert len(answers) == len(names), "a layer is the output of one case"
        for what, ours, theirs in zip(names, answers.values(), expected, strict=True):
            check(ours, theirs, f"{suffix}: {what}")
    upkeep("convert", folder / "k.onnx", folder / "back.h5")
    back = keras.models.load_model(folder / "back.h5", compile=False)
    for what, ours, theirs in zip(names, as_list(back([given[one.name] for one in back.inputs], training=False)), expected, strict=True):
        check(ours, theirs, f"back: {what}")


STRIDES_AND_DILATION = [{"strides": 2, "dilation_rate": 2}, {"strides": 2, "dilation_rate": 2, "padding": "same"}]
REFUSED = {  # by a class, or by a case of one
    "depthwise": {f"DepthwiseConv{axes}D {one}" for axes in (1, 2) for one in STRIDES_AND_DILATION},
    "cropping": {"CenterCrop {'height': 2, 'width': 3, 'data_format': 'channels_first'}"},
    "lookups": {"StringLookup {'output_mode': 'one_hot'}"},  # of several words
    "layer_normalization": {"layer_normalization-rms"},
    "additive_attention": {"additive_attention"},  # of a key that is smaller than the value
    "multi_head_attention": {"multi_head_attention-shape"},  # with a gate
    "resizing": {"Resizing {'height': 11, 'width': 3, 'antialias': True}", "Resizing {'height': 11, 'width': 3, 'antialias': False}",
                 "Resizing {'pad_to_aspect_ratio': True, 'fill_value': 0.5}"},
}

# Keras 2 has none of these layers, or, of the last, one that fails.
MISSING = {"adaptive_pooling", "augmentation", "contrast", "spectrograms", "reversible_embedding", "rms_normalization", "group_query_attention",
           "spectral_normalization"}


def with_layers(names):
    return [name for name in names if name not in MISSING]


def family_answers(module, name, given_of, cases, upkeep, folder):
    make, types = module.FAMILIES[name], getattr(module, "TYPES", {})
    inputs = {key: tf_keras.Input(shape, name=key, dtype=types.get(key, "float32")) for key, shape in module.INPUTS.items()}
    made = make(**inputs)
    used = [one for key, one in inputs.items() if key in make.__code__.co_varnames[:make.__code__.co_argcount]]
    model = randomised(tf_keras.Model(used, [tensor for _, tensor in made], name=name))
    expect_same(model, [what for what, _ in made], {one.name: given_of(one.name) for one in model.inputs}, upkeep, folder)
    assert cases.refused == REFUSED.get(name, set())


@pytest.mark.parametrize("name", with_layers(test_layers.FAMILIES))
def test_families_answer_as_keras_2_does(name, cases, upkeep, tmp_path):
    family_answers(test_layers, name, lambda key: test_layers.numbers(test_layers.INPUTS[key], 3), cases, upkeep, tmp_path)


@pytest.mark.parametrize("name", with_layers(test_more_layers.FAMILIES))
def test_further_families_answer_as_keras_2_does(name, cases, upkeep, tmp_path):
    family_answers(test_more_layers, name, lambda key: test_more_layers.numbers(key, test_more_layers.INPUTS[key]), cases, upkeep, tmp_path)


GROUPS = {}
for one in test_sequence_layers.CASES:
    GROUPS.setdefault(one.split("-")[0], []).append(one)


@pytest.mark.parametrize("group", with_layers(GROUPS))
def test_sequence_layers_answer_as_keras_2_does(group, cases, upkeep, tmp_path):
    """The cases of one layer are one model, with an input for each shape."""
    rng, inputs, given, made = np.random.default_rng(3), {}, {}, {}
    for name in GROUPS[group]:
        shapes, make, integers = test_sequence_layers.CASES[name]
        own = []
        for place, shape in enumerate(shapes):
            key = "x" + "_".join(str(one) for one in (*shape, place, int(integers)))
            if key not in inputs:
                inputs[key] = tf_keras.Input(shape, dtype="int32" if integers else "float32", name=key)
                (given[key],) = test_sequence_layers.inputs_of([shape], integers, rng)
            own.append(inputs[key])
        try:
            made[name] = make()(*own)
        except (TypeError, ValueError):
            cases.refused.add(name)
    model = randomised(tf_keras.Model(list(inputs.values()), list(made.values()), name=group))
    expect_same(model, list(made), given, upkeep, tmp_path)
    assert cases.refused == REFUSED.get(group, set())


def test_what_only_keras_2_has(cases, upkeep, tmp_path):
    K = tf_keras.layers
    x, picture = tf_keras.Input((6,), name="x"), tf_keras.Input((8, 9, 3), name="picture")
    y = picture
    for layer in (K.RandomFlip("horizontal"), K.RandomRotation(0.1), K.RandomZoom(0.1), K.RandomTranslation(0.1, 0.1), K.RandomContrast(0.1), K.RandomBrightness(0.1)):
        y = layer(y)
    made = {"threshold": K.ThresholdedReLU(0.7)(x), "normal": K.experimental.SyncBatchNormalization()(x), "picture": K.Rescaling(0.5)(y)}
    model = randomised(tf_keras.Model([x, picture], list(made.values())))
    given = {one.name: np.random.default_rng(3).normal(size=(3, *one.shape[1:])).astype("float32") for one in model.inputs}
    expect_same(model, list(made), given, upkeep, tmp_path)
