"""Weights in NumPy's and safetensors' files: read and written by the libraries themselves, with Keras's answers."""

import json
import struct

import numpy as np
import onnxruntime
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

keras = pytest.importorskip("keras")
layers = keras.layers

NET = """
name: net
layers:
  - input: {shape: [6, 6, 2], name: image}
  - conv2d: {filters: 4, kernel_size: 3, activation: relu, name: conv}
  - batch_normalization: {name: norm}
  - flatten: {}
  - dense: {units: 3, activation: softmax, name: scores}
"""


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    made = keras.Sequential([layers.Input((6, 6, 2), name="image"), layers.Conv2D(4, 3, activation="relu", name="conv"),
                             layers.BatchNormalization(name="norm"), layers.Flatten(), layers.Dense(3, activation="softmax", name="scores")])
    made.get_layer("norm").set_weights([np.random.rand(4) + 0.5 for _ in range(4)])
    return made


def named_weights(model):
    return {f"{layer.name}/{weight.name}": weight.numpy() for layer in model.layers for weight in layer.weights}


def write(kind, weights, file):
    if kind == "npz":
        np.savez(file, **weights)
    elif kind == "npz-compressed":
        np.savez_compressed(file, **weights)
    else:
        save_file(weights, file, metadata={"format": "np"})


def read(file):
    return dict(np.load(file)) if file.suffix == ".npz" else load_file(file)


FILES = {"npz": "weights.npz", "npz-compressed": "weights.npz", "safetensors": "weights.safetensors"}


@pytest.mark.parametrize("kind", FILES)
def test_weights_of_others_answer_as_keras_does(kind, upkeep, model, tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    file = tmp_path / FILES[kind]
    write(kind, named_weights(model), file)
    upkeep("convert", tmp_path / "net.yaml", tmp_path / "model.onnx", "--weights", file)
    x = np.random.default_rng(0).normal(size=(5, 6, 6, 2)).astype(np.float32)
    ours = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, {"image": x})[0]
    np.testing.assert_allclose(ours, model.predict(x, verbose=0), atol=1e-6)


@pytest.mark.parametrize("name", ["weights.npz", "weights.safetensors"])
def test_what_is_written_is_what_keras_has(name, upkeep, model, tmp_path):
    model.save(tmp_path / "model.h5")
    said = upkeep.json("convert", tmp_path / "model.h5", tmp_path / name)
    assert said["comparison"]["largest_absolute"] == 0
    theirs = named_weights(model)
    ours = read(tmp_path / name)
    assert list(ours) == list(theirs) if name.endswith("npz") else set(ours) == set(theirs)
    for key, value in theirs.items():
        assert ours[key].dtype == np.float32
        np.testing.assert_array_equal(ours[key], value)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int8])
def test_other_element_types_become_float32(dtype, upkeep, model, tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    weights = {key: np.round(value * 3).astype(dtype) for key, value in named_weights(model).items()}
    weights["norm/moving_variance"] = np.ones(4, dtype)
    for kind in ("npz", "safetensors"):
        write(kind, weights, tmp_path / FILES[kind])
        upkeep("convert", tmp_path / "net.yaml", tmp_path / "again.npz", "--weights", tmp_path / FILES[kind])
        for key, value in np.load(tmp_path / "again.npz").items():
            np.testing.assert_array_equal(value, weights[key].astype(np.float32))


def test_safetensors_carry_the_layers(upkeep, model, tmp_path):
    model.save(tmp_path / "model.h5")
    upkeep("convert", tmp_path / "model.h5", tmp_path / "model.safetensors")
    with safe_open(tmp_path / "model.safetensors", "np") as file:
        metadata = file.metadata()
    assert metadata["format"] == "np"
    assert [layer["name"] for layer in json.loads(metadata["upkeep.layers"])["layers"]][1:3] == ["conv", "norm"]
    upkeep("convert", tmp_path / "model.safetensors", tmp_path / "back.h5")
    x = np.ones((2, 6, 6, 2), np.float32)
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "back.h5").predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)


def test_training_starts_from_the_weights(upkeep, model, tmp_path):
    (tmp_path / "net.yaml").write_text("layers: [{input: {shape: [2]}}, {dense: {units: 1, name: d}}]")
    (tmp_path / "data.csv").write_text("a,b,y\n" + "".join(f"{i},{i % 3},{2 * i - i % 3}\n" for i in range(12)))
    np.savez(tmp_path / "w.npz", **{"d/kernel": np.array([[2.0], [-1.0]], np.float32), "d/bias": np.zeros(1, np.float32)})
    said = upkeep.json("train", tmp_path / "net.yaml", "--weights", tmp_path / "w.npz", "--data", tmp_path / "data.csv", "--target", "y", "--loss",
                       "mse", "--epochs", 1, "--output", tmp_path / "model.onnx")
    assert said["history"]["loss"][0] < 1e-10


def test_damaged_files_are_refused_with_the_place(upkeep, model, tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    file = tmp_path / "weights.safetensors"
    write("safetensors", named_weights(model), file)
    whole = file.read_bytes()
    hostile = {"header claims": struct.pack("<Q", 99_000_000) + whole[8:], "ends at": whole[:-4], "hole": whole.replace(b"[0,", b"[4,", 1)}
    for said, content in hostile.items():
        file.write_bytes(content)
        done = upkeep.run("convert", tmp_path / "net.yaml", tmp_path / "model.onnx", "--weights", file)
        assert done.returncode == 1 and "weights.safetensors" in done.stderr, (said, done.stderr)
        assert not (tmp_path / "model.onnx").exists()


def test_a_missing_weight_is_named(upkeep, model, tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    weights = named_weights(model)
    del weights["norm/gamma"]
    np.savez(tmp_path / "weights.npz", **weights)
    done = upkeep.run("convert", tmp_path / "net.yaml", tmp_path / "model.onnx", "--weights", tmp_path / "weights.npz")
    assert done.returncode == 1 and 'lacks 1 of 8 weights: "norm/gamma"' in done.stderr
