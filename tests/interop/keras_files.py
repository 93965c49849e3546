"""Keras's .h5 files written by hand, in the layout of any version: what Keras 1 and early Keras 2 wrote, nobody can write any more."""

import json

import h5py
import numpy as np


def texts(names):
    return np.array([name.encode() for name in names] or [], dtype="S")


def write_layers(group, layers):
    """`layers`: name -> list of (weight's name, values)."""
    group.attrs["layer_names"] = texts(layers)
    for name, weights in layers.items():
        own = group.create_group(name)
        own.attrs["weight_names"] = texts([weight for weight, _ in weights])
        for weight, values in weights:
            own.create_dataset(weight, data=np.asarray(values, "float32"))


def write_h5(path, model_config, layers, version, backend="tensorflow", training_config=None):
    """A whole model. `version` None leaves the attribute out, as Keras before 1.2 did; Keras 1 had it at the root only."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model_config).encode()
        if training_config:
            file.attrs["training_config"] = json.dumps(training_config).encode()
        group = file.create_group("model_weights")
        for place in (file, group):
            if version and (place is file or not version.startswith("1")):
                place.attrs["keras_version"] = version.encode()
                place.attrs["backend"] = backend.encode()
        write_layers(group, layers)


def write_weights_h5(path, layers, version, backend="tensorflow"):
    """Weights alone, as `save_weights` of Keras 1 and 2 write them."""
    with h5py.File(path, "w") as file:
        if version:
            file.attrs["keras_version"] = version.encode()
            file.attrs["backend"] = backend.encode()
        write_layers(file, layers)


def config_of(path):
    with h5py.File(path) as file:
        return json.loads(file.attrs["model_config"])


def rewrite_config(path, change):
    """The file's configuration, changed in place by `change`."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config).encode()
