"""`upkeep gradient` on models of one operator each, run in stock onnxruntime, against TensorFlow's tape."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper, parser  # noqa: E402

OPSET = 21


def draw(*shape, low=-1.0, high=1.0, seed=0):
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape).astype(np.float32)


def distinct(*shape):
    """No two elements close to each other, none close to 0."""
    size = int(np.prod(shape))
    return (np.random.default_rng(3).permutation(size).reshape(shape) * 0.2 - size * 0.1 + 0.1).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


@dataclasses.dataclass
class Case:
    op: str
    inputs: list  # arrays, None for an absent one; floats are differentiated, all others are constants
    reference: Callable  # of the inputs, in TensorFlow
    attributes: dict = dataclasses.field(default_factory=dict)
    fixed: tuple = ()  # numbers of float inputs that are constants too
    outputs: int = 1
    domain: str = ""

    @property
    def name(self):
        words = "-".join(f"{key}={value}" for key, value in self.attributes.items() if not isinstance(value, (list, bytes)) or len(value) < 5)
        return f"{self.op}{'-' if words else ''}{words}"


def unary(op, reference, low=-1.0, high=1.0, x=None, **attributes):
    return Case(op, [draw(2, 3, low=low, high=high, seed=len(op)) if x is None else x], reference, attributes)


def reduction(op, reference):
    x = distinct(2, 3, 4)
    for axes, keep in (((0,), True), ((1, 2), False), ((-1,), True)):
        yield Case(op, [x, ints(*axes)], lambda t, _, axes=axes, keep=keep: reference(t, axis=axes, keepdims=keep), {"keepdims": int(keep)})


def gelu_tanh(x):
    return 0.5 * x * (1 + tf.tanh(np.float32(np.sqrt(2 / np.pi)) * (x + 0.044715 * x**3)))


ELEMENTWISE = [
    unary("Sin", tf.sin), unary("Cos", tf.cos), unary("Tan", tf.tan), unary("Asin", tf.asin, -0.9, 0.9), unary("Acos", tf.acos, -0.9, 0.9),
    unary("Atan", tf.atan), unary("Sinh", tf.sinh), unary("Cosh", tf.cosh), unary("Asinh", tf.asinh), unary("Acosh", tf.acosh, 1.2, 3),
    unary("Atanh", tf.atanh, -0.9, 0.9), unary("Exp", tf.exp), unary("Log", tf.math.log, 0.2, 3), unary("Sqrt", tf.sqrt, 0.2, 3),
    unary("Abs", tf.abs), unary("Neg", tf.negative), unary("Reciprocal", tf.math.reciprocal, 0.3, 2), unary("Sigmoid", tf.sigmoid),
    unary("Tanh", tf.tanh), unary("Erf", tf.math.erf), unary("Relu", tf.nn.relu), unary("Softplus", tf.nn.softplus),
    unary("Softsign", tf.nn.softsign), unary("Elu", lambda x: tf.where(x > 0, x, 0.7 * (tf.exp(x) - 1)), alpha=0.7),
    unary("Selu", tf.nn.selu), unary("Celu", lambda x: tf.where(x > 0, x, 2 * (tf.exp(x / 2) - 1)), alpha=2.0),
    unary("LeakyRelu", lambda x: tf.nn.leaky_relu(x, 0.3), alpha=0.3),
    unary("ThresholdedRelu", lambda x: tf.where(x > 0.2, x, 0.0 * x), alpha=0.2),
    unary("HardSigmoid", lambda x: tf.clip_by_value(0.3 * x + 0.4, 0, 1), -3, 3, alpha=0.3, beta=0.4),
    unary("HardSwish", lambda x: x * tf.clip_by_value(x / 6 + 0.5, 0, 1), -5, 5),
    unary("Gelu", lambda x: 0.5 * x * (1 + tf.math.erf(x / np.float32(np.sqrt(2)))), -3, 3),
    unary("Gelu", gelu_tanh, -3, 3, approximate="tanh"), unary("Mish", lambda x: x * tf.tanh(tf.nn.softplus(x)), -3, 3),
    unary("Shrink", lambda x: tf.where(x > 0.3, x - 0.1, tf.where(x < -0.3, x + 0.1, 0.0 * x)), lambd=0.3, bias=0.1),
    unary("Identity", tf.identity), unary("Sign", tf.sign), unary("Floor", tf.floor), unary("Ceil", tf.math.ceil), unary("Round", tf.round),
    unary("Softmax", lambda x: tf.nn.softmax(x, 0), axis=0), unary("LogSoftmax", lambda x: tf.nn.log_softmax(x, -1)),
    Case("Clip", [draw(3, 4), np.float32(-0.4), np.float32(0.5)], lambda x, low, high: tf.clip_by_value(x, low, high), fixed=(1, 2)),
    *[Case(op, [draw(2, 3, low=0.4, high=2), draw(4, 1, 3, low=0.5, high=2, seed=1)], reference)
      for op, reference in (("Add", tf.add), ("Sub", tf.subtract), ("Mul", tf.multiply), ("Div", tf.divide), ("Pow", tf.pow))],
    Case("Max", [draw(2, 3), draw(3, seed=1), draw(2, 1, seed=2)], lambda *x: tf.maximum(tf.maximum(x[0], x[1]), x[2])),
    Case("Min", [draw(2, 3), draw(3, seed=1)], tf.minimum),
    Case("Sum", [draw(2, 3), draw(3, seed=1), draw(2, 1, seed=2)], lambda a, b, c: a + b + c),
    Case("Mean", [draw(2, 3), draw(3, seed=1), draw(2, 1, seed=2)], lambda a, b, c: (a + b + c) / 3),
    Case("Where", [np.array([True, False, True]), draw(2, 3), draw(2, 1, seed=1)], tf.where),
    Case("PRelu", [draw(2, 3), draw(3, seed=1)], lambda x, slope: tf.where(x > 0, x, slope * x)),
]

PRODUCTS = [
    Case("MatMul", [draw(2, 3, 4), draw(4, 5)], tf.matmul), Case("MatMul", [draw(2, 1, 3, 4), draw(5, 4, 2)], tf.matmul),
    Case("MatMul", [draw(4), draw(4, 3)], lambda a, b: tf.linalg.matvec(b, a, transpose_a=True)),
    Case("Gemm", [draw(4, 3), draw(5, 4), draw(5)], lambda a, b, c: 0.5 * tf.matmul(a, b, True, True) + 2 * c,
         {"alpha": 0.5, "beta": 2.0, "transA": 1, "transB": 1}),
    Case("Einsum", [draw(2, 3, 4), draw(2, 4, 5)], lambda a, b: tf.einsum("bij,bjk->bki", a, b), {"equation": "bij,bjk->bki"}),
]

REDUCTIONS = [
    *reduction("ReduceSum", tf.reduce_sum), *reduction("ReduceMean", tf.reduce_mean), *reduction("ReduceMax", tf.reduce_max),
    *reduction("ReduceLogSumExp", tf.reduce_logsumexp),
    *reduction("ReduceL2", lambda x, axis, keepdims: tf.sqrt(tf.reduce_sum(x * x, axis, keepdims))),
    Case("CumSum", [draw(2, 4), np.int64(1)], lambda x, _: tf.cumsum(x, 1, exclusive=True, reverse=True), {"exclusive": 1, "reverse": 1}),
    Case("GlobalAveragePool", [draw(2, 3, 4, 5)], lambda x: tf.reduce_mean(x, [2, 3], keepdims=True)),
    Case("GlobalMaxPool", [distinct(2, 3, 4, 5)], lambda x: tf.reduce_max(x, [2, 3], keepdims=True)),
    Case("LayerNormalization", [draw(2, 3, 4), draw(3, 4, seed=1), draw(3, 4, seed=2)],
         lambda x, scale, bias: (x - tf.reduce_mean(x, [1, 2], True)) * tf.math.rsqrt(tf.math.reduce_variance(x, [1, 2], True) + 1e-3) * scale + bias,
         {"axis": 1, "epsilon": 1e-3}),
    Case("BatchNormalization", [draw(4, 3, 2), draw(3), draw(3, seed=1), draw(3, seed=2), draw(3, low=0.5, high=2)],
         lambda x, s, b, m, v: (x - m[:, None]) * (s * tf.math.rsqrt(v + 1e-2))[:, None] + b[:, None], {"epsilon": 1e-2}),
]

SHAPES = [
    Case("Reshape", [draw(2, 6), ints(3, -1)], lambda x, _: tf.reshape(x, [3, 4])), Case("Flatten", [draw(2, 3, 4)], lambda x: tf.reshape(x, [2, 12])),
    Case("Squeeze", [draw(2, 1, 3), ints(1)], lambda x, _: tf.squeeze(x, 1)), Case("Unsqueeze", [draw(2, 3), ints(0, 2)], lambda x, _: x[None, :, None]),
    Case("Transpose", [draw(2, 3, 4)], lambda x: tf.transpose(x, [2, 0, 1]), {"perm": [2, 0, 1]}),
    Case("Expand", [draw(3, 1), ints(2, 3, 4)], lambda x, _: tf.broadcast_to(x, [2, 3, 4])),
    Case("Tile", [draw(2, 3), ints(2, 3)], lambda x, _: tf.tile(x, [2, 3])),
    Case("Concat", [draw(2, 3), draw(2, 1, seed=1)], lambda a, b: tf.concat([a, b], 1), {"axis": 1}),
    Case("Split", [draw(2, 6), ints(1, 5)], lambda x, _: tf.split(x, [1, 5], 1), {"axis": 1}, outputs=2),
    Case("Slice", [draw(5, 6), ints(4, 1), ints(0, -1), ints(0, 1), ints(-2, 1)], lambda x, *_: x[4:0:-2, 1:-1]),
    Case("Pad", [draw(2, 3), ints(1, 0, 2, 1), np.float32(0.5)], lambda x, _, value: tf.pad(x, [[1, 2], [0, 1]], constant_values=0.5), fixed=(2,)),
    Case("Gather", [draw(4, 3), ints(2, 0, 2)], lambda x, i: tf.gather(x, i, axis=0)),
    Case("Gather", [draw(3, 4), np.array([[1, 3], [1, -4]])], lambda x, i: tf.gather(x, i % 4, axis=1), {"axis": 1}),
    Case("GatherElements", [draw(3, 3), np.array([[1, 2, 0], [2, 0, 0]])], lambda x, i: tf.stack([tf.gather(x[:, j], i[:, j]) for j in range(3)], 1), {"axis": 0}),
    Case("GatherND", [draw(3, 4, 2), np.array([[0, 1], [2, 3], [0, 1]])], tf.gather_nd),
    Case("ScatterND", [draw(4, 2), np.array([[1], [3]]), draw(2, 2, seed=1)], tf.tensor_scatter_nd_update),
    Case("ScatterND", [draw(4, 2), np.array([[1], [1]]), draw(2, 2, seed=1)], tf.tensor_scatter_nd_add, {"reduction": "add"}),
    Case("TopK", [distinct(3, 5), ints(2)], lambda x, _: tf.math.top_k(x, 2).values, {"axis": -1}, outputs=2),
    Case("Trilu", [draw(3, 4)], lambda x: tf.linalg.band_part(x, -1, 0), {"upper": 0}),
    Case("Cast", [draw(2, 3)], lambda x: tf.cast(x, tf.float64), {"to": TensorProto.DOUBLE}),
]

SIGNALS = [
    Case("DFT", [draw(2, 6, 2)], lambda x: as_pairs(tf.signal.fft(tf.complex(x[..., 0], x[..., 1])))),
    Case("DFT", [draw(2, 6, 2)], lambda x: as_pairs(tf.signal.ifft(tf.complex(x[..., 0], x[..., 1]))), {"inverse": 1}),
    Case("DFT", [draw(2, 6, 1)], lambda x: as_pairs(tf.signal.rfft(x[..., 0])), {"onesided": 1}),
    Case("STFT", [draw(2, 11, 1), np.int64(3), draw(4, seed=1)],
         lambda x, step, w: as_pairs(tf.signal.rfft(tf.signal.frame(x[..., 0], 4, 3) * w))),
    Case("LinearRegressor", [draw(3, 2)], lambda x: tf.matmul(x, [[1.0], [2.0]]) + 0.5, {"coefficients": [1.0, 2.0], "intercepts": [0.5]},
         domain="ai.onnx.ml"),
    Case("Normalizer", [draw(3, 4)], lambda x: x / tf.norm(x, axis=1, keepdims=True), {"norm": "L2"}, domain="ai.onnx.ml"),
    Case("Scaler", [draw(3, 2)], lambda x: (x - 1) * tf.constant([2.0, 3.0]), {"offset": [1.0, 1.0], "scale": [2.0, 3.0]}, domain="ai.onnx.ml"),
]


def as_pairs(x):
    return tf.stack([tf.math.real(x), tf.math.imag(x)], -1)


def time_steps(x, reverse):
    return reversed(range(x.shape[0])) if reverse else range(x.shape[0])


def lstm(x, w, r, b, lengths, h, c, p):
    """Both directions, from the equations; sequences that have ended keep their state and give zeros."""
    ys, hs, cs = [], [], []
    for d in range(w.shape[0]):
        ht, ct, shown = h[d], c[d], [None] * x.shape[0]
        po, pf, pi = p[d][3:6], p[d][6:9], p[d][0:3]
        for t in time_steps(x, d == 1):
            i, o, f, g = tf.split(x[t] @ tf.transpose(w[d]) + ht @ tf.transpose(r[d]) + b[d][:12] + b[d][12:], 4, 1)
            i, f = tf.sigmoid(i + pi * ct), tf.sigmoid(f + pf * ct)
            cn = f * ct + i * tf.tanh(g)
            hn = tf.sigmoid(o + po * cn) * tf.tanh(cn)
            runs = (t < lengths)[:, None]
            shown[t] = tf.where(runs, hn, tf.zeros_like(hn))
            ht, ct = tf.where(runs, hn, ht), tf.where(runs, cn, ct)
        ys.append(tf.stack(shown)), hs.append(ht), cs.append(ct)
    return [tf.stack(ys, 1), tf.stack(hs), tf.stack(cs)]


def gru(x, w, r, b, lengths, h, late=True):
    ht, shown = h[0], []
    for t in range(x.shape[0]):
        xz, xr, xh = tf.split(x[t] @ tf.transpose(w[0]) + b[0][:9], 3, 1)
        rz, rr, rh = tf.split(r[0], 3)
        bz, br, bh = tf.split(b[0][9:], 3)
        z = tf.sigmoid(xz + ht @ tf.transpose(rz) + bz)
        q = tf.sigmoid(xr + ht @ tf.transpose(rr) + br)
        n = tf.tanh(xh + (q * (ht @ tf.transpose(rh) + bh) if late else (q * ht) @ tf.transpose(rh) + bh))
        ht = (1 - z) * n + z * ht
        shown.append(ht)
    return [tf.stack(shown)[:, None], ht[None]]


def rnn(x, w, r, b, lengths, h):
    ht, shown = h[0], []
    for t in range(x.shape[0]):
        ht = tf.tanh(x[t] @ tf.transpose(w[0]) + ht @ tf.transpose(r[0]) + b[0][:3] + b[0][3:])
        shown.append(ht)
    return [tf.stack(shown)[:, None], ht[None]]


def recurrent_inputs(gates, directions, lengths=None):
    d = directions
    return [draw(4, 2, 3), draw(d, gates * 3, 3, seed=1), draw(d, gates * 3, 3, seed=2), draw(d, gates * 6, seed=3), lengths, draw(d, 2, 3, seed=4)]


RECURRENT = [
    Case("LSTM", [*recurrent_inputs(4, 2, np.array([4, 2], np.int32)), draw(2, 2, 3, seed=5), draw(2, 9, seed=6)], lstm,
         {"hidden_size": 3, "direction": "bidirectional"}, outputs=3),
    Case("GRU", recurrent_inputs(3, 1), gru, {"hidden_size": 3, "linear_before_reset": 1}, outputs=2),
    Case("GRU", recurrent_inputs(3, 1), lambda *x: gru(*x, late=False), {"hidden_size": 3}, outputs=2),
    Case("RNN", recurrent_inputs(1, 1), rnn, {"hidden_size": 3}, outputs=2),
]

CASES = [*ELEMENTWISE, *PRODUCTS, *REDUCTIONS, *SHAPES, *SIGNALS, *RECURRENT]


def is_float(array):
    return array is not None and array.dtype.kind == "f"


def onnx_type(array):
    return helper.np_dtype_to_tensor_dtype(array.dtype)


def model_of(case, variables, ys):
    """A model of one node."""
    names = ["" if array is None else f"x{i}" for i, array in enumerate(case.inputs)]
    outputs = [f"y{i}" for i in range(case.outputs)]
    node = helper.make_node(case.op, names, outputs, domain=case.domain, **case.attributes)
    graph = helper.make_graph(
        [node], "one", [helper.make_tensor_value_info(f"x{i}", onnx_type(case.inputs[i]), case.inputs[i].shape) for i in variables],
        [helper.make_tensor_value_info(name, onnx_type(y.numpy()), y.shape) for name, y in zip(outputs, ys)],
        [numpy_helper.from_array(np.asarray(array), f"x{i}") for i, array in enumerate(case.inputs) if array is not None and i not in variables])
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=imports, ir_version=10)


def run(file, feeds):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    wanted = [output.name for output in session.get_outputs()]
    return dict(zip(wanted, session.run(wanted, {one.name: feeds[one.name] for one in session.get_inputs()})))


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case.name}" for i, case in enumerate(CASES)])
def test_the_gradient_is_tensorflows(case, upkeep, tmp_path):
    variables = [i for i, array in enumerate(case.inputs) if is_float(array) and i not in case.fixed]
    arrays = [None if array is None else tf.constant(array) for array in case.inputs]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([arrays[i] for i in variables])
        ys = case.reference(*arrays)
    ys = ys if isinstance(ys, (list, tuple)) else [ys]
    onnx.save(model_of(case, variables, ys), tmp_path / "model.onnx")
    for number, y in enumerate(ys):  # one output at a time
        arriving = draw(*y.shape, low=0.5, high=2, seed=9).astype(y.dtype.as_numpy_dtype)
        theirs = tape.gradient(y, [arrays[i] for i in variables], output_gradients=tf.constant(arriving), unconnected_gradients="zero")
        file = tmp_path / f"gradient{number}.onnx"
        upkeep("gradient", tmp_path / "model.onnx", file, "--of", f"y{number}")
        written = onnx.load(file)
        onnx.checker.check_model(written, full_check=True)
        assert {opset.domain for opset in written.opset_import} <= {"", "ai.onnx.ml"}
        assert all(node.domain in ("", "ai.onnx") for node in written.graph.node)
        feeds = {f"x{i}": case.inputs[i] for i in variables} | {f"y{number}_grad": arriving}
        ours = run(file, feeds)
        np.testing.assert_allclose(ours[f"y{number}"], y, rtol=1e-4, atol=1e-5)
        for i, wanted in zip(variables, theirs):
            wanted = tf.convert_to_tensor(wanted).numpy()
            scale = max(1.0, float(np.abs(wanted).max(initial=0)))
            np.testing.assert_allclose(ours[f"x{i}_grad"], wanted, rtol=1e-4, atol=2e-5 * scale, err_msg=f"x{i} from y{number}")


CONTROL_FLOW = {
    "If": ("""g (float[3] x, float[3] w) => (float[3] y) {
      zero = Constant <value = float {0.0}> ()
      sum = ReduceSum <keepdims = 0> (x)
      c = Greater (sum, zero)
      y = If (c) <then_branch = a () => (float[3] p) { e = Exp (x) p = Mul (e, w) }, else_branch = b () => (float[3] q) { q = Mul (x, x) }>
    }""", lambda x, w: tf.exp(x) * w if tf.reduce_sum(x) > 0 else x * x),
    "Loop": ("""g (float[3] x, float[3] w) => (float[3] y) {
      n = Constant <value = int64 {4}> ()
      y = Loop (n, , x) <body = b (int64 i, bool c0, float[3] s0) => (bool c1, float[3] s1) { c1 = Identity (c0) p = Mul (s0, w) s1 = Sin (p) }>
    }""", lambda x, w: tf.sin(tf.sin(tf.sin(tf.sin(x * w) * w) * w) * w)),
    "Scan": ("""g (float[3] x, float[3] w) => (float[3] y) {
      zero = Constant <value = float {0.0}> ()
      last, y = Scan <num_scan_inputs = 1, body = b (float s0, float xt) => (float s1, float yt) { a = Add (s0, xt) s1 = Tanh (a) yt = Identity (s1) }> (zero, x)
      ignored = Neg (w)
    }""", lambda x, w: tf.stack([tf.tanh(x[0]), tf.tanh(tf.tanh(x[0]) + x[1]), tf.tanh(tf.tanh(tf.tanh(x[0]) + x[1]) + x[2])])),
}


@pytest.mark.parametrize("op", CONTROL_FLOW)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_gradient_of_control_flow_is_tensorflows(op, sign, upkeep, tmp_path):
    text, reference = CONTROL_FLOW[op]
    onnx.save(parser.parse_model(f'<ir_version: 10, opset_import: ["": {OPSET}]>\n{text}'), tmp_path / "model.onnx")
    x, w, arriving = sign * draw(3, low=0.2), draw(3, seed=1), draw(3, seed=2)
    upkeep("gradient", tmp_path / "model.onnx", tmp_path / "gradient.onnx")
    ours = run(tmp_path / "gradient.onnx", {"x": x, "w": w, "y_grad": arriving})
    with tf.GradientTape() as tape:
        variables = [tf.constant(x), tf.constant(w)]
        tape.watch(variables)
        y = reference(*variables)
    theirs = tape.gradient(y, variables, output_gradients=tf.constant(arriving), unconnected_gradients="zero")
    np.testing.assert_allclose(ours["x_grad"], theirs[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours["w_grad"], theirs[1], rtol=1e-5, atol=1e-6)


def test_the_gradient_of_a_gradient_is_tensorflows(upkeep, tmp_path):
    text = "g (float[2, 3] x, float[3, 2] w) => (float loss) { h = MatMul (x, w) t = Tanh (h) loss = ReduceSum <keepdims = 0> (t) }"
    onnx.save(parser.parse_model(f'<ir_version: 10, opset_import: ["": {OPSET}]>\n{text}'), tmp_path / "model.onnx")
    upkeep("gradient", tmp_path / "model.onnx", tmp_path / "first.onnx", "--with-respect-to", "x")
    upkeep("gradient", tmp_path / "first.onnx", tmp_path / "second.onnx", "--of", "x_grad", "--with-respect-to", "x,w")
    x, w, arriving = draw(2, 3), draw(3, 2), draw(2, 3, seed=1)
    ours = run(tmp_path / "second.onnx", {"x": x, "w": w, "x_grad_grad": arriving})
    with tf.GradientTape() as outer:
        variables = [tf.constant(x), tf.constant(w)]
        outer.watch(variables)
        with tf.GradientTape() as inner:
            inner.watch(variables)
            loss = tf.reduce_sum(tf.tanh(variables[0] @ variables[1]))
        first = inner.gradient(loss, variables[0])
    theirs = outer.gradient(first, variables, output_gradients=tf.constant(arriving))
    np.testing.assert_allclose(ours["x_grad_2"], theirs[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours["w_grad"], theirs[1], rtol=1e-4, atol=1e-5)
