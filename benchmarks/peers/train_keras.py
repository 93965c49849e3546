"""The networks of benchmarks/networks in Keras on TensorFlow, by fit(). Speaks as benchmarks/train.cpp does: N steps -> seconds of a step, peak MB."""

import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow

name, threads = sys.argv[1], int(sys.argv[2])
tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
tensorflow.config.threading.set_inter_op_parallelism_threads(1)

import keras  # noqa: E402 (it starts TensorFlow's threads)
from keras import layers as k  # noqa: E402


def separable(filters, strides):
    for layer in (k.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False), k.Conv2D(filters, 1, use_bias=False)):
        yield from (layer, k.BatchNormalization(), k.ReLU(6))


NETWORKS = {
    "mlp": (32, 0, [keras.Input((10,)), k.Dense(10, activation="relu"), k.Dense(1)]),
    "convolution": (64, 10, [keras.Input((28, 28, 1)), k.Conv2D(32, 3, activation="relu"), k.Conv2D(64, 3, activation="relu"), k.MaxPooling2D(),
                             k.Flatten(), k.Dense(128, activation="relu"), k.Dense(10, activation="softmax")]),
    "mobile": (32, 10, [keras.Input((32, 32, 3)), k.Conv2D(32, 3, padding="same", use_bias=False), k.BatchNormalization(), k.ReLU(6),
                        *separable(64, 1), *separable(128, 2), k.GlobalAveragePooling2D(), k.Dense(10, activation="softmax")]),
    "lstm": (64, 10, [keras.Input((50, 32)), k.LSTM(128), k.Dense(10, activation="softmax")]),
}

batch, classes, network = NETWORKS[name]
model = keras.Sequential(network)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy" if classes else "mse")
for line in sys.stdin:
    rows = int(line) * batch
    x = np.random.random((rows, *model.input_shape[1:])).astype("float32")
    y = np.random.randint(0, classes, (rows, 1)) if classes else np.random.random((rows, 1)).astype("float32")
    start = time.perf_counter()
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    print((time.perf_counter() - start) / int(line), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
