"""A chapter of one_life.py: a second model beside the first one, of two inputs, one of them a category whose values change.

Data: scikit-learn's iris table. From a flower's sepals, the length of its petals and its species the model tells how wide the petals are.
"""

import csv
import http.client
import json
import random
import time

NET = """\
name: iris
layers:
  - input: {shape: [3]}
  - normalization
  - dense: {units: 8, activation: relu}
  - dense: {units: 1, name: petal_width}
"""
SPECIES = ["setosa", "versicolor", "virginica"]


def flowers(table):
    """Rows of sepal length, sepal width, petal length, species, petal width."""
    with open(table, newline="") as file:
        rows = list(csv.reader(file))[1:]
    random.Random(1).shuffle(rows)
    return [[*map(float, row[:3]), SPECIES[int(row[4])], float(row[3])] for row in rows]


def ask(connection, number, flower, until):
    """One request; the server has found the new model in its registry by `until` at the latest."""
    inputs = [{"name": "input", "shape": [1, 3], "datatype": "FP32", "data": flower[:3]},
              {"name": "species", "shape": [1, 1], "datatype": "BYTES", "data": [flower[3]]}]
    while True:
        connection.request("POST", "/v2/models/iris/infer", json.dumps({"id": f"flower-{number}", "inputs": inputs}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        document = json.loads(answer.read())
        if answer.status == 200:
            return
        if time.monotonic() > until:
            raise SystemExit(f"one_life: the second model does not answer: {document}")
        time.sleep(0.02)


def watch(upkeep, say, *more):
    report = upkeep("monitor", "iris", "--registry", "registry", *more)
    for feature in report["drift"]["features"]:
        if chi := feature["measures"].get("chi-square"):
            say(f"   {feature['name']}: chi-square p = {chi['p_value']:.2g}, {'drifted' if feature['drifted'] else 'as before'}: {chi['note']}")
    for found in report["checks"]:
        if found["verdict"] == "alarm":
            say(f"   {found['check']}: {found['subject']}: {found['text']}")
    mae = report["quality"]["metrics"]["mae"]
    say(f"   mean absolute error {mae['value']:.2f} cm [{mae['low']:.2f}, {mae['high']:.2f}] on {report['quality']['labelled']} labelled answers; health: {report['health']}")
    return report


def tell(upkeep, say, folder, port, table):
    """Trains, publishes, asks, and watches: first as it was, then when a partner renames a species and sends no setosa any more."""
    rows = flowers(table)
    header = ["sepal_length", "sepal_width", "petal_length", "species", "petal_width"]
    with open(folder / "iris.csv", "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    (folder / "iris.yaml").write_text(NET)
    upkeep("train", "iris.yaml", "--data", "iris.csv", "--target", "petal_width", "--category", "species", "--loss", "mse", "--metrics", "mae", "--optimizer",
           "adam:learning_rate=0.02", "--epochs", "60", "--seed", "1", "--output", "iris.onnx")
    upkeep("registry", "publish", "iris.onnx", "--name", "iris", "--alias", "production", "--reference", "iris.csv", "--registry", "registry")
    connection, number = http.client.HTTPConnection("127.0.0.1", port, timeout=10), 0
    for changed in (False, True):
        if changed:
            say("   a partner calls virginica \"I. virginica\" from now on, and grows no setosa any more")
        truth = []
        begin = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
        if changed:
            time.sleep(1.1)  # so that what is asked from now on has later times
        for flower in [list(row) for row in rows if not changed or row[3] != "setosa"]:
            if changed and flower[3] == "virginica":
                flower[3] = "I. virginica"
            number += 1
            ask(connection, number, flower, time.monotonic() + 10)
            truth.append((f"flower-{number}", flower[4]))
        time.sleep(0.7)  # until the predictions are in the log
        with open(folder / "flowers.csv", "w", newline="") as file:
            csv.writer(file).writerows([("request_id", "label"), *truth])
        upkeep("label", "iris", "--data", "flowers.csv", "--registry", "registry")
        report = watch(upkeep, say, *(["--since", begin, "--report", "iris.html"] if changed else []))
        drifted = [feature["name"] for feature in report["drift"]["features"] if feature["drifted"]]
        if ("species" in drifted) != changed:
            raise SystemExit(f"one_life: the species {'did not drift' if changed else 'drifted'}")
    connection.close()
