"""Channels that are taken out of nets of Keras and of nets trained here, judged by Keras and by stock ONNX Runtime."""

import pathlib

import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras")
ort = pytest.importorskip("onnxruntime")

ROOT = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = ROOT / "benchmarks" / "networks"


def answers(file, rows):
    runner = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return runner.run(None, {runner.get_inputs()[0].name: rows})[0]


def inverted_residual():
    layers = keras.layers
    x = layers.Input((16, 16, 3))
    stem = layers.ReLU(6)(layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same", use_bias=False)(x)))
    wide = layers.ReLU(6)(layers.BatchNormalization(name="wide")(layers.Conv2D(24, 1, use_bias=False)(stem)))
    deep = layers.ReLU(6)(layers.BatchNormalization(name="deep")(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(wide)))
    joined = layers.Add()([layers.BatchNormalization()(layers.Conv2D(8, 1, use_bias=False)(deep)), stem])
    dense_block = layers.Concatenate()([joined, layers.Activation("silu")(layers.BatchNormalization(name="more")(layers.Conv2D(12, 3, padding="same")(joined)))])
    gate = layers.Dense(20, "sigmoid")(layers.Dense(6, "relu", name="squeeze")(layers.GlobalAveragePooling2D()(dense_block)))
    scaled = layers.Multiply()([dense_block, layers.Reshape((1, 1, 20))(gate)])
    return keras.Model(x, layers.Dense(5, "softmax")(layers.Flatten()(layers.MaxPooling2D()(scaled))))


def test_dead_channels_of_a_keras_net_go_and_its_answers_stay(upkeep, tmp_path):
    keras.utils.set_random_seed(1)
    net = inverted_residual()
    for layer in net.layers:  # statistics and offsets as after training
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([np.random.rand(*w.shape).astype("float32") + 0.2 for w in layer.get_weights()])
    dead = {"wide": [1, 5, 7], "deep": [2, 5, 9], "more": [0, 11]}
    for name, places in dead.items():  # a scale and an offset of zero
        gamma, beta, *rest = net.get_layer(name).get_weights()
        gamma[places] = beta[places] = 0
        net.get_layer(name).set_weights([gamma, beta, *rest])
    kernel, bias = net.get_layer("squeeze").get_weights()
    kernel[:, 3], bias[3] = 0, -1  # behind the ReLU always zero
    net.get_layer("squeeze").set_weights([kernel, bias])
    net.save(tmp_path / "net.keras")
    told = upkeep.json("convert", tmp_path / "net.keras", tmp_path / "net.onnx", "--rewrite", "drop-dead-channels")
    # Zeros before the depthwise convolution are constants behind it, which the next normalisation takes in: {1, 5, 7} | {2, 5, 9}.
    assert [step["places"] for step in told["rewrites"] if step["rewrite"] == "drop-dead-channels"] == [5 + 2 + 1]
    rows = np.random.default_rng(1).random((4, 16, 16, 3), dtype="float32")
    assert np.abs(answers(tmp_path / "net.onnx", rows) - net.predict(rows, verbose=0)).max() < 1e-5


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    table = pd.read_csv(ROOT / "tests" / "data" / "digits.csv").sample(frac=1, random_state=1)
    table[:1297].to_csv(folder / "train.csv", index=False)
    table[1297:].to_csv(folder / "test.csv", index=False)
    return folder


def accuracy(file, folder):
    table = pd.read_csv(folder / "test.csv")
    return (answers(file, table.drop(columns="target").to_numpy("float32")).argmax(1) == table["target"].to_numpy()).mean()


def test_half_the_channels_are_relearnt(upkeep, digits, tmp_path):
    whole, half, learnt = (tmp_path / f"{word}.onnx" for word in ("whole", "half", "learnt"))
    data = ["--data", digits / "train.csv", "--target", "target"]
    upkeep("train", NETWORKS / "small_mobilenet.yaml", *data, "--loss", "sparse_categorical_crossentropy", "--optimizer", "adam:learning_rate=0.003",
           "--epochs", 5, "--seed", 1, "--output", whole)  # fmt: skip
    told = upkeep.json("prune", whole, half, "--granularity", "channel", "--method", "taylor", "--sparsity", 0.5, *data)["change"]
    assert told["layers"] == "kept"
    assert told["parameters"] < 0.4 * told["parameters_before"]
    upkeep("train", half, *data, "--epochs", 8, "--seed", 1, "--output", learnt)
    assert accuracy(learnt, digits) >= accuracy(whole, digits) - 0.03
    upkeep("convert", learnt, tmp_path / "back.keras")
    assert keras.models.load_model(tmp_path / "back.keras").count_params() <= told["parameters"]


def test_a_pruned_model_is_judged_after_it_has_learnt_again(upkeep, digits, tmp_path):
    whole, half = tmp_path / "whole.onnx", tmp_path / "half.onnx"
    data = ["--data", digits / "train.csv", "--target", "target", "--seed", 1]
    upkeep("train", NETWORKS / "small_resnet.yaml", *data, "--loss", "sparse_categorical_crossentropy", "--optimizer", "adam:learning_rate=0.003",
           "--epochs", 5, "--output", whole)  # fmt: skip
    told = upkeep.json("prune", whole, half, *data, "--granularity", "channel", "--method", "taylor", "--sparsity", 0.5, "--epochs", 8,
                       "--accept", "sparse_categorical_accuracy:-0.06")  # fmt: skip
    assert told["change"]["steps"][0]["taught"]
    assert told["acceptance"]["judgement"] == "accepted"
    assert accuracy(half, digits) >= accuracy(whole, digits) - 0.02
    shallow = upkeep.json("prune", whole, tmp_path / "shallow.onnx", *data, "--granularity", "layer", "--sparsity", 0.5, "--epochs", 6)
    assert len(shallow["change"]["removed"]) == 1
    assert accuracy(tmp_path / "shallow.onnx", digits) >= accuracy(whole, digits) - 0.04


def test_factors_answer_in_onnxruntime_and_in_keras(upkeep, digits, tmp_path):
    data = ["--data", digits / "train.csv", "--target", "target", "--seed", 1]
    upkeep("train", NETWORKS / "small_resnet.yaml", *data, "--loss", "sparse_categorical_crossentropy", "--epochs", 1, "--output", tmp_path / "whole.onnx")
    rows = pd.read_csv(digits / "test.csv").drop(columns="target").to_numpy("float32")[:50]
    for method in ("svd:energy=0.9", "tucker:energy=0.8", "cp:rank=24,iterations=20"):
        upkeep("factorize", tmp_path / "whole.onnx", tmp_path / "small.onnx", "--method", method)
        upkeep("convert", tmp_path / "small.onnx", tmp_path / "small.keras")
        ours, theirs = answers(tmp_path / "small.onnx", rows), keras.models.load_model(tmp_path / "small.keras").predict(rows, verbose=0)
        assert np.abs(ours - theirs).max() < 1e-4, method


def test_optimize_finds_a_model_eight_times_smaller(upkeep, digits, tmp_path):
    upkeep("train", NETWORKS / "small_resnet.yaml", "--data", digits / "train.csv", "--target", "target", "--loss", "sparse_categorical_crossentropy",
           "--optimizer", "adam:learning_rate=0.003", "--epochs", 6, "--seed", 1, "--output", tmp_path / "whole.onnx")  # fmt: skip
    told = upkeep.json("optimize", tmp_path / "whole.onnx", tmp_path / "small.onnx", "--data", digits / "train.csv", "--accept",
                       "sparse_categorical_accuracy:-0.05", "--goal", "size", "--budget", "2m", "--epochs", 4, "--seed", 1,
                       "--report", tmp_path / "front.html")  # fmt: skip
    best = next(one for one in told["candidates"] if one["name"] == told["best"])
    zipped = next(one for one in best["acceptance"]["findings"] if one["what"] == "zipped")
    assert zipped["after"] * 8 < zipped["before"]
    assert accuracy(tmp_path / "small.onnx", digits) >= accuracy(tmp_path / "whole.onnx", digits) - 0.05
    assert "accepted" in upkeep("inspect", tmp_path / "small.onnx")
    assert told["best"] in (tmp_path / "front.html").read_text()
