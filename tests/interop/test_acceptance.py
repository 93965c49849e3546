"""`--accept` beside the same figures from ONNX Runtime, NumPy and zlib; edits that keep the function, in ONNX Runtime."""

import zlib

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

rng = np.random.default_rng


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options)


def answers(path, rows):
    model = session(path)
    return model.run(None, {model.get_inputs()[0].name: rows})[0]


def write_table(path, x, y):
    header = ",".join([f"x{i}" for i in range(x.shape[1])] + ["y"])
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", header=header, comments="", fmt="%.9g")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, upkeep):
    """A net of three classes, its held-out rows, and the folder that it lies in."""
    folder = tmp_path_factory.mktemp("acceptance")
    x = rng(1).standard_normal((1600, 4)).astype(np.float32)
    y = np.argmax(np.stack([x[:, 0] * x[:, 1], x[:, 2], x[:, 3] - 0.5], 1) + 0.3 * rng(2).standard_normal((1600, 3)), 1)
    write_table(folder / "train.csv", x[:800], y[:800])
    write_table(folder / "held.csv", x[800:], y[800:])
    (folder / "net.yaml").write_text(
        "layers: [{input: {shape: [4]}}, {dense: {units: 32, activation: relu}}, {dense: {units: 24, activation: relu}}, "
        "{dense: {units: 3, activation: softmax, name: out}}]"
    )
    upkeep("train", folder / "net.yaml", "--data", folder / "train.csv", "--target", "y", "--loss", "sparse_categorical_crossentropy",
           "--metrics", "accuracy", "--optimizer", "adam:learning_rate=0.01", "--epochs", 30, "--seed", 1, "--output", folder / "model.onnx")  # fmt: skip
    return folder, x[800:], y[800:]


def paired_bootstrap(change, level=0.95):
    """Of the mean of a change by row."""
    draws = rng(3).integers(0, len(change), (4000, len(change)))
    return np.quantile(change[draws].mean(1), [(1 - level) / 2, (1 + level) / 2])


def test_the_interval_is_that_of_a_paired_bootstrap_over_the_answers_of_onnxruntime(trained, upkeep):
    folder, x, y = trained
    found = upkeep.json("factorize", folder / "model.onnx", folder / "low.onnx", "--method", "svd:rank=3,layers=dense_1", "--data", folder / "held.csv",
                        "--accept", "accuracy:-0.5")  # fmt: skip
    finding = found["acceptance"]["findings"][0]
    right = [(np.argmax(answers(folder / name, x), 1) == y).astype(float) for name in ("model.onnx", "low.onnx")]
    assert finding["before"] == pytest.approx(right[0].mean(), abs=1e-9)
    assert finding["after"] == pytest.approx(right[1].mean(), abs=1e-9)
    assert finding["change"] == pytest.approx(right[1].mean() - right[0].mean(), abs=1e-9)
    low, high = paired_bootstrap(right[1] - right[0])
    half = (high - low) / 2
    assert half > 0.003, "the models must differ for this to say anything"
    assert finding["low"] == pytest.approx(low, abs=0.3 * half) and finding["high"] == pytest.approx(high, abs=0.3 * half)


def test_bytes_are_those_of_the_file_and_of_zlib(trained, upkeep):
    folder, _, _ = trained
    found = upkeep.json("edit", folder / "model.onnx", folder / "same.onnx", "--add", "dropout:rate=0.1,before=out", "--data", folder / "held.csv",
                        "--accept", "accuracy:0", "--seed", 1)  # fmt: skip
    findings = {one["what"]: one for one in found["acceptance"]["findings"]}
    assert findings["accuracy"]["low"] == findings["accuracy"]["high"] == 0, "equal answers"
    model = onnx.load(folder / "model.onnx")
    del model.training_info[:]
    kept = [note for note in model.metadata_props if note.key not in ("upkeep.training", "upkeep.acceptance")]  # what runtimes may read
    assert len(kept) < len(model.metadata_props)
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    plain = model.SerializeToString(deterministic=True)
    assert findings["size"]["before"] == pytest.approx(len(plain), rel=0.01)
    assert findings["zipped"]["before"] == pytest.approx(len(zlib.compress(plain, 6)), rel=0.02)


@pytest.mark.parametrize("limit", ["accuracy:-0.001", "accuracy:-0.1%", "latency:-90%", "size:-90%"])
def test_what_lies_beyond_a_limit_leaves_no_file(trained, upkeep, limit):
    folder, _, _ = trained
    done = upkeep.run("factorize", folder / "model.onnx", folder / "none.onnx", "--method", "svd:rank=1,layers=dense_1", "--data", folder / "held.csv",
                      "--accept", limit)  # fmt: skip
    assert done.returncode == 1 and "nothing was written" in done.stderr, done.stderr
    assert not (folder / "none.onnx").exists()


NETS = {
    "images": "layers: [{input: {shape: [8, 8, 2]}}, {conv2d: {filters: 3, kernel_size: 3, padding: same}}, {batch_normalization: {}}, {relu: {}}, "
    "{spatial_dropout_2d: {}}, {max_pooling2d: {}}, {depthwise_conv2d: {kernel_size: 3, depth_multiplier: 2}}, {flatten: {}}, {dense: {units: 2}}]",
    "series": "layers: [{input: {shape: [6, 3]}}, {conv1d: {filters: 4, kernel_size: 2, padding: causal, activation: relu}}, "
    "{lstm: {units: 3, return_sequences: true}}, {gru: {units: 2}}]",
}


@pytest.mark.parametrize(
    "net, step",
    [
        ("images", ("--widen", "conv2d=7")),
        ("images", ("--deepen", "conv2d")),
        ("images", ("--set", "conv2d:kernel_size=[5,7]")),
        ("series", ("--widen", "conv1d=9")),
        ("series", ("--deepen", "conv1d")),
        ("series", ("--set", "conv1d:kernel_size=4")),
    ],
)
def test_edits_keep_the_function_in_onnxruntime(net, step, upkeep, tmp_path):
    (tmp_path / "net.yaml").write_text(NETS[net])
    upkeep("convert", tmp_path / "net.yaml", tmp_path / "net.onnx", "--verify", "none")
    model = onnx.load(tmp_path / "net.onnx")
    for weight in model.graph.initializer:  # as if trained: no bias is 0, no statistic 0 or 1
        if weight.name.split("/")[-1] in ("bias", "gamma", "beta", "moving_mean", "moving_variance"):
            values = numpy_helper.to_array(weight)
            weight.CopyFrom(numpy_helper.from_array((values + rng(1).uniform(0.1, 0.5, values.shape)).astype(np.float32), weight.name))
    onnx.save(model, tmp_path / "net.onnx")
    upkeep("edit", tmp_path / "net.onnx", tmp_path / "edited.onnx", *step, "--seed", 3)
    rows = rng(4).standard_normal((5, *(d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim[1:]))).astype(np.float32)
    np.testing.assert_allclose(answers(tmp_path / "edited.onnx", rows), answers(tmp_path / "net.onnx", rows), rtol=0, atol=2e-6)
