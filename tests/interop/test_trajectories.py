"""The loss after each of 20 epochs equals Keras's to 1e-5 relative: same initial weights, same order of batches."""

import numpy as np
import pytest

from conftest import write_csv

keras = pytest.importorskip("keras")

CASES = {
    "sgd": (lambda: keras.optimizers.SGD(0.01), None),
    "momentum": (lambda: keras.optimizers.SGD(0.01, momentum=0.9), None),
    "nesterov": (lambda: keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True), None),
    "adam": (lambda: keras.optimizers.Adam(0.01), None),
    "adam-l1l2": (lambda: keras.optimizers.Adam(0.01), lambda: keras.regularizers.L1L2(0.001, 0.01)),
    "adamw": (lambda: keras.optimizers.AdamW(0.01, weight_decay=0.02), None),
    "adamw-l2": (lambda: keras.optimizers.AdamW(0.01, weight_decay=0.02), lambda: keras.regularizers.L2(0.01)),
    "sgd-l1": (lambda: keras.optimizers.SGD(0.01), lambda: keras.regularizers.L1(0.01)),
    "adagrad": (lambda: keras.optimizers.Adagrad(0.1), None),
    "rmsprop": (lambda: keras.optimizers.RMSprop(0.005, momentum=0.5, centered=True), None),
    "adadelta": (lambda: keras.optimizers.Adadelta(5.0), None),
    "adamax": (lambda: keras.optimizers.Adamax(0.01), None),
    "nadam": (lambda: keras.optimizers.Nadam(0.01), None),
    "ftrl": (lambda: keras.optimizers.Ftrl(0.1, l1_regularization_strength=0.01), None),
    "lion": (lambda: keras.optimizers.Lion(0.001), None),
    "lamb": (lambda: keras.optimizers.Lamb(0.01), None),
    "adafactor": (lambda: keras.optimizers.Adafactor(0.02), None),
    "muon": (lambda: keras.optimizers.Muon(0.02), None),
    "amsgrad": (lambda: keras.optimizers.Adam(0.01, amsgrad=True), None),
    "clipnorm": (lambda: keras.optimizers.Adam(0.01, clipnorm=0.5), None),
    "global-clipnorm": (lambda: keras.optimizers.SGD(0.01, momentum=0.9, global_clipnorm=0.5), None),
    "average": (lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=5), None),
    "loss-scale": (lambda: keras.optimizers.SGD(0.01, loss_scale_factor=100.0), None),
    "accumulation": (lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=3), None),
    "orthogonal": (lambda: keras.optimizers.Adam(0.01), lambda: keras.regularizers.OrthogonalRegularizer(0.01)),
}

SCHEDULES = {
    "exponential-decay:decay_steps=10,decay_rate=0.7,staircase=true": lambda s: s.ExponentialDecay(0.02, 10, 0.7, staircase=True),
    "inverse-time-decay:decay_steps=10,decay_rate=0.5": lambda s: s.InverseTimeDecay(0.02, 10, 0.5),
    "polynomial-decay:decay_steps=25,end_learning_rate=0.001,power=2,cycle=true": lambda s: s.PolynomialDecay(0.02, 25, 0.001, 2.0, cycle=True),
    "piecewise-constant-decay:boundaries=[10,30],values=[0.02,0.01,0.002]": lambda s: s.PiecewiseConstantDecay([10, 30], [0.02, 0.01, 0.002]),
    "cosine-decay:decay_steps=40,alpha=0.1,warmup_target=0.03,warmup_steps=10": lambda s: s.CosineDecay(
        0.02, 40, 0.1, warmup_target=0.03, warmup_steps=10),
    "cosine-decay-restarts:first_decay_steps=8,m_mul=0.8": lambda s: s.CosineDecayRestarts(0.02, 8, m_mul=0.8),
}


@pytest.mark.parametrize("case", CASES)
def test_regression_losses_equal(case, upkeep, tmp_path, linear_data):
    x, y = linear_data
    optimizer, regularizer = CASES[case]
    keras.utils.set_random_seed(3)
    made = regularizer() if regularizer else None
    of_bias = None if case == "orthogonal" else made  # which is for matrices
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(10, activation="relu", kernel_regularizer=made, bias_regularizer=of_bias),
                              keras.layers.Dense(1)])
    model.compile(optimizer=optimizer(), loss="mse", metrics=["mae"])
    model.save(tmp_path / "start.h5")
    write_csv(tmp_path / "data.csv", x, y)
    theirs = model.fit(x, y, epochs=20, batch_size=32, shuffle=False, verbose=0).history
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.csv", "--target", "y", "--epochs", 20, "--batch-size", 32,
                       "--no-shuffle", "--seed", 1)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
    np.testing.assert_allclose(ours["mae"], theirs["mae"], rtol=1e-5)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_losses_equal_with_a_schedule(schedule, upkeep, tmp_path, linear_data):
    x, y = linear_data
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(10, activation="relu"), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    model.save(tmp_path / "start.h5")
    model.compile(optimizer=keras.optimizers.Adam(SCHEDULES[schedule](keras.optimizers.schedules)), loss="mse")
    write_csv(tmp_path / "data.csv", x, y)
    theirs = model.fit(x, y, epochs=20, batch_size=32, shuffle=False, verbose=0).history
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.csv", "--target", "y", "--epochs", 20, "--batch-size", 32,
                       "--no-shuffle", "--seed", 1, "--schedule", schedule)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)


@pytest.mark.parametrize("loss,activation", [("sparse_categorical_crossentropy", "softmax"), ("categorical_crossentropy", "softmax")])
def test_classification_losses_equal(loss, activation, upkeep, tmp_path):
    random = np.random.default_rng(5)
    x = random.normal(size=(120, 4)).astype("float32")
    labels = (x[:, 0] + x[:, 1] > 0).astype("int64") + (x[:, 2] > 0.5)
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(3, activation=activation)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss=loss, metrics=["accuracy"])
    model.save(tmp_path / "start.h5")
    y = labels if loss.startswith("sparse") else np.eye(3, dtype="float32")[labels]
    if loss.startswith("sparse"):
        write_csv(tmp_path / "data.csv", x, labels)
        target = "y"
    else:
        np.savez(tmp_path / "data.npz", **{f"x{i}": x[:, i] for i in range(4)}, a=y[:, 0], b=y[:, 1], c=y[:, 2])
        target = "a,b,c"
    data = next(tmp_path.glob("data.*"))
    theirs = model.fit(x, y, epochs=20, batch_size=32, shuffle=False, verbose=0).history
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", data, "--target", target, "--epochs", 20, "--batch-size", 32, "--no-shuffle",
                       "--seed", 1)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
    np.testing.assert_allclose(ours["accuracy"], theirs["accuracy"], rtol=1e-6)


def test_binary_losses_equal(upkeep, tmp_path):
    random = np.random.default_rng(6)
    x = random.normal(size=(96, 5)).astype("float32")
    y = (x[:, 0] - x[:, 3] > 0.2).astype("float32").reshape(-1, 1)
    keras.utils.set_random_seed(8)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(6, activation="gelu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.AdamW(0.02), loss="binary_crossentropy", metrics=["accuracy"])
    model.save(tmp_path / "start.h5")
    write_csv(tmp_path / "data.csv", x, y)
    theirs = model.fit(x, y, epochs=20, batch_size=32, shuffle=False, verbose=0).history
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.csv", "--target", "y", "--epochs", 20, "--batch-size", 32,
                       "--no-shuffle", "--seed", 1)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)


def conv_net(kind):
    layers = keras.layers
    if kind == "pictures":
        return [layers.Reshape((6, 6, 2)), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(2), layers.Conv2D(6, 2, strides=2, padding="same"),
                layers.LeakyReLU(), layers.Flatten(), layers.Dense(3)]
    if kind == "depthwise":
        return [layers.Reshape((6, 6, 2)), layers.SeparableConv2D(4, 3, depth_multiplier=2, activation="tanh"), layers.AveragePooling2D(2, padding="same"),
                layers.DepthwiseConv2D(2), layers.GlobalAveragePooling2D(), layers.Dense(3)]
    if kind == "steps":
        return [layers.Reshape((12, 6)), layers.Conv1D(5, 3, padding="causal", activation="relu", kernel_regularizer="l2"), layers.MaxPooling1D(2, padding="same"),
                layers.Conv1D(4, 2, dilation_rate=2), layers.GlobalMaxPooling1D(), layers.Dense(3)]
    return [layers.Reshape((3, 3, 8)), layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu"), layers.ZeroPadding2D(1), layers.Cropping2D(1),
            layers.UpSampling2D(2), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D(), layers.Dense(3)]


@pytest.mark.parametrize("kind", ["pictures", "depthwise", "steps", "upwards"])
def test_convolutional_losses_equal(kind, upkeep, tmp_path):
    random = np.random.default_rng(7)
    x = random.normal(size=(80, 72)).astype("float32")
    y = random.normal(size=(80, 3)).astype("float32")
    keras.utils.set_random_seed(9)
    model = keras.Sequential([keras.Input((72,)), *conv_net(kind)])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    model.save(tmp_path / "start.h5")
    np.savez(tmp_path / "data.npz", **{f"x{i}": x[:, i] for i in range(72)}, a=y[:, 0], b=y[:, 1], c=y[:, 2])
    theirs = model.fit(x, y, epochs=10, batch_size=16, shuffle=False, verbose=0).history  # 50 steps
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.npz", "--target", "a,b,c", "--epochs", 10, "--batch-size", 16, "--no-shuffle",
                       "--seed", 1)["history"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)


# --- layers with random numbers and moving statistics -----------------------------------------------------------------------------------------


def uniform_numbers(seed, name, step, count):
    """The numbers of a training step: Philox4x32-10 (Salmon et al. 2011), keyed by the seed, counted by (number, stream, step); the stream is the FNV-1a
    hash of the name. Of each word, the upper 24 bits."""
    stream = 0x811C9DC5
    for byte in name.encode():
        stream = (stream ^ byte) * 0x01000193 & 0xFFFFFFFF
    number = np.arange((count + 3) // 4, dtype=np.uint64)
    low = np.uint64(0xFFFFFFFF)
    counter = [number & low, number >> np.uint64(32), np.full_like(number, stream), np.full_like(number, step)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a, b = counter[0] * np.uint64(0xD2511F53), counter[2] * np.uint64(0xCD9E8D57)
        counter = [(b >> np.uint64(32)) ^ counter[1] ^ np.uint64(key[0]), b & low, (a >> np.uint64(32)) ^ counter[3] ^ np.uint64(key[1]), a & low]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    words = np.stack(counter, axis=1).reshape(-1)[:count]
    return ((words >> np.uint64(8)).astype("float32") * np.float32(2.0**-24)).astype("float32")


class FedDropout(keras.layers.Layer):
    """Dropout with masks from outside: one for each step of training."""

    def __init__(self, rate, masks, **config):
        super().__init__(**config)
        self.masks = keras.ops.convert_to_tensor(np.where(masks >= rate, np.float32(1 / (1 - rate)), np.float32(0)))
        self.step = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if not training:
            return x
        factors = keras.ops.take(self.masks, self.step, axis=0)
        self.step.assign_add(1)
        return x * factors


L = keras.layers
STEPS, BATCH = 50, 16


def convolution_net(dropout):
    return [L.Reshape((6, 6, 1)), L.Conv2D(4, 3, padding="same", use_bias=False), L.BatchNormalization(momentum=0.9), L.ReLU(), L.MaxPooling2D(),
            L.Conv2D(6, 3, use_bias=False), L.BatchNormalization(), L.Activation("tanh"), L.Flatten(), dropout((6,)), L.Dense(1)]


def dense_net(dropout):
    return [L.Dense(12, activation="relu"), L.BatchNormalization(momentum=0.8), dropout((12,)), L.Dense(8, activation="tanh"), L.LayerNormalization(), L.Dense(1)]


def recurrent_net(layer):
    return lambda dropout: [L.Reshape((9, 4)), layer(), dropout((5,)), L.Dense(1)]


NETS = {
    "dense": dense_net,
    "convolution": convolution_net,
    "lstm": recurrent_net(lambda: L.LSTM(5)),
    "gru": recurrent_net(lambda: L.GRU(5)),
    "gru-before": recurrent_net(lambda: L.GRU(5, reset_after=False)),
    "simple-rnn": recurrent_net(lambda: L.SimpleRNN(5)),
    "lstm-unrolled": recurrent_net(lambda: L.LSTM(5, activation="gelu")),
    "masked-bidirectional": lambda dropout: [L.Reshape((9, 4)), L.Masking(0.0), L.Bidirectional(L.LSTM(3), merge_mode="concat"), L.Dense(5), dropout((5,)), L.Dense(1)],
    "attention": lambda dropout: None,
}


def attention_net(dropout):
    x = keras.Input((36,), name="x")
    h = L.LayerNormalization()(L.Dense(6)(L.Reshape((9, 4))(x)))
    h = L.Add()([h, L.MultiHeadAttention(2, 3, use_bias=False)(h, h)])  # a bias of the keys would have no gradient but rounding
    return keras.Model(x, L.Dense(1)(dropout((6,))(L.GlobalAveragePooling1D()(L.RMSNormalization()(h)))))


def net(name, dropout):
    if name == "attention":
        return attention_net(dropout)
    return keras.Sequential([keras.Input((36,), name="x"), *NETS[name](dropout)])


@pytest.mark.parametrize("name", NETS)
def test_losses_of_layers_equal(name, upkeep, tmp_path):
    random = np.random.default_rng(9)
    rows = STEPS * BATCH // 5
    x = random.normal(size=(rows, 36)).astype("float32")
    x[: rows // 2, 12:16] = 0  # a step that is masked where zeros are
    y = (np.sin(x[:, :1]) + x[:, 5:6] * x[:, 20:21] + 0.1 * random.normal(size=(rows, 1))).astype("float32")
    keras.utils.set_random_seed(6)
    start = net(name, lambda shape: L.Dropout(0.25, name="dropout"))
    start.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
    start.save(tmp_path / "start.h5")

    def fed(shape):
        count = BATCH * int(np.prod(shape))
        return FedDropout(0.25, np.stack([uniform_numbers(1, "dropout/uniform", step, count).reshape(BATCH, *shape) for step in range(STEPS)]))

    model = net(name, fed)
    weights = iter(start.get_weights())
    for layer in model.layers:
        if not isinstance(layer, FedDropout):
            layer.set_weights([next(weights) for _ in layer.weights])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
    write_csv(tmp_path / "data.csv", x, y)
    theirs = model.fit(x, y, epochs=5, batch_size=BATCH, shuffle=False, verbose=0).history["loss"]
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.csv", "--target", "y", "--epochs", 5, "--batch-size", BATCH,
                       "--no-shuffle", "--seed", 1, "--output", tmp_path / "end.h5")["history"]["loss"]
    np.testing.assert_allclose(ours, theirs, rtol=2e-4)
    end = keras.models.load_model(tmp_path / "end.h5", compile=False)
    trained = [weight for layer in model.layers if not isinstance(layer, FedDropout) for weight in layer.get_weights()]
    for one, other in zip(end.get_weights(), trained, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4, rtol=1e-2)


def expect_equal_losses(model, x, y, upkeep, tmp_path):
    """Of ten epochs over sequences, from the model's weights on."""
    model.save(tmp_path / "start.h5")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    theirs = model.fit(x, y, epochs=10, batch_size=8, shuffle=False, verbose=0).history["loss"]
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", tmp_path / "data.npz", "--target", "y", "--features", "x", "--epochs", 10, "--batch-size",
                       8, "--no-shuffle", "--output", tmp_path / "end.h5")["history"]["loss"]
    np.testing.assert_allclose(ours, theirs, rtol=2e-4)


@pytest.mark.parametrize("loss", ["mse", "sparse_categorical_crossentropy"])
def test_masked_steps_do_not_count(loss, upkeep, tmp_path):
    random = np.random.default_rng(4)
    x = random.normal(size=(40, 6, 3)).astype("float32")
    for row, length in enumerate(random.integers(2, 7, size=40)):
        x[row, length:] = 0  # padding
    values = x.cumsum(axis=1).mean(axis=2, keepdims=True)
    y = values if loss == "mse" else (values > 0).astype("int64")
    keras.utils.set_random_seed(6)
    last = L.Dense(1) if loss == "mse" else L.Dense(2, activation="softmax")
    model = keras.Sequential([keras.Input((6, 3), name="x"), L.Masking(0.0), L.LSTM(5, return_sequences=True), L.Dropout(0.0), last])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    expect_equal_losses(model, x, y, upkeep, tmp_path)


@pytest.mark.parametrize("form", ["npz", "csv"])
def test_losses_of_a_model_of_several_inputs_equal(form, upkeep, tmp_path):
    random = np.random.default_rng(5)
    left, right = random.normal(size=(48, 3)).astype("float32"), random.normal(size=(48, 2)).astype("float32")
    y = (left[:, :1] * right[:, 1:] + right[:, :1]).astype("float32")
    keras.utils.set_random_seed(6)
    a, b = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    h = L.Concatenate()([L.Dense(4, activation="relu")(a), L.Dense(4, activation="tanh")(b)])
    model = keras.Model([a, b], L.Dense(1)(h))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    model.save(tmp_path / "start.h5")
    theirs = model.fit([left, right], y, epochs=10, batch_size=8, shuffle=False, verbose=0).history["loss"]
    if form == "npz":
        np.savez(tmp_path / "data.npz", left=left, right=right, y=y)
        features = []
    else:
        rows = np.hstack([left, right, y])
        (tmp_path / "data.csv").write_text("\n".join(["a,b,c,d,e,y", *(",".join(repr(float(v)) for v in row) for row in rows)]))
        features = ["--features", "left=a,left=b,left=c,right=d,right=e"]
    data = tmp_path / f"data.{form}"
    ours = upkeep.json("train", tmp_path / "start.h5", "--data", data, "--target", "y", *features, "--epochs", 10, "--batch-size", 8, "--no-shuffle",
                       "--output", tmp_path / "end.onnx")["history"]["loss"]
    np.testing.assert_allclose(ours, theirs, rtol=2e-4)
    upkeep("predict", tmp_path / "end.onnx", "--data", data, "--ignore", "y", "--output", tmp_path / "answers.npz")
    answers = np.load(tmp_path / "answers.npz")
    expected = np.ravel(model.predict([left, right], verbose=0))
    np.testing.assert_allclose(np.ravel(answers[answers.files[0]]), expected, atol=1e-4)
    measured = upkeep.json("evaluate", tmp_path / "end.onnx", "--data", data, "--metrics", "mse")["metrics"]["mse"]
    np.testing.assert_allclose(measured, np.square(expected - y.ravel()).mean(), rtol=1e-3)


def test_losses_of_labels_shorter_than_their_sequence_equal(upkeep, tmp_path):
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 8, 3)).astype("float32")
    y = np.where(np.arange(4)[None] < random.integers(1, 4, size=(40, 1)), random.integers(1, 5, size=(40, 4)), 0)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((8, 3), name="x"), L.LSTM(6, return_sequences=True), L.Dense(5)])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=keras.losses.CTC())
    expect_equal_losses(model, x, y, upkeep, tmp_path)


@pytest.mark.parametrize("optimizer", ["AdamW", "Ftrl", "SGD", "Lamb", "Adafactor", "Muon"])
def test_weights_without_a_gradient_are_those_of_keras(optimizer, upkeep, tmp_path, linear_data):
    """Of two heads the loss reads one: Keras neither decays nor moves the other."""
    x, y = linear_data
    keras.utils.set_random_seed(3)
    given = keras.Input((10,), name="x")
    trunk = keras.layers.Dense(4, name="trunk")(given)
    heads = [keras.layers.Dense(1, name=name, bias_initializer="ones")(trunk) for name in ("read", "unread")]
    model = keras.Model(given, heads)
    made = getattr(keras.optimizers, optimizer)(0.01, weight_decay=None if optimizer == "Ftrl" else 0.1)
    model.compile(optimizer=made, loss=["mse", None])
    model.save(tmp_path / "start.keras")
    write_csv(tmp_path / "data.csv", x, y)
    upkeep("train", tmp_path / "start.keras", "--data", tmp_path / "data.csv", "--target", "read=y", "--epochs", 2, "--batch-size", 32, "--no-shuffle",
           "--seed", 1, "--output", tmp_path / "ours.keras")
    model.fit(x, y, epochs=2, batch_size=32, shuffle=False, verbose=0)
    ours = keras.models.load_model(tmp_path / "ours.keras", compile=False)
    for mine, theirs in zip(ours.weights, model.weights, strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5, err_msg=theirs.path)


def test_values_of_one_layer_have_losses_of_their_own(upkeep, tmp_path):
    """The second and third value of an LSTM are outputs "lstm:1" and "lstm:2"."""
    keras.utils.set_random_seed(3)
    given = keras.Input((4, 2), name="x")
    model = keras.Model(given, keras.layers.LSTM(3, return_state=True, name="lstm")(given)[1:])
    model.compile(keras.optimizers.SGD(0.1), loss=["mse", "mae"])
    model.save(tmp_path / "k.keras")
    rng = np.random.default_rng(1)
    x, h, c = rng.normal(size=(8, 4, 2)).astype("float32"), *rng.normal(size=(2, 8, 3)).astype("float32")
    np.savez(tmp_path / "d.npz", x=x, h=h, c=c)
    theirs = model.fit(x, [h, c], epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"]
    ours = upkeep.json("train", tmp_path / "k.keras", "--data", tmp_path / "d.npz", "--features", "x", "--target", "lstm:1=h,lstm:2=c", "--loss",
                       "lstm:1=mse,lstm:2=mae", "--epochs", 3, "--batch-size", 8, "--no-shuffle", "--seed", 1)["history"]["loss"]
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
