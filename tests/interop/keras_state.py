"""Keras 3's optimiser state from an .h5 file.

`load_model` builds the optimiser for the model's own variables, of which a Sequential or Functional has none (its layers have them), so the slots
of any .h5 file, its own included, are not restored, and `fit` stops with "Unknown variable". These lines do what it means to do.
"""

import h5py
import keras


def load_with_optimizer_state(file):
    model = keras.models.load_model(file)
    with h5py.File(file) as h5:
        group = h5["optimizer_weights"]
        slots = [group[name][()] for name in group.attrs["weight_names"]]
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    optimizer.build(model.trainable_variables)
    assert len(optimizer.variables) == len(slots), [variable.path for variable in optimizer.variables]
    optimizer.set_weights(slots)
    model.optimizer = optimizer
    return model
