"""Keras models on which other converters, or Keras itself, are known to break: each is read here, and computes what Keras computes.

A test's name says the project and the number of the report; its first line says what broke there.
"""

import json

import h5py
import numpy as np
import onnx
import onnxruntime
import pytest

from conftest import write_csv
from keras_files import config_of, rewrite_config, write_h5, write_weights_h5

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")
from tf_keras.src.layers.rnn.cudnn_gru import CuDNNGRU  # noqa: E402
from tf_keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM  # noqa: E402

VERSIONS = pytest.mark.parametrize("K", [keras, tf_keras], ids=["keras3", "keras2"])
STEPS, FEATURES = 6, 3


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(7)
    keras.backend.clear_session()
    tf_keras.backend.clear_session()


def randomised(model):
    """With no weight at zero: biases start there, and hide mistakes."""
    rng = np.random.default_rng(7)
    model.set_weights([rng.normal(size=one.shape).astype("float32") / 2 for one in model.get_weights()])
    return model


def numbers(*shape):
    return np.random.default_rng(3).normal(size=shape).astype("float32")


def padded():
    """Sequences that are masked at the end, at the beginning, in the middle, nowhere, and everywhere."""
    x = numbers(5, STEPS, FEATURES)
    x[0, 4:], x[1, :2], x[2, 2:4], x[4] = 0, 0, 0, 0
    return x


def keras_answers(model, x):
    return np.asarray(model(x, training=False))  # predict() would compile the model first


def onnx_of(upkeep, path, folder, *more):
    upkeep("convert", path, folder / "model.onnx", *more)
    return folder / "model.onnx"


def answers(path, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})


def operators(graph):
    """The types of all nodes, those inside of others counted."""
    found = []
    for node in graph.node:
        found.append(node.op_type)
        for attribute in node.attribute:
            if attribute.HasField("g"):
                found += operators(attribute.g)
    return found


def expect_same(path, x, expected):
    np.testing.assert_allclose(answers(path, x)[0], expected, atol=1e-5, rtol=1e-5)


def expect_operators(path, *wanted):
    """These, and none that runs others step by step."""
    found = operators(onnx.load(path).graph)
    assert [one for one in found if one in ("LSTM", "GRU", "RNN")] == list(wanted), found
    assert not {"Loop", "Scan", "If"} & set(found), found


# --- tf2onnx -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_tf2onnx_2319_2348_a_sequential_of_keras_3_has_outputs(suffix, upkeep, tmp_path):
    """`'Sequential' object has no attribute 'output_names'`."""
    model = randomised(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(2, name="scores")]))
    model.save(tmp_path / f"k{suffix}")
    path = onnx_of(upkeep, tmp_path / f"k{suffix}", tmp_path)
    expect_same(path, numbers(5, 4), keras_answers(model, numbers(5, 4)))
    assert [output.name for output in onnx.load(path).graph.output] == ["scores"]


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_tf2onnx_2319_a_sequential_that_was_only_built_has_inputs(suffix, upkeep, tmp_path):
    """`_get_save_spec` was gone: the shape of a Sequential without an input layer was not found."""
    model = keras.Sequential([keras.layers.Dense(3, activation="relu"), keras.layers.Dense(2)])
    model.build((None, 4))
    randomised(model).save(tmp_path / f"k{suffix}")
    expect_same(onnx_of(upkeep, tmp_path / f"k{suffix}", tmp_path), numbers(5, 4), keras_answers(model, numbers(5, 4)))


@VERSIONS
def test_tf2onnx_1546_an_lstm_is_one_operator(K, upkeep, tmp_path):
    """An LSTM became a Loop, because the pattern of Keras's graph was not found again."""
    model = randomised(K.Sequential([K.Input((STEPS, FEATURES)), K.layers.LSTM(4, return_sequences=True), K.layers.LSTM(5), K.layers.Dense(2)]))
    model.save(tmp_path / "k.h5")
    path = onnx_of(upkeep, tmp_path / "k.h5", tmp_path)
    expect_operators(path, "LSTM", "LSTM")
    expect_same(path, padded(), keras_answers(model, padded()))


@VERSIONS
@pytest.mark.parametrize("reset_after", [True, False])
def test_tf2onnx_1650_a_gru_is_one_operator(reset_after, K, upkeep, tmp_path):
    """A GRU of TensorFlow 2 became a Loop."""
    model = randomised(K.Sequential([K.Input((STEPS, FEATURES)), K.layers.GRU(4, reset_after=reset_after)]))
    model.save(tmp_path / "k.h5")
    path = onnx_of(upkeep, tmp_path / "k.h5", tmp_path)
    expect_operators(path, "GRU")
    expect_same(path, padded(), keras_answers(model, padded()))


@VERSIONS
@pytest.mark.parametrize("sequences", [True, False])
def test_tf2onnx_1871_a_masked_lstm_is_one_operator(sequences, K, upkeep, tmp_path):
    """Masking made a slow Loop of it; lengths of sequences alone would only do for padding at the end."""
    model = randomised(K.Sequential([K.Input((STEPS, FEATURES)), K.layers.Masking(0.0), K.layers.LSTM(4, return_sequences=sequences)]))
    model.save(tmp_path / "k.h5")
    path = onnx_of(upkeep, tmp_path / "k.h5", tmp_path)
    expect_operators(path, "LSTM")
    expect_same(path, padded(), keras_answers(model, padded()))


@VERSIONS
def test_tf2onnx_1871_an_lstm_of_masked_words_is_one_operator(K, upkeep, tmp_path):
    """The same behind Embedding(mask_zero=True)."""
    model = randomised(K.Sequential([K.Input((STEPS,), dtype="int32"), K.layers.Embedding(9, 3, mask_zero=True), K.layers.LSTM(4)]))
    model.save(tmp_path / "k.h5")
    path = onnx_of(upkeep, tmp_path / "k.h5", tmp_path)
    expect_operators(path, "LSTM")
    words = np.array([[1, 2, 3, 0, 0, 0], [0, 0, 4, 5, 6, 7], [1, 0, 8, 0, 2, 3], [0, 0, 0, 0, 0, 0]], "int32")
    expect_same(path, words, keras_answers(model, words))


@VERSIONS
@pytest.mark.parametrize("masked", [False, True])
def test_tf2onnx_802_a_bidirectional_gru_is_converted(masked, K, upkeep, tmp_path):
    """The conversion of a Bidirectional GRU failed."""
    mask = [K.layers.Masking(0.0)] if masked else []
    model = randomised(K.Sequential([K.Input((STEPS, FEATURES)), *mask, K.layers.Bidirectional(K.layers.GRU(4, return_sequences=True)),
                                     K.layers.Bidirectional(K.layers.GRU(3))]))
    model.save(tmp_path / "k.h5")
    path = onnx_of(upkeep, tmp_path / "k.h5", tmp_path)
    expect_operators(path, "GRU", "GRU", "GRU", "GRU")
    expect_same(path, padded(), keras_answers(model, padded()))


CUDNN = {
    "gru": (lambda: CuDNNGRU(4), lambda: tf_keras.layers.GRU(4)),
    "lstm": (lambda: CuDNNLSTM(4), lambda: tf_keras.layers.LSTM(4)),
    "gru-backwards": (lambda: CuDNNGRU(4, go_backwards=True, return_sequences=True), lambda: tf_keras.layers.GRU(4, go_backwards=True, return_sequences=True)),
    "bidirectional-gru": (lambda: tf_keras.layers.Bidirectional(CuDNNGRU(4)), lambda: tf_keras.layers.Bidirectional(tf_keras.layers.GRU(4))),
    "bidirectional-lstm": (lambda: tf_keras.layers.Bidirectional(CuDNNLSTM(4)), lambda: tf_keras.layers.Bidirectional(tf_keras.layers.LSTM(4))),
}


@pytest.mark.parametrize("name", CUDNN)
def test_tf2onnx_939_cudnn_layers_compute_what_keras_computes(name, upkeep, tmp_path):
    """CuDNNGRU gave wrong numbers: its reset gate comes after the multiplication, with a bias of its own. Keras 2 converts the weights itself."""
    gpu, cpu = CUDNN[name]
    inputs = tf_keras.Input((STEPS, FEATURES))
    randomised(tf_keras.Model(inputs, gpu()(inputs))).save(tmp_path / "k.h5")
    inputs = tf_keras.Input((STEPS, FEATURES))
    model = tf_keras.Model(inputs, cpu()(inputs))
    model.load_weights(tmp_path / "k.h5")
    expect_same(onnx_of(upkeep, tmp_path / "k.h5", tmp_path), padded(), keras_answers(model, padded()))


# --- Keras 3 -------------------------------------------------------------------------------------------------------------------------


def test_keras_20750_time_major_of_an_lstm_is_no_setting(upkeep, tmp_path):
    """`Unrecognized keyword arguments passed to LSTM: {'time_major': False}`."""
    model = randomised(tf_keras.Sequential([tf_keras.Input((STEPS, FEATURES)), tf_keras.layers.LSTM(4), tf_keras.layers.Dense(1)]))
    model.save(tmp_path / "k.h5")
    assert "time_major" in config_of(tmp_path / "k.h5")["config"]["layers"][1]["config"]
    expect_same(onnx_of(upkeep, tmp_path / "k.h5", tmp_path), padded(), keras_answers(model, padded()))


def test_keras_19151_groups_of_a_depthwise_convolution_are_no_setting(upkeep, tmp_path):
    """`Unrecognized keyword arguments passed to DepthwiseConv2D: {'groups': 1}`."""
    model = randomised(tf_keras.Sequential([tf_keras.Input((7, 7, 3)), tf_keras.layers.DepthwiseConv2D(3, depth_multiplier=2), tf_keras.layers.Flatten()]))
    model.save(tmp_path / "k.h5")
    assert "groups" in config_of(tmp_path / "k.h5")["config"]["layers"][1]["config"]
    expect_same(onnx_of(upkeep, tmp_path / "k.h5", tmp_path), numbers(3, 7, 7, 3), keras_answers(model, numbers(3, 7, 7, 3)))


@VERSIONS
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_keras_19151_a_lambda_is_refused_by_its_name(suffix, K, upkeep, tmp_path):
    """A Lambda is code of one Python: loading it needs trust in the file and the same version. It is never run here."""
    x = K.Input((4,))
    model = K.Model(x, K.layers.Dense(1)(K.layers.Lambda(lambda t: t * 2, name="twice")(K.layers.Dense(3)(x))))
    model.save(tmp_path / f"k{suffix}")
    done = upkeep.run("convert", tmp_path / f"k{suffix}", tmp_path / "model.onnx")
    assert done.returncode == 1 and not (tmp_path / "model.onnx").exists()
    assert f"k{suffix}" in done.stderr and 'layers[2] "twice" (Lambda)' in done.stderr and "Python code" in done.stderr


# An LSTM as Keras 2.3.1 wrote it: settings of TensorFlow's Keras are missing.
LSTM_2_3 = {"name": "lstm_1", "trainable": True, "dtype": "float32", "return_sequences": False, "return_state": False, "go_backwards": False, "stateful": False,
            "unroll": False, "units": 4, "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True,
            "kernel_initializer": {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}},
            "recurrent_initializer": {"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}},
            "bias_initializer": {"class_name": "Zeros", "config": {}}, "unit_forget_bias": True, "kernel_regularizer": None, "recurrent_regularizer": None,
            "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "recurrent_constraint": None, "bias_constraint": None,
            "dropout": 0.0, "recurrent_dropout": 0.0, "implementation": 2}
DENSE_2_3 = {"name": "dense_1", "trainable": True, "dtype": "float32", "units": 1, "activation": "sigmoid", "use_bias": True,
             "kernel_initializer": {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}},
             "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
             "kernel_constraint": None, "bias_constraint": None}


def lstm_of_2_3(**settings):
    return {"class_name": "LSTM", "config": {**LSTM_2_3, **settings}}


@pytest.mark.parametrize("merge_mode", ["concat", "sum"])
def test_keras_19898_a_bidirectional_lstm_of_keras_2_3(merge_mode, upkeep, tmp_path):
    """Keras 3 does not load it: the wrapper has one layer, no backward_layer, and says the shape of the input in the first layer."""
    K = tf_keras.layers
    model = randomised(tf_keras.Sequential([tf_keras.Input((STEPS, FEATURES)), K.Bidirectional(K.LSTM(4, return_sequences=True), merge_mode=merge_mode),
                                            K.Bidirectional(K.LSTM(4), merge_mode=merge_mode), K.Dense(1, activation="sigmoid")]))
    wrapped = [{"class_name": "Bidirectional", "config": {"name": f"bidirectional_{i}", "trainable": True, "merge_mode": merge_mode,
                                                          "layer": lstm_of_2_3(name=f"lstm_{i}", return_sequences=i == 1)}} for i in (1, 2)]
    wrapped[0]["config"]["batch_input_shape"] = [None, STEPS, FEATURES]
    layers = [*wrapped, {"class_name": "Dense", "config": DENSE_2_3}]
    names = ["kernel:0", "recurrent_kernel:0", "bias:0"]
    weights = {}
    for i, layer in ((1, model.layers[0]), (2, model.layers[1])):
        said = [f"bidirectional_{i}/{way}_lstm_{i}/{name}" for way in ("forward", "backward") for name in names]
        weights[f"bidirectional_{i}"] = list(zip(said, layer.get_weights(), strict=True))
    weights["dense_1"] = list(zip(["dense_1/kernel:0", "dense_1/bias:0"], model.layers[2].get_weights(), strict=True))
    write_h5(tmp_path / "k.h5", {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": layers}}, weights, "2.3.1")
    expect_same(onnx_of(upkeep, tmp_path / "k.h5", tmp_path), padded(), keras_answers(model, padded()))


def test_keras_20081_the_json_and_the_weights_of_keras_2(upkeep, tmp_path):
    """Keras 3 reads neither model_from_json's text nor the weights beside it."""
    K = tf_keras.layers
    x = tf_keras.Input((8, 8, 3), name="picture")
    y = K.BatchNormalization(name="normal")(K.Conv2D(4, 3, activation="relu", name="conv")(x))
    model = randomised(tf_keras.Model(x, K.Dense(2, activation="softmax", name="scores")(K.GlobalAveragePooling2D()(y))))
    model.get_layer("normal").set_weights([np.abs(one) + 0.1 for one in model.get_layer("normal").get_weights()])
    (tmp_path / "net.json").write_text(model.to_json())
    model.save_weights(tmp_path / "w.h5")
    path = onnx_of(upkeep, tmp_path / "net.json", tmp_path, "--weights", tmp_path / "w.h5")
    expect_same(path, numbers(3, 8, 8, 3), keras_answers(model, numbers(3, 8, 8, 3)))


def test_keras_20081_the_same_of_keras_2_3(upkeep, tmp_path):
    """In the words of that time, as a list of layers without a name."""
    K = tf_keras.layers
    model = randomised(tf_keras.Sequential([tf_keras.Input((STEPS, FEATURES)), K.LSTM(4), K.Dense(1, activation="sigmoid")]))
    layers = [lstm_of_2_3(batch_input_shape=[None, STEPS, FEATURES]), {"class_name": "Dense", "config": DENSE_2_3}]
    (tmp_path / "net.json").write_text(json.dumps({"class_name": "Sequential", "config": layers, "keras_version": "2.2.2", "backend": "tensorflow"}))
    write_weights_h5(tmp_path / "w.h5",
                     {"lstm_1": list(zip(["lstm_1/kernel:0", "lstm_1/recurrent_kernel:0", "lstm_1/bias:0"], model.layers[0].get_weights(), strict=True)),
                      "dense_1": list(zip(["dense_1/kernel:0", "dense_1/bias:0"], model.layers[1].get_weights(), strict=True))}, "2.2.2")
    path = onnx_of(upkeep, tmp_path / "net.json", tmp_path, "--weights", tmp_path / "w.h5")
    expect_same(path, padded(), keras_answers(model, padded()))


@pytest.mark.parametrize("place", ["input layer", "first layer"])
def test_keras_20106_batch_input_shape_says_the_shape(place, upkeep, tmp_path):
    """`Unrecognized keyword arguments: ['batch_input_shape']`."""
    first = [tf_keras.layers.InputLayer((4,))] if place == "input layer" else []
    model = randomised(tf_keras.Sequential([*first, tf_keras.layers.Dense(3, activation="tanh", input_shape=(4,)), tf_keras.layers.Dense(2)]))
    model.save(tmp_path / "k.h5")
    if place == "first layer":  # older Keras 2 wrote no input layer
        rewrite_config(tmp_path / "k.h5", lambda config: config["config"]["layers"].pop(0))
    layers = config_of(tmp_path / "k.h5")["config"]["layers"]
    assert layers[0]["config"]["batch_input_shape"] == [None, 4] and (layers[0]["class_name"] == "InputLayer") == (place == "input layer")
    expect_same(onnx_of(upkeep, tmp_path / "k.h5", tmp_path), numbers(5, 4), keras_answers(model, numbers(5, 4)))


@VERSIONS
def test_keras_losses_by_name_in_an_h5_file(K, upkeep, tmp_path):
    """Keras 3 cannot load its own file: `Could not deserialize 'keras.metrics.mse'`, since functions are written by their names."""
    model = K.Sequential([K.Input((3,)), K.layers.Dense(2, activation="tanh"), K.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae", "mse"])
    model.save(tmp_path / "k.h5")
    if K is keras:
        with pytest.raises(Exception):
            keras.models.load_model(tmp_path / "k.h5")
    x, y = numbers(16, 3), numbers(16, 1)
    write_csv(tmp_path / "d.csv", x, y)
    history = upkeep.json("train", tmp_path / "k.h5", "--data", tmp_path / "d.csv", "--target", "y", "--epochs", 3, "--batch-size", 8, "--no-shuffle",
                          "--output", tmp_path / "ours.h5")["history"]
    theirs = model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history
    for name, in_keras in (("loss", "loss"), ("mae", "mae"), ("mse", "mse")):
        np.testing.assert_allclose(history[name], theirs[in_keras], rtol=1e-5)
    keras.models.load_model(tmp_path / "ours.h5")  # what we write, it can


def test_hdf5_attributes_of_more_than_64_kilobytes(upkeep, tmp_path):
    """Importers that miss layer_names0, layer_names1, ... see a model of no layers."""
    layers = [tf_keras.layers.Dense(2, name=f"layer_{i}_{'x' * 700}") for i in range(100)]
    model = randomised(tf_keras.Sequential([tf_keras.Input((2,)), *layers]))
    model.save(tmp_path / "k.h5")
    with h5py.File(tmp_path / "k.h5") as file:
        assert "layer_names0" in file["model_weights"].attrs
    expect_same(onnx_of(upkeep, tmp_path / "k.h5", tmp_path), numbers(3, 2), keras_answers(model, numbers(3, 2)))
