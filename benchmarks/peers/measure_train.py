"""A training step of Upkeep beside Keras and PyTorch: one process each, taking turns, the same networks, batches and threads; medians, and
the median of the ratios of each turn. PyTorch is asked for by the command in UPKEEP_TORCH (default: the python3 on the path)."""

import argparse
import os
import pathlib
import shlex
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STEPS = {"mlp": 100, "convolution": 12, "mobile": 12, "lstm": 10}  # in one turn
WORDS = {"mlp": "10-10-1, batch 32, 3,200 rows a fit", "convolution": "Conv 32, Conv 64, pool, Dense 128, Dense 10; 28x28x1, batch 64",
         "mobile": "Conv and two separable blocks with batch normalisation; 32x32x3, batch 32", "lstm": "LSTM 128, Dense 10; 50x32, batch 64"}
WANTED = {"mlp": {"Keras": 100, "PyTorch": 10}}  # of the others: faster than the faster by this; and of all, no more memory
FASTER = 1.2


class Peer:
    """A process that trains so many steps when told to, and answers with seconds and memory."""

    def __init__(self, words, name, threads):
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen([*map(str, words), name, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment)

    def train(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 2:
            raise SystemExit(f"{self.process.args} stopped:\n{self.process.stderr.read()}")
        return float(answer[0]), int(answer[1])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def torch_command():
    words = shlex.split(os.environ.get("UPKEEP_TORCH", "/usr/bin/python3"))
    found = subprocess.run([*words, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
    if found.returncode:
        print("PyTorch is not here (Debian 13: apt-get install python3-torch libopenblas0-pthread): its columns stay empty", file=sys.stderr)
        return None
    print(f"PyTorch {found.stdout.split()[-1]}", file=sys.stderr)
    return [*words, os.environ.get("UPKEEP_TORCH_SCRIPT", HERE / "train_torch.py")]


def measure(commands, name, threads, runs):
    peers = {who: Peer(words, name, threads) for who, words in commands.items()}
    for peer in peers.values():  # compiles its graph, fills its caches
        peer.train(STEPS[name]), peer.train(STEPS[name])
    turns = [{who: peer.train(STEPS[name]) for who, peer in peers.items()} for _ in range(runs)]
    for peer in peers.values():
        peer.close()
    result = {}
    for who in commands:
        result[who] = {"seconds": statistics.median(turn[who][0] for turn in turns), "mb": max(turn[who][1] for turn in turns),
                       "ratio": statistics.median(turn[who][0] / turn["Upkeep"][0] for turn in turns)}
    return result


def verdict(name, result):
    peers = [who for who in result if who != "Upkeep"]
    small = all(result["Upkeep"]["mb"] <= result[who]["mb"] for who in peers)
    if name in WANTED:
        met = small and all(result[who]["ratio"] >= wanted for who, wanted in WANTED[name].items() if who in result)
        return ", ".join(f">= {wanted} {who}" for who, wanted in WANTED[name].items()), met
    return f">= {FASTER}", small and min(result[who]["ratio"] for who in peers) >= FASTER


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", default=ROOT / "build" / "release", type=pathlib.Path)
    options.add_argument("--runs", default=7, type=int)
    options.add_argument("--threads", default=2, type=int)
    options.add_argument("--networks", default=",".join(STEPS))
    given = options.parse_args()
    commands = {"Upkeep": [given.build / "benchmarks" / "train_benchmark"], "Keras": [sys.executable, HERE / "train_keras.py"]}
    if torch := torch_command():
        commands["PyTorch"] = torch
    print(f"One training step with Adam, {given.threads} threads, median of {given.runs} turns; a ratio above 1: Upkeep is faster.\n")
    print("| network | Upkeep, ms | Keras, ms | PyTorch, ms | Keras / Upkeep | PyTorch / Upkeep | wanted | peak MB | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for name in given.networks.split(","):
        result = measure(commands, name, given.threads, given.runs)
        cell = lambda who, key, form: form.format(result[who][key] * (1e3 if key == "seconds" else 1)) if who in result else ""
        wanted, met = verdict(name, result)
        memory = " / ".join(cell(who, "mb", "{}") for who in commands)
        print(f"| {name}: {WORDS[name]} | {cell('Upkeep', 'seconds', '{:.3f}')} | {cell('Keras', 'seconds', '{:.3f}')} | "
              f"{cell('PyTorch', 'seconds', '{:.3f}')} | {cell('Keras', 'ratio', '{:.2f}')} | {cell('PyTorch', 'ratio', '{:.2f}')} | {wanted} | "
              f"{memory} | {'met' if met else 'missed'} |", flush=True)


main()
