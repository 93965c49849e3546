#!/usr/bin/env python3
"""Bad input gets one clear line that says what and where and what would be right; exit code 1 or 2; nothing changes on disk.    bad_input.py UPKEEP"""

import resource
import signal
import socket
import sys

from story import Story

upkeep = Story(sys.argv[1])
TRAIN = ["train", "net.yaml", "--data", "data.csv", "--target", "y", "--loss", "mse", "--epochs", "1", "--seed", "1"]
upkeep(*TRAIN, "--output", "model.onnx")
upkeep("convert", "model.onnx", "model.h5")
upkeep("registry", "publish", "model.onnx", "--name", "m", "--alias", "production", "--registry", "reg")
for name in ["model.onnx", "model.h5"]:
    (upkeep.folder / ("cut_" + name)).write_bytes((upkeep.folder / name).read_bytes()[:700])
upkeep.write("empty.csv", "")
upkeep.write("heading.csv", "a,b,y\n")
upkeep.write("nan.csv", "a,b,y\n1,2,3\n1,2,\n")
upkeep.write("words.csv", "a,b,y\n1,2,3\n2,2,3\n3,2,3\n1,two,4\n")
upkeep.write("unknown_layer.yaml", "layers:\n  - input: {shape: [2]}\n  - dens: {units: 1}\n")
upkeep.write("unknown_setting.yaml", "layers:\n  - input: {shape: [2]}\n  - dense: {unit: 1}\n")
upkeep.write("broken.yaml", "layers: [\n")
upkeep.write("text.onnx", "this is no model\n")
upkeep.write("text.h5", "this is no model\n")
upkeep.write("empty.yaml", "")


def train(**other):
    words = {"model": "net.yaml", "--data": "data.csv", "--target": "y", "--loss": "mse", "--epochs": "1", "--seed": "1", "--output": "new.onnx"}
    for key, value in other.items():
        words["--" + key.replace("_", "-") if key != "model" else key] = value
    line = ["train", words.pop("model")]
    for key, value in words.items():
        line += [key] if value is True else [key, value]
    return line


CASES = [  # words, exit code, what the line must say
    (train(target="price"), 1, ["data.csv", '"price"', "y"]),
    (train(data="none.csv"), 1, ["none.csv"]),
    (train(data="empty.csv"), 1, ["empty.csv"]),
    (train(data="heading.csv"), 1, ["heading.csv", "row"]),
    (train(data="nan.csv"), 1, ["nan.csv", '"y"', "row 2"]),
    (train(data="words.csv"), 1, ["words.csv", '"b"', "two"]),
    (train(features="a,note"), 1, ["data.csv", '"note"', "n0"]),
    (train(features="a"), 1, ["data.csv", "reads 2 features", "b"]),
    (train(model="unknown_layer.yaml"), 1, ["unknown_layer.yaml", '"dens"', '"dense"']),
    (train(model="unknown_setting.yaml"), 1, ["unknown_setting.yaml", '"unit"', '"units"']),
    (train(model="broken.yaml"), 1, ["broken.yaml", "line"]),
    (train(model="empty.yaml"), 1, ["empty.yaml"]),
    (train(loss="mze"), 1, ['"mze"', "mse"]),
    (train(optimizer="adma"), 1, ['"adma"', "adam"]),
    (train(optimizer="adam:learning_rate=-1"), 1, ["learning_rate", "-1"]),
    (train(metrics="acuracy"), 1, ['"acuracy"', "accuracy"]),
    (train(schedule="plateau"), 1, ['"plateau"', "reduce-on-plateau"]),
    (train(output="new.xyz"), 1, ["new.xyz", ".onnx"]),
    (train(output="no/new.onnx"), 1, ["no"]),
    (train(epochs="0"), 1, ["epochs", "0"]),
    (train(epochs="many"), 1, ["epochs", "many"]),
    (train(epoch="1"), 2, ["--epoch", "--epochs"]),
    (train(validation="1.5"), 1, ["validation", "1.5"]),
    (["train"], 2, ["model"]),
    (["trian"], 2, ['"trian"', '"train"']),
    (["inspect", "text.onnx"], 1, ["text.onnx"]),
    (["inspect", "text.h5"], 1, ["text.h5"]),
    (["inspect", "cut_model.onnx"], 1, ["cut_model.onnx"]),
    (["inspect", "cut_model.h5"], 1, ["cut_model.h5"]),
    (["inspect", "none.onnx"], 1, ["none.onnx"]),
    (["inspect", "data.csv"], 1, ["data.csv"]),
    (["evaluate", "model.onnx", "--data", "data.csv", "--metrics", "rmze"], 1, ['"rmze"', "rmse"]),
    (["convert", "model.onnx", "model.xyz"], 1, ["model.xyz", ".h5"]),
    (["convert", "model.onnx", "out.h5", "--verify", "none.csv"], 1, ["none.csv"]),
    (["edit", "model.onnx", "out.onnx", "--remove", "dence"], 1, ['"dence"', "dense"]),
    (["edit", "model.onnx", "out.onnx", "--add", "dense:unit=3"], 1, ['"unit"', '"units"']),
    (["prune", "model.onnx", "out.onnx", "--sparsity", "2"], 1, ["sparsity", "2"]),
    (["registry", "list", "--registry", "nowhere"], 1, ["nowhere", "publish"]),
    (["registry", "promote", "m:9", "--registry", "reg"], 1, ["9"]),
    (["registry", "rollback", "m", "--registry", "reg"], 1, ["m@production"]),
    (["registry", "publish", "text.onnx", "--name", "m", "--registry", "reg"], 1, ["text.onnx"]),
    (["registry", "publish", "model.onnx", "--name", "../m", "--registry", "reg"], 1, ["../m"]),
    (["predict", "m@staging", "--registry", "reg", "--data", "data.csv"], 1, ["staging", "production"]),
    (["serve", "--registry", "nowhere", "--http-port", "0"], 1, ["nowhere"]),
    (["label", "other", "--data", "data.csv", "--registry", "reg"], 1, ["other"]),
    (["monitor", "m", "--registry", "reg"], 1, ["m"]),
    (["maintain", "none.yaml"], 1, ["none.yaml"]),
    (["maintain", "broken.yaml"], 1, ["broken.yaml", "line"]),
    (["catalog", "train/lossez"], 1, ["train/losses"]),
]

failures = []


def judge(words, done, code, parts, before):
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith("upkeep: columns left out: ")]  # a note before the error
    problems = []
    if done.returncode != code:
        problems.append(f"exit code {done.returncode}, not {code}")
    if len(lines) != 1 or not lines[0].startswith("upkeep: "):
        problems.append(f"{len(lines)} lines")
    problems += [f"nothing about {part}" for part in parts if part not in done.stderr]
    if done.stdout:
        problems.append("something on stdout")
    if upkeep.snapshot() != before:
        problems.append("files changed")
    if problems:
        failures.append(f"upkeep {' '.join(words)}\n    {'; '.join(problems)}\n    said: {done.stderr.strip()[:400]!r}")


for words, code, parts in CASES:
    before = upkeep.snapshot()
    judge(words, upkeep.run(*words), code, parts, before)


def small_disk():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256, 256))


for words in [train(), train(checkpoint="run.ckpt"), ["convert", "model.onnx", "out.h5"], ["convert", "model.onnx", "out.onnx"],
              ["predict", "model.onnx", "--data", "data.csv", "--output", "p.csv"], ["predict", "model.onnx", "--data", "data.csv", "--output", "p.parquet"]]:
    before = upkeep.snapshot()
    judge(words, upkeep.run(*words, preexec_fn=small_disk), 1, [words[-1] if words[0] != "train" else ""], before)

with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    words = ["serve", "--registry", "reg", "--http-port", str(port), "--no-log-predictions"]
    judge(words, upkeep.run(*words, timeout=20), 1, [str(port), "in use"], upkeep.snapshot())

print(f"{len(CASES) + 7} kinds of bad input, {len(failures)} answered badly")
print("\n".join(failures))
sys.exit(1 if failures else 0)
