"""What serving costs: ours, a bare loop of ONNX Runtime and KServe's Python server, the same model and the same client, in one run.

    measure_serve.py [--build build/release] [--seconds 5] [--kserve PYTHON]      PYTHON: one that has kserve (default: this one)

Each row is the median of three runs by turns. The client takes its share of the same cores.
"""

import argparse
import json
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from measure import HERE, ROOT


def net(file, widths):
    """Dense layers with ReLU between them."""
    chance = np.random.default_rng(0)
    nodes, weights, last = [], [], "x"
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        weights.append(numpy_helper.from_array((chance.normal(size=(a, b)) / np.sqrt(a)).astype("f4"), f"W{i}"))
        nodes.append(helper.make_node("MatMul", [last, f"W{i}"], [f"h{i}"]))
        last = f"h{i}"
        if i + 2 < len(widths):
            nodes.append(helper.make_node("Relu", [last], [f"r{i}"]))
            last = f"r{i}"
    nodes.append(helper.make_node("Identity", [last], ["y"]))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "g", [value("x", TensorProto.FLOAT, ["n", widths[0]])], [value("y", TensorProto.FLOAT, ["n", widths[-1]])], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)


PEER = "KServe's Python server"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Running:
    def __init__(self, words, port, folder):
        self.port = port
        self.process = subprocess.Popen([str(w) for w in words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            assert self.process.poll() is None, f"{words} ended with {self.process.returncode}"
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        time.sleep(1)

    def __enter__(self): return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path)
    words.add_argument("--seconds", default=5, type=float)
    words.add_argument("--runs", default=3, type=int)
    words.add_argument("--kserve", default=sys.executable)
    words.add_argument("--json", type=pathlib.Path)
    options = words.parse_args()
    upkeep, tool = (options.build / "apps/upkeep").resolve(), (options.build / "benchmarks/serve_benchmark").resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="serve-"))
    nets = {"tiny": [10, 10, 1], "digits": [784, 512, 512, 10]}
    for name, widths in nets.items():
        net(folder / f"{name}.onnx", widths)
        subprocess.run([upkeep, "registry", "publish", f"{name}.onnx", "--name", name, "--alias", "production", "--registry", "reg"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-days", "2", "-subj", "/CN=localhost"],
                   cwd=folder, check=True, capture_output=True)

    def loop(name):
        return json.loads(subprocess.run([tool, "loop", f"{name}.onnx", str(nets[name][0]), str(options.seconds)], cwd=folder, check=True,
                                         capture_output=True, text=True).stdout)

    def load(port, name, callers, *more):
        return json.loads(subprocess.run([tool, "load", str(port), name, "x", str(nets[name][0]), str(callers), str(options.seconds), *more], cwd=folder,
                                         check=True, capture_output=True, text=True).stdout)

    def ours(*more):
        port = free_port()
        return Running([upkeep, "serve", "--registry", "reg", "--http-port", port, *more], port, folder)

    tls = ["--tls-certificate", "c.pem", "--tls-key", "k.pem"]
    found = {}
    for _ in range(options.runs):
        def keep(label, result): found.setdefault(label, []).append(result)
        for name in nets:
            keep((name, 0, "bare loop of ONNX Runtime"), loop(name))
        with ours() as server:
            for name in nets:
                for callers in (1, 16, 64):
                    keep((name, callers, "upkeep"), load(server.port, name, callers))
        with ours("--no-log-predictions") as server:
            for name in nets:
                keep((name, 1, "upkeep, no log"), load(server.port, name, 1))
                keep((name, 64, "upkeep, no log"), load(server.port, name, 64))
        with ours("--max-batch-rows", 1) as server:
            keep(("digits", 64, "upkeep, no batching"), load(server.port, "digits", 64))
        with ours(*tls) as server:
            keep(("tiny", 1, "upkeep, TLS"), load(server.port, "tiny", 1, "tls"))
            keep(("digits", 64, "upkeep, TLS"), load(server.port, "digits", 64, "tls"))
        for name in nets:
            port = free_port()
            with Running([options.kserve, HERE / "serve_kserve.py", f"{name}.onnx", name, port], port, folder) as server:
                time.sleep(3)
                for callers in (1, 64):
                    keep((name, callers, PEER), load(server.port, name, callers))

    middle = {label: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for label, runs in found.items()}
    print(f"{'model':8} {'callers':>7}  {'server':28} {'requests/s':>11} {'p50 us':>9} {'p99 us':>10} {'added us':>9} {'failed':>7}")
    for (name, callers, server), one in sorted(middle.items(), key=lambda item: (item[0][0], item[0][1], item[0][2])):
        bare = middle[(name, 0, "bare loop of ONNX Runtime")]["p50_us"]
        added = f"{one['p50_us'] - bare:9.1f}" if callers == 1 else " " * 9
        print(f"{name:8} {callers or '':>7}  {server:28} {one['requests_per_s']:11.0f} {one['p50_us']:9.1f} {one['p99_us']:10.1f} {added} {one['failed']:7.0f}")
    ratio = lambda a, b: middle[a]["requests_per_s"] / middle[b]["requests_per_s"]
    print(f"\nbatching, digits, 64 callers: {ratio(('digits', 64, 'upkeep'), ('digits', 64, 'upkeep, no batching')):.2f} times the requests/s")
    for name in nets:
        print(f"beside KServe's Python server, {name}, 64 callers: {ratio((name, 64, 'upkeep'), (name, 64, PEER)):.1f} times the requests/s")
    if options.json:
        options.json.write_text(json.dumps([{"model": n, "callers": c, "server": s, **one} for (n, c, s), one in middle.items()], indent=1))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
