"""shap's KernelExplainer on a model that ONNX Runtime runs: milliseconds for one row, and its values.

    explain_shap.py model.onnx background.npy row.npy [--samples 1024] [--runs 5] [--threads 0]      a line of JSON

The arrays are float32, [rows, features] of the model's one input. As many samples as Upkeep's `kernel-shap:samples=N` takes, and no
selection of features, so that both answer the same question.
"""

import argparse
import json
import statistics
import time

import numpy as np
import onnxruntime
import shap


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("model")
    words.add_argument("background")
    words.add_argument("row")
    words.add_argument("--samples", type=int, default=1024)
    words.add_argument("--runs", type=int, default=5)
    words.add_argument("--threads", type=int, default=0)
    options = words.parse_args()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    background, row = np.load(options.background), np.load(options.row)

    def answers(rows):
        return np.asarray(session.run(None, {name: np.asarray(rows, "f4")})[0], "f8").reshape(len(rows), -1)[:, 0]

    explainer = shap.KernelExplainer(answers, background)
    times, values = [], None
    for _ in range(options.runs + 1):  # the first run warms caches and does not count
        begun = time.perf_counter()
        values = explainer.shap_values(row, nsamples=options.samples, l1_reg=False, silent=True)
        times.append(1000 * (time.perf_counter() - begun))
    print(json.dumps({"milliseconds": statistics.median(times[1:]), "base": float(np.ravel(explainer.expected_value)[0]),
                      "values": np.ravel(values).tolist()}))


if __name__ == "__main__":
    main()
