#!/usr/bin/env python3
"""kill -9 at random moments of logging, compacting, expiring and labelling: every prediction that the log showed stays, none is there
twice, no fewer labels are there than were acknowledged, and no file is half written.    kill_log.py UPKEEP [KILLS]"""

import json
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from story import Story

seed = random.randrange(2**32)
print(f"seed {seed}")
chance = random.Random(seed)
kills = int(sys.argv[2]) if len(sys.argv) > 2 else 200
upkeep = Story(sys.argv[1])
upkeep("train", "net.yaml", "--data", "data.csv", "--target", "y", "--loss", "mse", "--epochs", "1", "--seed", "1", "--output", "m.onnx")
upkeep("registry", "publish", "m.onnx", "--name", "m", "--reference", "data.csv", "--alias", "production", "--registry", "reg")
LOG = ["--registry", "reg"]
sent, labelled = 0, {}


def start(*words):
    return subprocess.Popen([upkeep.binary, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=upkeep.folder)


def kill(process, within):
    time.sleep(chance.uniform(0, within))
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    return out if process.returncode == 0 else None


def rows():
    done = upkeep.run("log", "status", "m", *LOG, "--json")
    assert done.returncode == 0 or "nothing of" in done.stdout + done.stderr, done
    return json.loads(done.stdout)["prediction_rows"] if done.returncode == 0 else 0


def profiled():
    """How many segments have a profile, and the rows that these say they have (src/log/profile_files.cpp)."""
    segments = rows_of_all = 0
    for path in upkeep.folder.rglob("_*.profile"):
        if not (path.parent / f"{path.stem[1:]}.parquet").exists():
            continue  # of a segment that never came
        data = path.read_bytes()[len("UPKPROF1"):]
        numbers = []
        for text in (True, True, False, False):  # name, fingerprint, answered and failed rows
            value = shift = 0
            while True:
                byte, data = data[0], data[1:]
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    break
            data = data[value:] if text else data
            numbers += [] if text else [value]
        segments, rows_of_all = segments + 1, rows_of_all + sum(numbers)
    return segments, rows_of_all


def serve_and_ask(count):
    """Serves until `count` more requests are in the log, goes on asking, and is killed. The requests that the log shows are acknowledged."""
    global sent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = start("serve", *LOG, "--http-port", port, "--log-segment-seconds", "0.1")
    name = "input"
    for _ in range(600):
        try:
            about = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/models/m"))
            name = about["inputs"][0]["name"]
            break
        except OSError:
            time.sleep(0.05)
    before = rows()
    for _ in range(count):
        body = {"id": f"{sent:06d}", "inputs": [{"name": name, "shape": [1, 2], "datatype": "FP32", "data": [sent, 1]}]}
        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/v2/models/m/infer", data=json.dumps(body).encode())).read()
        sent += 1
    seen = 0
    if chance.random() < 0.7:
        for _ in range(100):
            seen = rows() - before
            if seen == count:
                break
            time.sleep(0.02)
    kill(server, 0.1)
    after = rows()
    assert after >= before + seen, f"{before} rows, then {seen} more, and {after} after the kill"
    assert after <= before + count, f"{after} rows of {before + count}"


def label():
    ids = [f"{chance.randrange(sent):06d}" for _ in range(3)]
    value = len(labelled) + chance.randrange(1000)
    upkeep.write("truth.csv", "request_id,row,label\n" + "".join(f"{one},0,{value}\n" for one in ids))
    out = kill(start("label", "m", "--data", "truth.csv", *LOG, "--json"), 0.15)
    if out:
        labelled.update(dict.fromkeys(ids, value))


serve_and_ask(20)
for done in range(kills):
    before = rows()
    what = chance.choice(["serve", "label", "label", "compact", "compact", "expire"]) if done % 10 else "serve"
    if what == "serve":
        serve_and_ask(5)
    elif what == "label":
        label()
    else:
        words = ["expire", "m", *LOG, "--older-than", "30d"] if what == "expire" else ["compact", "m", *LOG]
        kill(start("log", *words), 0.08)
    if what != "serve":
        assert rows() == before, f"{what}: {before} rows became {rows()}"
upkeep("log", "compact", "m", *LOG)
assert not upkeep.temporaries(), upkeep.temporaries()
status = upkeep.json("log", "status", "m", *LOG)
assert status["label_rows"] >= len(labelled) > 5, f"{status} for {len(labelled)} labelled requests"
segments, counted = profiled()
assert 0 < segments <= status["prediction_files"] and counted <= status["prediction_rows"], f"{counted} rows in {segments} profiles of {status}"
assert segments < status["prediction_files"] or counted == status["prediction_rows"], f"{counted} rows in {segments} profiles of {status}"
print(f"{kills} kills: {status['prediction_rows']} rows of {sent} requests are there once, no fewer labels than the {len(labelled)} acknowledged")
