"""All of keras.applications, with random weights at their own input size: converted by upkeep and by Keras's own export, side by side.

    .venv/bin/python benchmarks/peers/applications.py --build build/release [--only MobileNetV2,ResNet50] [--format keras,h5] [--no-export] [--json]

For each model and format: seconds of `upkeep convert` (answers not compared: the peer does not either) and of model.export(format="onnx"), peak memory over the
file's size, milliseconds a run of both graphs in ONNX Runtime, taken in turns, the largest difference of the answers over their largest value, and the Transposes
left in both graphs. One process does one thing at a time.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

NAMES = """ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge DenseNet121 DenseNet169 DenseNet201 EfficientNetB0 EfficientNetB1 EfficientNetB2
EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7 EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S
EfficientNetV2M EfficientNetV2L InceptionResNetV2 InceptionV3 MobileNet MobileNetV2 MobileNetV3Small MobileNetV3Large NASNetMobile NASNetLarge ResNet50 ResNet101
ResNet152 ResNet50V2 ResNet101V2 ResNet152V2 VGG16 VGG19 Xception""".split()

MAKE = """
import os, sys, json, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np, keras
name, folder, formats, export = sys.argv[1], sys.argv[2], sys.argv[3].split(","), sys.argv[4] == "1"
keras.utils.set_random_seed(1)
model = getattr(keras.applications, name)(weights=None)
rng = np.random.default_rng(1)
x = rng.random((1, *[size or 224 for size in model.input_shape[1:]])).astype("float32") * 255
norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
for layer in norms:
    layer.kept, layer.momentum = layer.momentum, 0.0
    layer.gamma.assign(0.8 + 0.4 * rng.random(layer.gamma.shape)) if layer.scale else None
    layer.beta.assign(0.1 * rng.normal(size=layer.beta.shape)) if layer.center else None
model(x, training=True)  # statistics of its own numbers, as a trained model has: with others a deep net makes rounding into noise
for layer in norms:
    layer.momentum = layer.kept
    layer.moving_variance.assign(layer.moving_variance + 0.1 * np.mean(layer.moving_variance))  # channels that one picture leaves constant
np.save(f"{folder}/x.npy", x); np.save(f"{folder}/y.npy", model.predict(x, verbose=0))
for one in formats: model.save(f"{folder}/m.{one}")
facts = {"parameters": model.count_params()}
if export:
    started = time.perf_counter(); model.export(f"{folder}/keras.onnx", format="onnx", verbose=False); facts["export"] = time.perf_counter() - started
json.dump(facts, open(f"{folder}/facts.json", "w"))
"""


TIMED = """
import resource, subprocess, sys, time
started = time.perf_counter(); done = subprocess.run(sys.argv[1:], capture_output=True, text=True); seconds = time.perf_counter() - started
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode, seconds); sys.stderr.write(done.stderr)
"""


def convert(binary, source, target):
    """Seconds and peak memory of one command, its own children included. It writes a new file and waits until that is on the disk, as the peer's are by then."""
    pathlib.Path(target).unlink(missing_ok=True)
    os.sync()
    timed = subprocess.run(["/usr/bin/env", "-i", f"PATH={os.environ['PATH']}", sys.executable, "-c", TIMED, binary, "convert", source, target, "--verify", "none"],
                           capture_output=True, text=True)
    peak, code, seconds = timed.stdout.split()
    if code != "0":
        raise SystemExit(timed.stderr)
    return float(seconds), int(peak) * 1024


def runs(paths, x, rounds):
    """Milliseconds a run of each graph, the least of rounds taken in turns: more of them where a run is short, for it is a matter of luck then."""
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    sessions = [ort.InferenceSession(path, options) for path in paths]
    best = [1e9] * len(paths)
    answers = [session.run(None, {session.get_inputs()[0].name: x})[0] for session in sessions]
    begun = time.perf_counter()
    while rounds > 0 or time.perf_counter() - begun < 4:
        rounds -= 1
        for i, session in enumerate(sessions):
            started = time.perf_counter()
            session.run(None, {session.get_inputs()[0].name: x})
            best[i] = min(best[i], (time.perf_counter() - started) * 1e3)
    return best, answers


def transposes(path):
    """Transposes of values that are no constants, without the one of the input."""
    import onnx
    graph = onnx.load(path).graph
    constants = {one.name for one in graph.initializer} | {one.name for one in graph.input}
    return sum(node.op_type == "Transpose" and node.input[0] not in constants for node in graph.node)


def measure(name, options):
    import numpy as np
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([sys.executable, "-c", MAKE, name, folder, options.format, "0" if options.no_export else "1"], capture_output=True, text=True)
        if made.returncode != 0:
            raise SystemExit(f"{name}: Keras itself fails: {made.stderr[-500:]}")
        facts = json.loads(pathlib.Path(folder, "facts.json").read_text())
        x, y = np.load(f"{folder}/x.npy"), np.load(f"{folder}/y.npy")
        result = {"model": name, "parameters": facts["parameters"], "export_seconds": facts.get("export")}
        for one in options.format.split(","):
            source, target = f"{folder}/m.{one}", f"{folder}/{one}.onnx"
            convert(options.binary, source, target)  # once to have the source in memory, as the peer has its model
            seconds, peak = convert(options.binary, source, target)
            paths = [target] if options.no_export else [target, f"{folder}/keras.onnx"]
            best, answers = runs(paths, x, options.rounds)
            result[one] = {"file_mb": os.path.getsize(source) / 1e6, "seconds": seconds, "memory_over_file": peak / os.path.getsize(source), "transposes": transposes(target),
                           "export_transposes": None if options.no_export else transposes(f"{folder}/keras.onnx"),
                           "difference": float(np.max(np.abs(answers[0] - y)) / np.max(np.abs(y))), "run_ms": best[0],
                           "run_over_export": best[0] / best[1] if len(best) > 1 else None}
        return result


HEAD = f"{'model':22}{'format':>7}{'file MB':>9}{'convert s':>11}{'export s':>10}{'times':>7}{'memory/file':>13}{'run ms':>9}{'/export':>9}{'difference':>12}{'Transposes':>12}"


def lines(result):
    if "failure" in result:
        return [f"{result['model']:22} failed: {result['failure'].strip()}"]
    shown = []
    export = result["export_seconds"]
    for one in ("keras", "h5"):
        if one not in result:
            continue
        of = result[one]
        peer = f"{export:10.1f}{export / of['seconds']:7.0f}" if export else f"{'':17}"
        over = f"{of['run_over_export']:9.2f}" if of["run_over_export"] else f"{'':9}"
        left = f"{of['transposes']}" + (f" / {of['export_transposes']}" if of["export_transposes"] is not None else "")
        shown.append(f"{result['model']:22}{one:>7}{of['file_mb']:9.1f}{of['seconds']:11.2f}{peer}{of['memory_over_file']:13.2f}{of['run_ms']:9.1f}{over}{of['difference']:12.1e}{left:>12}")
    return shown


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--only", default=",".join(NAMES))
    parser.add_argument("--format", default="keras,h5")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--no-export", action="store_true", help="upkeep alone")
    parser.add_argument("--json", action="store_true", help="a JSON document a line")
    options = parser.parse_args()
    options.binary = str(pathlib.Path(options.build, "apps", "upkeep"))
    if not options.json:
        print(HEAD)
    for name in options.only.split(","):
        try:
            result = measure(name, options)
        except SystemExit as failure:  # said, and the next one measured
            result = {"model": name, "failure": str(failure)}
        print(json.dumps(result) if options.json else "\n".join(lines(result)), flush=True)


if __name__ == "__main__":
    main()
