"""A functional model of the C++ API, with two inputs, a shared layer and two outputs, answers in Keras as it does here."""

import subprocess

import numpy as np

import pytest

keras = pytest.importorskip("keras")


def test_keras_gives_the_same_answers(example, tmp_path):
    done = subprocess.run([str(example("functional_model"))], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    model = keras.models.load_model(tmp_path / "functional.keras")
    assert [one.name for one in model.inputs] == ["left", "right"]
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 58  # the convolution that both images share counts once
    rows = np.load(tmp_path / "answers.npz")
    answers = model.predict([rows["left"], rows["right"]], verbose=0)
    for name, answer in zip(("difference", "brighter"), answers):
        np.testing.assert_allclose(answer, rows[name].reshape(answer.shape), rtol=1e-5, atol=1e-6)
