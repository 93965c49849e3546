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
    assert len(convolutions) == 28 and all(times[name] is not None for name in convolutions)
    assert all(times[layer.name] is None for layer in model.layers if isinstance(layer, L.BatchNormalization))  # folded into convolutions
    assert 0 < sum(time or 0 for time in times.values()) <= found["run_us"] * 1.0001


def small(units=8, rate=0.3, **compile_settings):
    keras.utils.set_random_seed(3)
    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((12, 12, 3), name="image"), L.Conv2D(6, 3, padding="same", kernel_initializer="he_normal", kernel_regularizer="l2"),
                              L.BatchNormalization(), L.ReLU(), L.MaxPooling2D(), L.Bidirectional(L.LSTM(4)) if units is None else L.Flatten(),
                              L.Dropout(rate), L.Dense(units or 8, kernel_constraint=keras.constraints.MaxNorm(3)), L.Dense(3, "softmax", name="out")])
    model.compile(**(compile_settings or dict(loss="mse", optimizer="adam")))
    return model


def test_a_model_is_the_same_in_every_format(upkeep, tmp_path):
    small().save(tmp_path / "keras.h5")
    (tmp_path / "k.json").write_text(small().to_json())
    upkeep("convert", tmp_path / "keras.h5", tmp_path / "model.onnx")
    upkeep("convert", tmp_path / "model.onnx", tmp_path / "back.h5")
    for other in "model.onnx", "back.h5":
        printed = upkeep("diff", tmp_path / "keras.h5", tmp_path / other, "--exit-code")
        assert "the same layers, settings and weights" in printed
    found = upkeep.json("diff", tmp_path / "keras.h5", tmp_path / "k.json")  # the same architecture, fresh weights
    assert found["same_structure"] and found["same_settings"] and not found["same_weights"]


def test_differences_are_those_that_numpy_finds(upkeep, tmp_path):
    before, after = small(), small()
    kernel, bias = after.layers[-2].get_weights()
    kernel[:5] = 0
    kernel[7, 2] += 0.5
    after.layers[-2].set_weights([kernel, bias])
    before.save(tmp_path / "before.h5")
    after.save(tmp_path / "after.h5")
    found = upkeep.json("diff", tmp_path / "before.h5", tmp_path / "after.h5")
    changed = [layer for layer in found["layers"] if layer["change"] != "same"]
    assert [layer["after"] for layer in changed] == [after.layers[-2].name]
    measured = {weight["name"]: weight for weight in changed[0]["weights"]}
    old = before.layers[-2].get_weights()[0].astype("float64")
    new = kernel.astype("float64")
    assert measured["bias"]["equal"] and not measured["kernel"]["equal"]
    assert measured["kernel"]["differing"] == (old != new).sum()
    np.testing.assert_allclose(measured["kernel"]["largest_absolute"], np.abs(new - old).max())
    np.testing.assert_allclose(measured["kernel"]["mean_absolute"], np.abs(new - old).mean())
    np.testing.assert_allclose(measured["kernel"]["norm"], [np.linalg.norm(old), np.linalg.norm(new)])
    assert measured["kernel"]["zeros"] == [(old == 0).sum(), (new == 0).sum()]
    assert upkeep.run("diff", tmp_path / "before.h5", tmp_path / "after.h5", "--exit-code").returncode == 1


def test_settings_and_compilation_that_differ_are_named(upkeep, tmp_path):
    small().save(tmp_path / "before.h5")
    small(units=5, rate=0.1, loss="mae", optimizer=keras.optimizers.SGD(0.1)).save(tmp_path / "after.h5")
    found = upkeep.json("diff", tmp_path / "before.h5", tmp_path / "after.h5")
    settings = {layer["after"]: {one["name"]: (one["before"], one["after"]) for one in layer["settings"]} for layer in found["layers"] if layer["settings"]}
    assert settings == {"dropout": {"rate": (0.3, 0.1)}, "dense": {"units": (8, 5)}}
    assert {"compile loss", "compile optimizer"} <= {one["name"] for one in found["metadata"]}
    assert found["same_structure"]


def test_indices_and_pixels_are_compared_on_values_that_there_are(upkeep, tmp_path):
    keras.utils.set_random_seed(4)
    words, image = keras.Input((7,), dtype="int32", name="words"), keras.Input((8, 8, 3), name="image")
    y = L.Concatenate()([L.LSTM(4)(L.Embedding(50, 5, mask_zero=True)(words)), L.Flatten()(L.Rescaling(1 / 255)(image))])
    model = keras.Model([words, image], [L.Dense(2, name="a")(y), L.Dense(1, name="b")(y)])
    model.save(tmp_path / "model.h5")
    comparison = upkeep.json("convert", tmp_path / "model.h5", tmp_path / "model.onnx")["comparison"]
    assert [one["output"] for one in comparison["outputs"]] == ["a", "b"]
    assert comparison["largest_ulp"] == 0 and comparison["rows"] == 64
