"""What tests against real programs share: our binary, a folder, small tables, servers that end with their test."""

import json
import os
import pathlib
import re
import signal
import subprocess

import numpy as np
import pytest
from peers import pytest_handlecrashitem, pytest_sessionstart, pytest_terminal_summary  # pytest calls them

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("UPKEEP_BUILD", ROOT / "build" / "test"))


class Upkeep:
    """The command. `upkeep("train", ...)` returns what it printed; a failure is a test failure with its message."""

    def __init__(self, binary):
        self.binary = binary

    def run(self, *words, cwd=None):
        return subprocess.run([str(self.binary), *map(str, words)], capture_output=True, text=True, cwd=cwd)

    def __call__(self, *words, cwd=None):
        done = self.run(*words, cwd=cwd)
        assert done.returncode == 0, f"upkeep {' '.join(map(str, words))}: exit {done.returncode}: {done.stderr}"
        return done.stdout

    def json(self, *words, cwd=None):
        return json.loads(self(*words, "--json", cwd=cwd))


@pytest.fixture(scope="session")
def upkeep():
    binary = BUILD / "apps" / "upkeep"
    assert binary.exists(), f"{binary} is not built"
    return Upkeep(binary)


@pytest.fixture(scope="session")
def example():
    """Path of a built example program."""
    return lambda name: BUILD / "examples" / name


class Served:
    def __init__(self, process, url):
        self.process, self.url = process, url
        self.address = url.split("://", 1)[1]


@pytest.fixture
def serve(upkeep):
    """serve(registry, *options) starts `upkeep serve` on a free port and gives its address; it is drained at the end."""
    started = []

    def start(registry, *options):
        process = subprocess.Popen([str(upkeep.binary), "serve", "--registry", str(registry), "--http-port", "0", *map(str, options)],
                                   stdout=subprocess.PIPE, text=True)
        started.append(process)
        url = process.stdout.readline().strip()
        assert re.match(r"https?://", url), "the server did not start"
        return Served(process, url)

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, "the server did not drain"


@pytest.fixture
def linear_data():
    """100 rows of 10 features and a noisy linear target."""
    random = np.random.default_rng(7)
    x = random.random((100, 10)).astype("float32")
    y = (x @ random.random((10, 1)) + random.random((100, 1))).astype("float32")
    return x, y


def write_csv(file, x, y, target="y"):
    names = [f"x{i}" for i in range(x.shape[1])]
    rows = [",".join(names + [target])]
    rows += [",".join(repr(float(v)) for v in [*row, *label]) for row, label in zip(x, y.reshape(len(y), -1))]
    pathlib.Path(file).write_text("\n".join(rows) + "\n")
