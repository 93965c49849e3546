"""Every layer with many settings: Keras's model goes through a file to upkeep, to an ONNX graph that ONNX Runtime runs, and back to Keras.

A family of layers is one model with one output per case, so that a file is read and a session started once per family. To add layers, add a family
to FAMILIES: a name, and a function from the inputs below to a list of (what the case is, its Keras tensor).
"""

import json

import numpy as np
import pytest

keras = pytest.importorskip("keras")
ort = pytest.importorskip("onnxruntime")
L = keras.layers

ROWS = 3
INPUTS = {"vector": (6,), "steps": (7, 4), "image": (8, 9, 4), "volume": (5, 6, 4, 4), "small": (5, 4, 2)}
FAMILIES = {}


def family(make):
    FAMILIES[make.__name__] = make
    return make


def each(layer, x, *settings, **common):
    """One case per dict of settings."""
    return [(f"{layer.__name__} {one}", layer(**common, **one)(x)) for one in settings]


WINDOWS = [dict(), dict(padding="same"), dict(strides=2), dict(strides=2, padding="same"), dict(strides=3, padding="same"), dict(dilation_rate=2),
           dict(dilation_rate=2, padding="same"), dict(use_bias=False), dict(activation="relu"), dict(activation="softmax"),
           dict(padding="same", activation="gelu", kernel_initializer="he_normal", bias_initializer="ones")]


@family
def conv1d(steps, **_):
    return each(L.Conv1D, steps, *WINDOWS, dict(groups=2), dict(padding="causal"), dict(padding="causal", dilation_rate=2), dict(padding="causal", strides=2),
                filters=6, kernel_size=3) + each(L.Conv1D, steps, dict(strides=3, padding="same"), dict(padding="same"), filters=2, kernel_size=2)


@family
def conv2d(image, **_):
    cases = each(L.Conv2D, image, *WINDOWS, dict(groups=2), dict(strides=(1, 2), padding="same"), dict(dilation_rate=(2, 1)), dict(groups=4, padding="same"),
                 filters=8, kernel_size=3)
    return cases + each(L.Conv2D, image, dict(kernel_size=(2, 4), padding="same"), dict(kernel_size=(5, 1)), dict(kernel_size=1, strides=3, padding="same"),
                        dict(kernel_size=4, strides=3, padding="same"), dict(kernel_size=(8, 9)), filters=3)


@family
def conv3d(volume, **_):
    return each(L.Conv3D, volume, *[one for one in WINDOWS if "dilation_rate" not in one], dict(strides=(1, 2, 3), padding="same"), filters=3, kernel_size=(3, 2, 3))


@family
def conv_transpose(steps, image, small, volume, **_):
    plain = [dict(), dict(padding="same"), dict(strides=2), dict(strides=2, padding="same"), dict(strides=3, output_padding=1),
             dict(strides=3, output_padding=2, padding="same"), dict(strides=4, padding="same"), dict(strides=4), dict(use_bias=False, activation="tanh")]
    cases = each(L.Conv1DTranspose, steps, *plain, filters=3, kernel_size=3) + each(L.Conv2DTranspose, image, *plain, filters=3, kernel_size=3)
    cases += each(L.Conv2DTranspose, small, dict(kernel_size=(2, 4), strides=(2, 1), padding="same"), dict(kernel_size=4, strides=2, padding="same"),
                  dict(kernel_size=5, strides=2, output_padding=(0, 1), padding="same"), filters=2)
    return cases + each(L.Conv3DTranspose, volume, dict(), dict(strides=2, padding="same"), filters=2, kernel_size=2)


@family
def depthwise(steps, image, **_):
    plain = [dict(), dict(depth_multiplier=2), dict(strides=2, padding="same"), dict(dilation_rate=2, padding="same"), dict(strides=2, dilation_rate=2),
             dict(strides=2, dilation_rate=2, padding="same"), dict(use_bias=False, activation="relu", depth_multiplier=3)]
    return each(L.DepthwiseConv1D, steps, *plain, kernel_size=3) + each(L.DepthwiseConv2D, image, *plain, kernel_size=3)


@family
def separable(steps, image, **_):
    plain = [dict(), dict(depth_multiplier=2, padding="same"), dict(strides=2, padding="same"), dict(dilation_rate=2), dict(use_bias=False, activation="elu")]
    return each(L.SeparableConv1D, steps, *plain, filters=5, kernel_size=3) + each(L.SeparableConv2D, image, *plain, filters=5, kernel_size=3)


@family
def pooling(steps, image, volume, **_):
    cases = []
    for kind in ("Max", "Average"):
        for axes, x in ((1, steps), (2, image), (3, volume)):
            cases += each(getattr(L, f"{kind}Pooling{axes}D"), x, dict(pool_size=2), dict(pool_size=2, padding="same"), dict(pool_size=3, strides=2, padding="same"),
                          dict(pool_size=3, strides=1), dict(pool_size=4, strides=3, padding="same"))
        cases += each(getattr(L, f"{kind}Pooling2D"), image, dict(pool_size=(1, 4)), dict(pool_size=(3, 2), strides=(2, 3), padding="same"))
    return cases


@family
def global_pooling(steps, image, volume, **_):
    return [case for kind in ("Max", "Average") for axes, x in ((1, steps), (2, image), (3, volume))
            for case in each(getattr(L, f"Global{kind}Pooling{axes}D"), x, dict(), dict(keepdims=True))]


@family
def adaptive_pooling(steps, image, volume, **_):
    cases = []
    for kind in ("Max", "Average"):
        cases += each(getattr(L, f"Adaptive{kind}Pooling1D"), steps, dict(output_size=1), dict(output_size=3), dict(output_size=5))
        cases += each(getattr(L, f"Adaptive{kind}Pooling2D"), image, dict(output_size=2), dict(output_size=(3, 5)), dict(output_size=(7, 4)))
        cases += each(getattr(L, f"Adaptive{kind}Pooling3D"), volume, dict(output_size=(2, 4, 3)))
    return cases


@family
def padding_and_cropping(steps, image, volume, **_):
    cases = each(L.ZeroPadding1D, steps, dict(), dict(padding=2), dict(padding=(0, 3))) + each(L.Cropping1D, steps, dict(), dict(cropping=(0, 2)), dict(cropping=3))
    cases += each(L.ZeroPadding2D, image, dict(), dict(padding=(1, 2)), dict(padding=((0, 1), (2, 3))))
    cases += each(L.Cropping2D, image, dict(), dict(cropping=2), dict(cropping=((0, 3), (4, 0))))
    cases += each(L.ZeroPadding3D, volume, dict(), dict(padding=(0, 1, 2)), dict(padding=((1, 0), (0, 2), (1, 1))))
    return cases + each(L.Cropping3D, volume, dict(), dict(cropping=(2, 0, 1)), dict(cropping=((0, 1), (2, 3), (1, 0))))


@family
def up_sampling(steps, image, small, volume, **_):
    cases = each(L.UpSampling1D, steps, dict(), dict(size=3)) + each(L.UpSampling3D, volume, dict(), dict(size=(1, 2, 3)))
    for interpolation in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"):
        cases += each(L.UpSampling2D, image, dict(), dict(size=(3, 1)), interpolation=interpolation)
        cases += each(L.UpSampling2D, small, dict(size=(2, 5)), interpolation=interpolation)
    return cases


@family
def resizing(image, small, **_):
    cases = []
    for interpolation in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"):
        for x in (image, small):
            cases += each(L.Resizing, x, dict(height=5, width=6), dict(height=11, width=3, antialias=interpolation != "nearest"), interpolation=interpolation)
    return cases + each(L.Resizing, image, dict(crop_to_aspect_ratio=True), dict(pad_to_aspect_ratio=True, fill_value=0.5), height=4, width=6)


@family
def shapes(vector, steps, image, **_):
    return (each(L.Reshape, vector, dict(target_shape=(2, 3)), dict(target_shape=(3, -1, 1))) + each(L.Reshape, image, dict(target_shape=(-1, 12))) +
            each(L.Permute, steps, dict(dims=(2, 1))) + each(L.Permute, image, dict(dims=(3, 1, 2)), dict(dims=(2, 1, 3))) +
            each(L.RepeatVector, vector, dict(n=1), dict(n=4)) + each(L.Flatten, image, dict()))


@family
def merging(vector, steps, image, **_):
    cases = []
    for x in (vector, steps, image):
        other = L.Rescaling(-1.5, 0.25)(x)
        third = L.Activation("tanh")(x)
        for layer in (L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum):
            cases += [(f"{layer.__name__} of {n}", layer()([x, other, third][:n])) for n in (2, 3)]
        cases += [("Subtract", L.Subtract()([x, other])), ("Concatenate", L.Concatenate()([x, other, third])), ("Concatenate axis 1", L.Concatenate(axis=1)([x, other]))]
    top = L.GlobalMaxPooling2D(keepdims=True)(image)
    cases += [("Multiply by one number per channel", L.Multiply()([image, top])), ("Add of fewer axes", L.Add()([steps, L.GlobalMaxPooling1D()(steps)]))]
    b = L.Dense(6)(steps)
    for normalize in (False, True):
        cases += [("Dot of vectors", L.Dot(1, normalize=normalize)([vector, L.Activation("tanh")(vector)])), ("Dot axes 1", L.Dot(1, normalize=normalize)([steps, b])),
                  ("Dot axes (2, 1)", L.Dot((2, 1), normalize=normalize)([b, vector])), ("Dot axes -1", L.Dot(-1, normalize=normalize)([L.Dense(9)(steps), L.Permute((1, 3, 2))(image)]))]
    return cases


@family
def networks(image, steps, **_):
    """Layers in rows, where no transpositions stand between them."""
    x = L.Conv2D(6, 3, padding="same", activation="relu")(image)
    side = L.Conv2D(6, 1, strides=2, padding="same")(x)
    y = L.DepthwiseConv2D(3, strides=2, padding="same")(x)
    y = L.Conv2D(6, 1)(L.LeakyReLU()(y))
    y = L.Add()([y, side])
    y = L.Multiply()([y, L.Dense(6, activation="sigmoid")(L.Reshape((1, 1, 6))(L.GlobalAveragePooling2D()(y)))])
    y = L.UpSampling2D()(L.Dropout(0.3)(y))
    y = L.Concatenate()([L.Cropping2D(((0, 0), (1, 0)))(y), x])
    z = L.ReLU(6.0)(L.Conv2D(4, 3)(L.ZeroPadding2D(1)(y)))
    z = L.Softmax(axis=-1)(z)
    s = L.Conv1D(5, 3, padding="causal", activation="swish")(steps)
    s = L.MaxPooling1D(2, padding="same")(L.Conv1D(5, 3, padding="same", dilation_rate=2)(s))
    return [("pictures", z), ("row", L.Dense(3)(L.Flatten()(L.AveragePooling2D(3, padding="same")(z)))), ("steps", s), ("end", L.GlobalAveragePooling1D()(s))]


def numbers(shape, seed):
    return np.random.default_rng(seed).normal(size=(ROWS, *shape)).astype("float32")


def run_onnx(file, given):
    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    if isinstance(given, np.ndarray):  # the only input
        given = {session.get_inputs()[0].name: given}
    wanted = [one.name for one in session.get_outputs()]
    return dict(zip(wanted, session.run(wanted, {one.name: given[one.name] for one in session.get_inputs()}), strict=True))


def model_of(name):
    """The family's model: its outputs are the layers that its cases end in."""
    keras.utils.set_random_seed(11)
    keras.backend.clear_session()
    inputs = {key: keras.Input(shape, name=key) for key, shape in INPUTS.items()}
    cases = FAMILIES[name](**inputs)
    used = [one for key, one in inputs.items() if key in FAMILIES[name].__code__.co_varnames[:FAMILIES[name].__code__.co_argcount]]
    model = keras.Model(used, [tensor for _, tensor in cases], name=name)
    for layer in model.layers:  # biases and moving statistics start as constants, which hide mistakes
        layer.set_weights([value + 0.1 * np.random.default_rng(5).normal(size=value.shape).astype("float32") for value in layer.get_weights()])
    return model, [what for what, _ in cases]


def compare(ours, theirs, what):
    scale = max(1.0, float(np.abs(theirs).max(initial=0)))
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, Keras has {theirs.shape}"
    np.testing.assert_allclose(ours, theirs, atol=1e-5 * scale, rtol=1e-5, err_msg=what)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("name", FAMILIES)
def test_layers_answer_as_keras_does(name, suffix, upkeep, tmp_path):
    model, cases = model_of(name)
    given = {one.name: numbers(INPUTS[one.name], 3) for one in model.inputs}
    expected = [np.asarray(one) for one in model([given[one.name] for one in model.inputs], training=False)]
    model.save(tmp_path / f"k{suffix}")
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / "k.onnx")
    answers = run_onnx(tmp_path / "k.onnx", given)
    assert len(answers) == len(cases), "a layer is the output of one case"
    for what, ours, theirs in zip(cases, answers.values(), expected, strict=True):
        compare(ours, theirs, what)
    # and back
    upkeep("convert", tmp_path / "k.onnx", tmp_path / f"back{suffix}")
    back = keras.models.load_model(tmp_path / f"back{suffix}", compile=False)
    for what, ours, theirs in zip(cases, back([given[one.name] for one in back.inputs], training=False), expected, strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs, atol=1e-6, rtol=1e-6, err_msg=what)
    # The JSON of the architecture is the same model.
    (tmp_path / "k.json").write_text(model.to_json())
    layers = [layer["name"] for layer in upkeep.json("inspect", tmp_path / "k.json")["layers"]]
    assert sorted(layers) == sorted(layer.name for layer in model.layers)


def lenet():
    return keras.Sequential([keras.Input((28, 28, 1)), L.Conv2D(6, 5, padding="same", activation="tanh"), L.AveragePooling2D(2), L.Conv2D(16, 5, activation="tanh"),
                             L.AveragePooling2D(2), L.Flatten(), L.Dense(120, activation="tanh"), L.Dense(84, activation="tanh"), L.Dense(10, activation="softmax")])


def mobilenet():
    """The blocks of MobileNet: depthwise, normalised, clipped; pointwise, normalised, clipped."""
    inputs = x = keras.Input((32, 32, 3))
    x = L.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    for filters, strides in ((16, 1), (24, 2), (24, 1)):
        x = L.ReLU(6.0)(L.BatchNormalization()(x))
        if strides == 2:
            x = L.ZeroPadding2D(((0, 1), (0, 1)))(x)
        x = L.DepthwiseConv2D(3, strides=strides, padding="same" if strides == 1 else "valid", use_bias=False)(x)
        x = L.ReLU(6.0)(L.BatchNormalization()(x))
        x = L.Conv2D(filters, 1, padding="same", use_bias=False)(x)
    x = L.ReLU(6.0)(L.BatchNormalization()(x))
    x = L.Dropout(0.1)(L.GlobalAveragePooling2D(keepdims=True)(x))
    x = L.Reshape((5,))(L.Conv2D(5, 1)(x))
    return keras.Model(inputs, L.Activation("softmax")(x))


def transposed_values(text):
    """Inputs of all Transpose nodes that are no weights, in ONNX text."""
    inputs = [line.split("(", 1)[1].split(")")[0].strip() for line in text.splitlines() if "= Transpose" in line]
    return [one for one in inputs if not one.strip('"').endswith("kernel")]


# LeNet: of the picture, and before Flatten. MobileNet: of the picture; rows of one pixel need none.
@pytest.mark.parametrize("make,most", [(lenet, 2), (mobilenet, 1)], ids=["lenet", "mobilenet"])
def test_networks_carry_no_transpositions_inside(make, most, upkeep, tmp_path):
    keras.utils.set_random_seed(3)
    model = make()
    for layer in model.layers:
        layer.set_weights([value + 0.1 * np.abs(np.random.default_rng(5).normal(size=value.shape)).astype("float32") for value in layer.get_weights()])
    model.save(tmp_path / "k.h5")
    upkeep("convert", tmp_path / "k.h5", tmp_path / "k.onnx")
    upkeep("convert", tmp_path / "k.onnx", tmp_path / "k.onnxtxt")
    assert len(transposed_values((tmp_path / "k.onnxtxt").read_text())) == most
    x = numbers(model.input_shape[1:], 9)
    compare(list(run_onnx(tmp_path / "k.onnx", x).values())[0], model.predict(x, verbose=0), make.__name__)


def test_layers_between_convolutions_can_be_edited(upkeep, tmp_path):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((8, 8, 2), name="x")
    a = L.Conv2D(4, 3, padding="same", activation="relu", name="a")(inputs)
    b = L.Conv2D(4, 3, padding="same", name="b")(L.Dropout(0.5, name="drop")(a))
    model = keras.Model(inputs, L.Dense(3, name="end")(L.Flatten(name="flat")(L.Add(name="sum")([a, b]))))
    model.save(tmp_path / "k.h5")
    upkeep("edit", tmp_path / "k.h5", tmp_path / "e.h5", "--remove", "drop", "--set", "b:activation=tanh", "--add", "max_pooling2d:after=sum,name=pool",
           "--add", "zero_padding2d:before=flat,name=pad", "--replace", "a=conv2d:filters=4,kernel_size=3,padding=same,use_bias=false")
    upkeep("convert", tmp_path / "e.h5", tmp_path / "e.onnx")
    edited = keras.models.load_model(tmp_path / "e.h5", compile=False)
    assert [layer.name for layer in edited.layers] == ["x", "a", "b", "sum", "pool", "pad", "flat", "end"]
    assert edited.output_shape == (None, 3) and edited.get_layer("pad").output.shape == (None, 6, 6, 4)
    np.testing.assert_array_equal(edited.get_layer("b").kernel, model.get_layer("b").kernel)
    x = numbers((8, 8, 2), 4)
    compare(list(run_onnx(tmp_path / "e.onnx", x).values())[0], edited.predict(x, verbose=0), "edited")
