"""What training tools leave in a model: LoRA is read merged; quantised layers, pruning wrappers and lambdas are refused with the way out."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
L = keras.layers


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def answers(upkeep, model, folder, x, *more):
    upkeep("convert", model, folder / "m.onnx", *more)
    session = onnxruntime.InferenceSession(str(folder / "m.onnx"), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def with_lora(kind):
    keras.utils.set_random_seed(1)
    if kind == "Embedding":
        model = keras.Sequential([keras.Input((4,), dtype="int32", name="x"), L.Embedding(7, 3), L.Dense(2)])
    elif kind == "EinsumDense":
        model = keras.Sequential([keras.Input((4, 3), name="x"), L.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d")])
    elif kind == "Conv2D":
        model = keras.Sequential([keras.Input((5, 5, 2), name="x"), L.Conv2D(3, 2)])
    else:
        model = keras.Sequential([keras.Input((4,), name="x"), L.Dense(5, activation="tanh"), L.Dense(2)])
    layer = model.layers[0]
    layer.enable_lora(2, lora_alpha=3)
    for weight in layer.trainable_weights:
        if "lora" in weight.name:
            weight.assign(numbers(*weight.shape, seed=len(weight.name)) * 0.3)
    return model


@pytest.mark.parametrize("kind", ["Dense", "EinsumDense", "Embedding", "Conv2D"])
def test_lora_is_read_merged(kind, upkeep, tmp_path):
    model = with_lora(kind)
    x = np.array([[1, 2, 3, 0], [6, 5, 4, 1]], "int32") if kind == "Embedding" else numbers(3, *model.input_shape[1:])
    model.save(tmp_path / "k.keras")
    np.testing.assert_allclose(answers(upkeep, tmp_path / "k.keras", tmp_path, x), np.asarray(model(x)), rtol=1e-5, atol=1e-5)


def test_lora_beside_its_kernel_is_refused(upkeep, tmp_path):
    with_lora("Dense").save(tmp_path / "k.h5")
    refused = upkeep.run("convert", tmp_path / "k.h5", tmp_path / "m.onnx")
    assert refused.returncode != 0 and "LoRA" in refused.stderr and ".keras" in refused.stderr, refused.stderr


def test_quantised_layers_are_refused_with_a_way_out(upkeep, tmp_path):
    model = keras.Sequential([keras.Input((4,), name="x"), L.Dense(5, activation="relu"), L.Dense(2)])
    model.quantize("int8")
    model.save(tmp_path / "k.keras")
    refused = upkeep.run("convert", tmp_path / "k.keras", tmp_path / "m.onnx")
    assert refused.returncode != 0 and "quantised (int8)" in refused.stderr and "--map" in refused.stderr, refused.stderr


def doubled_dense(kernel, bias):
    """x -> 2 (x kernel + bias), as a graph of ONNX."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("Gemm", ["x", "kernel", "bias"], ["z"]), helper.make_node("Mul", ["z", "two"], ["y"])]
    values = [numpy_helper.from_array(value, name) for name, value in (("kernel", kernel), ("bias", bias), ("two", np.float32(2)))]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", kernel.shape[0]])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", kernel.shape[1]])], values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


@pytest.mark.filterwarnings("ignore")
def test_a_lambda_is_refused_and_can_be_mapped(upkeep, tmp_path):
    model = keras.Sequential([keras.Input((4,), name="x"), L.Dense(3, activation=lambda x: 2 * x, name="twice"), L.Dense(2)])
    x = numbers(3, 4)
    model.save(tmp_path / "k.keras")
    refused = upkeep.run("convert", tmp_path / "k.keras", tmp_path / "m.onnx")
    assert refused.returncode != 0 and "lambda" in refused.stderr and "--map twice=" in refused.stderr, refused.stderr
    onnx.save(doubled_dense(*model.get_layer("twice").get_weights()), tmp_path / "twice.onnx")
    mapped = answers(upkeep, tmp_path / "k.keras", tmp_path, x, "--map", f"twice={tmp_path / 'twice.onnx'}")
    np.testing.assert_allclose(mapped, np.asarray(model(x)), rtol=1e-5, atol=1e-5)


def test_pruning_wrappers_are_refused_with_a_way_out(upkeep, tmp_path):
    @keras.saving.register_keras_serializable("Custom")
    class PruneLowMagnitude(L.Wrapper):
        """As tfmot's is saved."""

        def call(self, x):
            return self.layer(x)

    keras.Sequential([keras.Input((4,), name="x"), PruneLowMagnitude(L.Dense(2))]).save(tmp_path / "k.keras")
    refused = upkeep.run("convert", tmp_path / "k.keras", tmp_path / "m.onnx")
    assert refused.returncode != 0 and "strip_pruning" in refused.stderr and "--map" in refused.stderr, refused.stderr
