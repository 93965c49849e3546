"""What model.compile() said: Keras 3 and Keras 2 files trained on with the same losses, written again, and trained on by Keras."""

import json
import zipfile

import h5py
import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")
from keras_state import load_with_optimizer_state  # noqa: E402

ROWS, BATCH, FEATURES = 48, 16, 4  # three steps an epoch
RTOL = 1e-5

SCHEDULES = {
    "exponential": lambda s: s.ExponentialDecay(0.05, 3, 0.5),
    "stairs": lambda s: s.ExponentialDecay(0.05, 4, 0.5, staircase=True),
    "pieces": lambda s: s.PiecewiseConstantDecay([4, 8], [0.05, 0.02, 0.01]),
    "polynomial": lambda s: s.PolynomialDecay(0.05, 9, 0.001, power=2.0, cycle=True),
    "inverse": lambda s: s.InverseTimeDecay(0.05, 2, 0.7),
    "cosine": lambda s: s.CosineDecay(0.01, 8, alpha=0.1, warmup_target=0.05, warmup_steps=4),
    "restarts": lambda s: s.CosineDecayRestarts(0.05, 4, t_mul=1.5, m_mul=0.8, alpha=0.05),
}
OPTIMIZERS = {
    **{name: lambda K, make=make: K.optimizers.Adam(make(K.optimizers.schedules)) for name, make in SCHEDULES.items()},
    "clipnorm": lambda K: K.optimizers.SGD(0.05, momentum=0.9, clipnorm=0.4),
    "clipvalue": lambda K: K.optimizers.RMSprop(0.02, clipvalue=0.05),
    "global_clipnorm": lambda K: K.optimizers.Adam(0.02, global_clipnorm=0.3),
    "average": lambda K: K.optimizers.Adam(0.02, use_ema=True, ema_momentum=0.8),
    "average_taken": lambda K: K.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=2),
    "weight_decay": lambda K: K.optimizers.AdamW(0.02, weight_decay=0.1),
    "decay_and_schedule": lambda K: K.optimizers.SGD(K.optimizers.schedules.InverseTimeDecay(0.05, 3, 0.5), weight_decay=0.05),
}
OF_KERAS3 = {
    "accumulated": lambda K: K.optimizers.Adam(0.02, gradient_accumulation_steps=2),
    "accumulated_average": lambda K: K.optimizers.SGD(K.optimizers.schedules.ExponentialDecay(0.05, 2, 0.5), gradient_accumulation_steps=2, use_ema=True),
}
EVERY = [(keras, name, suffix) for name in {**OPTIMIZERS, **OF_KERAS3} for suffix in (".keras", ".h5")]
EVERY += [(tf_keras, name, suffix) for name in OPTIMIZERS for suffix in (".keras", ".h5") if name != "average_taken"]  # counted otherwise: refused


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, FEATURES)).astype("float32")
    y = (x @ rng.normal(size=(FEATURES, 1)) + 0.1 * rng.normal(size=(ROWS, 1))).astype("float32")
    w = rng.uniform(0, 2, size=ROWS).astype("float32")
    path = tmp_path_factory.mktemp("data") / "d.npz"
    np.savez(path, x=x, y=y, w=w)
    return x, y, w, path


def net(K):
    K.utils.set_random_seed(3)
    first = K.layers.InputLayer((FEATURES,)) if K is tf_keras else K.Input((FEATURES,))
    return K.Sequential([first, K.layers.Dense(5, activation="tanh"), K.layers.Dense(1)])


def train(upkeep, model, data, output, *more):
    return upkeep.json("train", model, "--data", data[3], "--features", "x", "--target", "y", "--epochs", 2, "--batch-size", BATCH, "--no-shuffle", "--seed", 1,
                       "--output", output, "--quiet", *more)["history"]


def fit(model, data, epochs=2, **more):
    return model.fit(data[0], data[1], batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0, **more).history


def loaded(path):
    return load_with_optimizer_state(path) if path.suffix == ".h5" else keras.models.load_model(path)


@pytest.mark.parametrize("K,name,suffix", EVERY, ids=[f"{'2' if K is tf_keras else '3'}-{name}{suffix}" for K, name, suffix in EVERY])
def test_training_goes_on_as_it_was_compiled(K, name, suffix, upkeep, data, tmp_path):
    model = net(K)
    model.compile({**OPTIMIZERS, **OF_KERAS3}[name](K), "mse")
    fit(model, data)
    model.save(tmp_path / f"k{suffix}")
    ours = train(upkeep, tmp_path / f"k{suffix}", data, tmp_path / f"ours{suffix}")["loss"]
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / f"again{suffix}", "--quiet")
    theirs = fit(model, data)["loss"]
    np.testing.assert_allclose(ours, theirs, rtol=RTOL)
    np.testing.assert_allclose(fit(loaded(tmp_path / f"again{suffix}"), data)["loss"], theirs, rtol=RTOL, err_msg="written again")
    np.testing.assert_allclose(fit(loaded(tmp_path / f"ours{suffix}"), data)["loss"], fit(model, data)["loss"], rtol=5 * RTOL, err_msg="trained here")


def compile_config(path):
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            return json.loads(file.attrs["training_config"])
    return json.loads(zipfile.ZipFile(path).read("config.json"))["compile_config"]


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_how_it_runs_is_written_back(suffix, upkeep, tmp_path):
    model = net(keras)
    model.compile("adam", "mse", steps_per_execution=3, jit_compile=False, run_eagerly=True)
    model.save(tmp_path / f"k{suffix}")
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / f"again{suffix}")
    written = compile_config(tmp_path / f"again{suffix}")
    assert {key: written[key] for key in ("steps_per_execution", "jit_compile", "run_eagerly")} == {"steps_per_execution": 3, "jit_compile": False, "run_eagerly": True}


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_weighted_metrics_heed_the_weights_of_rows(suffix, upkeep, data, tmp_path):
    model = net(keras)
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"], weighted_metrics=["mae", keras.metrics.RootMeanSquaredError(name="root")])
    fit(model, data, sample_weight=data[2])
    model.save(tmp_path / f"k{suffix}")
    ours = train(upkeep, tmp_path / f"k{suffix}", data, tmp_path / f"ours{suffix}", "--sample-weight", "w")
    theirs = fit(model, data, sample_weight=data[2])
    for name in ("loss", "mae", "weighted_mae", "root"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=RTOL, err_msg=name)
    again = loaded(tmp_path / f"ours{suffix}")
    history = fit(again, data, sample_weight=data[2])
    expected = fit(model, data, sample_weight=data[2])
    np.testing.assert_allclose(history["root"], expected["root"], rtol=5 * RTOL)
    np.testing.assert_allclose(history["weighted_mae"], expected["weighted_mae"], rtol=5 * RTOL)


def two_outputs(form):
    keras.utils.set_random_seed(5)
    x = keras.Input((FEATURES,), name="x")
    h = keras.layers.Dense(5, activation="tanh")(x)
    a, b = keras.layers.Dense(1, name="a")(h), keras.layers.Dense(1, activation="sigmoid", name="b")(h)
    model = keras.Model(x, {"a": a, "b": b} if form == "dict of outputs" else [a, b])
    if form == "list":
        model.compile("adam", ["mse", "binary_crossentropy"], loss_weights=[1.0, 0.3], metrics=[["mae"], ["accuracy", "mae"]], weighted_metrics=[[], ["mse"]])
    elif form == "one of each":
        model.compile("adam", ["mse", "mae"], loss_weights=[0.5, 2.0], metrics=["mae", "mse"])
    else:
        model.compile("adam", {"b": "binary_crossentropy", "a": keras.losses.LogCosh()}, loss_weights={"a": 2.0, "b": 0.5}, metrics={"b": ["accuracy"]},
                      weighted_metrics={"a": "mae"})
    return model


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("form", ["list", "one of each", "dict", "dict of outputs"])
def test_each_output_has_its_own(form, suffix, upkeep, data, tmp_path):
    model = two_outputs(form)
    x, y, w, _ = data
    np.savez(tmp_path / "d.npz", x=x, ya=y, yb=(y > 0).astype("float32"), w=w)
    targets = {"a": y, "b": (y > 0).astype("float32")} if form.startswith("dict of") else [y, (y > 0).astype("float32")]
    options = dict(batch_size=BATCH, epochs=2, shuffle=False, verbose=0, sample_weight=w)
    model.fit(x, targets, **options)
    model.save(tmp_path / f"k{suffix}")
    ours = upkeep.json("train", tmp_path / f"k{suffix}", "--data", tmp_path / "d.npz", "--features", "x", "--target", "a=ya,b=yb", "--sample-weight", "w", "--epochs", 2,
                       "--batch-size", BATCH, "--no-shuffle", "--seed", 1, "--output", tmp_path / f"ours{suffix}")["history"]
    theirs = model.fit(x, targets, **options).history
    shared = [name for name in theirs if name in ours]
    assert set(theirs) <= set(ours), f"{sorted(theirs)} {sorted(ours)}"
    for name in shared:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=2 * RTOL, err_msg=name)
    again = loaded(tmp_path / f"ours{suffix}").fit(x, [y, (y > 0).astype("float32")], **options).history
    expected = model.fit(x, targets, **options).history
    for name in expected:
        if name in again:
            np.testing.assert_allclose(again[name], expected[name], rtol=1e-4, err_msg=name)
    assert len(again) >= len(expected)


@keras.saving.register_keras_serializable("interop")
class Halved(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.05 / (1.0 + keras.ops.cast(step, "float32"))

    def get_config(self):
        return {}


@keras.saving.register_keras_serializable("interop")
def far_off(y_true, y_pred):
    return keras.ops.mean(keras.ops.power(y_true - y_pred, 4), axis=-1)


@pytest.mark.parametrize("part,flag", [("loss", ("--loss", "mse")), ("metrics", ("--metrics", "mae")), ("optimizer", ("--optimizer", "sgd"))])
def test_what_is_somebodys_own_is_kept_and_not_guessed(part, flag, upkeep, data, tmp_path):
    model = net(keras)
    own = {"loss": far_off, "metrics": [far_off], "optimizer": keras.optimizers.SGD(Halved())}
    model.compile(**{"loss": "mse", "optimizer": keras.optimizers.SGD(0.01), **{part: own[part]}})
    fit(model, data)
    model.save(tmp_path / "k.keras")
    refused = upkeep.run("train", tmp_path / "k.keras", "--data", data[3], "--features", "x", "--target", "y", "--output", tmp_path / "o.keras", "--quiet")
    assert refused.returncode != 0 and flag[0] in refused.stderr and ("far_off" in refused.stderr or "Halved" in refused.stderr), refused.stderr
    train(upkeep, tmp_path / "k.keras", data, tmp_path / "o.keras", *flag)
    upkeep("convert", tmp_path / "k.keras", tmp_path / "again.keras", "--quiet")
    np.testing.assert_allclose(fit(keras.models.load_model(tmp_path / "again.keras"), data)["loss"], fit(model, data)["loss"], rtol=RTOL)


@pytest.mark.parametrize("given, flag", [({"metrics": ["mae"] * 3}, ("--metrics", "mae")), ({"metrics": {"z": "mae"}}, ("--metrics", "mae")), ({"weighted_metrics": [["mae"]]}, ("--metrics", "mae")),
                                         ({"loss_weights": [1.0, 2.0, 3.0]}, ("--loss-weights", "a=2"))])
def test_what_does_not_go_with_the_outputs_is_refused_as_in_keras(given, flag, upkeep, tmp_path):
    i = keras.Input((3,), name="x")
    model = keras.Model(i, [keras.layers.Dense(1, name="a")(i), keras.layers.Dense(1, name="b")(i)])
    model.compile("sgd", loss="mse", **given)
    model.save(tmp_path / "k.keras")
    x, y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")
    with pytest.raises(ValueError):
        model.fit(x, [y, y], verbose=0)
    np.savez(tmp_path / "d.npz", x=x, a=y, b=y)
    words = ["train", tmp_path / "k.keras", "--data", tmp_path / "d.npz", "--features", "x", "--target", "a=a,b=b", "--output", tmp_path / "o.keras", "--quiet"]
    refused = upkeep.run(*words)
    assert refused.returncode == 1 and next(iter(given)) in refused.stderr and flag[0] in refused.stderr, refused.stderr
    upkeep(*words, *flag)
    upkeep("convert", tmp_path / "k.keras", tmp_path / "again.keras", "--quiet")
    assert compile_config(tmp_path / "again.keras")[next(iter(given))] == compile_config(tmp_path / "k.keras")[next(iter(given))]


def test_an_only_output_with_a_weight_takes_a_plain_target(upkeep, data, tmp_path):
    model = net(keras)
    model.compile(keras.optimizers.SGD(0.01), "mse", loss_weights=[2.0])
    model.save(tmp_path / "k.keras")
    ours = train(upkeep, tmp_path / "k.keras", data, tmp_path / "o.keras")
    np.testing.assert_allclose(ours["loss"], fit(model, data)["loss"], rtol=RTOL)
