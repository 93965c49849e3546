"""`upkeep inspect` beside Keras's own counts and published figures, and `upkeep diff` between files that Keras wrote."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
L = keras.layers


def count(weights):
    return sum(int(np.prod(w.shape)) for w in weights)


def published(name, **settings):
    keras.utils.set_random_seed(5)
    return getattr(keras.applications, name)(weights=None, **settings)


# Howard et al. 2017, table 8: 569 million multiply-adds, 4.2 million parameters. He et al. 2015, table 1: 3.8 billion.
@pytest.mark.parametrize("name, multiply_adds", [("MobileNet", 569e6), ("ResNet50", 3.86e9)])
def test_multiply_adds_are_the_published_ones(name, multiply_adds, upkeep, tmp_path):
    model = published(name)
    model.save(tmp_path / "model.h5")
    found = upkeep.json("inspect", tmp_path / "model.h5")
    assert found["multiply_adds"] == pytest.approx(multiply_adds, rel=2e-3)
    assert found["uncounted"] == {}
    assert found["parameters"] == model.count_params()
    assert found["trainable"] == count(model.trainable_weights)
    assert [row["name"] for row in found["layers"]] == [layer.name for layer in model.layers]
    assert [row["parameters"] for row in found["layers"]] == [layer.count_params() for layer in model.layers]


def test_every_layer_that_computes_has_a_time_or_is_part_of_another(upkeep, tmp_path):
    model = published("MobileNet", input_shape=(96, 96, 3), alpha=0.25)
    model.save(tmp_path / "model.h5")
    found = upkeep.json("inspect", tmp_path / "model.h5", "--time", "--batch-size", 2)
    times = {row["name"]: row["time_us"] for row in found["layers"]}
    convolutions = [layer.name for layer in model.layers if isinstance(layer, (L.Conv2D, L.DepthwiseConv2D))]
    assert len(convolutions) == 28 and all(times[name] > 0 for name in convolutions)
    assert sum(time or 0 for time in times.values()) <= found["run_us"] * 1.2
