"""Makes the first inputs of the fuzz targets: small files by the libraries that usually write them. The same bytes each time.

    python fuzz/corpus/make.py          # with tests/interop's requirements installed

What fuzzing found lies beside them and is left alone.
"""

import hashlib
import io
import json
import os
import pathlib
import re
import struct
import sys
import tarfile
import tempfile
import zipfile
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import h5py
import keras
import numpy as np
import tf_keras
from safetensors.numpy import save as save_safetensors

FOLDER = pathlib.Path(__file__).parent
L = keras.layers


def put(target, name, data):
    path = FOLDER / target / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def packed(entries, compression=zipfile.ZIP_DEFLATED):
    """An archive whose entries say no time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = compression
            archive.writestr(entry, data)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


# --- Keras ---------------------------------------------------------------------------------------------------------------------------------


def sequential(K, *layers):
    return K.Sequential([K.layers.InputLayer((3,), name="x") if K is tf_keras else K.Input((3,), name="x"), *layers], name="m")


def dense(K):
    return sequential(K, K.layers.Dense(4, activation="relu", kernel_regularizer="l2"), K.layers.Dense(1))


def image(K):
    return K.Sequential([K.layers.InputLayer((8, 8, 1)), K.layers.Conv2D(2, 3, padding="same"), K.layers.BatchNormalization(),
                         K.layers.MaxPooling2D(), K.layers.SeparableConv2D(2, 2), K.layers.GlobalAveragePooling2D(), K.layers.Softmax()])


def text(K):
    return K.Sequential([K.layers.InputLayer((5,)), K.layers.Embedding(7, 3, mask_zero=True),
                         K.layers.Bidirectional(K.layers.LSTM(2, return_sequences=True)), K.layers.GRU(2),
                         K.layers.Dropout(0.1), K.layers.Dense(1, activation="sigmoid")])


def branches(K):
    a, b = K.layers.Input((3,), name="a"), K.layers.Input((3,), name="b")
    shared = K.layers.Dense(2, name="shared")
    left, right = shared(a), shared(b)
    both = K.layers.Concatenate(name="both")([left, right])
    return K.Model([a, b], [K.layers.Add(name="sum")([left, right]), K.layers.Dense(1, name="answer")(both)], name="m")


def inner(K):
    x = K.layers.Input((3,), name="x")
    return K.Model(x, K.layers.Dense(1, name="out")(dense(K)(x)), name="outer")


def attention():
    x = keras.Input((4, 6), name="x")
    h = L.MultiHeadAttention(2, 3)(x, x)
    h = L.LayerNormalization()(x + h * 2.0)
    h = keras.ops.mean(h, axis=1)
    return keras.Model(x, L.Dense(1)(keras.ops.relu(h)))


KERAS1 = {"class_name": "Sequential", "keras_version": "1.2.2", "config": [
    {"class_name": "Convolution2D", "config": {"name": "c", "batch_input_shape": [None, 4, 4, 1], "nb_filter": 2, "nb_row": 2, "nb_col": 2,
                                               "dim_ordering": "tf", "border_mode": "same", "subsample": [1, 1], "activation": "relu"}},
    {"class_name": "Flatten", "config": {"name": "f"}},
    {"class_name": "Dense", "config": {"name": "d", "output_dim": 1, "init": "glorot_uniform", "activation": "linear"}}]}


def models():
    for K, prefix in ((keras, "keras3"), (tf_keras, "keras2")):
        for make in (dense, image, text, branches, inner):
            K.backend.clear_session()
            K.utils.set_random_seed(7)
            yield f"{prefix}_{make.__name__}", make(K)
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    yield "keras3_attention", attention()


def train(model):
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    model.fit(np.ones((4, 3), "float32"), np.ones((4, 1), "float32"), verbose=0)


def saved(model, name):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        (model.save_weights if name.endswith(".weights.h5") else model.save)(path)
        return path.read_bytes()


def without_addresses(config):
    """Objects that are shared have their addresses for names."""
    names = {}
    return re.sub(r'(?<="shared_object_id": )\d+', lambda found: str(names.setdefault(found[0], len(names) + 1)), config)


def without_date(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        entries = {name: read.read(name) for name in read.namelist()}
    entries["metadata.json"] = json.dumps(json.loads(entries["metadata.json"]) | {"date_saved": "1980-01-01@00:00:00"})
    entries["config.json"] = without_addresses(entries["config.json"].decode())
    return packed(entries)


def content(file):
    """What is in an HDF5 file, as h5.cpp reads it."""
    lines = []

    def texts(value):
        return [one.decode() if isinstance(one, bytes) else str(one) for one in np.atleast_1d(value)]

    def attributes(path, node):
        for name, value in node.attrs.items():
            if isinstance(value, (str, bytes)):
                lines.append(f"text {path} {name} {texts(value)[0]}")
            elif getattr(value, "dtype", np.dtype("f4")).kind in "OSU":
                lines.append(f"texts {path} {name} {'|'.join(texts(value))}")

    def visit(path, node):
        kind = "group" if isinstance(node, h5py.Group) else "integer" if node.dtype.kind in "iu" else "float"
        lines.append(" ".join([kind, path, *map(str, getattr(node, "shape", ()))]))
        if kind == "group":
            attributes(path, node)

    with h5py.File(io.BytesIO(file), "r") as opened:
        attributes("/", opened)
        opened.visititems(visit)
    return "\n".join(lines) + "\n"


def keras_bytes(config, weights, version="3.9.0", **other):
    """As convert/formats/shared/keras_bytes.cpp writes it: tensors at multiples of 64, an index, its length."""
    data, groups = b"", []
    for group, tensors in weights.items():
        groups.append([group, []])
        for name, tensor in tensors.items():
            data += bytes(-len(data) % 64)
            groups[-1][1].append([name, {"float32": 1, "int64": 7}[tensor.dtype.name], list(tensor.shape), len(data)])
            data += tensor.tobytes()
    index = {"version": version, "backend": "tensorflow", "model_config": config, "training_config": None, "metadata": {}, "names": 0,
             "weights": groups, "optimizer": []} | other
    text = json.dumps(index).encode()
    return data + text + struct.pack("<Q", len(text))


def folder_of(archive):
    """What an archive of Keras 3 unpacks to, as scratch_folder.hpp reads it."""
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        entries = {name: read.read(name) for name in read.namelist() if not name.endswith("/")}
    return json.dumps({name: content(data) if name.endswith(".h5") else data.decode() for name, data in entries.items()})


NETS = {
    "dense": ("{name: net, layers: [{input: {shape: [3]}}, {dense: {units: 4, activation: relu, name: hidden}}, {dense: {units: 1}}]}",
              lambda: sequential(keras, L.Dense(4, name="hidden"), L.Dense(1))),
    "image": ("""layers:
  - input: {shape: [8, 8, 1]}
  - conv2d: {filters: 2, kernel_size: 3, padding: same}
  - batch_normalization: {}
  - flatten
  - dense: {units: 1, kernel_regularizer: "l2:l2=0.01"}
""", lambda: keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3, padding="same"), L.BatchNormalization(), L.Flatten(), L.Dense(1)])),
    "branches": ("""name: m
layers:
  - input: {name: a, shape: [3]}
  - dense: {name: left, units: 2}
  - {kind: dense, name: right, settings: {units: 2, activation: "tanh"}, inputs: [a]}
  - {kind: concatenate, name: both, inputs: [left, right]}
  - dense: {units: 1}
outputs: [dense, left]
""", None),
    "again": ("layers: [{input: {shape: [3]}}, {dense: &d {units: 3}}, {dense: *d}, {dropout: {rate: 0.5}}]", None)}


def shards(model):
    """Weights in several files, by the names in their map."""
    largest = max(weight.numpy().nbytes for weight in model.weights) / (1 << 30)
    with tempfile.TemporaryDirectory() as folder:
        model.save_weights(pathlib.Path(folder) / "w.weights.json", max_shard_size=1.2 * largest)
        return {path.name: content(path.read_bytes()) if path.suffix == ".h5" else path.read_text()
                for path in sorted(pathlib.Path(folder).iterdir())}


def make_weights():
    for name, (net, make) in NETS.items():
        put("yaml", f"{name}.yaml", net)
        if make:
            keras.backend.clear_session()
            model = make()
            put("keras_weights", f"{name}.json", json.dumps({"net.yaml": net, "w.weights.h5": content(saved(model, "m.weights.h5"))}))
            put("keras_weights", f"{name}_legacy.json", json.dumps({"net.yaml": net, "w.weights.h5": content(saved(model, "m.h5"))}))
            put("keras_weights", f"{name}_shards.json", json.dumps({"net.yaml": net} | shards(model)))


def make_keras():
    put("keras", "keras1_conv.json", json.dumps(KERAS1))
    for name, model in models():
        put("keras", f"{name}.json", model.to_json())
        weights = {layer.name: {w.name: w.numpy() for w in layer.weights} for layer in model.layers}
        if "dense" in name or "branches" in name:
            put("keras_bytes", f"{name}.bin", keras_bytes(json.loads(model.to_json()), weights))
        if name.startswith("keras3") and "dense" not in name:
            archive = without_date(saved(model, "m.keras"))
            put("keras_zip", f"{name}.keras", archive)
            put("keras_folder", f"{name}.json", folder_of(archive))
        if name in ("keras3_dense", "keras2_dense"):
            train(model)
            put("h5", f"{name}_places.txt", content(saved(model, "m.weights.h5")))
            put("h5", f"{name}.txt", content(saved(model, "m.h5")))
            archive = without_date(saved(model, "m.keras"))
            put("keras_zip", f"{name}_trained.keras", archive)
            put("keras_folder", f"{name}_trained.json", folder_of(archive))
    put("keras_bytes", "theano.bin", keras_bytes(KERAS1, {
        "c": {"w": np.ones((2, 2, 1, 2), "float32"), "b": np.ones(2, "float32")}, "f": {},
        "d": {"w": np.ones((32, 1), "float32"), "b": np.ones(1, "float32")}}, "1.2.2", backend="theano"))


# --- archives of arrays --------------------------------------------------------------------------------------------------------------------


def make_archives():
    numbers = np.arange(6, dtype="float32").reshape(3, 2)
    arrays = {
        "float32": numbers, "float64_big_endian": numbers.astype(">f8"), "float16": numbers.astype("f2"), "fortran": np.asfortranarray(numbers),
        "int8": numbers.astype("i1"), "uint64": numbers.astype("u8"), "bool": numbers > 2, "complex": numbers.astype("c8"),
        "text": np.array(["a", "äöü", "€", "😀"]), "text_big_endian": np.array(["äöü"]).astype(">U5"), "bytes": np.array([b"a", b"bc"]),
        "scalar": np.array(2.5), "empty": np.zeros((0, 3), "f4"), "objects": np.array([{}, None], dtype=object), "five_axes": np.zeros((1, 2, 1, 2, 1))}
    for name, array in arrays.items():
        put("npz", f"{name}.npy", npy(array))
    put("npz", "packed.npz", packed({f"{name}.npy": npy(array) for name, array in list(arrays.items())[:6]}))
    put("npz", "stored.npz", packed({"dense/kernel.npy": npy(numbers), "dense/bias.npy": npy(numbers[0])}, zipfile.ZIP_STORED))
    put("zip", "stored.zip", packed({"a": b"some text", "folder/": b"", "folder/b": bytes(100)}, zipfile.ZIP_STORED))
    put("zip", "deflated.zip", packed({"a": b"some text " * 20, "empty": b"", "ä": bytes(range(256))}))
    put("zip", "empty.zip", packed({}))
    put("zip", "bzip2.zip", packed({"a": b"some text " * 20}, zipfile.ZIP_BZIP2))
    put("zip", "outside.zip", packed({"../a": b"x", "/tmp/a": b"y", "C:\\a": b"z"}))
    layers = {"name": "m", "layers": [{"input": {"shape": [2]}}, {"dense": {"units": 1}}]}
    weights = {"dense/kernel": np.ones((2, 1), "float32"), "dense/bias": np.zeros(1, "float32")}
    put("safetensors", "weights.safetensors", save_safetensors(weights))
    put("safetensors", "model.safetensors", save_safetensors(weights, {"upkeep.layers": json.dumps(layers)}))
    put("safetensors", "half.safetensors", save_safetensors({name: one.astype("float16") for name, one in weights.items()}))
    put("safetensors", "types.safetensors", save_safetensors({str(t): np.ones(2, t) for t in ("f8", "i8", "i4", "i2", "i1", "u1", "?")}))


# --- profiles of the log, as src/log/profile_files.cpp describes them, without the sum that the target puts behind them ---------------------


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def text(value):
    return varint(len(value)) + value.encode()


def column(size, counts, missing=0, others={}):
    """`counts`: by cell."""
    data, next_cell = varint(size) + varint(len(counts)), 0
    for cell, count in sorted(counts.items()):
        data += varint(cell - next_cell) + varint(count)
        next_cell = cell + 1
    data += varint(missing) + varint(0) + struct.pack("<dd", -1.5, 4) + (3 << 16).to_bytes(16, "little") + (5 << 32).to_bytes(16, "little")
    return data + varint(len(others)) + b"".join(text(name) + varint(count) for name, count in others.items())


def segment_profile(rows, columns, fingerprint="ab12"):
    zigzag = 2 * 1_700_000_000_000_000
    head = b"UPKPROF1" + text("a.parquet") + text(fingerprint) + varint(rows) + varint(1) + varint(rows) + varint(0)
    return head + varint(zigzag) + varint(zigzag + 2000) + varint(2) + varint(212) + varint(rows) + varint(1) + varint(3) + varint(len(columns)) + b"".join(columns)


def make_profiles():
    put("profile", "segment.bin", segment_profile(7, [column(5, {0: 1, 3: 6}), column(3, {2: 5}, 2, {"new": 3, "ä": 2})]))
    put("profile", "empty.bin", segment_profile(0, []))
    cells = {"column": "in.a", "dtype": "float32", "categorical": False, "edges": [0.0, 1.5, 2.5], "categories": [], "slack": 0.0, "mean": 1.0, "deviation": 2.0}
    words = {**cells, "column": "in.c", "dtype": "float64", "categorical": True, "edges": [], "categories": ["x", "y"]}
    part = {"name": "all", "rows": 4, "columns": [{"cells": [1, 1, 2, 0], "missing": 0}, {"cells": [2, 1, 0], "missing": 1}]}
    put("profile", "reference.json", json.dumps({"format": "upkeep.reference-profile.1", "columns": [cells, words], "parts": [part]}))


# --- HTTP/2 and gRPC -----------------------------------------------------------------------------------------------------------------------


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def headers(stream, flags, **fields):
    """A HEADERS frame; each field a literal that is not indexed."""
    named = {":method": "POST", ":scheme": "http", ":path": "/", ":authority": "a", **{name.replace("_", "-"): value for name, value in fields.items()}}
    path = named.pop("path", None)
    if path:
        named[":path"] = path
    block = b"".join(b"\x10" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode() for name, value in named.items())
    return frame(1, 4 | flags, stream, block)


def message(data, flag=0):
    return bytes([flag]) + len(data).to_bytes(4, "big") + data


def make_http2():
    settings, grpc = frame(4, 0, 0), {"content_type": "application/grpc", "te": "trailers"}
    put("http2", "get.bin", b"\0" + settings + headers(1, 1))
    put("http2", "post.bin", b"\0" + settings + headers(1, 0) + frame(0, 1, 1, b"body"))
    put("http2", "call.bin", b"\0" + settings + headers(1, 0, **grpc) + frame(0, 1, 1, message(b"abc")))
    put("http2", "stream.bin", b"\x07" + settings + headers(1, 0, path="/stream", **grpc) + frame(0, 0, 1, message(b"abc") + message(b"")) + frame(0, 1, 1, message(b"x" * 300)))
    packed_message = message(zlib.compress(b"x" * 2000), 1)
    put("http2", "deflate.bin", b"\0" + settings + headers(1, 0, grpc_encoding="deflate", grpc_accept_encoding="deflate", **grpc) + frame(0, 1, 1, packed_message))
    put("http2", "controls.bin", b"\0" + frame(4, 0, 0, b"\0\4\0\0\x20\0") + frame(6, 0, 0, b"12345678") + headers(1, 0) + frame(8, 0, 1, b"\0\0\1\0") + frame(3, 0, 1, b"\0\0\0\x08") + frame(7, 0, 0, b"\0" * 8))
    put("http2", "continued.bin", b"\x03" + settings + frame(1, 1, 1, b"\x83\x86") + frame(9, 4, 1, b"\x84\x41\x01a"))


def make_grpc_messages():
    from tritonclient.grpc import service_pb2

    for kind, field, values in [("FP32", "fp32", [1.5, -2]), ("INT8", "int", [1, -128]), ("UINT64", "uint64", [1, 2**64 - 1]), ("BOOL", "bool", [True, False]), ("BYTES", "bytes", [b"a", b"\0"])]:
        request = service_pb2.ModelInferRequest(model_name="m", id="1")
        getattr(request.inputs.add(name="x", datatype=kind, shape=[2]).contents, f"{field}_contents").extend(values)
        put("grpc_messages", f"typed_{kind.lower()}.bin", request.SerializeToString(deterministic=True))
    request = service_pb2.ModelInferRequest(model_name="m", model_version="2", id="1", raw_input_contents=[b"12345678", b"\1\0\0\0a"])
    request.inputs.add(name="x", datatype="FP32", shape=[1, 2])
    request.inputs.add(name="t", datatype="BYTES", shape=[1])
    request.parameters["priority"].uint64_param = 3
    request.parameters["timeout"].int64_param = 1000
    request.outputs.add(name="y").parameters["classification"].int64_param = 2
    put("grpc_messages", "raw.bin", request.SerializeToString(deterministic=True))


# --- archives of a registry, as src/registry/contents.cpp describes them ---------------------------------------------------------------------


def tar_of(entries):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in entries:
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return file.getvalue()


def make_registry_archives():
    lines = lambda rows: "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows).encode()
    model, table = b"a model", b"a table"
    digests = {hashlib.sha256(data).hexdigest(): data for data in (model, table)}
    version = {"model": "m", "version": 1, "artifact": hashlib.sha256(model).hexdigest(), "size_bytes": len(model), "created": 1700000000000000, "actor": "ann",
               "description": "", "facts": {"reference": {"sha256": hashlib.sha256(table).hexdigest(), "rows": 1}}}
    event = {"id": 1, "time": 1700000000000000, "kind": "published", "model": "m", "alias": "", "from": None, "to": 1, "actor": "ann", "reason": "", "evidence": {}}
    events = [event, {**event, "id": 2, "kind": "promoted", "alias": "production"}, {**event, "id": 3, "kind": "described", "evidence": {"facts": {"mae": 1}, "description": "d"}},
              {**event, "id": 4, "kind": "held", "alias": "production", "to": None}]
    for name, rows, changes in (("whole", [version], events), ("empty", [], [])):
        about = {"format": "upkeep-registry", "version": 1, "versions": len(rows), "events": len(changes), "artifacts": len(digests) if rows else 0,
                 "rows": hashlib.sha256(lines(rows) + lines(changes)).hexdigest()}
        files = [(f"artifacts/sha256/{digest}", data) for digest, data in sorted(digests.items())] if rows else []
        put("registry_archive", f"{name}.tar", tar_of([("registry.json", json.dumps(about).encode()), ("versions.jsonl", lines(rows)), ("events.jsonl", lines(changes)), *files]))


def make_http1():
    host = "Host: a\r\n"
    put("http1", "get", "GET /v2/health/live?x=%2F HTTP/1.1\r\n" + host + "\r\n")
    put("http1", "absolute", "GET http://a:80/v2 HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n")
    put("http1", "length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\nabGET / HTTP/1.0\r\n\r\n")
    put("http1", "chunked", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\nGET")
    put("http1", "both", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n")


def make_tokens():
    put("tokens", "whole", """tokens:
  - name: shop
    sha256: 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881
    allow: {infer: [price, "image-*"], label: ["*"]}
    requests_per_s: 200
    concurrent: 16
    expires: "2027-06-30"
certificates:
  - name: spiffe://shop.example/batch
    allow: {admin: ["*"]}
anonymous:
  allow: {infer: [demo]}
""")
    put("tokens", "short", 'anonymous: {allow: {infer: ["**a*", ""]}}')


if __name__ == "__main__":
    make_keras()
    make_weights()
    make_archives()
    make_profiles()
    make_http2()
    make_grpc_messages()
    make_registry_archives()
    make_http1()
    make_tokens()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            print(path.stat().st_size, path.relative_to(FOLDER), file=sys.stderr)
