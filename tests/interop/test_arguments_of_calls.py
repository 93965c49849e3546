"""What calls of TensorFlow's functions in models of Keras 2 say: by name, by place, in lists, and the defaults that Keras writes beside them."""

import numpy as np
import pytest

tf_keras = pytest.importorskip("tf_keras")
tf = pytest.importorskip("tensorflow")
onnxruntime = pytest.importorskip("onnxruntime")

CASES = {
    "gather along an axis": lambda x, i: tf.gather(x, [2, 0], axis=1),
    "gather along the first axis": lambda x, i: tf.gather(x, [1, 0, 1, 0]),
    "gather for each row": lambda x, i: tf.gather(x, i, axis=1, batch_dims=1),
    "argmax": lambda x, i: tf.cast(tf.argmax(x, axis=-1, output_type=tf.int32), tf.float32),
    "argmax along the first axis": lambda x, i: tf.cast(tf.argmax(tf.transpose(x, [1, 0, 2])), tf.float32),
    "gelu": lambda x, i: tf.nn.gelu(x),
    "gelu, approximate": lambda x, i: tf.nn.gelu(x, True),
    "leaky_relu": lambda x, i: tf.nn.leaky_relu(x),
    "leaky_relu with alpha": lambda x, i: tf.nn.leaky_relu(x, alpha=0.4),
    "silu with beta": lambda x, i: tf.nn.silu(x, beta=1.0),
    "one_hot with its values": lambda x, i: tf.one_hot(indices=i, depth=6, on_value=1.0, off_value=0.0),
    "zeros_like": lambda x, i: tf.zeros_like(x) + x,
    "ones_like": lambda x, i: tf.cast(tf.ones_like(i), tf.float32),
    "squeeze of a list": lambda x, i: tf.squeeze(x[:, :1], axis=[1]),
    "sum over a list": lambda x, i: tf.reduce_sum(x, [1]),
    "softmax by name": lambda x, i: tf.nn.softmax(logits=x, axis=1),
    "reshape by name": lambda x, i: tf.reshape(tensor=x, shape=(-1, 24)),
    "concat by name": lambda x, i: tf.concat(values=[x, x], axis=1),
    "matmul by place": lambda x, i: tf.matmul(x, x, False, True),
    "pad with a value": lambda x, i: tf.pad(x, [[0, 0], [1, 1], [0, 0]], "CONSTANT", 2.0),
}


def test_arguments_of_functions_are_read(upkeep, tmp_path):
    tf_keras.backend.clear_session()
    rng = np.random.default_rng(0)
    given = {"x": rng.normal(size=(4, 6, 4)).astype("float32"), "i": rng.integers(0, 6, (4, 3)).astype("int32")}
    x, i = tf_keras.Input((6, 4), name="x"), tf_keras.Input((3,), dtype="int32", name="i")
    model = tf_keras.Model([x, i], [make(x, i) for make in CASES.values()])
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    ours = onnxruntime.InferenceSession(tmp_path / "k.onnx").run(None, given)
    for case, one, other in zip(CASES, ours, model(list(given.values())), strict=True):
        np.testing.assert_allclose(one, np.asarray(other), atol=1e-5, rtol=1e-5, err_msg=case)


def test_the_old_way_to_say_a_causal_mask(upkeep, tmp_path):
    """Keras 2 until 2.9 said it when the layer was made."""
    tf_keras.backend.clear_session()
    q, v = tf_keras.Input((5, 3), name="q"), tf_keras.Input((5, 3), name="v")
    model = tf_keras.Model([q, v], tf_keras.layers.Attention()([q, v], use_causal_mask=True))
    config = model.to_json().replace('"use_causal_mask": true', '"use_causal_mask": false').replace('"score_mode"', '"causal": true, "score_mode"')
    (tmp_path / "old.json").write_text(config)
    given = {name: np.random.default_rng(k).normal(size=(2, 5, 3)).astype("float32") for k, name in enumerate("qv")}
    upkeep("convert", tmp_path / "old.json", tmp_path / "k.onnx")
    (ours,) = onnxruntime.InferenceSession(tmp_path / "k.onnx").run(None, given)
    np.testing.assert_allclose(ours, np.asarray(model(list(given.values()))), atol=1e-5)
