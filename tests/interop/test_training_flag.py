"""training=False and training=True in calls. Keras 2 heeds them in training; its numbers are the measure of what we heed in files of both."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")


def inside(K):
    """Layers that differ in training, and a layer around them where they need one."""
    L = K.layers
    return {
        "batch_normalization": L.BatchNormalization(), "dropout": L.Dropout(0.5), "spatial_dropout": K.Sequential([L.Reshape((2, 3)), L.SpatialDropout1D(0.5), L.Flatten()]),
        "gaussian_noise": L.GaussianNoise(1.0),
        "bidirectional": K.Sequential([L.Reshape((2, 3)), L.Bidirectional(L.GRU(3, dropout=0.5, recurrent_dropout=0.5))]),
        "time_distributed": K.Sequential([L.Reshape((2, 3)), L.TimeDistributed(L.Dropout(0.5)), L.Flatten()]),
    }


def flagged(K, kind):
    """The layer in a model in a model that is called with training=False, before a head that is trained."""
    K.utils.set_random_seed(2)
    i = K.Input((6,))
    model = K.Model(i, inside(K)[kind](K.layers.Dense(6)(i)), name="inner")
    outer = K.Input((6,))
    around = K.Model(outer, model(outer), name="around")
    x = K.Input((6,), name="x")
    return K.Model(x, K.layers.Dense(1)(around(x, training=False)))


def losses(upkeep, folder, path):
    return upkeep.json("train", path, "--data", folder / "d.npz", "--features", "x", "--target", "y", "--loss", "mse", "--optimizer", "sgd:learning_rate=0.01", "--epochs", 2,
                       "--batch-size", 16, "--no-shuffle", "--output", folder / "o.onnx")["history"]["loss"]


@pytest.mark.parametrize("kind", ["batch_normalization", "dropout", "spatial_dropout", "gaussian_noise", "bidirectional", "time_distributed"])
def test_what_a_call_says_reaches_every_layer_inside(kind, upkeep, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(48, 6)).astype("float32"), rng.normal(size=(48, 1)).astype("float32")
    np.savez(tmp_path / "d.npz", x=x, y=y)
    model = flagged(tf_keras, kind)
    model.compile(tf_keras.optimizers.SGD(0.01), "mse")
    model.save(tmp_path / "m.h5")
    ours = losses(upkeep, tmp_path, tmp_path / "m.h5")
    expected = model.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(ours, expected, rtol=1e-4)
    newer = flagged(keras, kind)  # the same weights, in a file of Keras 3
    newer.set_weights(tf_keras.models.load_model(tmp_path / "m.h5", compile=False).get_weights())
    newer.save(tmp_path / "m.keras")
    np.testing.assert_allclose(losses(upkeep, tmp_path, tmp_path / "m.keras"), expected, rtol=1e-4)


def test_what_predicts_as_it_trains_is_refused_by_name(upkeep, tmp_path):
    L = tf_keras.layers
    for layer in (L.GaussianNoise(1.0), L.Dropout(0.5), L.BatchNormalization(), L.GaussianDropout(0.5)):
        i = tf_keras.Input((4,))
        tf_keras.Model(i, layer(i, training=True)).save(tmp_path / "m.h5")
        done = upkeep.run("convert", tmp_path / "m.h5", tmp_path / "m.onnx")
        assert done.returncode != 0 and "called with training=True" in done.stderr, (layer.name, done.stderr)
