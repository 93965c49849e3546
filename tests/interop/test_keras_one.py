"""Files of Keras 1, written by hand in its words and layouts. What the weights mean, Keras 2 says, which still loads them."""

import json

import numpy as np
import onnxruntime
import pytest

from keras_files import config_of, write_h5, write_weights_h5

tf_keras = pytest.importorskip("tf_keras")
L = tf_keras.layers


@pytest.fixture(autouse=True)
def seeded():
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(5)


def numbers(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype("float32") / 2


def named(layer, names, shapes, seed=1):
    """(name, values) of a layer's weights: "lstm_1_W_i" and so on."""
    return [(f"{layer}_{name}", numbers(*shape, seed=seed + i)) for i, (name, shape) in enumerate(zip(names, shapes, strict=True))]


# --- layers as Keras 1.2.2 writes them -----------------------------------------------------------------------------------------------

PLAIN = {"W_regularizer": None, "b_regularizer": None, "activity_regularizer": None, "W_constraint": None, "b_constraint": None}


def entry(kind, name, **config):
    return {"class_name": kind, "config": {"name": name, "trainable": True, **config}}


def dense(name, units, **more):
    return entry("Dense", name, output_dim=units, init="glorot_uniform", activation="linear", input_dim=None, bias=True, **PLAIN, **more)


def convolution2d(name, filters, rows, columns, ordering, **more):
    return entry("Convolution2D", name, nb_filter=filters, nb_row=rows, nb_col=columns, init="glorot_uniform", activation="relu", border_mode="same",
                 subsample=[1, 1], dim_ordering=ordering, bias=True, **PLAIN, **more)


def recurrent(kind, name, units, **more):
    gates = {} if kind == "SimpleRNN" else {"inner_activation": "hard_sigmoid"}
    forget = {"forget_bias_init": "one"} if kind == "LSTM" else {}
    return entry(kind, name, output_dim=units, init="glorot_uniform", inner_init="orthogonal", activation="tanh", **gates, **forget, return_sequences=False,
                 go_backwards=False, stateful=False, unroll=False, consume_less="cpu", input_dim=None, input_length=None, W_regularizer=None,
                 U_regularizer=None, b_regularizer=None, dropout_W=0.0, dropout_U=0.0, **more)


GATES = {"LSTM": "icfo", "GRU": "zrh"}


def gates(kind, layer, features, units, seed=1):
    """12 arrays of an LSTM, 9 of a GRU, 3 of a SimpleRNN."""
    if kind == "SimpleRNN":
        return named(layer, ["W", "U", "b"], [(features, units), (units, units), (units,)], seed)
    names = [f"{part}_{gate}" for gate in GATES[kind] for part in "WUb"]
    return named(layer, names, [(features, units), (units, units), (units,)] * len(GATES[kind]), seed)


def sequential(*entries):
    return {"class_name": "Sequential", "config": list(entries)}


def expect_answers(path, x, model):
    session = onnxruntime.InferenceSession(path)
    (ours,) = session.run(None, {session.get_inputs()[0].name: x})
    np.testing.assert_allclose(ours, np.asarray(model(x, training=False)), atol=1e-5, rtol=1e-5)


def expect_same(upkeep, folder, config, weights, model, x):
    """Ours from the old file, and Keras 2's model with the weights that it loads from it."""
    write_h5(folder / "k.h5", config, weights, "1.2.2")
    model.load_weights(folder / "k.h5")
    upkeep("convert", folder / "k.h5", folder / "k.onnx")
    expect_answers(folder / "k.onnx", x, model)


# --- tests ---------------------------------------------------------------------------------------------------------------------------


def test_convolutions_of_tensorflow(upkeep, tmp_path):
    config = sequential(convolution2d("convolution2d_1", 4, 3, 2, "tf", batch_input_shape=[None, 6, 5, 2]),
                        entry("MaxPooling2D", "maxpooling2d_1", pool_size=[2, 2], strides=[2, 2], border_mode="valid", dim_ordering="tf"),
                        entry("Flatten", "flatten_1"), entry("Dropout", "dropout_1", p=0.5), dense("dense_1", 3))
    weights = {"convolution2d_1": named("convolution2d_1", ["W", "b"], [(3, 2, 2, 4), (4,)]), "maxpooling2d_1": [], "flatten_1": [], "dropout_1": [],
               "dense_1": named("dense_1", ["W", "b"], [(3 * 2 * 4, 3), (3,)])}
    model = tf_keras.Sequential([tf_keras.Input((6, 5, 2)), L.Conv2D(4, (3, 2), padding="same", activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dropout(0.5),
                                 L.Dense(3)])
    expect_same(upkeep, tmp_path, config, weights, model, numbers(3, 6, 5, 2))


def test_convolutions_of_theanos_order(upkeep, tmp_path):
    """Keras 2 reads them, but TensorFlow has no such convolution on a CPU: its weights go into a model of the other order."""
    config = sequential(convolution2d("convolution2d_1", 4, 3, 2, "th", batch_input_shape=[None, 2, 6, 5]),
                        entry("MaxPooling2D", "maxpooling2d_1", pool_size=[2, 2], strides=[2, 2], border_mode="valid", dim_ordering="th"),
                        entry("Flatten", "flatten_1"), dense("dense_1", 3))
    weights = {"convolution2d_1": named("convolution2d_1", ["W", "b"], [(4, 2, 3, 2), (4,)]), "maxpooling2d_1": [], "flatten_1": [],
               "dense_1": named("dense_1", ["W", "b"], [(4 * 3 * 2, 3), (3,)])}
    write_h5(tmp_path / "k.h5", config, weights, "1.2.2")
    first = tf_keras.Sequential([tf_keras.Input((2, 6, 5)), L.Conv2D(4, (3, 2), padding="same", activation="relu", data_format="channels_first"),
                                 L.MaxPooling2D(data_format="channels_first"), L.Flatten(), L.Dense(3)])
    first.load_weights(tmp_path / "k.h5")
    last = tf_keras.Sequential([tf_keras.Input((2, 6, 5)), L.Permute((2, 3, 1)), L.Conv2D(4, (3, 2), padding="same", activation="relu"), L.MaxPooling2D(),
                                L.Permute((3, 1, 2)), L.Flatten(), L.Dense(3)])
    last.set_weights(first.get_weights())
    x = numbers(3, 2, 6, 5)
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    expect_answers(tmp_path / "k.onnx", x, last)


@pytest.mark.parametrize("shape", [(3, 1, 2, 4), (4, 2, 3, 1)], ids=["1.2", "1.1"])
def test_convolutions_over_one_axis(shape, upkeep, tmp_path):
    config = sequential(entry("Convolution1D", "convolution1d_1", nb_filter=4, filter_length=3, init="uniform", activation="linear", border_mode="valid",
                              subsample_length=2, bias=True, input_dim=2, input_length=9, batch_input_shape=[None, 9, 2], **PLAIN),
                        entry("MaxPooling1D", "maxpooling1d_1", pool_length=2, stride=2, border_mode="valid"))
    weights = {"convolution1d_1": named("convolution1d_1", ["W", "b"], [shape, (4,)]), "maxpooling1d_1": []}
    model = tf_keras.Sequential([tf_keras.Input((9, 2)), L.Conv1D(4, 3, strides=2), L.MaxPooling1D()])
    expect_same(upkeep, tmp_path, config, weights, model, numbers(3, 9, 2))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize("options", [{}, {"return_sequences": True}, {"go_backwards": True}], ids=str)
def test_recurrent_layers(kind, options, upkeep, tmp_path):
    one = recurrent(kind, "r_1", 4, batch_input_shape=[None, 5, 3])
    one["config"].update(options)
    gate = {"recurrent_activation": "hard_sigmoid"} if kind != "SimpleRNN" else {}
    before = {"reset_after": False} if kind == "GRU" else {}
    model = tf_keras.Sequential([tf_keras.Input((5, 3)), getattr(L, kind)(4, **gate, **before, **options)])
    expect_same(upkeep, tmp_path, sequential(one), {"r_1": gates(kind, "r_1", 3, 4)}, model, numbers(3, 5, 3))


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("merge_mode", ["concat", "ave"])
def test_bidirectional_layers(merge_mode, kind, upkeep, tmp_path):
    config = sequential(entry("Bidirectional", "bidirectional_1", merge_mode=merge_mode, layer=recurrent(kind, "r_1", 4), batch_input_shape=[None, 5, 3]))
    weights = {"bidirectional_1": gates(kind, "forward_r_1", 3, 4) + gates(kind, "backward_r_1", 3, 4, seed=50)}
    before = {"reset_after": False} if kind == "GRU" else {}
    inner = getattr(L, kind)(4, recurrent_activation="hard_sigmoid", **before)
    model = tf_keras.Sequential([tf_keras.Input((5, 3)), L.Bidirectional(inner, merge_mode=merge_mode)])
    expect_same(upkeep, tmp_path, config, weights, model, numbers(3, 5, 3))


def test_layers_of_each_step(upkeep, tmp_path):
    config = sequential(entry("TimeDistributed", "timedistributed_1", layer=dense("dense_1", 4), batch_input_shape=[None, 5, 3]),
                        entry("TimeDistributedDense", "timedistributeddense_1", output_dim=2, init="uniform", activation="tanh", bias=True, input_length=5, **PLAIN))
    weights = {"timedistributed_1": named("dense_1", ["W", "b"], [(3, 4), (4,)]), "timedistributeddense_1": named("timedistributeddense_1", ["W", "b"], [(4, 2), (2,)])}
    model = tf_keras.Sequential([tf_keras.Input((5, 3)), L.TimeDistributed(L.Dense(4)), L.Dense(2, activation="tanh")])
    expect_same(upkeep, tmp_path, config, weights, model, numbers(3, 5, 3))


def test_embeddings_and_normalisation(upkeep, tmp_path):
    config = sequential(entry("Embedding", "embedding_1", input_dim=9, output_dim=3, input_length=5, init="uniform", mask_zero=True, dropout=0.0,
                              activity_regularizer=None, W_regularizer=None, W_constraint=None, input_dtype="int32", batch_input_shape=[None, 5]),
                        recurrent("LSTM", "lstm_1", 4), entry("BatchNormalization", "batchnormalization_1", epsilon=0.001, mode=0, axis=-1, momentum=0.99,
                                                              gamma_init="one", beta_init="zero", gamma_regularizer=None, beta_regularizer=None))
    normal = [(name, np.abs(values) + 0.1) for name, values in named("batchnormalization_1", ["gamma", "beta", "running_mean", "running_std"], [(4,)] * 4)]
    weights = {"embedding_1": named("embedding_1", ["W"], [(9, 3)]), "lstm_1": gates("LSTM", "lstm_1", 3, 4), "batchnormalization_1": normal}
    model = tf_keras.Sequential([tf_keras.Input((5,), dtype="int32"), L.Embedding(9, 3, mask_zero=True), L.LSTM(4, recurrent_activation="hard_sigmoid"),
                                 L.BatchNormalization()])
    words = np.array([[1, 2, 3, 0, 0], [0, 0, 4, 5, 6], [7, 0, 8, 0, 1]], "int32")
    expect_same(upkeep, tmp_path, config, weights, model, words)


def test_a_model_of_layers_that_are_merged(upkeep, tmp_path):
    regularized = dense("dense_2", 4)
    regularized["config"]["W_regularizer"] = {"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.01}
    regularized["config"]["W_constraint"] = {"name": "MaxNorm", "m": 2, "axis": 0}
    merge = entry("Merge", "merge_1", mode="concat", concat_axis=-1, dot_axes=-1, mode_type="raw", output_shape=None, output_shape_type="raw", output_mask=None,
                  output_mask_type="raw", arguments={})
    del merge["config"]["trainable"]
    layers = [({"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "input_dtype": "float32", "name": "x", "sparse": False}}, []),
              (dense("dense_1", 4), [[["x", 0, 0]]]), (regularized, [[["x", 0, 0]]]), (merge, [[["dense_1", 0, 0], ["dense_2", 0, 0]]]), (dense("dense_3", 2), [[["merge_1", 0, 0]]])]
    config = {"class_name": "Model", "config": {"name": "model_1", "layers": [{**one, "name": one["config"]["name"], "inbound_nodes": nodes} for one, nodes in layers],
                                                "input_layers": [["x", 0, 0]], "output_layers": [["dense_3", 0, 0]]}}
    weights = {"x": [], **{name: named(name, ["W", "b"], shapes, seed) for seed, (name, shapes) in
                           enumerate({"dense_1": [(3, 4), (4,)], "dense_2": [(3, 4), (4,)], "dense_3": [(8, 2), (2,)]}.items())}, "merge_1": []}
    x = tf_keras.Input((3,))
    model = tf_keras.Model(x, L.Dense(2)(L.Concatenate()([L.Dense(4)(x), L.Dense(4)(x)])))
    expect_same(upkeep, tmp_path, config, weights, model, numbers(3, 3))
    upkeep("convert", tmp_path / "k.h5", tmp_path / "back.h5")
    said = {layer["config"]["name"]: layer["config"] for layer in config_of(tmp_path / "back.h5")["config"]["layers"]}["dense_2"]
    assert said["kernel_regularizer"]["config"]["l2"] == 0.01 and said["kernel_constraint"]["config"]["max_value"] == 2


def test_the_json_and_the_weights(upkeep, tmp_path):
    """The weights' file says no version."""
    (tmp_path / "net.json").write_text(json.dumps({**sequential(recurrent("LSTM", "lstm_1", 4, batch_input_shape=[None, 5, 3])), "keras_version": "1.2.2"}))
    write_weights_h5(tmp_path / "w.h5", {"lstm_1": gates("LSTM", "lstm_1", 3, 4)}, None)
    upkeep("convert", tmp_path / "net.json", tmp_path / "k.onnx", "--weights", tmp_path / "w.h5")
    model = tf_keras.Sequential([tf_keras.Input((5, 3)), L.LSTM(4, recurrent_activation="hard_sigmoid")])
    model.load_weights(tmp_path / "w.h5")
    expect_answers(tmp_path / "k.onnx", numbers(3, 5, 3), model)
