"""How Keras's models are put together: layers that are used several times, models in models, several inputs and outputs, states that are handed on. Each goes
through a file to an ONNX graph that ONNX Runtime runs, and back to Keras."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")
tf = pytest.importorskip("tensorflow")
ort = pytest.importorskip("onnxruntime")

MODELS = {}


def model(make):
    MODELS[make.__name__] = make
    return make


@model
def shared_layer(K):
    a, b = K.Input((4,), name="a"), K.Input((4,), name="b")
    tower = K.layers.Dense(3, activation="relu", name="tower")
    return K.Model([a, b], K.layers.Subtract()([tower(a), tower(b)]))


@model
def layer_used_in_a_row(K):
    x = K.Input((4,), name="x")
    layer, normal = K.layers.Dense(4, activation="tanh"), K.layers.BatchNormalization()
    return K.Model(x, [normal(layer(layer(x))), normal(layer(x))])


@model
def siamese(K):
    inner_in = K.Input((6, 6, 2))
    y = K.layers.Conv2D(3, 3, padding="same", activation="relu", name="conv")(inner_in)
    inner = K.Model(inner_in, K.layers.Dense(4, name="head")(K.layers.GlobalAveragePooling2D()(y)), name="tower")
    a, b = K.Input((6, 6, 2), name="a"), K.Input((6, 6, 2), name="b")
    both = K.layers.Concatenate()([inner(a), inner(b)])
    return K.Model([a, b], K.layers.Dense(1, activation="sigmoid", name="same")(both))


@model
def models_in_models(K):
    deepest = K.Sequential([K.layers.Dense(5, activation="relu", name="d0"), K.layers.BatchNormalization(name="n0")], name="deepest")
    middle_in = K.Input((5,))
    middle = K.Model(middle_in, [deepest(middle_in), K.layers.Dense(2, name="side")(middle_in)], name="middle")
    x = K.Input((5,), name="x")
    main, side = middle(K.layers.Dense(5, name="first")(x))
    return K.Model(x, [K.layers.Dense(1, name="last")(main), side])


@model
def transfer(K):
    """A frozen base whose batch normalisation never trains, and a head: what people save most."""
    base_in = K.Input((8, 8, 3))
    y = K.layers.BatchNormalization(name="bn")(K.layers.Conv2D(4, 3, name="conv")(base_in))
    base = K.Model(base_in, K.layers.ReLU(name="act")(y), name="base")
    base.trainable = False
    x = K.Input((8, 8, 3), name="x")
    return K.Model(x, K.layers.Dense(2, name="top")(K.layers.Flatten()(base(x, training=False))))


@model
def sequential_of_models(K):
    inner = K.Sequential([K.Input((4,)), K.layers.Dense(3, activation="relu"), K.layers.Dense(3)], name="inner")
    return K.Sequential([K.Input((4,), name="x"), inner, K.layers.Dense(2)])


@model
def encoder_and_decoder(K):
    """Sequence to sequence with states handed on, as in Keras's tutorial."""
    source, target = K.Input((5, 3), name="source"), K.Input((4, 2), name="target")
    _, h, c = K.layers.LSTM(6, return_state=True, name="encoder")(source)
    y, h2, _ = K.layers.LSTM(6, return_sequences=True, return_state=True, name="decoder")(target, initial_state=[h, c])
    return K.Model([source, target], [K.layers.Dense(2, activation="softmax", name="words")(y), h2])


@model
def gru_states(K):
    source = K.Input((5, 3), name="source")
    y, h = K.layers.GRU(4, return_sequences=True, return_state=True, go_backwards=True, name="first")(source)
    return K.Model(source, K.layers.GRU(4, name="second")(y, initial_state=h))


@model
def bidirectional_states(K):
    source = K.Input((5, 3), name="source")
    y, fh, fc, bh, bc = K.layers.Bidirectional(K.layers.LSTM(3, return_sequences=True, return_state=True), name="both")(source)
    z = K.layers.Bidirectional(K.layers.LSTM(3), name="again")(y, initial_state=[fh, fc, bh, bc])
    return K.Model(source, K.layers.Concatenate()([z, K.layers.Add()([fh, bh]), K.layers.Add()([fc, bc])]))


@model
def masked_states(K):
    words = K.Input((6,), dtype="int32", name="words")
    y = K.layers.Embedding(9, 4, mask_zero=True)(words)
    y, h, c = K.layers.LSTM(5, return_sequences=True, return_state=True)(y)
    return K.Model(words, [K.layers.LSTM(3)(y), h, c])


@model
def a_model_for_each_frame(K):
    """What reads videos: the same net for each frame, with a branch, and what joins them over time."""
    frame = K.Input((8, 8, 2))
    y = K.layers.Conv2D(3, 3, padding="same", activation="relu", name="conv")(frame)
    y = K.layers.Add(name="add")([y, K.layers.Conv2D(3, 1, use_bias=False, name="side")(frame)])
    y = K.layers.BatchNormalization(name="bn")(y)
    head = K.Sequential([K.Input((3,)), K.layers.Dense(5, activation="relu", name="top"), K.layers.Dense(4)], name="head")
    net = K.Model(frame, head(K.layers.GlobalAveragePooling2D()(y)), name="net")
    video = K.Input((4, 8, 8, 2), name="video")
    each = K.layers.TimeDistributed(net, name="each")(video)
    return K.Model(video, K.layers.LSTM(3, name="over_time")(each))


@model
def a_model_for_each_step_of_each_part(K):
    step = K.Sequential([K.Input((4,)), K.layers.Dense(3, name="inner"), K.layers.Dense(2)], name="step")
    x = K.Input((3, 5, 4), name="x")
    y = K.layers.TimeDistributed(K.layers.TimeDistributed(step, name="steps"), name="parts")(x)
    return K.Model(x, K.layers.Dense(2, name="last")(y))


@model
def attention_scores(K):
    x, mask = K.Input((5, 4), name="x"), K.Input((5, 5), dtype="bool", name="mask")
    y, scores = K.layers.MultiHeadAttention(2, 3, name="heads")(x, x, attention_mask=mask, return_attention_scores=True)
    return K.Model([x, mask], [y, scores])


def values_for(inputs, rng):
    made = {}
    for one in inputs:
        shape, dtype = (3, *one.shape[1:]), str(getattr(one.dtype, "name", one.dtype))
        if dtype == "bool":
            made[one.name] = rng.random(shape) < 0.7
        elif dtype.startswith("int"):
            made[one.name] = np.sort(rng.integers(0, 9, size=shape).astype("int32") * (rng.random(shape) < 0.8), axis=1)[:, ::-1].copy()
        else:
            made[one.name] = rng.normal(size=shape).astype("float32")
    return made


def randomised(made, rng):
    made.set_weights([np.abs(w) + 0.5 if "variance" in (getattr(v, "path", None) or v.name) else w
                      for v in made.weights for w in [(rng.normal(size=v.shape) / 2).astype("float32")]])
    return made


def as_list(values):
    return [np.asarray(one) for one in (values if isinstance(values, (list, tuple)) else [values])]


def answers_of(made, given):
    wanted = [given[one.name] for one in made.inputs]
    return as_list(made.predict(wanted if len(wanted) > 1 else wanted[0], verbose=0))


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("version", ["keras3", "keras2"])
@pytest.mark.parametrize("name", MODELS)
def test_models_answer_as_keras_does(name, version, suffix, upkeep, tmp_path):
    K = keras if version == "keras3" else tf_keras
    K.backend.clear_session()
    rng = np.random.default_rng(7)
    made = randomised(MODELS[name](K), rng)
    given = values_for(made.inputs, rng)
    expected = answers_of(made, given)
    made.save(tmp_path / f"k{suffix}")
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / "k.onnx")
    session = ort.InferenceSession(tmp_path / "k.onnx")
    for ours, theirs in zip(session.run(None, given), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5, rtol=1e-5)
    upkeep("convert", tmp_path / "k.onnx", tmp_path / f"back{suffix}")  # which Keras 3 reads, whoever wrote the first
    back = keras.models.load_model(tmp_path / f"back{suffix}", compile=False)
    for again, theirs in zip(answers_of(back, given), expected, strict=True):
        np.testing.assert_allclose(again, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("name", ["shared_layer", "siamese", "transfer", "sequential_of_models", "gru_states", "bidirectional_states"])
def test_training_goes_on_as_keras_does(name, suffix, upkeep, tmp_path):
    keras.backend.clear_session()
    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(7)
    made = randomised(MODELS[name](keras), rng)
    made.compile(keras.optimizers.Adam(0.01), "mse")
    given = values_for(made.inputs, rng)
    x = [given[one.name] for one in made.inputs]
    x = x if len(x) > 1 else x[0]
    (shape,) = [one.shape for one in answers_of(made, given)]
    y = rng.normal(size=shape).astype("float32")
    made.fit(x, y, epochs=2, batch_size=3, shuffle=False, verbose=0)
    made.save(tmp_path / f"k{suffix}")
    np.savez(tmp_path / "d.npz", **given, y=y)
    history = upkeep.json("train", tmp_path / f"k{suffix}", "--data", tmp_path / "d.npz", "--target", "y", "--epochs", "5", "--batch-size", "3", "--no-shuffle",
                          "--output", tmp_path / "more.onnx")
    theirs = made.fit(x, y, epochs=5, batch_size=3, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(history["history"]["loss"], theirs, rtol=2e-4)


def one_of_each(K):
    """Layers whose weights have different places in Keras's files, one of them in a model inside."""
    inner = K.Sequential([K.Input((4,)), K.layers.Dense(3, activation="relu", name="inner_dense"), K.layers.BatchNormalization()], name="inner")
    x = K.Input((5, 4), name="x")
    y = K.layers.TimeDistributed(K.layers.Dense(4))(x)
    y = K.layers.Bidirectional(K.layers.GRU(2))(y)
    return K.Model(x, K.layers.Dense(2)(K.layers.Dense(3)(inner(y))))


@pytest.mark.parametrize("version", ["keras3", "keras2"])
@pytest.mark.parametrize("weights", ["w.weights.h5", "w.h5", "w.weights.json"])
def test_weights_alone_go_into_an_architecture(weights, version, upkeep, tmp_path):
    K = keras if version == "keras3" else tf_keras
    if version == "keras2" and weights == "w.weights.json" or version == "keras3" and weights == "w.h5":
        pytest.skip("this Keras does not write such files")
    K.backend.clear_session()
    rng = np.random.default_rng(7)
    made = randomised(one_of_each(K), rng)
    given = values_for(made.inputs, rng)
    (tmp_path / "net.json").write_text(made.to_json())
    if weights.endswith(".json"):
        made.save_weights(tmp_path / weights, max_shard_size=1e-7)
        assert len(list(tmp_path.glob("*.h5"))) > 1
    else:
        made.save_weights(tmp_path / weights)
    upkeep("convert", tmp_path / "net.json", tmp_path / "k.onnx", "--weights", tmp_path / weights)
    (ours,) = ort.InferenceSession(tmp_path / "k.onnx").run(None, given)
    np.testing.assert_allclose(ours, answers_of(made, given)[0], atol=1e-5, rtol=1e-5)


STATEFUL = {
    "lstm": lambda L: [L.LSTM(4, stateful=True, return_sequences=True), L.LSTM(3, stateful=True)],
    "gru": lambda L: [L.GRU(4, stateful=True, go_backwards=True)],
    "bidirectional": lambda L: [L.Bidirectional(L.LSTM(3, stateful=True)), L.Dense(2)],
    "cells": lambda L: [L.RNN(L.StackedRNNCells([L.LSTMCell(3), L.SimpleRNNCell(2)]), stateful=True)],
}


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("name", STATEFUL)
def test_states_of_stateful_layers_go_in_and_out(name, suffix, upkeep, tmp_path):
    """Keras keeps them from call to call; here the caller hands them on."""
    keras.utils.set_random_seed(3)
    made = keras.Sequential([keras.Input(batch_shape=(2, 5, 3)), *STATEFUL[name](keras.layers)])
    x = np.random.default_rng(7).normal(size=(4, 2, 5, 3)).astype("float32")
    expected = [made.predict(part, batch_size=2, verbose=0) for part in x]
    made.save(tmp_path / f"k{suffix}")
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / "k.onnx", "--states")
    session = ort.InferenceSession(tmp_path / "k.onnx")
    names = [one.name for one in session.get_inputs()]
    states = [np.zeros((2, *one.shape[1:]), "float32") for one in session.get_inputs()[1:]]
    assert states
    for part, wanted in zip(x, expected):
        answer, *states = session.run(None, dict(zip(names, [part, *states])))
        np.testing.assert_allclose(answer, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_a_row_of_layers_within_a_layer(suffix, upkeep, tmp_path):
    rng = np.random.default_rng(7)
    scale = keras.layers.Normalization()
    scale.adapt(rng.normal(2, 3, size=(50, 4, 4, 3)).astype("float32"))
    row = keras.layers.Pipeline([keras.layers.Rescaling(0.5), scale, keras.layers.RandomFlip()])
    made = keras.Sequential([keras.Input((4, 4, 3), name="x"), row, keras.layers.Conv2D(2, 3)])
    given = values_for(made.inputs, rng)
    made.save(tmp_path / f"k{suffix}")
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / "k.onnx")
    (ours,) = ort.InferenceSession(tmp_path / "k.onnx").run(None, given)
    np.testing.assert_allclose(ours, answers_of(made, given)[0], atol=1e-5, rtol=1e-5)


OPERATIONS = {
    "numbers": (lambda x: 3.0 - (x + 2.0) * x / 4.0, lambda x: 3.0 - (x + 2.0) * x / 4.0),
    "mean": (lambda x: keras.ops.mean(x, axis=1, keepdims=True), lambda x: tf.reduce_mean(x, axis=1, keepdims=True)),
    "slice": (lambda x: x[:, 0, ::2], lambda x: x[:, 0, ::2]),
    "negative_slice": (lambda x: x[..., ::-1], lambda x: x[:, :, ::-1]),
    "reshape": (lambda x: keras.ops.reshape(x, (-1, 12)), lambda x: tf.reshape(x, (-1, 12))),
    "concatenate": (lambda x: keras.ops.concatenate([x, x], axis=-1), lambda x: tf.concat([x, x], axis=-1)),
    "matmul": (lambda x: x @ keras.ops.swapaxes(x, 1, 2), lambda x: x @ tf.transpose(x, (0, 2, 1))),
    "where": (lambda x: keras.ops.where(x > 0, x, 0.1 * x), lambda x: tf.where(x > 0, x, 0.1 * x)),
    "clip": (lambda x: keras.ops.clip(x, -0.5, 0.5), lambda x: tf.clip_by_value(x, -0.5, 0.5)),
    "softmax": (lambda x: keras.ops.softmax(x, axis=1), lambda x: tf.nn.softmax(x, axis=1)),
    "stack": (lambda x: keras.ops.stack([x, x * 2], axis=1), lambda x: tf.stack([x, x * 2], axis=1)),
    "cast": (lambda x: keras.ops.cast(x > 0, "float32"), lambda x: tf.cast(x > 0, "float32")),
    "split": (lambda x: keras.ops.split(x, 2, axis=1)[1], lambda x: tf.split(x, 2, axis=1)[1]),
    "max": (lambda x: keras.ops.max(x, axis=(1, 2)), lambda x: tf.reduce_max(x, axis=(1, 2))),
    "power": (lambda x: keras.ops.relu(x) ** 2 / keras.ops.sqrt(keras.ops.abs(x) + 1e-3), lambda x: tf.nn.relu(x) ** 2 / tf.sqrt(abs(x) + 1e-3)),
}


@pytest.mark.parametrize("version", ["keras3", "keras2"])
def test_operations_between_layers(version, upkeep, tmp_path):
    K = keras if version == "keras3" else tf_keras
    K.backend.clear_session()
    x = K.Input((4, 3), name="x")
    y = K.layers.Dense(3, name="d")(x)
    made = K.Model(x, [pair[0 if version == "keras3" else 1](y) for pair in OPERATIONS.values()])
    given = {"x": np.random.default_rng(3).normal(size=(2, 4, 3)).astype("float32")}
    expected = answers_of(made, given)
    made.save(tmp_path / "k.keras")
    upkeep("convert", tmp_path / "k.keras", tmp_path / "k.onnx")
    answers = ort.InferenceSession(tmp_path / "k.onnx").run(None, given)
    for name, ours, theirs in zip(OPERATIONS, answers, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5, rtol=1e-5, err_msg=name)
    upkeep("convert", tmp_path / "k.onnx", tmp_path / "back.keras")
    back = keras.models.load_model(tmp_path / "back.keras", compile=False)
    for name, again, theirs in zip(OPERATIONS, answers_of(back, given), expected, strict=True):
        np.testing.assert_allclose(again, theirs, atol=1e-5, rtol=1e-5, err_msg=name)
