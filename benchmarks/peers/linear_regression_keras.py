"""The program of examples/linear_regression.cpp, line for line in Keras."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from keras.layers import Dense
from keras.models import Sequential, load_model
from keras.optimizers.schedules import ExponentialDecay

X = np.random.random((100, 10))
y = X @ np.random.random((10, 1)) + np.random.random((100, 1))

model = Sequential([Dense(10, activation="relu"), Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(X, y, epochs=100, batch_size=32, verbose=0)

model.optimizer.learning_rate = 0.001
model.fit(X, y, epochs=100, batch_size=32, verbose=0)

model.save("linear_regression.h5")
loaded = load_model("linear_regression.h5", compile=False)
loaded.compile(optimizer="adam", loss="mse", metrics=["mae"])

print(loaded.evaluate(X, y, verbose=0))

loaded.add(Dense(20, activation="relu"))
loaded.compile(optimizer="adam", loss="mse", metrics=["mae"])
loaded.fit(X, y, epochs=100, batch_size=32, verbose=0)

loaded.add(Dense(30))
loaded.compile(optimizer="adam", loss="mse", metrics=["mae"])
loaded.optimizer.learning_rate = ExponentialDecay(0.0005, 100, 0.9)
history = loaded.fit(X, y, epochs=100, batch_size=32, verbose=0)
print(history.history["loss"][-1])
