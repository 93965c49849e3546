"""What is written for others is judged by others: random models of the whole catalog, in each format, loaded, run and trained by Keras, ONNX Runtime and
onnx.checker.

    RANDOM_MODELS=500 RANDOM_SEED=1000 pytest tests/interop/test_random_models.py      # as many, from this seed on; 40 from 0 without
    RANDOM_MODELS=1 RANDOM_SEED=17 pytest tests/interop/test_random_models.py          # one of them again

A model is made by its seed alone (random_models.py), so the number in the test's name is all that is needed to see a failure again.
"""

import json
import os

import numpy as np
import pytest

keras = pytest.importorskip("keras")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
import random_models  # noqa: E402

SEEDS = [int(os.environ.get("RANDOM_SEED", 0)) + i for i in range(int(os.environ.get("RANDOM_MODELS", 40)))]
ROWS = 3
pytestmark = [pytest.mark.filterwarnings("ignore")]


def listed(values):
    return [np.asarray(value) for value in (values if isinstance(values, (list, tuple)) else [values])]


def digest(values):
    """Sizes and sums, whatever the names and the order."""
    return sorted((int(np.size(value)), float(np.round(np.sum(value, dtype="float64"), 3))) for value in values)


def expect_same(one, other, what):
    """Within what float32 loses over a handful of layers, relative to the size of the answers."""
    assert len(one) == len(other), what
    for i, (a, b) in enumerate(zip(one, other)):
        assert a.shape == b.shape, f"{what}, output {i}: {a.shape} {b.shape}"
        size = max(1.0, float(np.sqrt(np.mean(np.square(b, dtype="float64")))))
        np.testing.assert_allclose(a, b, atol=2e-4 * size, rtol=2e-3, err_msg=f"{what}, output {i}")


class Subject:
    def __init__(self, seed, upkeep, folder):
        self.upkeep, self.folder = upkeep, folder
        self.model, feed, self.moves, self.noisy = random_models.make(seed)
        self.x = feed(ROWS)
        self.names = [tensor.name for tensor in self.model.inputs]
        self.expected = listed(self.answers(self.model))
        self.targets = [np.random.default_rng(seed + i).normal(size=answer.shape).astype("float32") for i, answer in enumerate(self.expected)]
        self.model.save(folder / "k.keras")

    def answers(self, model):
        return model(self.x if len(self.x) > 1 else self.x[0], training=False)

    def convert(self, file, output):
        self.upkeep("convert", self.folder / file, self.folder / output)
        return self.folder / output

    def in_onnx_runtime(self, path):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.outputs = [output.name for output in session.get_outputs()]
        given = {value.name for value in session.get_inputs()}
        return session.run(None, {name: x for name, x in zip(self.names, self.x) if name in given})

    def trained(self, model):
        """The loss of two steps, and the weights behind them."""
        model.compile(keras.optimizers.SGD(0.01), loss="mse", run_eagerly=True)
        y = self.targets if len(self.targets) > 1 else self.targets[0]
        x = self.x if len(self.x) > 1 else self.x[0]
        losses = [float(np.ravel(model.train_on_batch(x, y))[0]) for _ in range(2)]
        unread = self.unread(model)
        read = [np.asarray(weight) for weight in model.weights if id(weight) not in unread]
        in_some_order = sorted(read, key=lambda weight: (weight.shape, float(np.sum(weight))))  # models inside are taken apart
        return [np.array(losses), *in_some_order]

    def unread(self, model):
        """Weights that no output reads: a model inside keeps layers that only its unused outputs need; where it is taken apart, Keras has no place for them."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            total = tf.add_n([tf.reduce_sum(tf.cast(answer, "float32")) for answer in tf.nest.flatten(self.answers(model))])
        gradients = tape.gradient(total, [weight.value for weight in model.trainable_weights])
        return {id(weight) for weight, gradient in zip(model.trainable_weights, gradients) if gradient is None}

    def trained_here(self):
        """The losses of two epochs of one step; None where an output has no gradient, which is refused here and passed over by Keras."""
        data = {name: x for name, x in zip(self.names, self.x)} | {f"target_{i}": y for i, y in enumerate(self.targets)}
        np.savez(self.folder / "d.npz", **data)
        several = len(self.outputs) > 1
        target = ",".join(f"{name}=target_{i}" if several else f"target_{i}" for i, name in enumerate(self.outputs))
        loss = ",".join(f"{name}=mse" if several else "mse" for name in self.outputs)
        features = ["--features", self.names[0]] if len(self.names) == 1 else []
        done = self.upkeep.run("train", self.folder / "k.keras", "--data", self.folder / "d.npz", *features, "--target", target, "--loss", loss, "--optimizer",
                               "sgd:learning_rate=0.01", "--epochs", 2, "--batch-size", ROWS, "--no-shuffle", "--seed", 1, "--json")
        if done.returncode and "carry no gradient" in done.stdout:
            return None
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)["history"]["loss"]


@pytest.mark.parametrize("seed", SEEDS)
def test_others_read_what_is_written(seed, upkeep, tmp_path):
    subject = Subject(seed, upkeep, tmp_path)
    print(f"seed {seed}: {' '.join(subject.moves)}")

    path = subject.convert("k.keras", "m.onnx")
    onnx.checker.check_model(str(path), full_check=True)
    expect_same(subject.in_onnx_runtime(path), subject.expected, "ONNX Runtime, .onnx")
    expect_same(subject.in_onnx_runtime(subject.convert("m.onnx", "m.ort")), subject.expected, "ONNX Runtime, .ort")

    floats = [value for value in subject.model.get_weights() if value.dtype.kind == "f"]
    if floats:
        weights = np.load(subject.convert("k.keras", "w.npz"))
        assert digest(weights[name] for name in weights.files) == digest(floats), "weights in .npz"

    written = {suffix: keras.models.load_model(subject.convert("m.onnx" if suffix == ".h5" else "k.keras", f"again{suffix}")) for suffix in (".keras", ".h5")}
    for suffix, model in written.items():
        expect_same(listed(subject.answers(model)), subject.expected, f"Keras, {suffix}")
    if subject.noisy or not subject.model.trainable_weights:
        return
    after = subject.trained(subject.model)
    if not all(np.isfinite(value).all() for value in after):
        return  # Keras goes on with NaN, where training here ends with the reason
    if (losses := subject.trained_here()) is not None:
        np.testing.assert_allclose(losses, after[0], rtol=1e-3, atol=1e-4, err_msg="trained here")
    for suffix, model in written.items():
        expect_same(subject.trained(model), after, f"trained by Keras, {suffix}")
