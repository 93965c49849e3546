"""Models that were not written for us train: as PyTorch, Keras's export and scikit-learn's converter write them."""

import numpy as np
import onnx
import onnxruntime
import pytest

from conftest import ROOT

sklearn = pytest.importorskip("sklearn")
skl2onnx = pytest.importorskip("skl2onnx")
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

DATA = ROOT / "tests" / "data"


def table(name):
    names = (DATA / name).read_text().split("\n", 1)[0].split(",")
    values = np.loadtxt(DATA / name, delimiter=",", skiprows=1, dtype=np.float32)
    return values[:, :-1], values[:, -1], names


def answers(model, x):
    session = onnxruntime.InferenceSession(model)
    (name,) = [i.name for i in session.get_inputs()]
    outputs = dict(zip([o.name for o in session.get_outputs()], session.run(None, {name: x})))
    return outputs.get("probabilities", list(outputs.values())[-1])


def converted(model, x, path):
    options = {id(model): {"zipmap": False}} if hasattr(model, "classes_") else None
    path.write_bytes(skl2onnx.to_onnx(model, x[:1], options=options, target_opset=17).SerializeToString())
    return path


CLASSIFIERS = {
    "logistic-regression": ("iris.csv", lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=5))),
    "mlp": ("wine.csv", lambda: make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=5, random_state=0))),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_classifier_of_scikit_learn_goes_on_training(kind, upkeep, tmp_path):
    file, make = CLASSIFIERS[kind]
    x, y, _ = table(file)
    model = make().fit(x, y)
    path = converted(model, x, tmp_path / "model.onnx")
    history = upkeep.json("train", path, "--data", DATA / file, "--target", "target", "--loss", "sparse_categorical_crossentropy", "--optimizer",
                          "adam:learning_rate=0.01", "--epochs", 30, "--seed", 1, "--metrics", "accuracy", "--output", tmp_path / "trained.onnx")["history"]
    before = answers(str(path), x)
    loss_before = -np.log(np.clip(before[np.arange(len(y)), y.astype(int)], 1e-7, 1)).mean()
    after = answers(str(tmp_path / "trained.onnx"), x)
    loss_after = -np.log(np.clip(after[np.arange(len(y)), y.astype(int)], 1e-7, 1)).mean()
    assert loss_after < 0.8 * loss_before
    assert history["loss"][-1] < history["loss"][0]
    np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_a_regressor_of_scikit_learn_goes_on_training(upkeep, tmp_path):
    x, y, _ = table("diabetes.csv")
    model = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(16,), max_iter=20, random_state=0)).fit(x, y)
    path = converted(model, x, tmp_path / "model.onnx")
    upkeep("train", path, "--data", DATA / "diabetes.csv", "--target", "target", "--loss", "mse", "--optimizer", "adam:learning_rate=0.01", "--epochs",
           30, "--seed", 1, "--output", tmp_path / "trained.onnx")
    error = [np.square(answers(str(tmp_path / name), x).ravel() - y).mean() for name in ("model.onnx", "trained.onnx")]
    assert error[1] < 0.8 * error[0]


def test_a_convolution_net_of_pytorch_learns_digits(upkeep, tmp_path):
    x, y, _ = table("digits.csv")
    images = (x / 16).reshape(-1, 1, 8, 8)
    np.savez(tmp_path / "digits.npz", image=images, label=y.astype(np.int64))
    path = ROOT / "tests" / "fixtures" / "pytorch" / "convnet.onnx"
    history = upkeep.json("train", path, "--data", tmp_path / "digits.npz", "--target", "label", "--features", "image", "--loss",
                          "sparse_categorical_crossentropy:from_logits=true", "--metrics", "accuracy", "--optimizer", "adam:learning_rate=0.003",
                          "--epochs", 20, "--validation", 0.2, "--seed", 1, "--output", tmp_path / "trained.onnx")["history"]
    assert history["val_accuracy"][-1] > 0.93
    predicted = answers(str(tmp_path / "trained.onnx"), images).argmax(axis=1)
    assert (predicted == y).mean() > 0.95
    onnx.checker.check_model(str(tmp_path / "trained.onnx"))


def keras_convolutions(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(16, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(),
                             layers.Conv2D(32, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])


def keras_sequence(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((8, 8)), layers.LSTM(32), layers.Dense(10, activation="softmax")])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "least"), [(keras_convolutions, 0.93), (keras_sequence, 0.85)])
def test_what_keras_exports_goes_on_training(make, least, upkeep, tmp_path):
    keras = pytest.importorskip("keras")
    pytest.importorskip("tf2onnx")
    keras.utils.set_random_seed(1)
    model = make(keras)
    x, y, _ = table("digits.csv")
    images = (x / 16).reshape(-1, *model.input_shape[1:])
    np.savez(tmp_path / "digits.npz", image=images, label=y.astype(np.int64))
    expected = model.predict(images, verbose=0)
    model.export(tmp_path / "exported.onnx", format="onnx", verbose=False)
    np.testing.assert_allclose(answers(str(tmp_path / "exported.onnx"), images), expected, atol=1e-5)
    history = upkeep.json("train", tmp_path / "exported.onnx", "--data", tmp_path / "digits.npz", "--target", "label", "--features", "image", "--loss",
                          "sparse_categorical_crossentropy", "--metrics", "accuracy", "--optimizer", "adam:learning_rate=0.003", "--epochs", 20,
                          "--validation", 0.2, "--seed", 1, "--output", tmp_path / "trained.onnx")["history"]
    assert history["val_accuracy"][-1] > least
    assert (answers(str(tmp_path / "trained.onnx"), images).argmax(axis=1) == y).mean() > least
    onnx.checker.check_model(str(tmp_path / "trained.onnx"))


def keras_answers(path, x):
    keras = pytest.importorskip("keras")
    return keras.models.load_model(path, compile=False).predict(x, verbose=0)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_convolution_net_of_pytorch_becomes_a_model_of_keras(suffix, upkeep, tmp_path):
    path = ROOT / "tests" / "fixtures" / "pytorch" / "convnet.onnx"
    upkeep("convert", path, tmp_path / f"net{suffix}")
    images = np.random.default_rng(3).normal(size=(5, 1, 8, 8)).astype("float32")
    np.testing.assert_allclose(keras_answers(tmp_path / f"net{suffix}", images), answers(str(path), images), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_blocks_of_torchvision_become_a_model_of_keras(suffix, upkeep, tmp_path):
    keras = pytest.importorskip("keras")
    path = ROOT / "tests" / "fixtures" / "pytorch" / "blocks.onnx"
    upkeep("convert", path, tmp_path / f"net{suffix}")
    images = np.random.default_rng(3).normal(size=(5, 3, 24, 20)).astype("float32")
    model = keras.models.load_model(tmp_path / f"net{suffix}", compile=False)
    expected = onnxruntime.InferenceSession(str(path)).run(None, {"image": images})
    for ours, theirs in zip(model.predict(images, verbose=0), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6, rtol=1e-5)
    model.compile("sgd", ["mse", "mse"])
    assert np.isfinite(model.fit(images, expected, verbose=0).history["loss"][0])


PATTERNS = sorted(path.stem for path in (ROOT / "tests" / "fixtures" / "pytorch").glob("*.onnx") if path.stem not in ("convnet", "blocks"))


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_of_pytorch_becomes_layers_of_keras(name, upkeep, tmp_path):
    keras = pytest.importorskip("keras")
    path = ROOT / "tests" / "fixtures" / "pytorch" / f"{name}.onnx"
    upkeep("convert", path, tmp_path / "net.keras")
    session = onnxruntime.InferenceSession(str(path))
    x = np.random.default_rng(3).normal(size=(5, *session.get_inputs()[0].shape[1:])).astype("float32") - 1
    model = keras.models.load_model(tmp_path / "net.keras", compile=False)
    np.testing.assert_allclose(model(x, training=False), session.run(None, {"image": x})[0], atol=1e-5, rtol=1e-4)
    kinds = {type(layer).__name__ for layer in model.layers}
    if name.startswith(("multihead", "transformer", "vision")):
        assert "MultiHeadAttention" in kinds, kinds
    if name.startswith(("lstm_last", "lstm_states", "lstm_hidden", "gru_last")):
        assert kinds <= {"InputLayer", "LSTM", "GRU"}, kinds
    if name == "lstm_both_directions":
        assert kinds - {"InputLayer"} == {"Bidirectional"}, kinds


def test_keras_goes_on_training_what_we_trained_of_pytorch(upkeep, tmp_path):
    """Ten more steps there and here from one file: the same losses."""
    keras = pytest.importorskip("keras")
    x, y, _ = table("digits.csv")
    images, labels = (x / 16).reshape(-1, 1, 8, 8)[:320], y[:320].astype(np.int64)
    np.savez(tmp_path / "digits.npz", image=images, label=labels)
    data = ["--data", tmp_path / "digits.npz", "--target", "label", "--features", "image", "--no-shuffle", "--batch-size", 32]
    upkeep("train", ROOT / "tests" / "fixtures" / "pytorch" / "convnet.onnx", *data, "--loss", "sparse_categorical_crossentropy:from_logits=true",
           "--optimizer", "adam:learning_rate=0.003", "--epochs", 1, "--output", tmp_path / "net.keras")
    model = keras.models.load_model(tmp_path / "net.keras")
    ours = upkeep.json("train", tmp_path / "net.keras", *data, "--epochs", 1, "--output", tmp_path / "more.keras")["history"]["loss"]
    theirs = model.fit(images, labels, batch_size=32, epochs=1, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(theirs, ours, rtol=1e-5)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", [keras_convolutions, keras_sequence])
def test_what_keras_exports_becomes_a_model_of_keras_again(make, suffix, upkeep, tmp_path):
    keras = pytest.importorskip("keras")
    pytest.importorskip("tf2onnx")
    keras.utils.set_random_seed(1)
    model = make(keras)
    rng = np.random.default_rng(3)
    for layer in model.layers:
        layer.set_weights([value + 0.1 * np.abs(rng.normal(size=value.shape)).astype("float32") for value in layer.get_weights()])
    x = rng.normal(size=(5, *model.input_shape[1:])).astype("float32")
    expected = model.predict(x, verbose=0)  # which a model must have done before it can be exported
    model.export(tmp_path / "exported.onnx", format="onnx", verbose=False)
    upkeep("convert", tmp_path / "exported.onnx", tmp_path / f"back{suffix}")
    np.testing.assert_allclose(keras_answers(tmp_path / f"back{suffix}", x), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_nodes_that_are_no_layer_are_named(suffix, upkeep, tmp_path):
    helper = onnx.helper
    nodes = [helper.make_node("Relu", ["x"], ["a"], name="first"), helper.make_node("CumSum", ["a", "axis"], ["b"], name="running"),
             helper.make_node("Asinh", ["b"], ["y"], name="bell")]
    values = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["N", 4]) for name in ("x", "y")]
    axis = helper.make_tensor("axis", onnx.TensorProto.INT64, [], [1])
    graph = helper.make_graph(nodes, "g", values[:1], values[1:], [axis])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), tmp_path / "g.onnx")
    done = upkeep.run("convert", tmp_path / "g.onnx", tmp_path / f"g{suffix}")
    assert done.returncode == 1 and not (tmp_path / f"g{suffix}").exists()
    for node in ('CumSum "running"', 'Asinh "bell"'):
        assert node in done.stderr, done.stderr
    assert "first" not in done.stderr
