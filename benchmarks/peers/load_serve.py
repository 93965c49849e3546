"""The server under load, by what must not happen: late probes, failed requests, memory that grows, lost answers. One table, exit code 1 if one does.

    load_serve.py [--build build/release] [--promotions 10000] [--idle 10000]
"""

import argparse
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from measure import ROOT
from measure_serve import Running, free_port, net

value = helper.make_tensor_value_info


def slow_net(file):
    """y = x times W again and again, as often as `count` says."""
    n = 256
    body = helper.make_graph(
        [helper.make_node("MatMul", ["a", "W"], ["b"]), helper.make_node("Tanh", ["b"], ["c"]), helper.make_node("Identity", ["go"], ["on"])], "b",
        [value("k", TensorProto.INT64, []), value("go", TensorProto.BOOL, []), value("a", TensorProto.FLOAT, [1, n])],
        [value("on", TensorProto.BOOL, []), value("c", TensorProto.FLOAT, [1, n])])
    weights = [numpy_helper.from_array(v, k) for k, v in
               {"W": (np.random.default_rng(0).normal(size=(n, n)) / 16).astype("f4"), "yes": np.array(True), "axis": np.array([0])}.items()]
    graph = helper.make_graph([helper.make_node("Squeeze", ["count", "axis"], ["times"]), helper.make_node("Loop", ["times", "yes", "x"], ["y"], body=body)], "g",
                              [value("x", TensorProto.FLOAT, [1, n]), value("count", TensorProto.INT64, [1])], [value("y", TensorProto.FLOAT, [1, n])], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)


def ask(port, method, path, body=None, timeout=120):
    one = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    one.request(method, path, body)
    response = one.getresponse()
    text = response.read()
    one.close()
    return response.status, text


def memory_mb(process): return int(open(f"/proc/{process.pid}/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


class Load:
    def __init__(self, options):
        self.upkeep, self.tool = (options.build / "apps/upkeep").resolve(), (options.build / "benchmarks/serve_benchmark").resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="load-"))
        net(self.folder / "tiny.onnx", [10, 10, 1]), net(self.folder / "other.onnx", [10, 12, 1]), net(self.folder / "still.onnx", [10, 16, 1])
        slow_net(self.folder / "slow.onnx")
        for file, name in (("tiny", "m"), ("slow", "slow"), ("still", "still")):
            self.run("registry", "publish", f"{file}.onnx", "--name", name, "--alias", "production", "--registry", "reg")
        self.failures = []

    def run(self, *words): return subprocess.run([self.upkeep, *words], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def server(self, *more):
        port = free_port()
        return Running([self.upkeep, "serve", "--registry", "reg", "--http-port", port, *more], port, self.folder)

    def busy(self, server, name, callers, seconds):
        return subprocess.Popen([self.tool, "load", str(server.port), name, "x", "10", str(callers), str(seconds)], cwd=self.folder, stdout=subprocess.PIPE, text=True)

    def say(self, what, found, right):
        print(f"{'ok  ' if right else 'FAIL'} {what}: {found}", flush=True)
        if not right: self.failures.append(what)

    def probes(self):
        """1,000 idle and 100 busy connections, two slow requests for each core."""
        with self.server() as server:
            idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(1000)]
            def slow(count): return ask(server.port, "POST", "/v2/models/slow/infer", json.dumps({"inputs": [
                {"name": "x", "shape": [1, 256], "datatype": "FP32", "data": [0.1] * 256}, {"name": "count", "shape": [1], "datatype": "INT64", "data": [count]}]}))
            start = time.time()
            slow(5000)
            count = int(5000 * 5 / (time.time() - start))
            threads = [threading.Thread(target=slow, args=(count,)) for _ in range(2 * os.cpu_count())]
            [one.start() for one in threads]
            load = self.busy(server, "m", 100, 8)
            time.sleep(1.5)
            times, end = [], time.time() + 7
            while time.time() < end:
                start = time.time()
                status, _ = ask(server.port, "GET", "/v2/health/live")
                times.append(time.time() - start if status == 200 else 99)
                time.sleep(0.01)
            found = json.loads(load.communicate()[0])
            [one.join() for one in threads]
            self.say("latest of the health answers, 1,000 idle and 100 busy connections, 2 slow requests a core", f"{max(times) * 1e3:.0f} ms of {len(times)} answers", max(times) < 0.1)
            self.say("requests of the 100 busy ones that failed", found["failed"], found["failed"] == 0)
            del idle

    def promotions(self, count):
        """The same alias moves between two versions; another model's latency is measured beside it."""
        self.run("registry", "publish", "other.onnx", "--name", "m", "--registry", "reg")
        with self.server("--poll-ms", "5", "--no-log-predictions") as server:
            alone, _ = (json.loads(one.communicate()[0]) for one in [self.busy(server, "still", 2, 8), self.busy(server, "m", 4, 8)])
            pause_ms = 6  # above the server's look at the registry, so that it takes up nearly each one
            mover = subprocess.Popen([self.tool, "promote", "reg", "m", str(count), str(pause_ms)], cwd=self.folder, stdout=subprocess.DEVNULL)
            time.sleep(0.5)
            seconds = max(5, count * 0.015)
            loads = [self.busy(server, "m", 4, seconds), self.busy(server, "still", 2, seconds)]
            start, seen, sizes = time.time(), set(), []
            while mover.poll() is None:
                seen.add(json.loads(ask(server.port, "GET", "/v2/models/m")[1])["versions"][0])
                sizes.append(memory_mb(server.process))
                time.sleep(0.1)
            took = time.time() - start
            found, beside = (json.loads(one.communicate()[0]) for one in loads)
            self.say("requests that failed", f"{found['failed'] + beside['failed']} in {count} promotions, {took:.0f} s", found["failed"] + beside["failed"] == 0)
            self.say("versions that were seen", sorted(seen), seen == {"1", "2"})
            half = sizes[len(sizes) // 2:]
            if half: self.say("growth of memory in the second half", f"{max(half) - statistics.mean(half):.1f} MiB of {half[-1]:.0f}", max(half) - statistics.mean(half) < max(20, 0.05 * half[-1]))
            self.say("another model's p99", f"{beside['p99_us']:.0f} us, {alone['p99_us']:.0f} us under the same load without promotions", beside["p99_us"] <= 1.5 * alone["p99_us"])

    def drain(self):
        """SIGTERM in the middle: what was sent on an open connection is answered."""
        with self.server() as server:
            lost, answered, stop = [], [0], threading.Event()
            body = json.dumps({"inputs": [{"name": "x", "shape": [1, 10], "datatype": "FP32", "data": [0] * 10}]})
            def caller():
                while not stop.is_set():
                    try: one = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30); one.connect()
                    except OSError: return
                    fresh = True
                    try:
                        while True:
                            one.request("POST", "/v2/models/m/infer", body)
                            response = one.getresponse(); response.read()
                            answered[0] += response.status == 200
                            fresh = False
                            if response.getheader("connection") == "close": break
                    except (OSError, http.client.HTTPException) as error:
                        if not fresh: lost.append(repr(error))
            threads = [threading.Thread(target=caller) for _ in range(8)]
            [one.start() for one in threads]
            time.sleep(2)
            server.process.send_signal(signal.SIGTERM)
            code = server.process.wait(60)
            stop.set()
            [one.join() for one in threads]
            self.say("answers lost by SIGTERM", f"{len(lost)} of {answered[0]}, exit code {code}", not lost and code == 0)

    def idle(self, count):
        """So many idle connections, and one that works."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * count), hard))
        count = min(count, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
        with self.server() as server:
            before = memory_mb(server.process)
            idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
            time.sleep(1)
            start = time.time()
            status, _ = ask(server.port, "GET", "/v2/health/live")
            self.say(f"an answer beside {count} idle connections", f"{status} after {(time.time() - start) * 1e3:.0f} ms, {memory_mb(server.process) - before:.0f} MiB more", status == 200)
            del idle


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path)
    words.add_argument("--promotions", default=10_000, type=int)
    words.add_argument("--idle", default=10_000, type=int)
    options = words.parse_args()
    load = Load(options)
    load.probes(), load.drain(), load.idle(options.idle), load.promotions(options.promotions)
    shutil.rmtree(load.folder, ignore_errors=True)
    sys.exit(bool(load.failures))


if __name__ == "__main__":
    main()
