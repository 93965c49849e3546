"""Models of keras.applications, small pictures and random weights: their graphs answer as Keras does and have no Transpose but the input's.

`scripts/bench applications` measures all of them at their own sizes, beside Keras's own export.
"""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

MODELS = ["MobileNetV2", "MobileNetV3Small", "EfficientNetB0", "DenseNet121", "NASNetMobile", "ResNet50V2"]


def made(name):
    keras.utils.set_random_seed(1)
    more = {"include_preprocessing": True} if name == "MobileNetV3Small" else {}
    size = 224 if name == "NASNetMobile" else 96
    model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), classes=10, **more)
    rng = np.random.default_rng(1)
    for layer in model.layers:  # statistics other than 0 and 1, so that what is folded matters
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([np.abs(w) * (0.8 + 0.4 * rng.random(w.shape)) + 0.02 * rng.normal(size=w.shape) for w in layer.get_weights()])
    return model, (rng.random((2, size, size, 3)) * 255).astype("float32")


@pytest.mark.parametrize("name", MODELS)
def test_answers_are_those_of_keras(name, upkeep, tmp_path):
    model, x = made(name)
    expected = model.predict(x, verbose=0)
    suffix = ".h5" if len(name) % 2 else ".keras"
    model.save(tmp_path / f"net{suffix}")
    upkeep("convert", tmp_path / f"net{suffix}", tmp_path / "net.onnx", "--verify", "none")
    answer = onnxruntime.InferenceSession(tmp_path / "net.onnx").run(None, {onnx.load(tmp_path / "net.onnx").graph.input[0].name: x})[0]
    assert np.max(np.abs(answer - expected)) <= 1e-5 * np.max(np.abs(expected))
    graph = onnx.load(tmp_path / "net.onnx").graph
    weights = {one.name for one in graph.initializer}
    assert sum(node.op_type == "Transpose" and node.input[0] not in weights for node in graph.node) <= 1
