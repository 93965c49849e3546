"""Seconds per training step of Keras's fit: 10-10-1 network, Adam, batches of 32, after a warm-up. Prints one number."""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import keras

x = np.random.random((3200, 10)).astype("float32")
y = np.random.random((3200, 1)).astype("float32")
model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(10, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(x, y, batch_size=32, epochs=1, verbose=0)
start = time.perf_counter()
model.fit(x, y, batch_size=32, epochs=3, verbose=0)
print((time.perf_counter() - start) / 300)
