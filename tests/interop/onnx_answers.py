"""What stock ONNX Runtime answers with a file, and how far two answers are apart. Tests and benchmarks share it."""

import numpy as np
import onnxruntime as ort


def session(file):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def answers(runner, rows):
    return runner.run(None, {runner.get_inputs()[0].name: rows})[0]


def decibels(exact, noisy):
    """signal to noise; 300 and more: equal"""
    exact = exact.astype("float64")
    return 10 * np.log10((exact**2).sum() / max(((exact - noisy) ** 2).sum(), 1e-30))
