"""Models that we write, before and after we trained them: Keras loads them, measures what we measure, and goes on training as we do."""

import keras_state
import numpy as np
import pytest

keras = pytest.importorskip("keras")
L = keras.layers

ROWS, BATCH = 40, 8  # five steps an epoch


def numbers(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def one_hot(rows, classes):
    return np.eye(classes, dtype="float32")[np.random.default_rng(5).integers(0, classes, rows)]


def dense():
    x = numbers(ROWS, 6)
    model = keras.Sequential([keras.Input((6,), name="x"), L.Dense(8, use_bias=False, kernel_regularizer="l2"), L.BatchNormalization(momentum=0.9), L.Activation("tanh"),
                              L.Dropout(0.0), L.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae", "mse"])
    return model, {"x": x}, {"y": x[:, :1] - 2 * x[:, 1:2]}


def convolutions():
    model = keras.Sequential([keras.Input((8, 8, 2), name="x"), L.Conv2D(4, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(), L.MaxPooling2D(2),
                              L.Conv2D(6, 3, activation="relu"), L.Flatten(), L.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True), keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
    return model, {"x": numbers(ROWS, 8, 8, 2)}, {"y": one_hot(ROWS, 3)}


def masked_lstm():
    x = numbers(ROWS, 7, 3)
    for row in range(ROWS):
        x[row, 2 + row % 6:] = 0
    model = keras.Sequential([keras.Input((7, 3), name="x"), L.Masking(0.0), L.Bidirectional(L.LSTM(4)), L.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.RMSprop(0.01, centered=True), "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
    return model, {"x": x}, {"y": (x.sum(axis=(1, 2)) > 0).astype("float32").reshape(-1, 1)}


def two_inputs_and_outputs():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    shared = L.Dense(5, activation="tanh", name="both")(L.Concatenate()([a, L.Dense(4, activation="relu")(b)]))
    model = keras.Model([a, b], [L.Dense(1, name="left")(shared), L.Dense(3, activation="softmax", name="right")(L.LayerNormalization()(shared))])
    model.compile(keras.optimizers.AdamW(0.01), ["mse", "categorical_crossentropy"], loss_weights=[1.0, 0.25], metrics=[["mae"], ["accuracy"]])
    return model, {"a": numbers(ROWS, 4), "b": numbers(ROWS, 3, seed=4)}, {"left": numbers(ROWS, 1, seed=6), "right": one_hot(ROWS, 3)}


MODELS = {make.__name__: make for make in (dense, convolutions, masked_lstm, two_inputs_and_outputs)}
YAML = """
name: net
layers:
  - input: {shape: [6], name: x}
  - dense: {units: 8, activation: relu}
  - batch_normalization: {}
  - dense: {units: 1}
"""


class Trained:
    """Data, as both sides take it, and what ours is told about it."""

    def __init__(self, upkeep, folder, inputs, targets):
        self.upkeep, self.inputs, self.targets = upkeep, inputs, targets
        self.data = folder / "data.npz"
        np.savez(self.data, **inputs, **{f"target_{name}": values for name, values in targets.items()})
        several = len(targets) > 1
        self.about = ["--data", self.data, "--target", ",".join(f"{name}=target_{name}" if several else f"target_{name}" for name in targets)]
        if len(inputs) == 1:
            self.about += ["--features", next(iter(inputs))]

    def train(self, model, epochs, output, *more):
        return self.upkeep.json("train", model, *self.about, "--epochs", epochs, "--batch-size", BATCH, "--no-shuffle", "--seed", 1, "--output", output, *more)["history"]

    def evaluate(self, model):
        return self.upkeep.json("evaluate", model, *self.about)["metrics"]

    @property
    def x(self):
        return list(self.inputs.values()) if len(self.inputs) > 1 else next(iter(self.inputs.values()))

    @property
    def y(self):
        return list(self.targets.values()) if len(self.targets) > 1 else next(iter(self.targets.values()))


def loaded(path):
    """With the optimiser's state, which takes some lines for an .h5 file."""
    return keras_state.load_with_optimizer_state(path) if path.suffix == ".h5" else keras.models.load_model(path)


SAME = {"mean_absolute_error": "mae", "mean_squared_error": "mse"}


def our_name(name):
    for theirs, ours in SAME.items():
        name = name.replace(theirs, ours)
    return name


def expect_same_from_here(trained, path, folder):
    """Answers, figures, and the losses of ten more steps."""
    model = loaded(path)
    figures = trained.evaluate(path)
    theirs = model.evaluate(trained.x, trained.y, batch_size=BATCH, verbose=0, return_dict=True)
    for name, value in theirs.items():
        np.testing.assert_allclose(figures[our_name(name)], value, rtol=1e-5, err_msg=name)
    assert len(theirs) >= 2
    ours = trained.train(path, 2, folder / f"more{path.suffix}")
    losses = model.fit(trained.x, trained.y, epochs=2, batch_size=BATCH, shuffle=False, verbose=0).history
    np.testing.assert_allclose(ours["loss"], losses["loss"], rtol=1e-5)
    for name, values in losses.items():
        np.testing.assert_allclose(ours[our_name(name)], values, rtol=1e-4, err_msg=name)
    again = keras.models.load_model(folder / f"more{path.suffix}", compile=False)
    for one, other in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("name", MODELS)
def test_keras_goes_on_with_what_we_trained(name, suffix, upkeep, tmp_path):
    keras.utils.set_random_seed(7)
    keras.backend.clear_session()
    model, inputs, targets = MODELS[name]()
    trained = Trained(upkeep, tmp_path, inputs, targets)
    model.fit(trained.x, trained.y, epochs=1, batch_size=BATCH, shuffle=False, verbose=0)
    model.save(tmp_path / f"k{suffix}")
    expect_same_figures = trained.evaluate(tmp_path / f"k{suffix}")
    for name, value in model.evaluate(trained.x, trained.y, batch_size=BATCH, verbose=0, return_dict=True).items():
        np.testing.assert_allclose(expect_same_figures[our_name(name)], value, rtol=1e-5, err_msg=name)
    trained.train(tmp_path / f"k{suffix}", 1, tmp_path / f"ours{suffix}")
    expect_same_from_here(trained, tmp_path / f"ours{suffix}", tmp_path)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_keras_goes_on_with_what_we_made(suffix, upkeep, tmp_path):
    (tmp_path / "net.yaml").write_text(YAML)
    x = numbers(ROWS, 6)
    trained = Trained(upkeep, tmp_path, {"x": x}, {"y": x[:, :1] - 2 * x[:, 1:2]})
    trained.train(tmp_path / "net.yaml", 2, tmp_path / f"ours{suffix}", "--loss", "huber:delta=2", "--metrics", "mae,mse", "--optimizer", "adamw:learning_rate=0.01")
    expect_same_from_here(trained, tmp_path / f"ours{suffix}", tmp_path)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_keras_loads_what_we_only_wrote(suffix, upkeep, tmp_path):
    """From one format to the other, without any training of ours: the state of the optimiser goes along."""
    keras.utils.set_random_seed(7)
    keras.backend.clear_session()
    model, inputs, targets = two_inputs_and_outputs()
    trained = Trained(upkeep, tmp_path, inputs, targets)
    model.fit(trained.x, trained.y, epochs=1, batch_size=BATCH, shuffle=False, verbose=0)
    other = {".h5": ".keras", ".keras": ".h5"}[suffix]
    model.save(tmp_path / f"k{other}")
    upkeep("convert", tmp_path / f"k{other}", tmp_path / f"ours{suffix}")
    back = loaded(tmp_path / f"ours{suffix}")
    again = back.fit(trained.x, trained.y, epochs=2, batch_size=BATCH, shuffle=False, verbose=0).history
    theirs = model.fit(trained.x, trained.y, epochs=2, batch_size=BATCH, shuffle=False, verbose=0).history
    for name, values in again.items():
        np.testing.assert_allclose(values, {our_name(key): value for key, value in theirs.items()}[our_name(name)], rtol=1e-5, err_msg=name)
