"""Keras's .h5 files, both ways, with the real Keras 3 and Keras 2 (tf_keras)."""

import numpy as np
import pytest

from conftest import write_csv

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")
from keras_state import load_with_optimizer_state  # noqa: E402

ROWS, FEATURES = 64, 5


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(ROWS, FEATURES)).astype("float32")
    y = (x @ rng.normal(size=(FEATURES, 1)) + 0.1 * rng.normal(size=(ROWS, 1))).astype("float32")
    return x, y


@pytest.fixture(scope="module")
def table(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "d.csv"
    write_csv(path, *data)
    return path


def sequential(K, *layers):
    first = K.layers.InputLayer((FEATURES,)) if K is tf_keras else K.Input((FEATURES,))
    return K.Sequential([first, *layers])


def trained(K, optimizer, data, epochs=2):
    K.utils.set_random_seed(11)
    K.backend.clear_session()
    model = sequential(K, K.layers.Dense(8, activation="relu", kernel_regularizer="l2"), K.layers.Dropout(0.0), K.layers.Dense(1))
    model.compile(optimizer=optimizer(), loss="mse", metrics=["mae"])
    model.fit(*data, epochs=epochs, batch_size=16, shuffle=False, verbose=0)
    return model


OPTIMIZERS = {
    "sgd": lambda K: K.optimizers.SGD(0.02),
    "momentum": lambda K: K.optimizers.SGD(0.02, momentum=0.9),
    "nesterov": lambda K: K.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    "adam": lambda K: K.optimizers.Adam(0.01),
    "amsgrad": lambda K: K.optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda K: K.optimizers.AdamW(0.01, weight_decay=0.05),
    "rmsprop": lambda K: K.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
}
OURS = {
    "sgd": "sgd:learning_rate=0.02",
    "momentum": "sgd:learning_rate=0.02,momentum=0.9",
    "adam": "adam:learning_rate=0.01",
    "adamw": "adamw:learning_rate=0.01,weight_decay=0.05",
}


def answers(upkeep, model, table):
    """What upkeep predicts for the table's rows."""
    (column,) = upkeep.json("predict", model, "--data", table, "--ignore", "y")["predictions"].values()
    return np.array(column).reshape(-1, 1)


def train_on(upkeep, model, table, epochs):
    """Losses of training on with what the file says: full batches in the table's order."""
    return upkeep.json("train", model, "--data", table, "--target", "y", "--epochs", epochs, "--batch-size", ROWS, "--no-shuffle", "--seed", 1)["history"]["loss"]


@pytest.mark.parametrize("K", [keras, tf_keras], ids=["keras3", "keras2"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_upkeep_predicts_and_trains_on_as_keras_does(K, name, upkeep, data, table, tmp_path):
    model = trained(K, lambda: OPTIMIZERS[name](K), data)
    model.save(tmp_path / "k.h5")
    np.testing.assert_allclose(answers(upkeep, tmp_path / "k.h5", table), model.predict(data[0], verbose=0), atol=1e-6, rtol=1e-6)
    losses = train_on(upkeep, tmp_path / "k.h5", table, 5)
    expected = model.fit(*data, epochs=5, batch_size=ROWS, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


@pytest.mark.parametrize("name", OURS)
def test_keras_predicts_and_trains_on_as_upkeep_does(name, upkeep, data, table, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "name: net\nlayers: [{input: {shape: [%d]}}, {dense: {units: 8, activation: relu, kernel_regularizer: l2}}, {dense: {units: 1}}]\n" % FEATURES)
    upkeep("train", tmp_path / "net.yaml", "--data", table, "--target", "y", "--loss", "mse", "--optimizer", OURS[name], "--metrics", "mae", "--epochs", 3,
           "--batch-size", 16, "--no-shuffle", "--seed", 5, "--output", tmp_path / "ours.h5")
    loaded = load_with_optimizer_state(tmp_path / "ours.h5")
    assert int(loaded.optimizer.iterations) == 12
    np.testing.assert_allclose(loaded.predict(data[0], verbose=0), answers(upkeep, tmp_path / "ours.h5", table), atol=1e-6, rtol=1e-6)
    history = loaded.fit(*data, epochs=5, batch_size=ROWS, shuffle=False, verbose=0).history
    assert "mean_absolute_error" in history or "mae" in history
    np.testing.assert_allclose(history["loss"], train_on(upkeep, tmp_path / "ours.h5", table, 5), rtol=1e-5)


def test_a_file_goes_through_upkeep_and_back_unchanged(upkeep, data, tmp_path):
    model = trained(keras, lambda: keras.optimizers.Adam(0.01), data)
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    upkeep("convert", tmp_path / "k.onnx", tmp_path / "back.h5")
    back = load_with_optimizer_state(tmp_path / "back.h5")
    for ours, theirs in zip(back.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(back.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(theirs))


def test_a_model_saved_in_both_forms_has_lost_its_optimiser(upkeep, data, table, tmp_path):
    """Writing .h5 takes the optimiser out of what Keras 3 writes of compile() from then on; Keras reads such a file with its default."""
    model = trained(keras, lambda: keras.optimizers.Adam(0.01), data)
    model.save(tmp_path / "k.h5")
    model.save(tmp_path / "k.keras")
    assert isinstance(keras.models.load_model(tmp_path / "k.keras").optimizer, keras.optimizers.RMSprop)
    np.testing.assert_allclose(answers(upkeep, tmp_path / "k.keras", table), model.predict(data[0], verbose=0), atol=1e-6, rtol=1e-6)
    upkeep("convert", tmp_path / "k.keras", tmp_path / "back.keras")
    assert isinstance(keras.models.load_model(tmp_path / "back.keras").optimizer, keras.optimizers.RMSprop)


def test_losses_and_metrics_come_back_as_keras_objects(upkeep, tmp_path):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(32, FEATURES)).astype("float32"), rng.integers(0, 2, (32, 1)).astype("float32")
    a = keras.layers.Input((FEATURES,), name="a")
    scale = keras.layers.Normalization(name="scale")
    scale.adapt(x)
    h = keras.layers.Flatten()(keras.layers.Activation("tanh")(keras.layers.Dense(4, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2))(scale(a))))
    model = keras.Model(a, keras.layers.Dense(1, activation="sigmoid")(keras.layers.Dropout(0.5)(h)))
    model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss=keras.losses.BinaryCrossentropy(label_smoothing=0.1),
                  metrics=["accuracy", keras.metrics.Precision(thresholds=0.7), keras.metrics.Recall(), keras.metrics.AUC(),
                           keras.metrics.AUC(thresholds=[0.8, 0.2, 0.5], name="own")])
    model.fit(x, y, epochs=1, verbose=0)
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "back.h5")
    back = keras.models.load_model(tmp_path / "back.h5")
    np.testing.assert_allclose(back.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6, rtol=1e-6)
    assert isinstance(back.loss, keras.losses.BinaryCrossentropy) and back.loss.get_config()["label_smoothing"] == 0.1
    ours, theirs = back.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    assert back.metrics[1].metrics[-1].get_config()["thresholds"] == [0.2, 0.5, 0.8]


def test_a_model_that_was_never_compiled_stays_so(upkeep, tmp_path):
    model = sequential(keras, keras.layers.Dense(3, activation="softmax"))
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "back.h5")
    back = keras.models.load_model(tmp_path / "back.h5", compile=False)
    x = np.ones((2, FEATURES), "float32")
    np.testing.assert_allclose(back.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)


def test_weights_alone_are_refused_with_the_reason(upkeep, tmp_path):
    sequential(keras, keras.layers.Dense(3)).save_weights(tmp_path / "w.weights.h5")
    (tmp_path / "w.weights.h5").rename(tmp_path / "w.h5")
    done = upkeep.run("inspect", tmp_path / "w.h5")
    assert done.returncode == 1
    assert "weights only" in done.stderr
