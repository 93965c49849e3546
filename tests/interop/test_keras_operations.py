"""Functions of keras.ops in a functional model: read from .keras, answered by ONNX Runtime, written back, and answered by Keras again."""

import keras
import numpy as np
import onnxruntime as ort
import pytest

O = keras.ops

# Of x [batch, 4, 3] and z [batch, 4, 2].
FUNCTIONS = {
    "sort": lambda x, z: O.sort(x, axis=1),
    "sort_default": lambda x, z: O.sort(x),
    "argsort": lambda x, z: O.cast(O.argsort(x, axis=-1), "float32"),
    "cumsum": lambda x, z: O.cumsum(x, axis=1),
    "cumsum_default": lambda x, z: O.reshape(O.cumsum(x), (-1, 4, 3)),
    "top_k": lambda x, z: O.top_k(x, 2)[0],
    "top_k_places": lambda x, z: O.cast(O.top_k(x, 2)[1], "float32"),
    "roll": lambda x, z: O.roll(x, 2, axis=1),
    "roll_far": lambda x, z: O.roll(x, -5, axis=-1),
    "roll_several": lambda x, z: O.roll(x, (1, 2), axis=(1, 2)),
    "roll_flat": lambda x, z: O.roll(x, 3),
    "norm": lambda x, z: O.norm(x, axis=-1),
    "norm_1": lambda x, z: O.norm(x, ord=1, axis=1, keepdims=True),
    "norm_3": lambda x, z: O.norm(x, ord=3, axis=1),
    "norm_inf": lambda x, z: O.norm(x, ord=np.inf, axis=1),
    "norm_minus_inf": lambda x, z: O.norm(x, ord=-np.inf, axis=1),
    "norm_matrix": lambda x, z: O.norm(x, axis=(1, 2)),
    "norm_fro": lambda x, z: O.norm(x, ord="fro", axis=(1, 2)),
    "norm_matrix_1": lambda x, z: O.norm(x, ord=1, axis=(1, 2)),
    "norm_matrix_inf": lambda x, z: O.norm(x, ord=np.inf, axis=(1, 2), keepdims=True),
    "normalize": lambda x, z: O.normalize(x, axis=-1),
    "normalize_1": lambda x, z: O.normalize(x, axis=1, order=1),
    "median": lambda x, z: O.median(x, axis=1),
    "median_odd": lambda x, z: O.median(x, axis=-1, keepdims=True),
    "median_several": lambda x, z: O.median(x, axis=(1, 2)),
    "isnan": lambda x, z: O.cast(O.isnan(O.log(x)), "float32"),
    "isinf": lambda x, z: O.cast(O.isinf(1.0 / O.relu(x)), "float32"),
    "isfinite": lambda x, z: O.cast(O.isfinite(O.log(x)), "float32"),
    "nan_to_num": lambda x, z: O.nan_to_num(O.log(x), nan=-3.0),
    "full_like": lambda x, z: x + O.full_like(x, 2.5),
    "tensordot": lambda x, z: O.tensordot(x, O.ones((3, 2)), axes=1),
    "tensordot_pairs": lambda x, z: O.tensordot(x, O.convert_to_tensor(np.arange(8, dtype="float32").reshape(2, 4)), axes=[[1], [1]]),
    "dot": lambda x, z: O.dot(x, O.convert_to_tensor(np.arange(6, dtype="float32").reshape(3, 2))),
    "outer": lambda x, z: O.outer(x, O.convert_to_tensor(np.array([1.0, -2.0], dtype="float32"))),
    "diff": lambda x, z: O.diff(x, axis=1),
    "trunc": lambda x, z: O.trunc(3.0 * x),
    "tril": lambda x, z: O.tril(x),
    "triu": lambda x, z: O.triu(x, k=1),
    "log2": lambda x, z: O.log2(O.abs(x) + 1.0),
    "log10": lambda x, z: O.log10(O.abs(x) + 1.0),
    "exp2": lambda x, z: O.exp2(x),
    "sinh": lambda x, z: O.sinh(x) + O.cosh(x) + O.arcsinh(x) + O.arctanh(O.tanh(x)) + O.arcsin(O.sin(x)) + O.arccos(O.cos(x)) + O.arccosh(O.cosh(x)),
    "celu": lambda x, z: O.celu(x, alpha=0.5),
    "glu": lambda x, z: O.glu(z, axis=-1),
    "glu_rows": lambda x, z: O.glu(x, axis=1),
    "sparsemax": lambda x, z: O.sparsemax(x),
    "sparsemax_rows": lambda x, z: O.sparsemax(x, axis=1),
    "shrinks": lambda x, z: O.hard_shrink(x) + O.soft_shrink(x, threshold=0.2) + O.tanh_shrink(x),
    "sparse": lambda x, z: O.sparse_plus(x) + O.sparse_sigmoid(x) + O.squareplus(x, b=2) + O.hard_tanh(x) + O.threshold(x, 0.1, -1.0),
    "activation": lambda x, z: keras.layers.Activation("sparsemax")(x) + keras.layers.Activation("celu")(x),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_answers_as_keras_does_and_goes_back(function, upkeep, tmp_path):
    keras.utils.set_random_seed(7)
    x, z = keras.Input((4, 3), name="x"), keras.Input((4, 2), name="z")
    y = FUNCTIONS[function](keras.layers.Dense(3, name="d")(x), z)
    made = keras.Model([x, z], [y, keras.layers.Identity()(z)])
    rng = np.random.default_rng(3)
    given = {"x": rng.normal(size=(2, 4, 3)).astype("float32"), "z": rng.normal(size=(2, 4, 2)).astype("float32")}
    expected = made.predict(given, verbose=0)[0] if y.shape[0] is None else np.asarray(made(given)[0])
    made.save(tmp_path / "k.keras")
    upkeep("convert", tmp_path / "k.keras", tmp_path / "k.onnx")
    np.testing.assert_allclose(ort.InferenceSession(tmp_path / "k.onnx").run(None, given)[0], expected, atol=1e-5, rtol=1e-5)
    upkeep("convert", tmp_path / "k.onnx", tmp_path / "back.keras")
    back = keras.models.load_model(tmp_path / "back.keras", compile=False)
    np.testing.assert_allclose(np.asarray(back(given)[0]), expected, atol=1e-5, rtol=1e-5)
