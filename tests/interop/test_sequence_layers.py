"""Normalisation, noise, embedding, recurrent and attention layers, by their settings: what Keras saves, upkeep computes as Keras does, and gives back unchanged."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
onnxruntime = pytest.importorskip("onnxruntime")
L = keras.layers


def one(layer):
    """A model of one layer."""
    return lambda x: layer(x)


def masked(layer, value=0.0):
    """The same, with the steps masked whose features are all 0."""
    return lambda x: layer(L.Masking(value)(x))


IMAGE, SEQUENCE, ROW = (4, 4, 6), (5, 3), (6,)

NORMALIZATION = {
    "batch_normalization": (ROW, lambda: L.BatchNormalization()),
    "batch_normalization-image": (IMAGE, lambda: L.BatchNormalization(epsilon=0.01, scale=False)),
    "batch_normalization-first": (IMAGE, lambda: L.BatchNormalization(axis=1, center=False)),
    "batch_normalization-bare": (SEQUENCE, lambda: L.BatchNormalization(center=False, scale=False)),
    "layer_normalization": (SEQUENCE, lambda: L.LayerNormalization()),
    "layer_normalization-axes": (IMAGE, lambda: L.LayerNormalization(axis=[1, 2, 3], epsilon=0.01)),
    "layer_normalization-inner": (IMAGE, lambda: L.LayerNormalization(axis=[1, 2], center=False)),
    "layer_normalization-bare": (ROW, lambda: L.LayerNormalization(center=False, scale=False)),
    "layer_normalization-rms": (ROW, lambda: L.LayerNormalization(rms_scaling=True)),
    "rms_normalization": (SEQUENCE, lambda: L.RMSNormalization()),
    "rms_normalization-axes": (SEQUENCE, lambda: L.RMSNormalization(axis=[1, 2], epsilon=0.1)),
    "group_normalization": (IMAGE, lambda: L.GroupNormalization(3)),
    "group_normalization-instance": (IMAGE, lambda: L.GroupNormalization(-1, scale=False)),
    "group_normalization-first": (IMAGE, lambda: L.GroupNormalization(2, axis=1, center=False, epsilon=0.01)),
    "unit_normalization": (SEQUENCE, lambda: L.UnitNormalization()),
    "unit_normalization-axes": (IMAGE, lambda: L.UnitNormalization(axis=[1, 3])),
}
DROPOUT = {
    "spatial_dropout_1d": (SEQUENCE, lambda: L.SpatialDropout1D(0.3)),
    "spatial_dropout_2d": (IMAGE, lambda: L.SpatialDropout2D(0.3)),
    "spatial_dropout_3d": ((2, 2, 2, 3), lambda: L.SpatialDropout3D(0.3)),
    "gaussian_dropout": (ROW, lambda: L.GaussianDropout(0.3)),
    "gaussian_noise": (ROW, lambda: L.GaussianNoise(0.3)),
    "alpha_dropout": (ROW, lambda: L.AlphaDropout(0.3)),
    "activity_regularization": (ROW, lambda: L.ActivityRegularization(l1=0.1, l2=0.2)),
    "identity": (ROW, lambda: L.Identity()),
}
CORE = {
    "prelu": (SEQUENCE, lambda: L.PReLU("he_normal")),
    "prelu-shared": (IMAGE, lambda: L.PReLU(shared_axes=[1, 2], alpha_constraint="non_neg")),
    "einsum_dense": (SEQUENCE, lambda: L.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d", activation="tanh")),
    "einsum_dense-dots": (SEQUENCE, lambda: L.EinsumDense("...x,xyz->...yz", output_shape=(2, 3), bias_axes="yz")),
    "einsum_dense-right": (IMAGE, lambda: L.EinsumDense("ab...,bc->ac...", output_shape=3)),
}
RECURRENT = {
    "lstm": lambda **o: L.LSTM(4, **o),
    "gru": lambda **o: L.GRU(4, **o),
    "gru-before": lambda **o: L.GRU(4, reset_after=False, **o),
    "simple_rnn": lambda **o: L.SimpleRNN(4, **o),
}
OPTIONS = {
    "last": {},
    "sequences": {"return_sequences": True},
    "backwards": {"go_backwards": True},
    "backwards-sequences": {"go_backwards": True, "return_sequences": True},
    "bare": {"use_bias": False, "return_sequences": True},
    "relu": {"activation": "relu", "return_sequences": True},
    "gelu": {"activation": "gelu", "return_sequences": True},
    "linear": {"activation": "linear"},
    "regularized": {"kernel_regularizer": "l2", "recurrent_constraint": "unit_norm", "bias_regularizer": {"class_name": "L1", "config": {"l1": 0.1}}, "dropout": 0.2},
    "zeroed": {"return_sequences": True, "zero_output_for_mask": True},
}
WRAPPED = {
    "bidirectional-concat": (SEQUENCE, lambda: L.Bidirectional(L.LSTM(3, return_sequences=True))),
    "bidirectional-sum": (SEQUENCE, lambda: L.Bidirectional(L.GRU(3), merge_mode="sum")),
    "bidirectional-mul": (SEQUENCE, lambda: L.Bidirectional(L.SimpleRNN(3, return_sequences=True), merge_mode="mul")),
    "bidirectional-ave": (SEQUENCE, lambda: L.Bidirectional(L.LSTM(3), merge_mode="ave", backward_layer=L.GRU(3, go_backwards=True))),
    "time_distributed-dense": (SEQUENCE, lambda: L.TimeDistributed(L.Dense(2, activation="relu"))),
    "time_distributed-normalization": (SEQUENCE, lambda: L.TimeDistributed(L.BatchNormalization())),
    "time_distributed-lstm": ((2, 5, 3), lambda: L.TimeDistributed(L.LSTM(2))),
    "rnn-cell": (SEQUENCE, lambda: L.RNN(L.LSTMCell(3), return_sequences=True)),
    "rnn-gru-cell": (SEQUENCE, lambda: L.RNN(L.GRUCell(3, reset_after=False))),
}
Q, V, K = (5, 3), (4, 6), (4, 3)
SELF = lambda layer, **o: lambda x: layer(x, x, **o)  # noqa: E731
ATTENTION = {
    "attention": ([Q, (4, 3)], lambda: lambda q, v: L.Attention()([q, v])),
    "attention-scale-key": ([Q, V, K], lambda: lambda q, v, k: L.Attention(use_scale=True)([q, v, k])),
    "attention-concat": ([Q, (4, 3)], lambda: lambda q, v: L.Attention(score_mode="concat", dropout=0.2)([q, v])),
    "attention-causal": ([Q, (4, 3)], lambda: lambda q, v: L.Attention()([q, v], use_causal_mask=True)),
    "additive_attention": ([Q, V, K], lambda: lambda q, v, k: L.AdditiveAttention()([q, v, k])),
    "additive_attention-bare": ([Q, (4, 3)], lambda: lambda q, v: L.AdditiveAttention(use_scale=False)([q, v], use_causal_mask=True)),
    "multi_head_attention": ([Q, V, K], lambda: lambda q, v, k: L.MultiHeadAttention(2, 4, value_dim=5)(q, v, k)),
    "multi_head_attention-self": (Q, lambda: SELF(L.MultiHeadAttention(3, 2, use_bias=False, dropout=0.1), use_causal_mask=True)),
    "multi_head_attention-named": ([Q, V, K], lambda: lambda q, v, k: L.MultiHeadAttention(2, 4)(query=q, key=k, value=v)),
    "multi_head_attention-shape": (Q, lambda: SELF(L.MultiHeadAttention(2, 3, output_shape=(2, 3), use_gate=True, sliding_window=2))),
    "multi_head_attention-axes": ((3, 4, 5), lambda: SELF(L.MultiHeadAttention(2, 3, attention_axes=(2,)))),
    "multi_head_attention-all-axes": ((3, 4, 5), lambda: SELF(L.MultiHeadAttention(2, 3))),
    "group_query_attention": (Q, lambda: SELF(L.GroupQueryAttention(3, 4, 2), use_causal_mask=True)),
    "group_query_attention-gate": (Q, lambda: SELF(L.GroupQueryAttention(2, 4, 1, use_gate=True, use_bias=False, sliding_window=3))),
}


def embedded(layer):
    """Behind an embedding that masks 0."""
    return lambda x: layer(L.Embedding(7, 3, mask_zero=True)(x))


def normalized_in_between(x):
    h = L.BatchNormalization()(L.Masking(0.0)(x))
    return L.LSTM(3)(L.TimeDistributed(L.Dense(3))(L.Bidirectional(L.GRU(3, return_sequences=True))(h)))


def attended(x):
    h = L.Embedding(7, 4, mask_zero=True)(x)
    m = L.MultiHeadAttention(2, 3)(h, h)  # Keras takes the mask off its inputs: whoever reads them later sees none
    return L.Attention()([m, m])


def cases():
    """name -> (shapes, function of the inputs, whether the inputs are integers below 7)"""
    table = {}
    for name, (shape, make) in {**NORMALIZATION, **DROPOUT, **CORE, **WRAPPED}.items():
        table[name] = ([shape], lambda make=make: one(make()), False)
    for kind, make in RECURRENT.items():
        for option, settings in OPTIONS.items():
            table[f"{kind}-{option}"] = ([SEQUENCE], lambda make=make, settings=settings: one(make(**settings)), False)
            table[f"{kind}-{option}-masked"] = ([SEQUENCE], lambda make=make, settings=settings: masked(make(**settings)), False)
    for gate in ("hard_sigmoid", "tanh"):
        table[f"lstm-{gate}"] = ([SEQUENCE], lambda gate=gate: one(L.LSTM(4, recurrent_activation=gate, unit_forget_bias=False)), False)
        table[f"gru-{gate}"] = ([SEQUENCE], lambda gate=gate: one(L.GRU(4, recurrent_activation=gate)), False)
    for name, (shapes, make) in ATTENTION.items():
        table[name] = (shapes if isinstance(shapes, list) else [shapes], make, False)
    table["masking-values"] = ([SEQUENCE], lambda: one(L.Masking(0.0)), False)
    table["masking-chain"] = ([SEQUENCE], lambda: normalized_in_between, False)
    table["embedding"] = ([(5,)], lambda: one(L.Embedding(7, 3, embeddings_constraint="unit_norm")), True)
    table["embedding-masked"] = ([(5,)], lambda: embedded(L.LSTM(3)), True)
    table["embedding-masked-sequences"] = ([(5,)], lambda: embedded(L.Bidirectional(L.GRU(3, return_sequences=True))), True)
    table["embedding-multi_head_attention"] = ([(5,)], lambda: embedded(SELF(L.MultiHeadAttention(2, 3))), True)
    table["embedding-attention"] = ([(5,)], lambda: attended, True)
    return table


CASES = cases()


def inputs_of(shapes, integers, rng):
    if integers:
        return [rng.integers(0, 7, size=(4, *shape)).astype("int32") for shape in shapes]
    values = [rng.normal(size=(4, *shape)).astype("float32") for shape in shapes]
    for x in values:
        if x.ndim == 3:  # some steps are masked where a layer masks zeros
            x[1, 0], x[2, -2:], x[3, 1:3] = 0, 0, 0
    return values


def model_of(shapes, function, integers, rng):
    inputs = [keras.Input(shape, dtype="int32" if integers else "float32", name=f"x{i}") for i, shape in enumerate(shapes)]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], function(*inputs))
    model.set_weights([np.abs(w) + 0.5 if "variance" in v.path else w for v in model.weights for w in [rng.normal(size=v.shape).astype("float32") / 2]])
    return model


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("name", CASES)
def test_a_layer_computes_what_keras_computes(name, suffix, upkeep, tmp_path):
    shapes, make, integers = CASES[name]
    rng = np.random.default_rng(3)
    keras.utils.set_random_seed(1)
    keras.backend.clear_session()
    model = model_of(shapes, make(), integers, rng)
    values = inputs_of(shapes, integers, rng)
    expected = np.asarray(model.predict(values if len(values) > 1 else values[0], verbose=0))
    model.save(tmp_path / f"k{suffix}")
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / "k.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "k.onnx")
    (ours,) = session.run(None, {f"x{i}": value for i, value in enumerate(values)})
    np.testing.assert_allclose(ours, expected, atol=1e-5, rtol=1e-5)
    upkeep("convert", tmp_path / "k.onnx", tmp_path / f"back{suffix}")
    back = keras.models.load_model(tmp_path / f"back{suffix}", compile=False)
    for one, other in zip(back.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    again = np.asarray(back.predict(values if len(values) > 1 else values[0], verbose=0))
    np.testing.assert_allclose(again, expected, atol=1e-6, rtol=1e-6)
