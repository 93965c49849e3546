"""Files made to do harm, with the libraries that make such files: each is refused with one line that says where, soon, and without much memory."""

import json
import os
import pickle
import re
import resource
import struct
import subprocess
import warnings
import zipfile
import zlib

import h5py
import numpy as np
import pytest

MOST_SECONDS = 2  # of the processor
MOST_BYTES = 600 << 20

CONFIG = {"class_name": "Sequential", "module": "keras", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 3], "dtype": "float32"}},
    {"class_name": "Dense", "config": {"name": "dense", "units": 2, "activation": "linear", "use_bias": True}}]}}
KERNEL = np.ones((3, 2), "float32")
BIAS = np.zeros(2, "float32")


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def little_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


@pytest.fixture
def refusal(upkeep, tmp_path):
    """refusal("inspect", "m.h5") is the one line that a command in the folder answers with."""

    def run(*words):
        before = processor_seconds()
        done = subprocess.run([upkeep.binary, *words], capture_output=True, text=True, cwd=tmp_path, preexec_fn=little_memory, timeout=60)
        assert done.returncode == 1, f"exit {done.returncode}: {done.stderr[:2000]}"
        assert done.stderr.startswith("upkeep: ") and done.stderr.count("\n") == 1, done.stderr[:2000]
        assert done.stdout == ""
        assert processor_seconds() - before < MOST_SECONDS, done.stderr
        return done.stderr

    return run


# --- HDF5 ----------------------------------------------------------------------------------------------------------------------------------


def write_h5(path, libver="earliest"):
    """A file as Keras writes it, open to be spoilt."""
    file = h5py.File(path, "w", libver=libver)
    file.attrs["keras_version"] = "3.9.0"
    file.attrs["backend"] = "tensorflow"
    file.attrs["model_config"] = json.dumps(CONFIG)
    weights = file.create_group("model_weights")
    weights.attrs["layer_names"] = ["dense"]
    dense = weights.create_group("dense")
    dense.attrs["weight_names"] = ["dense/kernel", "dense/bias"]
    dense["dense/kernel"] = KERNEL
    dense["dense/bias"] = BIAS
    return file


def test_the_file_to_be_spoilt_is_read(upkeep, tmp_path):
    write_h5(tmp_path / "m.h5").close()
    upkeep("inspect", tmp_path / "m.h5")


def overflowing_shape(file):
    del file["model_weights/dense/dense/kernel"]
    file["model_weights/dense"].create_dataset("dense/kernel", (1 << 40, 1 << 40), "f4", chunks=(64, 64))


def beyond_64_bits(file):
    del file["model_weights/dense/dense/kernel"]
    space = h5py.h5s.create_simple((3,), (h5py.h5s.UNLIMITED,))
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((1,))
    h5py.h5d.create(file["model_weights/dense/dense"].id, b"kernel", h5py.h5t.IEEE_F32LE, space, properties).set_extent(((1 << 64) - 2,))


def chunk_bomb(file):
    """A gigabyte of zeros that takes a megabyte."""
    del file["model_weights/dense/dense/kernel"]
    data = file["model_weights/dense"].create_dataset("dense/kernel", (1 << 14, 1 << 14), "f4", chunks=(1 << 12, 1 << 12), compression=9)
    data.id.write_direct_chunk((0, 0), zlib.compress(bytes(1 << 26), 9))


def many_zeros(file):
    """Honest chunks, of 512 MB in half a megabyte; as float32 a gigabyte."""
    del file["model_weights/dense/dense/kernel"]
    data = file["model_weights/dense"].create_dataset("dense/kernel", (1 << 28,), "f2", chunks=(1 << 25,), compression=9)
    zeros = zlib.compress(bytes(1 << 26), 9)
    for i in range(8):
        data.id.write_direct_chunk((i << 25,), zeros)


def hard_link_for_layer(file):
    """The layer's group is the root: weights and groups without end."""
    del file["model_weights/dense"]
    file["model_weights/dense"] = file["/"]


def attribute_bomb(file):
    """Text of 256 MB."""
    file.attrs["training_config"] = "x" * (1 << 28)


def many_names(file):
    del file["model_weights"].attrs["layer_names"]
    space = h5py.h5s.create_simple((1 << 22,))
    h5py.h5a.create(file["model_weights"].id, b"layer_names", h5py.h5t.py_create(h5py.string_dtype(), logical=True), space)


def names_of_one_text(file):
    """Of 4000 texts only one is stored, of 4 MB: all refer to it."""
    file["model_weights"].attrs["layer_names"] = ["x" * (1 << 22), *["y"] * 4000]


def layers_of_one_group(file):
    """A hundred weights that a thousand layers share: 400 MB in a file of 600 kB."""
    weights = file["model_weights"]
    weights.attrs["layer_names"] = [f"l{i}" for i in range(1000)]
    first = weights.create_group("l0")
    first.attrs["weight_names"] = [f"w{i}" for i in range(100)]
    for i in range(100):
        first[f"w{i}"] = np.ones(1000, "float32")
    for i in range(1, 1000):
        weights[f"l{i}"] = first


def long_name(file):
    file["model_weights"].attrs["layer_names"] = ["x" * 5000]


def parent_path(file):
    file["model_weights/dense"].attrs["weight_names"] = ["../../secret", "dense/bias"]
    file["secret"] = KERNEL


def absolute_path(file):
    file["model_weights/dense"].attrs["weight_names"] = ["/secret", "dense/bias"]
    file["secret"] = KERNEL


def dot_path(file):
    file["model_weights/dense"].attrs["weight_names"] = ["./dense/kernel", "dense/bias"]


def layer_twice(file):
    file["model_weights"].attrs["layer_names"] = ["dense", "dense"]


def weight_twice(file):
    file["model_weights/dense"].attrs["weight_names"] = ["dense/kernel", "dense/kernel"]


def group_as_weight(file):
    del file["model_weights/dense/dense/kernel"]
    file["model_weights/dense/dense"].create_group("kernel")


def dataset_as_group(file):
    del file["model_weights/dense"]
    file["model_weights/dense"] = KERNEL


def text_as_weight(file):
    del file["model_weights/dense/dense/kernel"]
    file["model_weights/dense/dense"].create_dataset("kernel", (3, 2), h5py.string_dtype())


def compound_as_weight(file):
    del file["model_weights/dense/dense/kernel"]
    file["model_weights/dense/dense/kernel"] = np.zeros((3, 2), [("a", "f4"), ("b", "f4")])


def number_as_config(file):
    file.attrs["model_config"] = 5


def nested_config(file):
    file.attrs["model_config"] = "[" * 100_000


def share_the_text(path):
    """A text's reference: its length, the place of a heap, its number there."""
    whole = path.read_bytes()
    large = whole.index(struct.pack("<I", 1 << 22), whole.index(b"layer_names"))
    references = bytearray(whole)
    for at in range(large + 16, large + 16 * 4001, 16):
        assert whole[at:at + 4] == struct.pack("<I", 1)
        references[at:at + 16] = whole[large:large + 16]
    path.write_bytes(references)


@pytest.mark.parametrize("spoil, reason", [
    (overflowing_shape, 'dataset "model_weights/dense/dense/kernel": a dataset'),
    (beyond_64_bits, '"model_weights/dense/dense/kernel"'),
    (chunk_bomb, 'dataset "model_weights/dense/dense/kernel": a dataset'),
    (many_zeros, 'dataset "model_weights/dense/dense/kernel": '),  # too much memory, or too slow, as the machine is
    (names_of_one_text, 'attribute "model_weights/layer_names": with it, 16781'),
    (layers_of_one_group, 'dataset "model_weights/l2/w'),
    (long_name, 'attribute "model_weights/layer_names": a name takes 5000 bytes'),
    (hard_link_for_layer, 'no attribute "model_weights/dense/weight_names"'),
    (attribute_bomb, '"training_config"'),
    (many_names, 'attribute "model_weights/layer_names": 4194304 texts'),
    (parent_path, '"model_weights/dense/../../secret"'),
    (absolute_path, '"model_weights/dense//secret" is no name'),
    (dot_path, '"model_weights/dense/./dense/kernel" is no name'),
    (layer_twice, 'attribute "model_weights/layer_names" names "dense" twice'),
    (weight_twice, 'attribute "model_weights/dense/weight_names" names "dense/kernel" twice'),
    (group_as_weight, 'dataset "model_weights/dense/dense/kernel": it is no dataset'),
    (dataset_as_group, '"model_weights/dense" is no group'),
    (text_as_weight, 'dataset "model_weights/dense/dense/kernel": the values are neither'),
    (compound_as_weight, 'dataset "model_weights/dense/dense/kernel": the values are neither'),
    (number_as_config, 'attribute "model_config": it is not text'),
    (nested_config, "model_config: JSON is nested deeper"),
])
def test_h5(refusal, tmp_path, spoil, reason):
    with write_h5(tmp_path / "m.h5", "latest" if spoil is many_names else "earliest") as file:  # the latest lets attributes be large
        spoil(file)
    if spoil is names_of_one_text:
        share_the_text(tmp_path / "m.h5")
    said = refusal("inspect", "m.h5")
    assert "m.h5: " in said and reason in said, said


def weights_file(path, fill):
    with h5py.File(path, "w") as file:
        fill(file)


def cycle_of_hard_links(file):
    a = file.create_group("layers/dense/a")
    a["again"] = file["layers/dense"]


def two_rings(file):
    """Every level doubles the ways."""
    group = file.create_group("layers")
    for _ in range(40):
        inner = group.create_group("a")
        group["b"] = inner
        group = inner


def deep_groups(file):
    group = file.create_group("layers")
    for _ in range(2000):
        group = group.create_group("g")


def groups_of_one_name(file):
    """Of 4000 groups only one has a name, of 4 MB: all refer to it."""
    file.create_group("layers/" + "x" * (1 << 22))
    for i in range(4000):
        file.create_group(f"layers/{i}")


def share_the_name(path):
    """Behind the head of each node of a group's tree are entries of 40 bytes, which begin with where the name is: a group's first at 8."""
    whole = bytearray(path.read_bytes())
    for node in re.finditer(b"SNOD", bytes(whole)):
        for i in range(struct.unpack_from("<H", whole, node.start() + 6)[0]):
            struct.pack_into("<Q", whole, node.start() + 8 + 40 * i, 8)
    path.write_bytes(whole)


def word_as_number(file):
    file["layers/dense/vars/first"] = KERNEL


def number_beyond_counting(file):
    file["layers/dense/vars/99999999999999999999999"] = KERNEL


@pytest.mark.parametrize("fill, reason", [
    (cycle_of_hard_links, 'group "layers/dense/a/again" stands in two places'),
    (two_rings, "stands in two places"),
    (deep_groups, "nested deeper than 64"),
    (groups_of_one_name, 'group "/layers": with it, '),
    (word_as_number, '"first" is no variable\'s number'),
    (number_beyond_counting, "is no variable's number"),
])
def test_weights_h5(refusal, tmp_path, fill, reason):
    (tmp_path / "m.json").write_text(json.dumps(CONFIG))
    weights_file(tmp_path / "m.weights.h5", fill)
    if fill is groups_of_one_name:
        share_the_name(tmp_path / "m.weights.h5")
    said = refusal("convert", "m.json", "m.onnx", "--weights", "m.weights.h5")
    assert "m.weights.h5: " in said and reason in said, said
    assert not (tmp_path / "m.onnx").exists()


# --- .keras --------------------------------------------------------------------------------------------------------------------------------


def entries(tmp_path, **other):
    """What a .keras archive holds, in Keras's order."""
    weights_file(tmp_path / "inner.h5", lambda file: file.update({"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS}))
    return {"metadata.json": json.dumps({"keras_version": "3.9.0"}), "config.json": json.dumps(CONFIG),
            "model.weights.h5": (tmp_path / "inner.h5").read_bytes()} | other


def write_keras(path, content, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def test_the_archive_to_be_spoilt_is_read(upkeep, tmp_path):
    write_keras(tmp_path / "m.keras", entries(tmp_path))
    upkeep("inspect", tmp_path / "m.keras")


@pytest.mark.parametrize("name, text, reason", [
    ("config.json", "[" * 100_000, "config.json: JSON is nested deeper"),
    ("config.json", " " * (1 << 28), 'entry "config.json": it has 268435456 bytes; the limit is'),  # a bomb: 260 kB hold 256 MB
    ("config.json", "[" + "{}," * 5_000_000 + "{}]", "config.json: "),  # small when packed, large in memory: too much, or too slow
    ("metadata.json", "[1]", "metadata.json: it says no Keras version"),
    ("metadata.json", '{"keras_version": 3}', "metadata.json: it says no Keras version"),
    ("upkeep.json", "7", "upkeep_metadata"),
    ("model.weights.h5", "no weights", "model.weights.h5: HDF5"),
])
def test_keras_entry(refusal, tmp_path, name, text, reason):
    write_keras(tmp_path / "m.keras", entries(tmp_path, **{name: text}))
    said = refusal("inspect", "m.keras")
    assert "m.keras: " in said and reason in said, said


def test_keras_sizes_that_cannot_be(refusal, tmp_path):
    """The central directory claims a gigabyte of a stored entry."""
    write_keras(tmp_path / "m.keras", entries(tmp_path), zipfile.ZIP_STORED)
    whole = bytearray((tmp_path / "m.keras").read_bytes())
    at = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 1)  # of config.json
    whole[at + 24:at + 28] = struct.pack("<I", 1 << 30)
    (tmp_path / "m.keras").write_bytes(whole)
    said = refusal("inspect", "m.keras")
    assert 'm.keras: ' in said and "1073741824" in said, said


def test_keras_entries_of_one_name(refusal, tmp_path):
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        warnings.simplefilter("ignore")  # that a name stands twice
        for name, data in [*entries(tmp_path).items(), ("config.json", "{}")]:
            archive.writestr(name, data)
    assert 'm.keras: the archive has two entries "config.json"' in refusal("inspect", "m.keras")


def test_keras_paths_lead_nowhere(upkeep, tmp_path):
    """Nothing is ever written under an entry's name: entries that try to leave are of no effect."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    write_keras(folder / "m.keras", entries(tmp_path, **{"../out": "x", "/tmp/upkeep-out": "x", "assets/../../out": "x", "..\\out": "x"}))
    before = sorted(tmp_path.rglob("*"))
    upkeep("inspect", folder / "m.keras", cwd=folder)
    assert sorted(tmp_path.rglob("*")) == before and not os.path.exists("/tmp/upkeep-out")


def test_keras_entry_that_is_a_link(refusal, tmp_path):
    """Its text is the way to another file; it is text that is no HDF5."""
    content = entries(tmp_path)
    link = zipfile.ZipInfo("model.weights.h5")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("metadata.json", content["metadata.json"])
        archive.writestr("config.json", content["config.json"])
        archive.writestr(link, str(tmp_path / "inner.h5"))
    assert "m.keras: model.weights.h5: " in refusal("inspect", "m.keras")


def test_keras_folder_with_a_link(refusal, tmp_path):
    content = entries(tmp_path)
    folder = tmp_path / "m"
    folder.mkdir()
    for name in ["metadata.json", "config.json"]:
        (folder / name).write_text(content[name])
    (folder / "model.weights.h5").symlink_to(tmp_path / "inner.h5")
    assert 'model.weights.h5: "model.weights.h5" is no file of the folder' in refusal("inspect", "m")


def test_architecture_of_too_many_weights(refusal, tmp_path):
    config = json.loads(json.dumps(CONFIG))
    config["config"]["layers"][1]["config"]["units"] = 1 << 40
    (tmp_path / "m.json").write_text(json.dumps(config))
    assert "m.json: " in refusal("convert", "m.json", "m.onnx")


# --- weights alone -------------------------------------------------------------------------------------------------------------------------


class Code:
    def __reduce__(self):
        return (os.system, ("touch ran",))


def npy(descr, shape, data=b""):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


@pytest.mark.parametrize("kernel, reason", [
    (npy("|O", (1,), pickle.dumps([Code()])), "pickle"),
    (npy("<f4", (1 << 40, 1 << 40)), "more elements than 64 bits can count"),
    (npy("<f4", (-1, -6), KERNEL.tobytes()), "no valid dimension"),
    (npy("<f4", (3, 2), KERNEL.tobytes() + bytes(1 << 26)), "bytes"),
    (npy("<f4", "(" * 30_000 + ")" * 30_000), "header"),
    (npy("|S0", (1 << 62,)), "elements"),
])
def test_npz(refusal, tmp_path, kernel, reason):
    (tmp_path / "m.json").write_text(json.dumps(CONFIG))
    write_keras(tmp_path / "w.npz", {"dense/kernel.npy": kernel, "dense/bias.npy": npy("<f4", (2,), BIAS.tobytes())})
    said = refusal("convert", "m.json", "m.onnx", "--weights", "w.npz")
    assert "w.npz: " in said and "dense/kernel" in said and reason in said, said
    assert not (tmp_path / "ran").exists()


def tensor(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize("header, reason", [
    ({"dense/kernel": tensor([3, 2], 0, 24), "dense/bias": tensor([2], 16, 24)}, '"dense/bias" begins at 16, within'),
    ({"dense/kernel": tensor([1 << 32, 1 << 32], 0, 24)}, '"dense/kernel": its shape'),
    ({"dense/kernel": tensor([3, 2], (1 << 64) - 24, (1 << 64) - 1)}, '"dense/kernel": '),
    ({"dense/kernel": tensor([1 << 28], 0, 1 << 30)}, '"dense/kernel" ends at'),
    ({"dense/kernel": tensor([3, 2], 24, 0)}, '"dense/kernel": its data_offsets'),
])
def test_safetensors(refusal, tmp_path, header, reason):
    (tmp_path / "m.json").write_text(json.dumps(CONFIG))
    text = json.dumps(header).encode()
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + KERNEL.tobytes() + BIAS.tobytes())
    said = refusal("convert", "m.json", "m.onnx", "--weights", "w.safetensors")
    assert "w.safetensors: " in said and reason in said, said


@pytest.mark.parametrize("name", ["../inner.h5", "/etc/passwd", "a/../../inner.h5", ".."])
def test_shards_outside_the_folder(refusal, tmp_path, name):
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "m.json").write_text(json.dumps(CONFIG))
    entries(tmp_path)  # writes inner.h5 above
    (folder / "w.weights.json").write_text(json.dumps({"metadata": {}, "weight_map": {"/layers/dense/vars": [name]}}))
    said = refusal("convert", "f/m.json", "m.onnx", "--weights", "f/w.weights.json")
    assert "w.weights.json: /layers/dense/vars: " in said and name in said, said
