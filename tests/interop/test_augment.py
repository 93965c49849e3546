"""Augmenters whose chances are fixed give the pixels that Keras's layers give; what Pillow wrote is read as Keras's loader reads it."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

# ours, the layer, and what keeps the comparison to pixels that both define alike
LAYERS = {
    "rotation:factor=[0.07,0.07]": lambda: keras.layers.RandomRotation((0.07, 0.07)),
    "rotation:factor=[-0.3,-0.3],fill_mode=nearest": lambda: keras.layers.RandomRotation((-0.3, -0.3), fill_mode="nearest"),
    "rotation:factor=[0.11,0.11],fill_mode=constant,fill_value=9": lambda: keras.layers.RandomRotation((0.11, 0.11), fill_mode="constant", fill_value=9.0),
    "translation:height_factor=[0.23,0.23],width_factor=[-0.37,-0.37]": lambda: keras.layers.RandomTranslation((0.23, 0.23), (-0.37, -0.37)),
    "zoom:height_factor=[-0.4,-0.4],width_factor=[0.3,0.3]": lambda: keras.layers.RandomZoom((-0.4, -0.4), (0.3, 0.3)),
    "zoom:height_factor=[0.5,0.5],fill_mode=constant": lambda: keras.layers.RandomZoom((0.5, 0.5), fill_mode="constant"),
    "brightness:factor=[0.2,0.2],value_range=[0,255]": lambda: keras.layers.RandomBrightness((0.2, 0.2)),
    "saturation:factor=[0.3,0.3],value_range=[0,255]": lambda: keras.layers.RandomSaturation((0.3, 0.3)),
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).integers(0, 256, (6, 17, 23, 3)).astype("float32")


@pytest.mark.parametrize("augmenter", LAYERS)
def test_augmenters_are_keras_layers(upkeep, images, tmp_path, augmenter):
    np.savez(tmp_path / "in.npz", x=images)
    upkeep("augment", "--data", tmp_path / "in.npz", "--augment", augmenter, "--seed", 1, "--output", tmp_path / "out.npz")
    ours = np.load(tmp_path / "out.npz")["x"]
    theirs = np.asarray(LAYERS[augmenter]()(images, training=True))
    # float32 coordinates up to 23 lose 23 * 2^-23 of a pixel, steps of up to 255 make 7e-4 of that
    np.testing.assert_allclose(ours, theirs, atol=4e-3)


def test_folders_of_images_are_read_as_keras_reads_them(upkeep, images, tmp_path):
    image = pytest.importorskip("PIL.Image")
    for i, pixels in enumerate(images):
        folder = tmp_path / "photos" / ("odd" if i % 2 else "even")
        folder.mkdir(parents=True, exist_ok=True)
        image.fromarray(pixels.astype("uint8")).save(folder / f"{i}.png")
    data = keras.utils.image_dataset_from_directory(tmp_path / "photos", image_size=(17, 23), shuffle=False, batch_size=None)
    theirs, labels = zip(*((x.numpy(), int(y)) for x, y in data))
    upkeep("augment", "--data", tmp_path / "photos", "--augment", "flip:probability=0", "--seed", 1, "--output", tmp_path / "out.npz")
    ours = np.load(tmp_path / "out.npz")
    np.testing.assert_array_equal(ours["image"], np.stack(theirs))
    assert [data.class_names.index(name) for name in ours["class"]] == list(labels)
