"""Quantised models beside those of ONNX Runtime's own quantiser: the same nets, the same calibration rows, answers judged by stock ONNX Runtime."""

import pathlib

import numpy as np
import onnx
import pandas as pd
import pytest

pytest.importorskip("onnxruntime")
from onnx_answers import answers, decibels, session  # noqa: E402

quantization = pytest.importorskip("onnxruntime.quantization")

ROOT = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = ROOT / "benchmarks" / "networks"
CALIBRATION = 256
NETS = {"digits": 20, "small_resnet": 4, "small_mobilenet": 5, "encoder": 15, "digits_lstm": 12}


class Rows(quantization.CalibrationDataReader):
    def __init__(self, name, rows):
        self.batches = iter([{name: rows[i : i + 32]} for i in range(0, len(rows), 32)])

    def get_next(self):
        return next(self.batches, None)


@pytest.fixture(scope="module")
def nets(upkeep, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nets")
    table = pd.read_csv(ROOT / "tests" / "data" / "digits.csv")
    table = table.sample(frac=1, random_state=1)
    table[:1297].to_csv(folder / "train.csv", index=False)
    table[1297:].to_csv(folder / "test.csv", index=False)
    table[:CALIBRATION].to_csv(folder / "calibration.csv", index=False)
    for name, epochs in NETS.items():
        upkeep("train", NETWORKS / f"{name}.yaml", "--data", folder / "train.csv", "--target", "target", "--loss", "sparse_categorical_crossentropy",
               "--optimizer", "adam:learning_rate=0.003", "--epochs", epochs, "--batch-size", 32, "--seed", 1, "--output", folder / f"{name}.onnx")  # fmt: skip
    return folder


def pixels(file):
    table = pd.read_csv(file)
    return table.drop(columns="target").to_numpy("float32"), table["target"].to_numpy()


@pytest.mark.parametrize("name", ["digits", "small_resnet", "small_mobilenet", "encoder"])
def test_static_models_are_as_near_and_as_fast_as_those_of_onnxruntime(upkeep, nets, tmp_path, name):
    exact = session(nets / f"{name}.onnx")
    told = upkeep.json("quantize", nets / f"{name}.onnx", tmp_path / "ours.onnx", "--data", nets / "calibration.csv", "--target", "target")["change"]
    assert told["fell_back"] == []
    rows, labels = pixels(nets / "test.csv")
    calibration, _ = pixels(nets / "calibration.csv")
    reader = Rows(exact.get_inputs()[0].name, calibration)
    quantization.quant_pre_process(str(nets / f"{name}.onnx"), str(tmp_path / "prepared.onnx"), skip_symbolic_shape=True)
    quantization.quantize_static(str(tmp_path / "prepared.onnx"), str(tmp_path / "theirs.onnx"), reader, per_channel=True,
                                 activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8)  # fmt: skip
    before = answers(exact, rows)
    ours, theirs = session(tmp_path / "ours.onnx"), session(tmp_path / "theirs.onnx")
    mine, other = answers(ours, rows), answers(theirs, rows)
    accuracy = (before.argmax(1) == labels).mean()
    assert (mine.argmax(1) == labels).mean() >= accuracy - 0.01
    assert decibels(before, mine) >= decibels(before, other) - 0.5


def test_dynamic_models_run_lstm_in_integers(upkeep, nets, tmp_path):
    exact = session(nets / "digits_lstm.onnx")
    told = upkeep.json("quantize", nets / "digits_lstm.onnx", tmp_path / "ours.onnx", "--method", "dynamic")["change"]
    assert told["integer_operators"]["DynamicQuantizeLSTM"] == 1
    rows, labels = pixels(nets / "test.csv")
    before, after = answers(exact, rows), answers(session(tmp_path / "ours.onnx"), rows)
    assert (after.argmax(1) == labels).mean() >= (before.argmax(1) == labels).mean() - 0.01
    assert decibels(before, after) > 25


@pytest.mark.parametrize("method", ["weight-only", "weight-only:type=uint4", "weight-only:type=uint4,form=matmul-nbits", "codebook:colours=32", "float16"])
def test_smaller_weights_load_in_stock_onnxruntime(upkeep, nets, tmp_path, method):
    upkeep("quantize", nets / "small_resnet.onnx", tmp_path / "ours.onnx", "--method", method)
    rows, labels = pixels(nets / "test.csv")
    before, after = answers(session(nets / "small_resnet.onnx"), rows), answers(session(tmp_path / "ours.onnx"), rows)
    assert (after.argmax(1) == labels).mean() >= (before.argmax(1) == labels).mean() - 0.02
    assert (tmp_path / "ours.onnx").stat().st_size < 0.6 * (nets / "small_resnet.onnx").stat().st_size


def test_training_through_the_roundings_gives_back_what_three_bits_took(upkeep, nets, tmp_path):
    """weights of 3 bits cost points; four epochs with the roundings in the net give most of them back, and integers stay integers"""
    train = nets / "train.csv"
    upkeep("quantize", nets / "small_mobilenet.onnx", tmp_path / "few.onnx", "--method", "static:weight_bits=3,rounding=nearest", "--data", nets / "calibration.csv", "--target", "target")
    upkeep("train", tmp_path / "few.onnx", "--data", train, "--target", "target", "--loss", "sparse_categorical_crossentropy",
           "--optimizer", "adam:learning_rate=0.0005", "--epochs", 4, "--seed", 1, "--output", tmp_path / "trained.onnx")  # fmt: skip
    rows, labels = pixels(nets / "test.csv")
    rounded, trained = ((answers(session(tmp_path / name), rows).argmax(1) == labels).mean() for name in ("few.onnx", "trained.onnx"))
    exact = (answers(session(nets / "small_mobilenet.onnx"), rows).argmax(1) == labels).mean()
    assert rounded < exact - 0.01
    assert trained > (rounded + exact) / 2
    weights = [w for w in onnx.load(tmp_path / "trained.onnx").graph.initializer if len(w.dims) >= 2]
    assert all(w.data_type == onnx.TensorProto.INT8 for w in weights) and np.abs(onnx.numpy_helper.to_array(weights[0]).astype(int)).max() <= 4
