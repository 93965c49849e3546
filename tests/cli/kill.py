#!/usr/bin/env python3
"""kill -9 at random moments of training, publishing and promoting: on restart the registry verifies, every acknowledged version is whole,
training goes on bit for bit, and no temporary file survives.    kill.py UPKEEP [KILLS]"""

import random
import signal
import subprocess
import sys
import time

from story import Story

seed = random.randrange(2**32)
print(f"seed {seed}")
chance = random.Random(seed)
kills = int(sys.argv[2]) if len(sys.argv) > 2 else 200
upkeep = Story(sys.argv[1])


def killed(words, longest):
    """Runs a command and kills it within `longest` seconds; returns its output when it was quicker, else None."""
    process = subprocess.Popen([upkeep.binary, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=upkeep.folder)
    time.sleep(chance.uniform(0, longest))
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    return out if process.returncode == 0 else None


def duration(words):
    start = time.monotonic()
    upkeep(*words)
    return (time.monotonic() - start) * 1.5


train = ["train", "net.yaml", "--data", "data.csv", "--target", "y", "--loss", "mse", "--epochs", "400", "--seed", "1"]
upkeep(*train, "--output", "whole.onnx")
resumable = [*train, "--checkpoint", "run.ckpt", "--resume", "--output", "resumed.onnx"]
longest = duration([*train, "--checkpoint", "timing.ckpt", "--output", "timing.onnx"])
done = 0
while done < kills // 2:  # a run that is killed again and again, until it ends
    done += 1
    if killed(resumable, longest / 3) is not None:
        assert (upkeep.folder / "resumed.onnx").read_bytes() == (upkeep.folder / "whole.onnx").read_bytes(), "resumed training differs"
        (upkeep.folder / "run.ckpt").unlink()
        (upkeep.folder / "resumed.onnx").unlink()
upkeep(*resumable)
assert (upkeep.folder / "resumed.onnx").read_bytes() == (upkeep.folder / "whole.onnx").read_bytes(), "resumed training differs"
assert not upkeep.temporaries(), upkeep.temporaries()
print(f"{done} kills of training: the resumed model equals the undisturbed one, byte for byte")

models = []
for number in range(8):
    upkeep("train", "net.yaml", "--data", "data.csv", "--target", "y", "--loss", "mse", "--epochs", "1", "--seed", number + 10, "--output", f"m{number}.onnx")
    models.append(f"m{number}.onnx")
acknowledged = {}
upkeep("registry", "publish", models[0], "--name", "m", "--alias", "production", "--registry", "reg")
longest = max(duration(["registry", "publish", models[number], "--name", "m", "--registry", "reg"]) for number in (1, 2, 3))
for _ in range(kills - done):
    if chance.random() < 0.5:
        model = chance.choice(models)
        out = killed(["registry", "publish", model, "--name", "m", "--registry", "reg"], longest)
        if out:
            acknowledged[out.split()[0]] = model
    else:
        versions = upkeep.json("registry", "list", "m", "--registry", "reg")
        killed(["registry", "promote", f"m:{chance.choice(versions)['version']}", "--registry", "reg"], longest)
assert upkeep("registry", "verify", "--registry", "reg") == "whole\n"
assert not upkeep.temporaries(), upkeep.temporaries()
for reference, model in acknowledged.items():
    rows = upkeep.json("predict", reference, "--registry", "reg", "--data", "data.csv")
    assert rows == upkeep.json("predict", model, "--data", "data.csv"), f"{reference} is not {model}"
assert len(acknowledged) > 2, "no version was ever acknowledged: the kills came too early"
print(f"{kills - done} kills of publish and promote: {len(acknowledged)} acknowledged versions are whole, the registry verifies")
