"""Keras models made at random from the catalog: layers, functions between them, constants, shared and nested models, several inputs and outputs.

`make(seed)` gives the same model for the same seed. Values that layers made stand in a pool; each step draws a move that fits one of them, and puts
what it makes back. Sizes are small: what is looked for is what goes wrong in the writing, not in the numbers.
"""

import random

import keras
import numpy as np

L, O = keras.layers, keras.ops
MOVES = {}  # by rank, the batch included
ACTIVATIONS = ["relu", "tanh", "sigmoid", "elu", "selu", "gelu", "softplus", "softsign", "silu", "relu6", "hard_sigmoid", "leaky_relu", "mish", "exponential", "linear",
               "hard_silu", "log_sigmoid", "softmax"]
REGULARIZERS = [None, None, "l2", keras.regularizers.L1L2(0.01, 0.001)]


def move(*ranks, weight=1):
    def register(function):
        for rank in ranks:
            MOVES.setdefault(rank, []).extend([function] * weight)
        return function

    return register


class Builder:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.inputs, self.pool, self.feeds = [], [], []
        self.said = []
        self.noisy = False  # random in training

    def pick(self, *what):
        return self.random.choice(what)

    def chance(self, of):
        return self.random.random() < of

    def size(self, low=1, high=4):
        return self.random.randint(low, high)

    def floats(self, *shape):
        return self.numbers.normal(size=shape).astype(self.pick("float32", "float32", "float64"))

    def activation(self):
        return self.pick(*ACTIVATIONS[:-1]) if self.chance(0.6) else None

    def conv(self):
        return dict(filters=self.size(), padding=self.pick("same", "valid"), use_bias=self.chance(0.7), activation=self.activation(),
                    kernel_regularizer=self.pick(*REGULARIZERS))

    # --- inputs

    def add_input(self):
        rank = self.pick(2, 2, 3, 3, 4, 4, 5)
        if rank <= 3 and self.chance(0.25):
            return self.add_tokens(rank)
        shape = {2: (self.size(2, 6),), 3: (self.size(3, 6), self.size(2, 4)), 4: (self.size(4, 7), self.size(4, 7), self.size(1, 3)),
                 5: (self.size(3, 4), self.size(3, 4), self.size(3, 4), self.size(1, 2))}[rank]
        x = keras.Input(shape, name=f"in_{len(self.inputs)}")
        self.inputs.append(x)
        self.feeds.append(lambda rows, shape=shape: self.numbers.normal(size=(rows, *shape)).astype("float32"))
        self.pool.append(x)

    def add_tokens(self, rank):
        steps = self.size(3, 6)
        x = keras.Input((steps,), dtype="int32", name=f"in_{len(self.inputs)}")
        self.inputs.append(x)
        self.feeds.append(lambda rows: self.numbers.integers(1, 9, size=(rows, steps)).astype("int32"))
        self.pool.append(L.Embedding(9, self.size(2, 4))(x))

    # --- steps

    def step(self):
        x = self.random.choice(self.pool[-4:] if self.chance(0.7) else self.pool)
        move = self.random.choice(MOVES[len(x.shape)])
        made = move(self, x)
        if made is None:
            return
        self.said.append(move.__name__)
        for one in made if isinstance(made, (list, tuple)) else [made]:
            if 2 <= len(one.shape) <= 5 and None not in one.shape[1:] and np.prod(one.shape[1:]) <= 400:
                self.pool.append(one)

    def same_shape(self, x):
        return [y for y in self.pool if y is not x and y.shape == x.shape]


# --- layers of any rank ------------------------------------------------------------------------------------------------------------------------------


@move(2, 3, 4, weight=2)
def dense(b, x):
    return L.Dense(b.size(), activation=b.activation(), use_bias=b.chance(0.7), kernel_regularizer=b.pick(*REGULARIZERS),
                   kernel_constraint=b.pick(None, None, "max_norm", "non_neg"), bias_initializer=b.pick("zeros", "ones", keras.initializers.RandomNormal(stddev=0.3)))(x)


@move(2, 3, 4, 5)
def activation(b, x):
    layers = [L.Activation(b.pick(*ACTIVATIONS)), L.ReLU(max_value=b.pick(None, 1.5), negative_slope=b.pick(0.0, 0.2), threshold=b.pick(0.0, 0.1)),
              L.LeakyReLU(b.pick(0.1, 0.3)), L.ELU(b.pick(1.0, 0.5)), L.Softmax(axis=b.pick(-1, 1)), L.PReLU()]
    return b.pick(*layers)(x)


@move(2, 3, 4, 5)
def normalization(b, x):
    axis = len(x.shape) - 1
    layers = [L.BatchNormalization(momentum=b.pick(0.9, 0.99), center=b.chance(0.8), scale=b.chance(0.8), axis=b.pick(-1, -1, 1)),
              L.LayerNormalization(axis=b.pick(-1, -1, axis, [1, axis] if axis > 1 else -1), center=b.chance(0.8), scale=b.chance(0.8)),
              L.UnitNormalization(axis=-1), L.RMSNormalization()]
    if axis > 1:
        layers.append(L.GroupNormalization(groups=b.pick(1, -1, x.shape[-1])))
    return b.pick(*layers)(x)


@move(2, 3, 4)
def noise(b, x):
    rate = b.pick(0.0, 0.0, 0.3)
    b.noisy = b.noisy or rate > 0
    return b.pick(L.Dropout, L.GaussianNoise, L.GaussianDropout, L.AlphaDropout)(rate)(x)


@move(2, 3, 4, 5)
def plain(b, x):
    return b.pick(L.Rescaling(b.pick(0.5, 2.0), offset=b.pick(0.0, -0.25)), L.Identity(), L.ActivityRegularization(l2=0.01))(x)


@move(3, 4, 5)
def flat(b, x):
    return L.Flatten()(x)


@move(2, 3, 4)
def reshape(b, x):
    sizes = list(x.shape[1:])
    b.random.shuffle(sizes)
    return L.Reshape(b.pick(tuple(sizes), (-1,), (sizes[0], -1), (1, *sizes) if len(sizes) < 3 else tuple(sizes)))(x)


@move(3, 4, 5)
def permute(b, x):
    order = list(range(1, len(x.shape)))
    b.random.shuffle(order)
    return L.Permute(order)(x)


@move(2, 3, 4, 5, weight=2)
def merge(b, x):
    others = b.same_shape(x)
    kind = b.pick(L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Subtract, L.Concatenate, L.Concatenate)
    if kind is L.Concatenate:
        other = b.pick(*others) if others and b.chance(0.5) else L.Activation("tanh")(x)
        return L.Concatenate(axis=b.pick(-1, 1))([x, other])
    if not others:
        return kind()([x, L.Activation("sigmoid")(x)])
    several = [x, b.pick(*others)] + ([b.pick(*others)] if kind is not L.Subtract and b.chance(0.3) else [])
    return kind()(several)


@move(2, 3, 4, 5)
def broadcast(b, x):
    shape = tuple(1 if b.chance(0.5) else size for size in x.shape[1:])
    other = L.Reshape(shape)(L.Dense(int(np.prod(shape)))(L.Flatten()(x)))
    return b.pick(L.Add, L.Multiply, L.Maximum)()([x, other])


@move(2, 3, 4)
def twice(b, x):
    """A layer that is used twice."""
    layer = L.Dense(x.shape[-1], activation="tanh")
    return layer(layer(x))


@move(2, 3, 4)
def nested(b, x):
    """A model inside, perhaps used twice."""
    shape = x.shape[1:]
    if b.chance(0.5):
        inner = keras.Sequential([keras.Input(shape), L.Dense(3, activation=b.activation()), L.Dense(shape[-1])])
    else:
        i = keras.Input(shape)
        h = L.Dense(shape[-1], activation="relu")(i)
        inner = keras.Model(i, b.pick(L.Add()([i, h]), O.multiply(h, 2.0), [L.Add()([i, h]), L.Dense(2)(h)]))
    made = inner(x)
    if b.chance(0.3) and not isinstance(made, (list, tuple)):
        made = inner(made)
    return made


# --- features ----------------------------------------------------------------------------------------------------------------------------------------


@move(2)
def repeat_vector(b, x):
    return L.RepeatVector(b.size(2, 4))(x)


@move(2)
def discretized(b, x):
    return L.Dense(2)(O.cast(L.Discretization(bin_boundaries=[-0.7, 0.1, 0.9])(x), "float32"))


@move(2)
def dot(b, x):
    return L.Dot(axes=1, normalize=b.chance(0.3))([x, L.Dense(x.shape[-1])(x)])


@move(2, 3)
def einsum_dense(b, x):
    n = b.size(2, 3)
    return (L.EinsumDense("ab,bc->ac", output_shape=n, bias_axes=b.pick(None, "c"), activation=b.activation()) if len(x.shape) == 2 else
            L.EinsumDense("abc,cd->abd", output_shape=(None, n), bias_axes=b.pick(None, "d"), activation=b.activation()))(x)


# --- sequences ---------------------------------------------------------------------------------------------------------------------------------------


def pooled(b, x):
    return min(x.shape[1:-1]) >= 2


@move(3, 4, 5, weight=2)
def convolution(b, x):
    rank = len(x.shape) - 2
    kind = b.pick(*{1: [L.Conv1D, L.Conv1D, L.SeparableConv1D, L.Conv1DTranspose, L.DepthwiseConv1D],
                    2: [L.Conv2D, L.Conv2D, L.SeparableConv2D, L.Conv2DTranspose, L.DepthwiseConv2D], 3: [L.Conv3D, L.Conv3DTranspose]}[rank])
    settings = b.conv()
    kernel = tuple(b.size(1, min(3, size)) for size in x.shape[1:-1])
    if rank == 1:
        kernel = kernel[0]
    strides = b.pick(1, 1, 2)
    if kind in (L.DepthwiseConv1D, L.DepthwiseConv2D):
        settings.pop("filters"), settings.pop("kernel_regularizer")
        return kind(kernel, strides=strides, depth_multiplier=b.size(1, 2), **settings)(x)
    if kind in (L.SeparableConv1D, L.SeparableConv2D):
        settings.pop("kernel_regularizer")
        return kind(kernel_size=kernel, strides=strides, depth_multiplier=b.size(1, 2), **settings)(x)
    if kind is L.Conv1D and b.chance(0.3):
        settings["padding"] = "causal"
    if kind in (L.Conv1D, L.Conv2D) and strides == 1 and b.chance(0.3) and min(x.shape[1:-1]) > 4:
        settings["dilation_rate"] = 2
    return kind(kernel_size=kernel, strides=strides, **settings)(x)


@move(3, 4, 5)
def pool(b, x):
    rank = len(x.shape) - 2
    if min(x.shape[1:-1]) < 2:
        return None
    kind = b.pick(*{1: [L.MaxPooling1D, L.AveragePooling1D], 2: [L.MaxPooling2D, L.AveragePooling2D], 3: [L.MaxPooling3D, L.AveragePooling3D]}[rank])
    return kind(b.pick(2, min(3, *x.shape[1:-1])), strides=b.pick(None, 1, 2), padding=b.pick("same", "valid"))(x)


@move(3, 4, 5)
def global_pool(b, x):
    rank = len(x.shape) - 2
    kind = b.pick(*{1: [L.GlobalMaxPooling1D, L.GlobalAveragePooling1D], 2: [L.GlobalMaxPooling2D, L.GlobalAveragePooling2D],
                    3: [L.GlobalMaxPooling3D, L.GlobalAveragePooling3D]}[rank])
    return kind(keepdims=b.chance(0.3))(x)


@move(3, 4, 5)
def resized(b, x):
    rank = len(x.shape) - 2
    if rank == 1:
        return b.pick(L.UpSampling1D(2), L.ZeroPadding1D(b.pick(1, (0, 2))), L.Cropping1D(b.pick((0, 1), (1, 0))) if x.shape[1] > 2 else L.ZeroPadding1D(1))(x)
    if rank == 2:
        return b.pick(L.UpSampling2D(2, interpolation=b.pick("nearest", "bilinear")), L.ZeroPadding2D(b.pick(1, ((1, 0), (0, 2)))), L.SpatialDropout2D(0.0),
                      L.Cropping2D(((0, 1), (1, 0))) if min(x.shape[1:3]) > 2 else L.ZeroPadding2D(1), L.Resizing(5, 4, interpolation=b.pick("nearest", "bilinear")),
                      L.CenterCrop(*(max(1, size - 1) for size in x.shape[1:3])))(x)
    return b.pick(L.UpSampling3D(2), L.ZeroPadding3D(1), L.Cropping3D(((0, 1), (1, 0), (0, 0))) if min(x.shape[1:4]) > 2 else L.ZeroPadding3D(1))(x)


@move(3, weight=3)
def recurrent(b, x):
    kind = b.pick(L.LSTM, L.GRU, L.SimpleRNN)
    settings = dict(return_sequences=b.chance(0.6), use_bias=b.chance(0.8), activation=b.pick("tanh", "relu", "sigmoid"))
    units = b.size(1, 3)
    if kind is L.GRU:
        settings["reset_after"] = b.chance(0.6)
    choice = b.random.random()
    if choice < 0.3:
        return L.Bidirectional(kind(units, **settings), merge_mode=b.pick("concat", "sum", "mul", "ave"))(x)
    if choice < 0.45:
        cells = [b.pick(L.LSTMCell, L.GRUCell, L.SimpleRNNCell)(b.size(1, 3)) for _ in range(b.size(1, 2))]
        return L.RNN(cells if len(cells) > 1 else cells[0], return_sequences=settings["return_sequences"])(x)
    return kind(units, go_backwards=b.chance(0.2), **settings)(x)


@move(3)
def states(b, x):
    units = b.size(1, 3)
    out, *last = b.pick(L.LSTM, L.GRU)(units, return_state=True, return_sequences=b.chance(0.5))(x)
    return [out, *last]


@move(3)
def masked(b, x):
    return b.pick(L.LSTM(2), L.GRU(2, return_sequences=True), L.Bidirectional(L.SimpleRNN(2)))(L.Masking(0.0)(x))


@move(3)
def attention(b, x):
    other = L.Dense(x.shape[-1])(x)
    if b.chance(0.15):
        return L.GroupQueryAttention(b.size(1, 3), b.pick(2, 4), b.pick(1, 2))(x, other)
    if b.chance(0.5):
        return L.MultiHeadAttention(b.size(1, 2), b.size(1, 3), use_bias=b.chance(0.7), value_dim=b.pick(None, 2))(x, b.pick(x, other))
    return b.pick(L.Attention(use_scale=b.chance(0.5)), L.AdditiveAttention(use_scale=b.chance(0.5)))([x, other])


@move(3, 4)
def each_step(b, x):
    inner = L.Dense(2, activation=b.activation()) if len(x.shape) == 3 else b.pick(L.Conv1D(2, 1), L.LSTM(2), L.Flatten(), L.Dense(2), L.GlobalMaxPooling1D())
    return L.TimeDistributed(inner)(x)


@move(5)
def conv_lstm(b, x):
    return L.ConvLSTM2D(b.size(1, 2), b.pick(1, 2), padding=b.pick("same", "valid"), return_sequences=b.chance(0.5))(x)


@move(2)
def gathered(b, x):
    """Words found by their numbers, in the middle of a model."""
    which = O.cast(O.argmax(x, axis=-1), "int32")
    return b.pick(lambda: L.Embedding(x.shape[-1], 3)(which), lambda: O.one_hot(which, x.shape[-1]), lambda: L.CategoryEncoding(x.shape[-1], output_mode="one_hot")(which))()


# --- functions ---------------------------------------------------------------------------------------------------------------------------------------


@move(2, 3)
def powers(b, x):
    return b.pick(lambda: O.power(O.add(O.abs(x), 0.3), b.pick(2, 0.5, 1.5)), lambda: O.mod(x, 1.7), lambda: O.square(x) / (O.absolute(x) + 1.5),
                  lambda: O.multiply(O.cast(O.logical_and(O.greater(x, -0.4), O.less(x, 0.6)), "float32"), 2.0), lambda: 1.0 - x, lambda: -x)()


def constant(b, x):
    """What stands beside a value: a number, or an array that is spread over it."""
    choice = b.random.random()
    if choice < 0.35:
        return b.pick(2, 0.5, -1.25, np.float32(0.3), np.int64(3))
    shape = tuple(1 if b.chance(0.4) else size for size in x.shape[1:])[b.pick(0, 0, len(x.shape) - 2):]
    if choice < 0.5:
        return b.numbers.integers(1, 4, size=shape).astype(b.pick("int32", "int64"))
    if choice < 0.6:
        return O.convert_to_tensor(b.numbers.normal(size=shape).astype("float32"))
    return b.floats(*shape)


@move(2, 3, 4, 5, weight=3)
def arithmetic(b, x):
    other = constant(b, x) if b.chance(0.7) or not b.same_shape(x) else b.pick(*b.same_shape(x))
    function = b.pick(O.add, O.subtract, O.multiply, O.maximum, O.minimum, O.divide)
    if function is O.divide:
        return O.divide(x, O.add(O.abs(other), 1.0)) if keras.backend.is_keras_tensor(other) else O.divide(x, np.abs(np.asarray(other)).astype("float32") + 1)
    made = function(x, other) if b.chance(0.7) else function(other, x)
    return O.cast(made, "float32") if made.dtype != "float32" else made


@move(2, 3, 4, 5, weight=2)
def elementwise(b, x):
    function = b.pick(O.abs, O.square, O.exp, O.log1p, O.sqrt, O.sin, O.cos, O.arctan, O.erf, O.negative, O.sign, O.tanh, O.sigmoid, O.relu, O.softplus, O.silu, O.gelu,
                      O.elu, O.leaky_relu, O.rsqrt, O.expm1, O.reciprocal, O.floor, O.round, O.relu6, O.selu, O.log)
    if function in (O.exp, O.expm1):
        return function(O.tanh(x))
    if function in (O.sqrt, O.log1p, O.rsqrt, O.reciprocal, O.log):
        return function(O.add(O.abs(x), 0.5))
    return function(x)


@move(2, 3, 4, 5, weight=2)
def reduced(b, x):
    axes = list(range(1, len(x.shape)))
    axis = b.pick(-1, b.pick(*axes), tuple(b.random.sample(axes, 2)) if len(axes) > 1 else -1)
    if len(x.shape) == 2:
        return b.pick(O.mean, O.sum, O.max)(x, axis=-1, keepdims=True)
    return b.pick(O.mean, O.sum, O.max, O.min, O.var, O.std, O.logsumexp, O.prod)(x, axis=axis, keepdims=b.chance(0.4))


@move(2, 3, 4, 5, weight=2)
def chosen(b, x):
    condition = b.pick(O.greater, O.less_equal, O.not_equal)(x, b.pick(0.2, 0, constant(b, x)))
    choice = b.random.random()
    if choice < 0.3:
        return O.multiply(O.cast(condition, "float32"), x)
    if choice < 0.6:
        return O.where(condition, x, b.pick(0.0, -1.0, O.negative(x)))
    if choice < 0.8:
        return O.where(O.logical_or(condition, O.greater(x, 1.0)), b.pick(1.0, O.tanh(x)), x)
    return O.clip(x, -0.8, b.pick(0.7, 1))


@move(2, 3, 4, 5, weight=2)
def indexed(b, x):
    last = x.shape[-1]
    if len(x.shape) == 2:
        return b.pick(lambda: x[:, ::-1], lambda: x[:, : max(1, last - 1)], lambda: x[:, None], lambda: x[..., -1:])()
    return b.pick(lambda: x[:, 0], lambda: x[:, -1], lambda: x[:, ::2], lambda: x[..., : max(1, last - 1)], lambda: x[:, 1 - x.shape[1]:] if x.shape[1] > 1 else x[:, :1],
                  lambda: x[:, :, 0], lambda: O.take(x, np.array([0, x.shape[1] - 1]), axis=1), lambda: O.take(x, [0], axis=-1))()


@move(2, 3, 4, weight=2)
def shaped(b, x):
    rank = len(x.shape)
    order = [0, *b.random.sample(range(1, rank), rank - 1)]
    return b.pick(lambda: O.expand_dims(x, b.pick(1, -1)), lambda: O.transpose(x, order), lambda: O.flip(x, axis=b.pick(1, -1)),
                  lambda: O.repeat(x, 2, axis=1), lambda: O.tile(x, [1] * (rank - 1) + [2]), lambda: O.reshape(x, (-1, int(np.prod(x.shape[1:])))),
                  lambda: O.swapaxes(x, 1, -1), lambda: O.pad(x, [[0, 0]] + [[1, 0]] * (rank - 1)), lambda: O.squeeze(O.expand_dims(x, 1), 1),
                  lambda: O.moveaxis(x, 1, -1))()


@move(2, 3, 4, weight=2)
def joined(b, x):
    return b.pick(lambda: O.concatenate([x, O.tanh(x)], axis=b.pick(1, -1)), lambda: O.stack([x, O.sigmoid(x)], axis=b.pick(1, -1)),
                  lambda: O.split(O.concatenate([x, x], axis=-1), 2, axis=-1)[0], lambda: O.unstack(x, axis=1)[0] if len(x.shape) > 2 else x + 1)()


@move(3)
def products(b, x):
    return b.pick(lambda: O.matmul(x, O.transpose(x, [0, 2, 1])), lambda: O.einsum("btc,bsc->bts", x, x), lambda: O.matmul(x, b.floats(x.shape[-1], 2).astype("float32")),
                  lambda: O.softmax(x, axis=b.pick(-1, 1)))()


# --- whole models ------------------------------------------------------------------------------------------------------------------------------------


def randomise(model, numbers):
    for layer in model._flatten_layers(include_self=False):
        for weight in layer.weights if not isinstance(layer, keras.Model) else []:
            if not weight.dtype.startswith("float"):
                continue
            values = numbers.normal(size=weight.shape) * 0.4
            weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)


def make(seed):
    """Model, what feeds it (a function of rows), the moves it was made by, and whether training it draws random numbers."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    b = Builder(seed)
    for _ in range(b.pick(1, 1, 2, 3)):
        b.add_input()
    for _ in range(b.size(2, 8)):
        b.step()
    made = [x for x in b.pool if x not in b.inputs and x.dtype == "float32"] or [L.Dense(2)(L.Flatten()(b.pool[0]))]
    outputs = b.random.sample(made[-5:], min(len(made[-5:]), b.pick(1, 1, 2, 3)))
    if made[-1] is not outputs[0] and made[-1] not in outputs:
        outputs[0] = made[-1]
    used = keras.Model(b.inputs, outputs) if len(b.inputs) > 1 or len(outputs) > 1 else keras.Model(b.inputs[0], outputs[0])
    randomise(used, b.numbers)
    for layer in used.layers:
        if not isinstance(layer, keras.Model) and b.chance(0.08):
            layer.trainable = False
    return used, lambda rows: [feed(rows) for feed in b.feeds], b.said, b.noisy
