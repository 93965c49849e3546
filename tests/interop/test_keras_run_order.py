"""The order in which Keras 3 calls layers, which decides what is masked: its MultiHeadAttention takes the masks off what it reads, so that what is called later
finds none. Random graphs of layers that make, hand on, read and take away masks, with several inputs, shared layers and models inside, against Keras itself."""

import random
import warnings

import numpy as np
import pytest

keras = pytest.importorskip("keras")
onnxruntime = pytest.importorskip("onnxruntime")

warnings.filterwarnings("ignore", message=".*does not support masking.*")
L = keras.layers
STEPS, WORDS, WIDTH = 4, 9, 4


class Net:
    """Values of one width and length, each made from earlier ones."""

    def __init__(self, seed, nested):
        self.random = random.Random(seed)
        self.inputs = [keras.Input((STEPS,), dtype="int32", name=name) for name in "ij"] + [keras.Input((STEPS, WIDTH), name="q")]
        self.values = [L.Embedding(WORDS, WIDTH, mask_zero=True)(one) for one in self.inputs[:2]] + [self.inputs[2]]
        self.shared = {}
        self.nested = nested

    def pick(self):
        return self.random.choice(self.values)

    def layer(self, kind, make):
        """A layer of its own, or one that was called before."""
        if kind not in self.shared or self.random.random() < 0.7:
            self.shared[kind] = make()
        return self.shared[kind]

    def step(self):
        kind = self.random.choice(["mha", "mha", "attention", "additive", "dense", "add", "lstm", "pool"] + ["model"] * self.nested)
        if kind == "mha":
            return self.layer(kind, lambda: L.MultiHeadAttention(1, 3))(self.pick(), self.pick())
        if kind == "attention":
            return self.layer(kind, L.Attention)([self.pick(), self.pick()])
        if kind == "additive":
            return self.layer(kind, L.AdditiveAttention)([self.pick(), self.pick()])
        if kind == "dense":
            return self.layer(kind, lambda: L.Dense(WIDTH))(self.pick())
        if kind == "add":
            return L.Add()([self.pick(), self.pick()])
        if kind == "lstm":
            return self.layer(kind, lambda: L.LSTM(WIDTH, return_sequences=True))(self.pick())
        if kind == "model":
            return self.layer(kind, self.model)([self.pick(), self.pick()])
        return L.RepeatVector(STEPS)(L.GlobalAveragePooling1D()(self.pick()))

    def model(self):
        a, b = keras.Input((STEPS, WIDTH)), keras.Input((STEPS, WIDTH))
        seen = L.MultiHeadAttention(1, 3)(a, b) if self.random.random() < 0.5 else L.Attention()([b, a])
        return keras.Model([a, b], L.Add()([L.AdditiveAttention()([a, b]), seen]))

    def build(self, size):
        for _ in range(size):
            self.values.append(self.step())
        outputs = self.random.sample(self.values[3:], self.random.randint(1, 3))
        return keras.Model(self.inputs, outputs)


def data():
    rng = np.random.default_rng(5)
    ids = [rng.integers(1, WORDS, (4, STEPS)).astype("int32") for _ in range(2)]
    ids[0][0, 2:], ids[0][1, 0], ids[1][2, 1:], ids[1][0, 1] = 0, 0, 0, 0
    return {"i": ids[0], "j": ids[1], "q": rng.normal(size=(4, STEPS, WIDTH)).astype("float32")}


def answers(model):
    given = data()
    got = model([given[one.name.split(":")[0]] for one in model.inputs], training=False)
    return [np.asarray(one) for one in (got if isinstance(got, (list, tuple)) else [got])]


def ours(path):
    session = onnxruntime.InferenceSession(path)
    wanted = {one.name for one in session.get_inputs()}
    return session.run(None, {name: value for name, value in data().items() if name in wanted})


def is_same(one, other):
    return len(one) == len(other) and all(np.allclose(a, b, atol=3e-5, rtol=3e-5) for a, b in zip(one, other))


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize("seed", range(6))
def test_masks_are_gone_for_what_keras_calls_later(seed, nested, upkeep, tmp_path):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = Net(seed * 31 + nested, nested).build(5 + seed)
    for suffix in (".keras", ".h5"):
        model.save(tmp_path / f"m{suffix}")
        expected = answers(model if suffix == ".h5" else keras.models.load_model(tmp_path / "m.keras", compile=False))  # Keras reads no such .h5 itself
        upkeep("convert", tmp_path / f"m{suffix}", tmp_path / "m.onnx")
        assert is_same(ours(tmp_path / "m.onnx"), expected), suffix


def residual(shape):
    """A model with a connection around an attention; where it is called, its sum has no mask."""
    i = keras.Input(shape)
    return keras.Model(i, L.Add()([i, L.MultiHeadAttention(1, 3)(i, i)]))


def pooled(shape):
    i = keras.Input(shape)
    return keras.Model(i, L.GlobalAveragePooling1D()(residual(shape)(i)))


@pytest.mark.parametrize("where", ["inside", "outside", "in_a_sequential", "twice", "read_again"])
def test_a_model_inside_was_made_without_masks(where, upkeep, tmp_path):
    keras.backend.clear_session()
    keras.utils.set_random_seed(2)
    i = keras.Input((STEPS,), dtype="int32", name="i")
    e = L.Embedding(WORDS, WIDTH, mask_zero=True)(i)
    inner = residual((STEPS, WIDTH))
    y = {"inside": lambda: pooled((STEPS, WIDTH))(e),
         "outside": lambda: L.GlobalAveragePooling1D()(inner(e)),
         "in_a_sequential": lambda: keras.Sequential([L.Dense(WIDTH), inner, L.GlobalAveragePooling1D()])(e),
         "twice": lambda: L.LSTM(3)(inner(inner(e))),
         "read_again": lambda: L.GlobalAveragePooling1D()(L.Add()([inner(e), L.Dense(WIDTH)(e), e]))}[where]()
    keras.Model(i, L.Dense(2)(y)).save(tmp_path / "m.keras")
    expected = answers(keras.models.load_model(tmp_path / "m.keras", compile=False))
    upkeep("convert", tmp_path / "m.keras", tmp_path / "m.onnx")
    assert is_same(ours(tmp_path / "m.onnx"), expected)


def test_an_attention_of_a_model_inside_goes_back(upkeep, tmp_path):
    """Where the masks of the run are those of the making, nothing is left of the model's ends."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(2)
    i = keras.Input((STEPS,), dtype="int32", name="i")
    a = keras.Input((STEPS, WIDTH))
    inner = keras.Model(a, L.GlobalAveragePooling1D()(L.MultiHeadAttention(1, 3)(a, a)))
    keras.Model(i, L.Dense(2)(inner(L.Embedding(WORDS, WIDTH, mask_zero=True)(i)))).save(tmp_path / "m.keras")
    upkeep("convert", tmp_path / "m.keras", tmp_path / "back.keras")
    assert is_same(answers(keras.models.load_model(tmp_path / "back.keras", compile=False)),
                   answers(keras.models.load_model(tmp_path / "m.keras", compile=False)))
    assert is_same(answers(keras.models.load_model(tmp_path / "m.keras", compile=False)), ours_of(upkeep, tmp_path))


def ours_of(upkeep, folder):
    upkeep("convert", folder / "m.keras", folder / "m.onnx")
    return ours(folder / "m.onnx")


def test_steps_of_a_model_whose_masks_are_not_known_are_refused(upkeep, tmp_path):
    steps = keras.Input((STEPS,), dtype="int32")
    value = L.Embedding(WORDS, WIDTH, mask_zero=True)(steps)
    inner = keras.Model(steps, L.GlobalAveragePooling1D()(L.Add()([value, L.MultiHeadAttention(1, 3)(value, value)])))
    words = keras.Input((3, STEPS), dtype="int32")
    keras.Model(words, L.Dense(2)(L.TimeDistributed(inner, name="each")(words))).save(tmp_path / "m.keras")
    done = upkeep.run("convert", tmp_path / "m.keras", tmp_path / "m.onnx")
    assert done.returncode == 1 and '"each"' in done.stderr and "MultiHeadAttention, which takes them away" in done.stderr
    assert not (tmp_path / "m.onnx").exists()
