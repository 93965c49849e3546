"""Files of PyTorch and of Keras's own export, converted: each answers in Python's onnxruntime as before, and onnx's checker accepts it."""

import collections

import numpy as np
import onnx
import onnxruntime
import pytest

from conftest import ROOT

PYTORCH = ROOT / "tests" / "fixtures" / "pytorch" / "convnet.onnx"
ROWS = 5


def session(path, **options):
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"], **options)


def feeds(path, rows=ROWS):
    random = np.random.default_rng(3)
    shapes = {i.name: [d if isinstance(d, int) else rows for d in i.shape] for i in session(path).get_inputs()}
    return {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def answers(path, given):
    running = session(path)
    types = {i.name: np.float16 if "float16" in i.type else np.float32 for i in running.get_inputs()}
    return [a.astype(np.float32) for a in running.run(None, {name: value.astype(types[name]) for name, value in given.items()})]


def count(path, op="Transpose"):
    return collections.Counter(node.op_type for node in onnx.load(path, load_external_data=False).graph.node)[op]


def same(before, after, given, tolerance=1e-5):
    onnx.checker.check_model(str(after), full_check=True)
    for expected, made in zip(answers(before, given), answers(after, given), strict=True):
        np.testing.assert_allclose(made, expected, rtol=0, atol=tolerance * max(1.0, np.abs(expected).max()))


# --- weights that nothing reads --------------------------------------------------------------------------------------


def warnings_of(path, capfd):
    capfd.readouterr()
    session(path)
    return capfd.readouterr().err


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_an_adapted_normalization_loads_silently(suffix, upkeep, tmp_path, capfd):
    keras = pytest.importorskip("keras")
    rows = np.random.default_rng(3).normal(3, 2, size=(20, 4)).astype("float32")
    scale = keras.layers.Normalization(name="scale")
    scale.adapt(rows)
    model = keras.Sequential([keras.Input((4,), name="rows"), scale, keras.layers.Dense(2)])
    model.save(tmp_path / f"k{suffix}")
    upkeep("convert", tmp_path / f"k{suffix}", tmp_path / "m.onnx")
    assert warnings_of(tmp_path / "m.onnx", capfd) == ""
    np.testing.assert_allclose(session(tmp_path / "m.onnx").run(None, {"rows": rows})[0], model.predict(rows, verbose=0), atol=1e-5)
    upkeep("convert", tmp_path / "m.onnx", tmp_path / f"back{suffix}")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / f"back{suffix}").predict(rows, verbose=0), model.predict(rows, verbose=0), atol=1e-5)


def test_what_nothing_reads_is_left_out(upkeep, tmp_path, capfd):
    weights = [onnx.numpy_helper.from_array(np.ones(2, "float32"), name) for name in ("read", "unread")]
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph([onnx.helper.make_node("Mul", ["x", "read"], ["y"])], "g", [value("x", 1, ["n", 2])], [value("y", 1, ["n", 2])], weights)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10), tmp_path / "in.onnx")
    assert "unread" in warnings_of(tmp_path / "in.onnx", capfd)
    upkeep("convert", tmp_path / "in.onnx", tmp_path / "out.onnx")
    assert warnings_of(tmp_path / "out.onnx", capfd) == ""


# --- nets, as Keras's users write them ------------------------------------------------------------------------------


def small(keras):
    layers = keras.layers
    start = keras.Input((16, 16, 3))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(start)))
    x = layers.Concatenate()([layers.MaxPooling2D()(x), layers.AveragePooling2D(2)(x)])
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.Flatten()(x)])
    return keras.Model(start, layers.Dense(10, activation="softmax")(x))


def mobile(keras):
    layers = keras.layers

    def bottleneck(x, filters, strides, expansion=4):
        inside = x.shape[-1] * expansion
        y = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(inside, 1, use_bias=False)(x)))
        if strides == 2:
            y = layers.ZeroPadding2D(((0, 1), (0, 1)))(y)
        y = layers.DepthwiseConv2D(3, strides=strides, use_bias=False, padding="same" if strides == 1 else "valid")(y)
        y = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(layers.ReLU(6.0)(layers.BatchNormalization()(y))))
        return layers.Add()([x, y]) if strides == 1 and x.shape[-1] == filters else y

    start = keras.Input((32, 32, 3))
    x = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(start)))
    for filters, strides in ((8, 1), (12, 2), (12, 1), (16, 2), (16, 1)):
        x = bottleneck(x, filters, strides)
    squeezed = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Multiply()([x, layers.Conv2D(16, 1, activation="sigmoid")(squeezed)])
    return keras.Model(start, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def dense_net(keras):
    layers = keras.layers

    def block(x, count):
        for _ in range(count):
            y = layers.Conv2D(16, 1, use_bias=False)(layers.Activation("relu")(layers.BatchNormalization()(x)))
            y = layers.Conv2D(8, 3, padding="same", use_bias=False)(layers.Activation("relu")(layers.BatchNormalization()(y)))
            x = layers.Concatenate()([x, y])
        return x

    start = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 7, strides=2, use_bias=False)(layers.ZeroPadding2D(3)(start))
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(layers.ReLU()(layers.BatchNormalization()(x))))
    x = layers.AveragePooling2D(2)(layers.Conv2D(16, 1)(layers.ReLU()(layers.BatchNormalization()(block(x, 3)))))
    x = layers.ReLU()(layers.BatchNormalization()(block(x, 3)))
    return keras.Model(start, layers.Dense(10, activation="softmax")(layers.Flatten()(x)))


def inception(keras):
    layers = keras.layers

    def unit(x, size, strides=1, padding="same"):
        return layers.Activation("relu")(layers.BatchNormalization(scale=False)(layers.Conv2D(8, size, strides=strides, padding=padding, use_bias=False)(x)))

    start = keras.Input((32, 32, 3))
    x = unit(unit(start, 3, 2, "valid"), 3)
    for _ in range(2):
        pooled = unit(layers.AveragePooling2D(3, strides=1, padding="same")(x), 1)
        x = layers.Concatenate()([unit(x, 1), unit(unit(x, 1), 5), unit(unit(unit(x, 1), (1, 3)), (3, 1)), pooled])
    x = layers.Concatenate()([unit(x, 3, 2, "valid"), layers.MaxPooling2D(3, strides=2)(x)])
    return keras.Model(start, layers.Dense(10)(layers.GlobalMaxPooling2D()(x)))


NETS = {"small": small, "mobile": mobile, "dense_net": dense_net, "inception": inception}


@pytest.fixture(scope="session")
def nets(tmp_path_factory):
    """Path of a net by name, as Keras exports it (.onnx) and saves it (.h5); normalisations have statistics of their own."""
    keras = pytest.importorskip("keras")
    pytest.importorskip("tf2onnx")
    folder = tmp_path_factory.mktemp("nets")
    random = np.random.default_rng(1)
    made = {}

    def path(name, kind="onnx"):
        if name not in made:
            keras.utils.set_random_seed(1)
            model = NETS[name](keras)
            for layer in model.layers:
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.set_weights([w + 0.3 * random.random(w.shape).astype(np.float32) for w in layer.get_weights()])
            model(np.zeros((1, *model.input_shape[1:]), np.float32))
            model.export(folder / f"{name}.onnx", format="onnx", verbose=False)
            model.save(folder / f"{name}.h5")
            made[name] = folder
        return folder / f"{name}.{kind}"

    return path


@pytest.fixture
def source(nets):
    return lambda name: PYTORCH if name == "pytorch" else nets(name)


ALL = ["pytorch", *NETS]
pytestmark = pytest.mark.filterwarnings("ignore")


# --- rewrites -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("rewrite", ["fold-constants", "drop-identities", "fold-batch-normalization", "channels", "fixed-batch:size=5"])
def test_a_rewrite_keeps_the_answers(rewrite, name, source, upkeep, tmp_path):
    given = feeds(source(name))
    upkeep("convert", source(name), tmp_path / "made.onnx", "--rewrite", rewrite, "--tolerance", 1e-2)
    same(source(name), tmp_path / "made.onnx", given)


@pytest.mark.parametrize("name", ALL)
def test_all_rewrites_together_keep_the_answers(name, source, upkeep, tmp_path):
    given = feeds(source(name))
    steps = ["fold-constants", "drop-identities", "channels", "fold-batch-normalization", "drop-identities", "fold-constants"]
    upkeep("convert", source(name), tmp_path / "made.onnx", *[word for step in steps for word in ("--rewrite", step)], "--tolerance", 1e-2)
    same(source(name), tmp_path / "made.onnx", given)


@pytest.mark.parametrize("name", NETS)
def test_no_transpose_is_left_but_that_of_the_input(name, nets, upkeep, tmp_path):
    given = feeds(nets(name))
    for kind in ("onnx", "h5"):
        upkeep("convert", nets(name, kind), tmp_path / "made.onnx", "--rewrite", "fold-constants", "--rewrite", "channels", "--tolerance", 1e-2)
        assert count(tmp_path / "made.onnx") == 1, kind
        renamed = dict(zip([i.name for i in session(tmp_path / "made.onnx").get_inputs()], given.values(), strict=True))
        (expected,), (made,) = answers(nets(name), given), answers(tmp_path / "made.onnx", renamed)
        np.testing.assert_allclose(made, expected, rtol=0, atol=1e-5 * max(1.0, np.abs(expected).max()))


class Naive:
    """Writes a net as a plain converter does: channels last, and a Transpose before and behind every operator that wants them second."""

    def __init__(self):
        self.nodes, self.weights, self.random = [], [], np.random.default_rng(2)

    def node(self, op, *inputs, **attributes):
        self.nodes.append(onnx.helper.make_node(op, list(inputs), [f"v{len(self.nodes)}"], **attributes))
        return self.nodes[-1].output[0]

    def weight(self, value):
        self.weights.append(onnx.numpy_helper.from_array(value, f"w{len(self.weights)}"))
        return self.weights[-1].name

    def numbers(self, *shape):
        return self.weight((0.3 * self.random.standard_normal(shape)).astype(np.float32))

    def wrapped(self, op, x, *more, **attributes):
        inside = self.node(op, self.node("Transpose", x, perm=[0, 3, 1, 2]), *more, **attributes)
        return self.node("Transpose", inside, perm=[0, 2, 3, 1])

    def conv(self, x, channels, filters, size=3):
        y = self.wrapped("Conv", x, self.numbers(filters, channels, size, size), pads=[size // 2] * 4)
        return self.node("Relu", self.node("Add", self.node("Mul", y, self.numbers(filters)), self.numbers(filters)))

    def normalised(self, x, channels):
        return self.wrapped("BatchNormalization", x, *[self.weight(1 + self.random.random(channels).astype(np.float32)) for _ in range(4)])

    def pooled(self, x, op="MaxPool"):
        return self.wrapped(op, x, kernel_shape=[2, 2], strides=[2, 2])

    def save(self, output, classes, path):
        value = onnx.helper.make_tensor_value_info
        graph = onnx.helper.make_graph(self.nodes, "naive", [value("x", 1, ["n", 16, 16, 3])], [value(output, 1, ["n", classes])], self.weights)
        onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), path)


def naive_net(path):
    net = Naive()
    x = net.pooled(net.normalised(net.conv("x", 3, 8), 8))  # [n, 8, 8, 8]
    x = net.node("Add", x, net.conv(net.conv(x, 8, 8), 8, 8))  # residual
    for channels in (8, 12):  # densely connected
        x = net.node("Concat", x, net.conv(x, channels, 4), axis=3)  # [n, 8, 8, 16]
    branches = [net.conv(x, 16, 4, 1), net.conv(x, 16, 4), net.conv(net.conv(x, 16, 4), 4, 4, 5), net.conv(x, 16, 4, 1)]
    x = net.node("Concat", *branches, axis=-1)
    x = net.node("Pad", x, net.weight(np.array([0, 1, 1, 0, 0, 1, 1, 0])))  # [n, 10, 10, 16]
    squeezed = net.node("ReduceMean", x, axes=[1, 2], keepdims=1)
    x = net.node("Mul", x, net.node("Sigmoid", squeezed))  # squeeze and excite
    halves = onnx.helper.make_node("Split", [x], ["left", "right"], axis=3)
    net.nodes.append(halves)
    x = net.pooled(net.node("Concat", "right", net.node("Tanh", "left"), axis=3), "AveragePool")  # [n, 5, 5, 16]
    flat = net.node("Reshape", x, net.weight(np.array([-1, 400])))
    mean = net.node("ReduceMean", x, axes=[1, 2], keepdims=0)
    both = net.node("Concat", mean, flat, axis=1)
    net.save(net.node("Softmax", net.node("MatMul", both, net.numbers(416, 10))), 10, path)


def test_a_naive_converters_transposes_go(upkeep, tmp_path):
    naive_net(tmp_path / "naive.onnx")
    assert count(tmp_path / "naive.onnx") > 20
    upkeep("convert", tmp_path / "naive.onnx", tmp_path / "made.onnx", "--rewrite", "channels", "--tolerance", 1e-2)
    assert count(tmp_path / "made.onnx") == 1  # of the input
    assert count(tmp_path / "made.onnx", "Gather") == 0
    same(tmp_path / "naive.onnx", tmp_path / "made.onnx", feeds(tmp_path / "naive.onnx"))


def test_normalisations_go_into_the_convolutions(nets, upkeep, tmp_path):
    upkeep("convert", nets("mobile", "h5"), tmp_path / "made.onnx", "--rewrite", "fold-constants", "--rewrite", "channels", "--rewrite",
           "fold-batch-normalization", "--tolerance", 1e-2)
    assert count(tmp_path / "made.onnx", "BatchNormalization") == 0
    upkeep("convert", nets("mobile"), tmp_path / "exported.onnx", "--rewrite", "fold-constants", "--rewrite", "fold-batch-normalization", "--tolerance", 1e-2)
    assert count(nets("mobile"), "Mul") > 1
    assert count(tmp_path / "exported.onnx", "Mul") == 1  # of the excitation


def test_a_batch_is_fixed_and_freed(nets, upkeep, tmp_path):
    given = feeds(nets("small"))
    upkeep("convert", nets("small"), tmp_path / "one.onnx", "--rewrite", "fixed-batch:size=1", "--rewrite", "fold-constants")
    assert session(tmp_path / "one.onnx").get_inputs()[0].shape == [1, 16, 16, 3]
    assert session(tmp_path / "one.onnx").get_outputs()[0].shape == [1, 10]
    upkeep("convert", tmp_path / "one.onnx", tmp_path / "many.onnx", "--rewrite", "dynamic-batch")
    assert session(tmp_path / "many.onnx").get_inputs()[0].shape == ["batch", 16, 16, 3]
    same(nets("small"), tmp_path / "many.onnx", given)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("io", ["float32", "float16"])
def test_float16_answers_within_its_accuracy(io, name, source, upkeep, tmp_path):
    given = feeds(source(name))
    upkeep("convert", source(name), tmp_path / "half.onnx", "--rewrite", f"float16:io={io}", "--verify", "none")
    same(source(name), tmp_path / "half.onnx", given, tolerance=2e-2)  # some ten layers of 2^-11 each
    assert (tmp_path / "half.onnx").stat().st_size < 0.75 * source(name).stat().st_size
    assert io in session(tmp_path / "half.onnx").get_inputs()[0].type or io == "float32"
    upkeep("convert", tmp_path / "half.onnx", tmp_path / "single.onnx", "--rewrite", "float32", "--verify", "none")
    same(source(name), tmp_path / "single.onnx", given, tolerance=2e-2)
    assert count(tmp_path / "single.onnx", "Cast") <= count(source(name), "Cast")


# --- the format -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_operator_sets_go_up_and_down(name, source, upkeep, tmp_path):
    given = feeds(source(name))
    before = source(name)
    for opset in (13, 22, 15):
        upkeep("convert", before, tmp_path / f"{opset}.onnx", "--as", f"onnx:opset={opset},ir_version=8")
        made = onnx.load(tmp_path / f"{opset}.onnx")
        assert (made.opset_import[0].version, made.ir_version) == (opset, 8)
        same(source(name), tmp_path / f"{opset}.onnx", given, tolerance=1e-6)
        before = tmp_path / f"{opset}.onnx"


def test_newer_operators_are_written_out(upkeep, tmp_path):
    text = """<ir_version: 10, opset_import: ["": 21]> g (float[n,8] x) => (float[n,8] y) <float[8] s = {1,2,3,4,5,6,7,8}> {
      a = LayerNormalization (x, s)  b = Gelu (a)  c = HardSwish (b)  y = Mish (c) }"""
    onnx.save(onnx.parser.parse_model(text), tmp_path / "new.onnx")
    upkeep("convert", tmp_path / "new.onnx", tmp_path / "old.onnx", "--as", "onnx:opset=13,ir_version=7")
    same(tmp_path / "new.onnx", tmp_path / "old.onnx", feeds(tmp_path / "new.onnx"))
    assert count(tmp_path / "old.onnx", "LayerNormalization") == 0


def test_weights_lie_beside_the_model(nets, upkeep, tmp_path):
    upkeep("convert", nets("mobile"), tmp_path / "made.onnx", "--as", "onnx:external_data=true,external_bytes=256")
    (data,) = [path for path in tmp_path.iterdir() if path.suffix == ".data"]
    assert data.stat().st_size > (tmp_path / "made.onnx").stat().st_size
    same(nets("mobile"), tmp_path / "made.onnx", feeds(nets("mobile")))
    upkeep("convert", tmp_path / "made.onnx", tmp_path / "made.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["made.onnx"]


@pytest.mark.parametrize("name", ALL)
def test_onnx_runtime_reads_its_own_format(name, source, upkeep, tmp_path):
    given = feeds(source(name))
    upkeep("convert", source(name), tmp_path / "made.ort", "--tolerance", 1e-2)
    for expected, made in zip(answers(source(name), given), answers(tmp_path / "made.ort", given), strict=True):
        np.testing.assert_allclose(made, expected, rtol=0, atol=1e-5 * max(1.0, np.abs(expected).max()))
    refused = upkeep.run("convert", tmp_path / "made.ort", tmp_path / "back.onnx")
    assert refused.returncode == 1 and "holds no graph" in refused.stderr
