"""Our programs beside the real peers, one after the other in one run, on the same machine: medians, and ratios pair by pair."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Cost:
    def __init__(self, seconds, peak_mb):
        self.seconds, self.peak_mb = seconds, peak_mb


def whole(words, folder):
    """One process from start to end: wall time, and the peak of its memory as the kernel counted it."""
    start = time.perf_counter()
    process = subprocess.Popen([str(w) for w in words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{words} ended with {process.returncode}"
    return Cost(seconds, usage.ru_maxrss / 1024)


def in_pairs(ours, theirs, folder, runs):
    whole(ours, folder), whole(theirs, folder)
    pairs = [(whole(ours, folder), whole(theirs, folder)) for _ in range(runs)]
    return {
        "ours_s": statistics.median(a.seconds for a, _ in pairs),
        "theirs_s": statistics.median(b.seconds for _, b in pairs),
        "ratio": statistics.median(b.seconds / a.seconds for a, b in pairs),
        "ours_mb": max(a.peak_mb for a, _ in pairs),
        "theirs_mb": max(b.peak_mb for _, b in pairs),
    }


def our_step(upkeep, folder, epochs):
    """Seconds of `upkeep train` itself, reading and saving included."""
    words = [upkeep, "train", "net.yaml", "--data", "data.csv", "--target", "y", "--loss", "mse", "--metrics", "mae", "--optimizer", "adam", "--epochs",
             str(epochs), "--seed", "1", "--json"]
    return json.loads(subprocess.run([str(w) for w in words], cwd=folder, capture_output=True, text=True, check=True).stdout)["seconds"]


def step(upkeep, python, folder, runs):
    import random

    chance = random.Random(1)
    names = [f"x{i}" for i in range(10)]
    rows = [",".join([*names, "y"])] + [",".join(f"{chance.random():.6f}" for _ in range(11)) for _ in range(3200)]
    (folder / "data.csv").write_text("\n".join(rows) + "\n")
    (folder / "net.yaml").write_text("layers:\n  - input: {shape: [10]}\n  - dense: {units: 10, activation: relu}\n  - dense: {units: 1}\n")
    pairs = []
    for _ in range(runs):
        ours = (our_step(upkeep, folder, 110) - our_step(upkeep, folder, 10)) / (100 * 100)
        theirs = float(subprocess.run([python, HERE / "fit_step_keras.py"], capture_output=True, text=True, check=True).stdout.split()[-1])
        pairs.append((ours, theirs))
    return {"ours_s": statistics.median(a for a, _ in pairs), "theirs_s": statistics.median(b for _, b in pairs),
            "ratio": statistics.median(b / a for a, b in pairs)}


def row(what, result, wanted, verdict):
    memory = f"{result['ours_mb']:.0f} / {result['theirs_mb']:.0f}" if "ours_mb" in result else ""
    print(f"| {what} | {result['ours_s'] * 1e3:.3f} | {result['theirs_s'] * 1e3:.3f} | {result['ratio']:.1f} | {wanted} | {memory} | {verdict} |", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", default=ROOT / "build" / "release", type=pathlib.Path)
    options.add_argument("--runs", default=5, type=int)
    given = options.parse_args()
    upkeep, example = given.build / "apps" / "upkeep", given.build / "examples" / "linear_regression"
    print("| what | ours, ms | peer, ms | peer / ours | wanted | peak MB, ours / peer | |\n| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # The interpreter itself: a version manager's shim in front of it would cost more than it does.
        start = in_pairs([upkeep, "--help"], [os.path.realpath(sys.executable), "-S", "-c", "pass"], folder, 4 * given.runs)
        row("`upkeep --help` / `python3 -S -c pass`", start, ">= 0.25", "met" if start["ratio"] >= 0.25 else "missed")
        program = in_pairs([example], [sys.executable, HERE / "linear_regression_keras.py"], folder, given.runs)
        met = program["ratio"] >= 50 and program["ours_mb"] < 150
        row("linear regression, whole process / Keras", program, ">= 50, < 150 MB", "met" if met else "missed")
        one = step(upkeep, sys.executable, folder, given.runs)
        row("training step, 10-10-1, Adam / Keras `fit`", one, ">= 100", "met" if one["ratio"] >= 100 else "missed")


if __name__ == "__main__":
    main()
