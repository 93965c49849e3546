"""Masks, by the rules of Keras 2 and of Keras 3: two tables, each held against the Keras that it is of, and then our answers against both.

A table says what becomes of the mask of a layer's input: it is handed on, or it ends there. What a layer computes with masks, and what merges, wrappers and models
make of several, is asked of Keras itself: each family is one model of many outputs.
"""

import warnings

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")
tf = pytest.importorskip("tensorflow")
onnxruntime = pytest.importorskip("onnxruntime")

warnings.filterwarnings("ignore", message=".*does not support masking.*")
PEERS = {"keras2": tf_keras, "keras3": keras}
STEPS, WORDS, WIDTH = 6, 9, 4


def handed_on(K):
    """Layers of [batch, time, features] in which the steps keep their places, by name: the table is which of them hand a mask on."""
    L = K.layers
    layers = {
        "Activation": L.Activation("tanh"), "ActivityRegularization": L.ActivityRegularization(l2=0.1), "AlphaDropout": L.AlphaDropout(0.2),
        "BatchNormalization": L.BatchNormalization(), "Conv1D": L.Conv1D(3, 3, padding="same"), "Dense": L.Dense(3), "Dropout": L.Dropout(0.2), "ELU": L.ELU(),
        "EinsumDense": L.EinsumDense("abc,cd->abd", output_shape=(None, 3)), "GaussianDropout": L.GaussianDropout(0.2), "GaussianNoise": L.GaussianNoise(0.2),
        "GroupNormalization": L.GroupNormalization(2), "GRU": L.GRU(3, return_sequences=True), "Identity": L.Identity(), "LSTM": L.LSTM(3, return_sequences=True),
        "LayerNormalization": L.LayerNormalization(), "LeakyReLU": L.LeakyReLU(), "MaxPooling1D": L.MaxPooling1D(2, 1, padding="same"),
        "Normalization": L.Normalization(mean=[0.1] * WIDTH, variance=[2.0] * WIDTH), "PReLU": L.PReLU(), "Permute": L.Permute((1, 2)), "ReLU": L.ReLU(),
        "Rescaling": L.Rescaling(0.5, 0.1), "Reshape": L.Reshape((STEPS, WIDTH)), "SimpleRNN": L.SimpleRNN(3, return_sequences=True),
        "SpatialDropout1D": L.SpatialDropout1D(0.2), "TimeDistributed": L.TimeDistributed(L.Dense(3)), "UnitNormalization": L.UnitNormalization(),
        "Bidirectional": L.Bidirectional(L.LSTM(3, return_sequences=True)), "SeparableConv1D": L.SeparableConv1D(3, 3, padding="same"),
        "ZeroPadding1D": L.ZeroPadding1D(0), "UpSampling1D": L.UpSampling1D(1),
    }
    if K is keras:
        layers["RMSNormalization"] = L.RMSNormalization()
    else:
        del layers["GroupNormalization"]  # fails on a mask in Keras 2
    return layers


ENDS_IN_BOTH = {"Conv1D", "EinsumDense", "MaxPooling1D", "Permute", "Reshape", "RMSNormalization", "SeparableConv1D", "UpSampling1D", "ZeroPadding1D"}
ENDS = {"keras2": ENDS_IN_BOTH | {"Identity", "Normalization", "Rescaling"}, "keras3": ENDS_IN_BOTH}


def words(K, name):
    return K.Input((STEPS,), dtype="int32", name=name)


def masked(K, ids, width=WIDTH):
    return K.layers.Embedding(WORDS, width, mask_zero=True)(ids)


def data(seed=0):
    rng = np.random.default_rng(seed)
    i = rng.integers(1, WORDS, (5, STEPS)).astype("int32")
    j = rng.integers(1, WORDS, (5, STEPS)).astype("int32")
    i[0, 3:], i[1, :2], i[2, 1:3], i[3, 5] = 0, 0, 0, 0
    j[0, 1:], j[1, 4:], j[2, 2:5], j[4, :3] = 0, 0, 0, 0  # some step of each row counts in both
    d = rng.integers(1, WORDS, (5, 3, STEPS)).astype("int32")
    d[0, 1, 3:], d[1, :, 0], d[2, 2, 1:] = 0, 0, 0
    x = rng.normal(size=(5, STEPS, WIDTH)).astype("float32")
    x[0, 2:], x[2, 1], x[4, 0] = 0, 0, 0
    return {"i": i, "j": j, "d": d, "x": x, "f": rng.normal(size=(5, STEPS, 2)).astype("float32"), "m": rng.random((5, STEPS)) < 0.7 + (np.arange(STEPS) == 0)}


def randomised(model, seed=1):
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if "normalization" in layer.name and "batch" not in layer.name and "layer" not in layer.name and "group" not in layer.name:
            continue
        layer.set_weights([w if w.dtype.kind != "f" else (np.abs(w) + 0.5 if w.ndim == 1 and w.min() == w.max() == 1 else w + 0.2 * rng.normal(size=w.shape)).astype("float32")
                           for w in layer.get_weights()])
    return model


def as_list(values):
    return [np.asarray(one) for one in (values if isinstance(values, (list, tuple)) else [values])]


def expect_same(K, inputs, cases, upkeep, folder, suffixes=None):
    """Of each case's value: what Keras says, and what ONNX Runtime says of our graph. By the file that its Keras writes most."""
    given = {name: value for name, value in data().items() if name in inputs}
    model = randomised(K.Model([inputs[name] for name in given], list(cases.values())))
    expected = as_list(model.predict(list(given.values()), verbose=0))
    for suffix in suffixes or ([".h5"] if K is tf_keras else [".keras"]):
        model.save(folder / f"k{suffix}")
        upkeep("convert", folder / f"k{suffix}", folder / "k.onnx")
        session = onnxruntime.InferenceSession(folder / "k.onnx")
        wanted = {one.name for one in session.get_inputs()}
        ours = session.run(None, {name: value for name, value in given.items() if name in wanted})
        wrong = [case for case, one, other in zip(cases, ours, expected, strict=True) if one.shape != other.shape or not np.allclose(one, other, atol=2e-5, rtol=2e-5)]
        assert not wrong, f"{suffix}: {wrong}"
    return model


@pytest.fixture(params=list(PEERS))
def peer(request):
    K = PEERS[request.param]
    K.backend.clear_session()
    K.utils.set_random_seed(7)
    return request.param, K


def test_which_layers_hand_a_mask_on(peer, upkeep, tmp_path):
    name, K = peer
    x = K.Input((STEPS, WIDTH), name="x")
    cases, ends = {}, set()
    for kind, layer in handed_on(K).items():
        value = layer(K.layers.Masking(0.0)(x))
        if getattr(value, "_keras_mask", None) is None:
            ends.add(kind)
        cases[kind] = K.layers.GlobalAveragePooling1D()(value)
    expect_same(K, {"x": x}, cases, upkeep, tmp_path)
    assert ends == {kind for kind in ENDS[name] if kind in cases}, "the table is not Keras's"


def test_merges(peer, upkeep, tmp_path):
    _, K = peer
    L = K.layers
    i, j, f = words(K, "i"), words(K, "j"), K.Input((STEPS, 2), name="f")
    plain = lambda: L.Dense(WIDTH)(f)  # noqa: E731
    cases = {}
    for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"):
        merge = getattr(L, kind)
        sets = {"both": [masked(K, i), masked(K, j)], "first": [masked(K, i), plain()], "second": [plain(), masked(K, j)]}
        if kind != "Subtract":
            sets["three"] = [masked(K, i), masked(K, j), L.Masking(0.0)(f) if kind == "Concatenate" else masked(K, i)]
        for what, values in sets.items():
            made = merge()(values)
            cases[f"{kind} of {what}: mean"] = L.GlobalAveragePooling1D()(made)
            cases[f"{kind} of {what}: values"] = L.Flatten()(made)
    cases["Concatenate in time"] = L.GlobalAveragePooling1D()(L.Concatenate(axis=1)([masked(K, i), masked(K, j)]))
    cases["Dot"] = L.Flatten()(L.Dot(axes=2)([masked(K, i), masked(K, j)]))
    shared = L.Embedding(WORDS, WIDTH, mask_zero=True)
    cases["one embedding twice"] = L.SimpleRNN(3)(L.Average()([shared(i), shared(j)]))
    cases["merges of merges"] = L.GlobalAveragePooling1D()(L.Add()([L.Concatenate()([shared(i), shared(j)]), L.Concatenate()([shared(j), shared(i)])]))
    expect_same(K, {"i": i, "j": j, "f": f}, cases, upkeep, tmp_path)


def test_recurrent_layers_and_bidirectional(peer, upkeep, tmp_path):
    _, K = peer
    L = K.layers
    i = words(K, "i")
    cases = {}
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        cases[kind] = getattr(L, kind)(3)(masked(K, i))
        steps = getattr(L, kind)(3, return_sequences=True, go_backwards=kind == "GRU")(masked(K, i))
        cases[f"{kind}: steps"], cases[f"{kind}: mean"] = L.Flatten()(steps), L.GlobalAveragePooling1D()(steps)
    for mode in ("concat", "mul"):
        steps = L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode=mode)(masked(K, i))
        cases[f"Bidirectional {mode}"] = L.GlobalAveragePooling1D()(steps)
    one, other = L.Bidirectional(L.SimpleRNN(3, return_sequences=True), merge_mode=None)(masked(K, i))
    cases["Bidirectional without a merge: first"], cases["Bidirectional without a merge: second"] = L.GlobalAveragePooling1D()(one), L.GlobalAveragePooling1D()(other)
    steps, state, cell = L.LSTM(3, return_sequences=True, return_state=True)(masked(K, i))
    cases["steps of a layer that gives states"] = L.GlobalAveragePooling1D()(steps)
    cases["state"], cases["cell"] = L.Dense(2)(state), L.Dense(2)(cell)
    cases["states handed on"] = L.LSTM(3)(masked(K, i), initial_state=[state, cell])
    cases["cells upon one another"] = L.RNN([L.LSTMCell(3), L.GRUCell(2)])(masked(K, i))
    expect_same(K, {"i": i}, cases, upkeep, tmp_path)


def test_attention(peer, upkeep, tmp_path):
    _, K = peer
    L = K.layers
    i, j, f = words(K, "i"), words(K, "j"), K.Input((STEPS, 2), name="f")
    plain = lambda: L.Dense(WIDTH)(f)  # noqa: E731
    cases = {}
    for kind in ("Attention", "AdditiveAttention"):
        for what, make in {"both": lambda: [masked(K, i), masked(K, j)], "query": lambda: [masked(K, i), plain()], "value": lambda: [plain(), masked(K, j)]}.items():
            cases[f"{kind}, {what}: mean"] = L.GlobalAveragePooling1D()(getattr(L, kind)()(make()))
            cases[f"{kind}, {what}: values"] = L.Flatten()(getattr(L, kind)()(make()))
        value, scores = getattr(L, kind)()([masked(K, i), masked(K, j)], return_attention_scores=True)
        cases[f"{kind}: steps beside scores"], cases[f"{kind}: scores"] = L.GlobalAveragePooling1D()(value), L.Flatten()(scores)
        cases[f"{kind}, causal"] = L.GlobalAveragePooling1D()(getattr(L, kind)()([masked(K, i), masked(K, j)], use_causal_mask=True))
    heads = lambda **o: L.MultiHeadAttention(2, 3, **o)  # noqa: E731
    cases["heads: mean"] = L.GlobalAveragePooling1D()(heads()(masked(K, i), masked(K, j)))
    cases["heads: values"] = L.Flatten()(heads()(masked(K, i), masked(K, j)))
    cases["heads, query alone"] = L.GlobalAveragePooling1D()(heads()(masked(K, i), plain()))
    cases["heads, value alone"] = L.Flatten()(heads()(plain(), masked(K, j)))
    cases["heads, causal"] = L.Flatten()(heads()(masked(K, i), masked(K, i), use_causal_mask=True))
    cases["heads that drop"] = L.Flatten()(heads(dropout=0.3)(masked(K, i), masked(K, j)))
    value, scores = heads()(masked(K, i), masked(K, j), return_attention_scores=True)
    cases["heads with scores"], cases["scores of heads"] = L.Flatten()(value), L.Flatten()(scores)
    expect_same(K, {"i": i, "j": j, "f": f}, cases, upkeep, tmp_path)


def transformer(K, x, pool):
    """Two blocks, each with a residual connection around its attention."""
    L = K.layers
    for _ in range(2):
        x = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(2, 3)(x, x)]))
        x = L.LayerNormalization()(L.Add()([x, L.Dense(WIDTH)(L.Dense(5, activation="relu")(x))]))
    return pool(x)


@pytest.mark.parametrize("pool", ["GlobalAveragePooling1D", "LSTM", "GlobalMaxPooling1D", "before"])
def test_residual_connections_around_attention(pool, peer, upkeep, tmp_path):
    """Keras 3 takes the masks of a query, value and key off them while it runs: what is added to them later has none."""
    _, K = peer
    L = K.layers
    i = words(K, "i")
    if pool == "before":  # normalised before it is attended to, so that the sum keeps its mask
        x = masked(K, i)
        n = L.LayerNormalization()(x)
        x = L.Add()([x, L.MultiHeadAttention(2, 3)(n, n)])
        n = L.LayerNormalization()(x)
        value = L.GlobalAveragePooling1D()(L.Add()([x, L.MultiHeadAttention(2, 3)(n, n)]))
    else:
        value = transformer(K, masked(K, i), L.LSTM(3) if pool == "LSTM" else getattr(L, pool)())
    expect_same(K, {"i": i}, {pool: value}, upkeep, tmp_path)


def test_models_inside(peer, upkeep, tmp_path):
    _, K = peer
    L = K.layers
    i = words(K, "i")
    cases = {}
    inner_words = K.Input((STEPS,), dtype="int32")
    maker = K.Model(inner_words, L.Dense(3)(masked(K, inner_words)), name="maker")
    cases["a mask made inside"] = L.SimpleRNN(3)(maker(i))
    inner = K.Input((STEPS, WIDTH))
    reader = K.Model(inner, L.GlobalAveragePooling1D()(L.Dense(3)(inner)), name="reader")
    cases["a mask read inside"] = reader(masked(K, i))
    passing = K.Sequential([K.Input((STEPS, WIDTH)), L.Dense(3), L.LayerNormalization()], name="passing")
    cases["a mask that goes through"] = L.SimpleRNN(3)(passing(masked(K, i)))
    ending = K.Sequential([K.Input((STEPS, WIDTH)), L.Conv1D(3, 3, padding="same")], name="ending")
    cases["a mask that ends inside"] = L.SimpleRNN(3)(ending(masked(K, i)))
    whole = K.Sequential([K.Input((STEPS,), dtype="int32"), L.Embedding(WORDS, 3, mask_zero=True), L.SimpleRNN(3, return_sequences=True), L.GlobalAveragePooling1D()], name="whole")
    cases["all of it inside"] = whole(i)
    expect_same(K, {"i": i}, cases, upkeep, tmp_path)


def test_layers_and_models_for_each_step(peer, upkeep, tmp_path):
    name, K = peer
    L = K.layers
    d, x = K.Input((3, STEPS), dtype="int32", name="d"), K.Input((STEPS, WIDTH), name="x")
    each = L.TimeDistributed
    cases = {"lists of words": each(L.SimpleRNN(3))(masked(K, d)), "embeddings of each": L.Flatten()(each(L.SimpleRNN(3))(each(L.Embedding(WORDS, WIDTH, mask_zero=True))(d)))}
    cases["lists of words"] = L.Flatten()(cases["lists of words"])
    cases["means of each"] = L.Flatten()(each(L.GlobalAveragePooling1D())(masked(K, d)))
    cases["steps of each"] = L.Flatten()(each(L.GlobalAveragePooling1D())(each(L.SimpleRNN(3, return_sequences=True))(masked(K, d))))
    cases["the mask of the steps"] = L.SimpleRNN(2)(each(L.Dense(3))(L.Masking(0.0)(x)))
    inner = K.Input((STEPS,), dtype="int32")
    net = K.Model(inner, L.SimpleRNN(3)(masked(K, inner)), name="net")
    cases["a model that masks"] = L.Flatten()(each(net)(d))
    inner = K.Input((STEPS,), dtype="int32")
    steps = K.Model(inner, L.Dense(3)(masked(K, inner)), name="steps")
    cases["a model whose steps are masked"] = L.Flatten()(each(L.GlobalAveragePooling1D())(each(steps)(d)))
    row = K.Sequential([K.Input((STEPS,), dtype="int32"), L.Embedding(WORDS, 3, mask_zero=True), L.Bidirectional(L.SimpleRNN(2))], name="row")
    cases["a row of layers that masks"] = L.SimpleRNN(2)(each(row)(d))
    expect_same(K, {"d": d, "x": x}, cases, upkeep, tmp_path)


def test_masks_that_a_call_says(peer, upkeep, tmp_path):
    name, K = peer
    L = K.layers
    i, f, m = words(K, "i"), K.Input((STEPS, 2), name="f"), K.Input((STEPS,), dtype="bool", name="m")
    ops = keras.ops if K is keras else tf.math
    made = L.Embedding(WORDS, WIDTH, mask_zero=True)
    cases = {
        "an input": L.SimpleRNN(3)(f, mask=m),
        "an input in place of a mask": L.SimpleRNN(3)(made(i), mask=m),
        "a comparison": L.SimpleRNN(3)(f, mask=ops.not_equal(i, 3)),
        "what an embedding makes of other words": L.SimpleRNN(3)(L.Conv1D(3, 3, padding="same")(made(i)), mask=ops.not_equal(i, 0)),
        "both of two": L.GlobalAveragePooling1D()(f, mask=ops.logical_and(m, ops.not_equal(i, 0))),
        "one of a model's steps": L.Bidirectional(L.SimpleRNN(2))(f, mask=m),
        "shares of what counts": L.Softmax()(L.Flatten()(L.Dense(1)(f)), mask=m),
        "of an attention": L.Flatten()(L.Attention()([f, f], mask=[m, m])),
    }
    expect_same(K, {"i": i, "f": f, "m": m}, cases, upkeep, tmp_path)


def test_what_goes_another_way_in_keras_3_is_not_written_for_it(upkeep, tmp_path):
    tf_keras.backend.clear_session()
    i, j = words(tf_keras, "i"), words(tf_keras, "j")
    merged = tf_keras.layers.Add()([masked(tf_keras, i), masked(tf_keras, j)])
    tf_keras.Model([i, j], tf_keras.layers.LSTM(3)(merged)).save(tmp_path / "k.h5")
    done = upkeep.run("convert", tmp_path / "k.h5", tmp_path / "back.keras")
    assert done.returncode != 0 and "its masks go another way than in Keras 3" in done.stderr, done.stderr
    tf_keras.Model([i, j], tf_keras.layers.Dense(3)(merged)).save(tmp_path / "k.h5")  # nobody reads a mask
    upkeep("convert", tmp_path / "k.h5", tmp_path / "back.keras")
