#!/usr/bin/env python3
"""One whole life of a model, told as it goes: train, prune, convert, publish, serve, monitor, maintain, roll back.

    examples/one_life.py UPKEEP [FOLDER]

UPKEEP is the built command; FOLDER (default: demo) receives everything, first of all report.html. Data: scikit-learn's diabetes table
(442 patients, ten measurements, disease progression a year later), in its original units. Only Python's standard library is needed.
"""

import csv
import http.client
import itertools
import json
import pathlib
import random
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

import two_inputs

ROOT = pathlib.Path(__file__).resolve().parents[1]
UPKEEP = pathlib.Path(sys.argv[1]).resolve()
FOLDER = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "demo").resolve()
BOUND = 55  # the mean absolute error that the users of the model can live with
# Only large drift counts: the 142 patients who come again and again differ a little from the 300, by chance.
MEASURES = ["--measures", "psi:min_effect=0.2,kolmogorov-smirnov:min_effect=0.2"]

NET = """\
name: diabetes
layers:
  - input: {shape: [10]}
  - normalization
  - dense: {units: 16, activation: relu, kernel_regularizer: "l2:l2=20"}
  - dense: {units: 1, name: score}
  - rescaling: {scale: 77, offset: 152, name: progression}
"""

MAINTAIN = f"""\
# One pass of maintenance: docs/maintain-yaml.md explains every key.
registry: registry
model: diabetes
metrics: [mae, r2]
window: {{rows: 900}}  # the last ones
measures: ["psi:min_effect=0.2", "kolmogorov-smirnov:min_effect=0.2"]
triggers:
  - quality: {{metric: mae, bound: {BOUND}, min_labels: 50}}
actions:
  - retrain: {{epochs: 150, batch_size: 32, learning_rate: 0.005, regularizer: "l2:l2=5", seed: 7}}
gates:
  - better: {{metric: mae, confidence: 0.95}}
"""


def say(text=""):
    print(text, flush=True)


def chapter(number, title):
    say(f"\n{number}. {title}")


def upkeep(*words):
    """Runs the command as a user would, shows it, and gives back its --json."""
    say("   $ " + shlex.join(["upkeep", *map(str, words)]))
    done = subprocess.run([UPKEEP, *map(str, words), "--json"], cwd=FOLDER, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"one_life: upkeep {words[0]} ended with {done.returncode}: {done.stderr.strip() or done.stdout}")
    return json.loads(done.stdout)


def write_rows(name, header, rows):
    with open(FOLDER / name, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


class Traffic:
    """Clients that never pause: each sends a patient's measurements, remembers the answer, and counts what fails."""

    def __init__(self, port, columns, rows, clients=3):
        self.port, self.columns, self.rows = port, columns, rows
        self.shift = {}  # column -> what is added to it
        self.lock = threading.Lock()
        self.sent, self.failed, self.truth, self.versions, self.seen = 0, [], [], {}, ""
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(random.Random(number),), daemon=True) for number in range(clients)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def run(self, chance):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.stopping.is_set():
            *measured, target = chance.choice(self.rows)
            measured = [value + self.shift.get(column, 0) for column, value in zip(self.columns, measured)]
            self.ask(connection, measured, target)
            time.sleep(0.004)
        connection.close()

    def ask(self, connection, measured, target):
        with self.lock:
            self.sent += 1
            request_id = f"patient-{self.sent}"
        body = {"id": request_id, "inputs": [{"name": "input", "shape": [1, len(measured)], "datatype": "FP32", "data": measured}]}
        try:
            connection.request("POST", "/v2/models/diabetes/infer", json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            document = json.loads(answer.read())
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {document}")
        except Exception as error:  # every kind of failure counts
            self.failed.append(f"{request_id}: {error!r}")
            return
        with self.lock:
            version = document["model_version"]
            self.versions[version] = self.versions.get(version, 0) + 1
            self.seen = version
            self.truth.append((request_id, target))

    def until(self, more):
        """Waits for so many more answers."""
        goal = len(self.truth) + more
        while len(self.truth) < goal and not self.failed:
            time.sleep(0.01)

    def until_version(self, version):
        start = time.monotonic()
        while self.seen != str(version):
            if time.monotonic() - start > 10:
                sys.exit(f"one_life: the server does not answer from version {version}")
            time.sleep(0.002)
        return time.monotonic() - start


def label(traffic):
    """The truth arrives, later than the predictions: everything since the last time."""
    time.sleep(0.7)  # until the predictions are in the log
    with traffic.lock:
        rows, traffic.truth = traffic.truth, []
    write_rows("truth.csv", ["request_id", "label"], rows)
    return upkeep("label", "diabetes", "--data", "truth.csv", "--registry", "registry")["labels"]


def prepare():
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(parents=True)
    with open(ROOT / "tests" / "data" / "diabetes.csv", newline="") as file:
        header, *lines = csv.reader(file)
    rows = [[float(value) for value in line] for line in lines]
    random.Random(9).shuffle(rows)
    write_rows("train.csv", header, rows[:300])
    write_rows("test.csv", header, rows[300:])
    (FOLDER / "net.yaml").write_text(NET)
    (FOLDER / "upkeep.yaml").write_text(MAINTAIN)
    return header[:-1], rows[300:]


def optimise_and_convert():
    chapter(1, "Train a regressor on 300 patients")
    trained = upkeep("train", "net.yaml", "--data", "train.csv", "--target", "target", "--validation", "0.15", "--loss", "mse", "--metrics", "mae",
                     "--optimizer", "adam:learning_rate=0.005", "--epochs", "40", "--seed", "1", "--output", "model.onnx", "--report", "training.html")
    history = trained["history"]
    say(f"   mean absolute error {history['mae'][0]:.1f} -> {history['mae'][-1]:.1f}, on the held-out rows {history['val_mae'][-1]:.1f}; "
        f"{len(history['mae'])} epochs in {trained['seconds']:.2f} s")

    chapter(2, "Prune half of its weights, and train what is left; the zeros stay")
    pruned = upkeep("prune", "model.onnx", "pruned.onnx", "--sparsity", "0.5")["change"]
    upkeep("train", "pruned.onnx", "--data", "train.csv", "--epochs", "20", "--seed", "2", "--output", "small.onnx")
    for name in ["model.onnx", "small.onnx"]:
        scores = upkeep("evaluate", name, "--data", "test.csv", "--metrics", "mae,r2", *(["--report", "evaluation.html"] if name == "small.onnx" else []))
        mae = scores["analysis"]["metrics"]["mae"]
        say(f"   {name}: mean absolute error {mae['value']:.1f} [{mae['low']:.1f}, {mae['high']:.1f}] on 142 patients it has not seen")
    say(f"   {pruned['zeros']} of {pruned['size']} kernel weights are zero")

    chapter(3, "Convert it to Keras's .h5 and back; each time the answers are compared before the file takes its name")
    for source, result in [("small.onnx", "small.h5"), ("small.h5", "final.onnx")]:
        verdict = upkeep("convert", source, result)["comparison"]
        say(f"   {source} -> {result}: largest relative difference on {verdict['rows']} rows: {verdict['largest_relative']:.2g}")


def deploy(columns, patients):
    chapter(4, "Publish and serve it")
    version = upkeep("registry", "publish", "final.onnx", "--name", "diabetes", "--alias", "production", "--reference", "train.csv",
                     "--reason", "the first version", "--registry", "registry")
    say(f"   diabetes:{version['version']}, {version['size_bytes']} bytes, sha256 {version['sha256'][:16]}...")
    say("   $ upkeep serve --registry registry --http-port 0 --log-segment-seconds 0.5")
    server = subprocess.Popen([UPKEEP, "serve", "--registry", "registry", "--http-port", "0", "--log-segment-seconds", "0.5"], cwd=FOLDER, stdout=subprocess.PIPE,
                              stderr=open(FOLDER / "serve.log", "w"), text=True)
    url = server.stdout.readline().strip()
    if not url:
        sys.exit("one_life: the server did not start: " + (FOLDER / "serve.log").read_text())
    say(f"   serving on {url}")
    return server, Traffic(int(url.rsplit(":", 1)[1]), columns, patients)


def watch(*more):
    report = upkeep("monitor", "diabetes", "--registry", "registry", "--metrics", "mae", *MEASURES, *more)
    drifted = [feature["name"] for feature in report["drift"]["features"] if feature["drifted"]]
    mae = report["quality"]["metrics"]["mae"]
    say(f"   {report['traffic']['requests']} requests, {report['traffic']['failed']} failed, p99 {report['traffic']['latency_us']['p99'] / 1000:.2f} ms; "
        f"mean absolute error {mae['value']:.1f} [{mae['low']:.1f}, {mae['high']:.1f}]; drifted: {', '.join(drifted) or 'nothing'}")
    return mae["low"]


def shift_until_quality_falls(traffic):
    chapter(6, "Two laboratories change their methods: bmi and s5 are measured differently, a little more each week")
    for week in itertools.count(1):
        traffic.shift = {"bmi": 1.2 * week, "s5": 0.2 * week}
        traffic.until(20)  # what was under way is through
        say(f"   week {week}: bmi + {traffic.shift['bmi']:g}, s5 + {traffic.shift['s5']:.2f}")
        traffic.until(400)
        label(traffic)
        if watch("--rows", "400") > BOUND + 2:  # the whole interval, and some more: the trigger asks for no less
            say(f"   worse than {BOUND}, beyond doubt: the users complain")
            return
        if week == 12:
            sys.exit("one_life: quality does not fall")


def maintain(traffic):
    chapter(7, "One pass of maintenance: a trigger fires, a candidate is trained, the gate compares, the alias moves; traffic goes on")
    traffic.until(800)
    label(traffic)
    result = upkeep("maintain", "upkeep.yaml", "--report", "report.html")
    for step in result["steps"]:
        say(f"   {step['kind']} {step['name']}: {step['reason']}")
    say(f"   {result['outcome']}: {result['reason']}")
    if result["outcome"] != "promoted":
        sys.exit("one_life: the candidate was not promoted")
    say(f"   the server answers from version {result['candidate']}, {traffic.until_version(result['candidate']) * 1000:.0f} ms after the command ended")
    traffic.until(300)
    label(traffic)
    watch("--rows", "250")


def second_model(traffic):
    chapter(8, "A second model beside it: two inputs, one of them a category, and what the monitor says when its values change")
    two_inputs.tell(upkeep, say, FOLDER, traffic.port, ROOT / "tests" / "data" / "iris.csv")


def end(server, traffic):
    chapter(9, "Roll back, because it can be done at any time; then stop the server while requests are under way")
    event = upkeep("registry", "rollback", "diabetes", "--reason", "to show that it works", "--registry", "registry")
    say(f"   production {event['from']} -> {event['to']}; the server answers from it {traffic.until_version(event['to']) * 1000:.0f} ms after")
    traffic.stop()
    server.send_signal(signal.SIGTERM)
    code = server.wait(timeout=60)
    answers = ", ".join(f"version {version}: {count}" for version, count in sorted(traffic.versions.items()))
    say(f"   {traffic.sent} requests in all ({answers}), {len(traffic.failed)} failed; the server drained and ended with {code}")
    say("   $ upkeep registry history diabetes --registry registry")
    history = subprocess.run([UPKEEP, "registry", "history", "diabetes", "--registry", "registry"], cwd=FOLDER, capture_output=True, text=True)
    say("   " + history.stdout.rstrip().replace("\n", "\n   "))
    if traffic.failed or code != 0:
        sys.exit("one_life: " + "; ".join(traffic.failed[:3] or ["the server did not end well"]))


def main():
    start = time.monotonic()
    columns, patients = prepare()
    optimise_and_convert()
    server, traffic = deploy(columns, patients)
    try:
        chapter(5, "Send it traffic; the truth comes in later and is joined by request id")
        traffic.start()
        traffic.until(400)
        label(traffic)
        watch()
        shift_until_quality_falls(traffic)
        maintain(traffic)
        second_model(traffic)
        end(server, traffic)
    finally:
        server.kill()
    say(f"\n{time.monotonic() - start:.0f} s. Look at {FOLDER / 'report.html'} (the pass, drift, quality over time, learning curves),")
    say(f"{FOLDER / 'iris.html'} (the second model's categories),")
    say(f"{FOLDER / 'training.html'} and {FOLDER / 'evaluation.html'}; {FOLDER / 'upkeep.yaml'} is what maintained the model.")


main()
