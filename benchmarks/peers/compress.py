"""int8 models of Upkeep, of ONNX Runtime's quantiser and of NNCF: the same nets, trained here, and the same calibration rows.

One line each: accuracy on held-out rows, signal to noise of the answers, time of a run of 64 rows and of one (medians, by turns), seconds that the
whole tool took from start to end as a process, bytes. NNCF is taken from the interpreter that UPKEEP_NNCF names, where there is one."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import time

import numpy as np
import onnxruntime as ort
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parents[2]
NETS = {"digits": 20, "small_resnet": 6, "small_mobilenet": 8, "encoder": 20, "digits_lstm": 15}

ONNXRUNTIME = """
    import sys, numpy as np
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quant_pre_process, quantize_static
    import onnx
    model, out, rows = sys.argv[1], sys.argv[2], np.load(sys.argv[3])
    name = onnx.load(model).graph.input[0].name
    class Rows(CalibrationDataReader):
        def __init__(self): self.left = iter([{name: rows[i:i + 32]} for i in range(0, len(rows), 32)])
        def get_next(self): return next(self.left, None)
    quant_pre_process(model, out + ".prepared", skip_symbolic_shape=True)
    quantize_static(out + ".prepared", out, Rows(), per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
"""
NNCF = """
    import sys, numpy as np, onnx, nncf
    model, out, rows = onnx.load(sys.argv[1]), sys.argv[2], np.load(sys.argv[3])
    name = model.graph.input[0].name
    data = nncf.Dataset([{name: rows[i:i + 1]} for i in range(len(rows))])
    onnx.save(nncf.quantize(model, data, subset_size=len(rows)), out)
"""


def session(file):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def answers(runner, rows):
    return runner.run(None, {runner.get_inputs()[0].name: rows})[0]


def latencies(runners, rows, runs):
    times = [[] for _ in runners]
    for _ in range(runs):
        for runner, kept in zip(runners, times):
            start = time.perf_counter()
            answers(runner, rows)
            kept.append(time.perf_counter() - start)
    return [1e6 * float(np.median(kept)) for kept in times]


def seconds_of(*words):
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"{words[0]}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return time.perf_counter() - start


def quantised(folder, upkeep, net, calibration):
    """file and seconds, by tool"""
    model, rows = folder / f"{net}.onnx", folder / "calibration.npy"
    python = {"onnxruntime": (sys.executable, ONNXRUNTIME), "nncf": (os.environ.get("UPKEEP_NNCF", ""), NNCF)}
    made = {"float": (model, 0.0)}
    for label, method in (("upkeep static", "static"), ("upkeep dynamic", "dynamic")):
        out = folder / f"{label.replace(' ', '_')}.onnx"
        data = ["--data", calibration] if method == "static" else []
        if (seconds := seconds_of(upkeep, "quantize", model, out, "--method", method, *data)) is not None:
            made[label] = (out, seconds)
    for label, (interpreter, code) in python.items():
        out = folder / f"{label}.onnx"
        if interpreter and (seconds := seconds_of(interpreter, "-W", "ignore", "-c", textwrap.dedent(code), model, out, rows)) is not None:
            made[label] = (out, seconds)
    return made


def show(net, made, rows, labels, runs):
    runners = {}
    for label, (file, _) in made.items():
        try:
            runners[label] = session(file)
        except Exception as error:  # what a tool wrote and ONNX Runtime refuses is a result too
            print(f"{net:16} {label:15} ONNX Runtime cannot load it: {str(error)[:90]}")
    exact = answers(runners["float"], rows).astype("float64")
    many, one = (latencies(list(runners.values()), rows[:count], runs * (5 if count == 1 else 1)) for count in (64, 1))
    for (label, runner), of_many, of_one in zip(runners.items(), many, one):
        answer = answers(runner, rows)
        noise = ((exact - answer) ** 2).sum()
        decibels = "exact" if noise == 0 else f"{10 * np.log10((exact**2).sum() / noise):.1f} dB"
        accuracy = (answer.argmax(1) == labels).mean()
        file, seconds = made[label]
        print(f"{net:16} {label:15} {accuracy:9.4f} {decibels:>9} {of_many:9.0f} {of_one:9.0f} {seconds:9.2f} {os.path.getsize(file):9}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--upkeep", default=str(ROOT / "build" / "release" / "apps" / "upkeep"))
    options = parser.parse_args()
    table = pd.read_csv(ROOT / "tests" / "data" / "digits.csv").sample(frac=1, random_state=1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        table[:1297].to_csv(folder / "train.csv", index=False)
        table[:300].to_csv(folder / "calibration.csv", index=False)
        rows, labels = table[1297:].drop(columns="target").to_numpy("float32"), table[1297:]["target"].to_numpy()
        np.save(folder / "calibration.npy", table[:300].drop(columns="target").to_numpy("float32"))
        print(f"{'net':16} {'tool':15} {'accuracy':>9} {'signal':>9} {'us / 64':>9} {'us / 1':>9} {'tool, s':>9} {'bytes':>9}")
        for net, epochs in NETS.items():
            subprocess.run([options.upkeep, "train", str(ROOT / "benchmarks" / "networks" / f"{net}.yaml"), "--data", str(folder / "train.csv"), "--target", "target",
                            "--loss", "sparse_categorical_crossentropy", "--optimizer", "adam:learning_rate=0.003", "--epochs", str(epochs), "--seed", "1",
                            "--output", str(folder / f"{net}.onnx")], check=True, capture_output=True)  # fmt: skip
            show(net, quantised(folder, options.upkeep, net, folder / "calibration.csv"), rows, labels, options.runs)


if __name__ == "__main__":
    main()
