"""Functions of keras.ops on integers and truth values: computed in Keras's type, without float32 on the way, and answered in Keras's type.

One model holds all functions; each of its outputs is compared with Keras's, in value and in type.
"""

import keras
import numpy as np
import onnxruntime as ort
import pytest

O = keras.ops
BIG = 2**24 + 1
LONG = 2**60 + 1
FACTORS = np.array([3, BIG], "int32")

# Of integers x [2, 3, 2].
OF_INTEGERS = {
    "sum": lambda x: O.sum(x, axis=1),
    "sum of all": lambda x: O.sum(x),
    "sum kept": lambda x: O.sum(x, axis=(1, 2), keepdims=True),
    "prod": lambda x: O.prod(x, axis=1),
    "max": lambda x: O.max(x, axis=1),
    "min": lambda x: O.min(x, axis=2),
    "argmax": lambda x: O.argmax(x, axis=1),
    "cumsum": lambda x: O.cumsum(x, axis=1),
    "cumsum of floor division": lambda x: O.cumsum(x // 3, axis=1),
    "mean": lambda x: O.mean(x, axis=1),
    "var": lambda x: O.var(x, axis=1),
    "median": lambda x: O.median(x, axis=1),
    "sort": lambda x: O.sort(x, axis=1),
    "argsort": lambda x: O.argsort(x, axis=1),
    "top_k": lambda x: O.top_k(x, 2)[0],
    "diff": lambda x: O.diff(x, axis=1),
    "floor_divide": lambda x: x // 3,
    "floor_divide by less than 0": lambda x: O.floor_divide(x, -7),
    "floor_divide by true": lambda x: O.floor_divide(x, True),
    "floor_divide by an array": lambda x: O.floor_divide(x, FACTORS),
    "mod": lambda x: x % 3,
    "mod of less than 0": lambda x: O.mod(x, -7),
    "mod by an array": lambda x: O.mod(x, FACTORS),
    "divide": lambda x: x / 3,
    "power": lambda x: x**3,
    "power by an array": lambda x: O.power(x, np.array([3, 2], "int32")),
    "power of 0.5": lambda x: O.power(O.abs(x), 0.5),
    "square": lambda x: O.square(x),
    "absolute": lambda x: O.abs(x),
    "negative": lambda x: -x,
    "sign": lambda x: O.sign(x),
    "add": lambda x: x + BIG,
    "add a fraction": lambda x: x + 0.5,
    "multiply by more than int32": lambda x: x * 2**33,
    "maximum": lambda x: O.maximum(x, BIG),
    "minimum": lambda x: O.minimum(x, 2.5),
    "clip": lambda x: O.clip(x, -BIG, BIG),
    "where of numbers": lambda x: O.where(x > 0, 1, 0),
    "where of fractions": lambda x: O.where(x > 0, 1, 0.5),
    "where of truths": lambda x: O.where(x > 0, True, False),
    "where": lambda x: O.where(x > 0, x, BIG),
    "relu": lambda x: O.relu(x),
    "relu6": lambda x: O.relu6(x),
    "round": lambda x: O.round(x),
    "round to places": lambda x: O.round(x, 1),
    "round to hundreds": lambda x: O.round(x // 100000, -2),
    "nan_to_num": lambda x: O.nan_to_num(x),
    "full_like": lambda x: O.full_like(x, BIG),
    "pad": lambda x: O.pad(x, ((0, 0), (1, 1), (0, 0)), constant_values=BIG),
    "one_hot": lambda x: O.one_hot(O.clip(x, 0, 3), 4, dtype="int32"),
    "equal": lambda x: O.equal(x, BIG),
    "greater": lambda x: x > BIG - 1,
    "matmul": lambda x: O.matmul(x % 100, O.transpose(x % 100, (0, 2, 1))),
    "einsum": lambda x: O.einsum("bij,bkj->bik", x % 100, x % 100),
    "einsum with floats": lambda x: O.einsum("bij,jk->bik", x % 100, O.convert_to_tensor(np.ones((2, 2), "float32"))),
    "tensordot": lambda x: O.tensordot(x, O.convert_to_tensor(FACTORS.reshape(2, 1)), axes=1),
    "outer": lambda x: O.outer(x, O.convert_to_tensor(FACTORS)),
    "concatenate": lambda x: O.concatenate([x, O.cast(x, "int32"), x > 0], axis=1),
    "stack": lambda x: O.stack([x, x > 0], axis=1),
    "layers of both": lambda x: keras.layers.Add()([x, O.cast(x > 0, "int32")]),
    "concatenated by a layer": lambda x: keras.layers.Concatenate()([x, O.cast(x > 0, "int32")]),
    "norm": lambda x: O.norm(x, axis=1),
}

# Of truth values.
OF_TRUTHS = {
    name: OF_INTEGERS[name]
    for name in ["sum", "sum of all", "prod", "max", "min", "argmax", "cumsum", "mean", "var", "sort", "argsort", "diff", "floor_divide",
                 "mod", "mod of less than 0", "divide", "power", "square", "absolute", "add", "add a fraction", "multiply by more than int32",
                 "maximum", "minimum", "where of numbers", "where of truths", "nan_to_num", "equal", "concatenate", "stack", "outer"]
} | {"clip": lambda x: O.clip(x, 0, 1), "matmul": lambda x: O.matmul(x, O.transpose(x, (0, 2, 1))), "where": lambda x: O.where(x, x, False),
     "mod by true": lambda x: O.mod(x, True)}

# Of x and y of two types.
OF_TWO = {
    "add": lambda x, y: x + y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (O.abs(y) + 1),
    "mod": lambda x, y: O.mod(x, O.where(O.equal(y, 0), 1, y)),
    "maximum": O.maximum,
    "where": lambda x, y: O.where(x > 0, x, y),
    "less": lambda x, y: x < y,
    "concatenate": lambda x, y: O.concatenate([x, y], axis=1),
    "stack": lambda x, y: O.stack([x, y], axis=1),
    "matmul": lambda x, y: O.matmul(x, O.transpose(y, (0, 2, 1))),
    "einsum": lambda x, y: O.einsum("bij,bkj->bik", x, y),
}


def compare(functions, inputs, upkeep, folder):
    tensors = [keras.Input(values.shape[1:], name=name, dtype=str(values.dtype)) for name, values in inputs.items()]
    made = keras.Model(tensors, [f(*tensors) for f in functions.values()])
    expected = [np.asarray(one) for one in made(inputs)]
    made.save(folder / "k.keras")
    upkeep("convert", folder / "k.keras", folder / "k.onnx")
    got = ort.InferenceSession(folder / "k.onnx").run(None, inputs)
    wrong = []
    for name, ours, theirs in zip(functions, got, expected, strict=True):
        exact = theirs.dtype.kind in "iub"
        same = np.array_equal(ours, theirs) if exact else np.allclose(ours, theirs, rtol=2e-6, atol=1e-6, equal_nan=True)
        if ours.dtype != theirs.dtype or not same:
            wrong.append(f"{name}: {ours.dtype} {ours.ravel()[:6]}, Keras {theirs.dtype} {theirs.ravel()[:6]}")
    assert not wrong, "\n".join(wrong)


NUMBERS = [BIG, -BIG, 3, 0, 1, 2**24 + 3, 279675451, -459988034, 1029769334, -7, 5, -476905145]


def test_int32_is_computed_as_keras_does(upkeep, tmp_path):
    compare(OF_INTEGERS, {"x": np.array(NUMBERS, "int32").reshape(2, 3, 2)}, upkeep, tmp_path)


def test_int64_is_computed_as_keras_does(upkeep, tmp_path):
    compare(OF_INTEGERS, {"x": np.array(NUMBERS, "int64").reshape(2, 3, 2) * 2**12 + 1}, upkeep, tmp_path)


def test_large_int64_is_not_rounded(upkeep, tmp_path):
    names = ["sum", "sum of all", "prod", "max", "min", "argmax", "cumsum", "sort", "top_k", "diff", "floor_divide", "mod", "power", "square",
             "absolute", "clip", "where", "equal"]
    values = np.array([LONG, -LONG, 3, 2**53 + 1, 1, LONG + 2, LONG, -2**53 - 1, 5, 7, LONG - 4, 2], "int64").reshape(2, 3, 2)
    compare({name: OF_INTEGERS[name] for name in names}, {"x": values}, upkeep, tmp_path)


def test_truth_values_are_computed_as_keras_does(upkeep, tmp_path):
    compare(OF_TRUTHS, {"x": np.array([1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0], bool).reshape(2, 3, 2)}, upkeep, tmp_path)


@pytest.mark.parametrize("types", ["int32 int64", "int64 float32", "bool int32", "uint8 int8", "uint8 int32", "float64 float32", "int8 float64"])
def test_values_of_two_types_meet_in_keras_type(types, upkeep, tmp_path):
    rng = np.random.default_rng(3)
    x, y = (rng.integers(0 if one in ("bool", "uint8") else -100, 2 if one == "bool" else 100, (2, 3, 2)).astype(one) for one in types.split())
    compare(OF_TWO, {"x": x, "y": y}, upkeep, tmp_path)


def test_small_integers_wrap_and_keep_their_type(upkeep, tmp_path):
    names = ["cumsum", "max", "argmax", "sort", "diff", "floor_divide", "mod", "square", "add a fraction", "where of numbers", "relu", "round"]
    for type in ("uint8", "int16"):
        values = np.array([200, 100, 3, 0, 1, 255, 7, 99, 250, 12, 5, 90]).astype(type).reshape(2, 3, 2)
        compare({name: OF_INTEGERS[name] for name in [*names, "sum", "prod"]}, {"x": values}, upkeep, tmp_path)


def test_nan_reaches_the_answer_where_keras_lets_it(upkeep, tmp_path):
    nan, inf = np.nan, np.inf
    values = np.array([[[3, nan], [1, inf], [2, -1]], [[nan, 1], [nan, -inf], [5, 2]], [[1, 2], [3, 4], [5, 6]], [[nan, nan], [nan, nan], [nan, nan]]],
                      "float32")
    compare(
        {
            "max": lambda x: O.max(x, axis=1),
            "max of axes": lambda x: O.max(x, axis=(1, 2)),
            "min": lambda x: O.min(x, axis=2, keepdims=True),
            "min of all": lambda x: O.min(x),
            "argmax": lambda x: O.argmax(x, axis=1),
            "argmin": lambda x: O.argmin(x, axis=2),
            "median": lambda x: O.median(x, axis=1),
            "median of all": lambda x: O.median(x),
            "maximum": lambda x: O.maximum(x, 2.0),
            "relu": lambda x: O.relu(x),
            "norm": lambda x: O.norm(x, ord=np.inf, axis=1),
            "mod": lambda x: O.mod(3.0, x),
            "sparse_plus": lambda x: O.sparse_plus(x),
            "clip": lambda x: O.clip(x, 0, 2),
        },
        {"x": values},
        upkeep,
        tmp_path,
    )


def test_functions_of_tensorflow_in_keras_two_keep_its_types(upkeep, tmp_path):
    tf = pytest.importorskip("tensorflow")
    tf_keras = pytest.importorskip("tf_keras")
    functions = {
        "mean": lambda x: tf.reduce_mean(x, axis=1),
        "mean of all": lambda x: tf.reduce_mean(x, axis=[1, 2], keepdims=True),
        "truediv": lambda x: x / 3,
        "divide": lambda x: tf.math.divide(x, 7),
        "floordiv": lambda x: x // 3,
        "mod": lambda x: x % 3,
        "argmax": lambda x: tf.argmax(x, axis=1),
        "argmin as int32": lambda x: tf.math.argmin(x, axis=-1, output_type=tf.int32),
        "sum": lambda x: tf.reduce_sum(x, axis=1),
        "prod": lambda x: tf.reduce_prod(x, axis=1),
        "pow": lambda x: tf.pow(x, 3),
        "clip": lambda x: tf.clip_by_value(x, -BIG, BIG),
        "where of numbers": lambda x: tf.where(x > 0, 1, 0),
        "relu": lambda x: tf.nn.relu(x),
        "round": lambda x: tf.round(x),
        "pad": lambda x: tf.pad(x, [[0, 0], [1, 1], [0, 0]], constant_values=BIG),
        "one_hot": lambda x: tf.one_hot(x % 3, 4, dtype=tf.int32),
    }
    for type in ("int32", "int64"):
        values = np.array(NUMBERS, type).reshape(2, 3, 2)
        x = tf_keras.Input((3, 2), name="x", dtype=type)
        made = tf_keras.Model(x, [f(x) for f in functions.values()])
        expected = [np.asarray(one) for one in made(values)]
        made.save(tmp_path / "k.h5")
        upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
        got = ort.InferenceSession(tmp_path / "k.onnx").run(None, {"x": values})
        wrong = [f"{name}: {a.dtype} {a.ravel()[:4]}, Keras {b.dtype} {b.ravel()[:4]}" for name, a, b in zip(functions, got, expected, strict=True)
                 if a.dtype != b.dtype or not np.array_equal(a, b)]
        assert not wrong, "\n".join(wrong)
