// What Keras 3.15 and tf_keras 2.21 write for the models of keras_json_test.cpp (model.to_json(), lines wrapped).
#pragma once

namespace upkeep::layers {

constexpr const char* kKeras3Sequential = R"json(
{"module": "keras", "class_name": "Sequential", "config": {"name": "net", "trainable": true, "dtype": {"module": "keras", "class_name":
"DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, "layers": [{"module": "keras.layers", "class_name":
"InputLayer", "config": {"batch_shape": [null, 4], "dtype": "float32", "sparse": false, "ragged": false, "name": "x", "optional":
false}, "registered_name": null}, {"module": "keras.layers", "class_name": "Normalization", "config": {"name": "normalization",
"trainable": true, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null},
"axis": [-1], "invert": false, "mean": null, "variance": null}, "registered_name": null, "build_config": {"input_shape": [null, 4]}},
{"module": "keras.layers", "class_name": "Rescaling", "config": {"name": "rescaling", "trainable": true, "dtype": {"module": "keras",
"class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, "scale": 2.0, "offset": 1.0}, "registered_name":
null, "build_config": {"input_shape": [null, 4]}}, {"module": "keras.layers", "class_name": "Dropout", "config": {"name": "dropout",
"trainable": true, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null},
"rate": 0.2, "seed": 3, "noise_shape": null}, "registered_name": null}, {"module": "keras.layers", "class_name": "Dense", "config":
{"name": "hidden", "trainable": true, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
"registered_name": null}, "activity_regularizer": {"module": "keras.regularizers", "class_name": "L1", "config": {"l1":
0.019999999552965164}, "registered_name": null}, "units": 3, "activation": "relu", "use_bias": true, "kernel_initializer": {"module":
"keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null, "input_axes": null, "output_axes": null},
"registered_name": null}, "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name":
null}, "kernel_regularizer": {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01}, "registered_name": null},
"bias_regularizer": null, "kernel_constraint": null, "bias_constraint": null, "quantization_config": null}, "registered_name": null,
"build_config": {"input_shape": [null, 4]}}, {"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense", "trainable":
false, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, "units": 2,
"activation": "hard_sigmoid", "use_bias": true, "kernel_initializer": {"module": "keras.initializers", "class_name": "HeNormal",
"config": {"seed": 1, "input_axes": null, "output_axes": null}, "registered_name": null}, "bias_initializer": {"module":
"keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null}, "kernel_regularizer": null, "bias_regularizer":
null, "kernel_constraint": null, "bias_constraint": null, "quantization_config": null}, "registered_name": null, "build_config":
{"input_shape": [null, 3]}}, {"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "leaky_re_lu", "trainable": true,
"dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, "negative_slope":
0.3}, "registered_name": null}, {"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense_1", "trainable": true,
"dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, "units": 1,
"activation": {"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "leaky_re_lu_1", "trainable": true, "dtype":
{"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, "negative_slope": 0.25},
"registered_name": null}, "use_bias": true, "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform",
"config": {"seed": null, "input_axes": null, "output_axes": null}, "registered_name": null}, "bias_initializer": {"module":
"keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null}, "kernel_regularizer": null, "bias_regularizer":
null, "kernel_constraint": null, "bias_constraint": null, "quantization_config": null}, "registered_name": null, "build_config":
{"input_shape": [null, 2]}}], "build_input_shape": [null, 4]}, "registered_name": null, "build_config": {"input_shape": [null, 4]},
"compile_config": {}}
)json";

constexpr const char* kKeras2Sequential = R"json(
{"class_name": "Sequential", "config": {"name": "net", "layers": [{"module": "keras.layers", "class_name": "InputLayer", "config":
{"batch_input_shape": [null, 4], "dtype": "float32", "sparse": false, "ragged": false, "name": "x", "optional": false},
"registered_name": null}, {"module": "keras.layers", "class_name": "Normalization", "config": {"name": "normalization", "trainable":
true, "dtype": "float32", "axis": [-1], "invert": false, "mean": null, "variance": null}, "registered_name": null, "build_config":
{"input_shape": [null, 4]}}, {"module": "keras.layers", "class_name": "Rescaling", "config": {"name": "rescaling", "trainable": true,
"dtype": "float32", "scale": 2.0, "offset": 1.0}, "registered_name": null, "build_config": {"input_shape": [null, 4]}}, {"module":
"keras.layers", "class_name": "Dropout", "config": {"name": "dropout", "trainable": true, "dtype": "float32", "rate": 0.2,
"noise_shape": null, "seed": 3}, "registered_name": null, "build_config": {"input_shape": [null, 4]}}, {"module": "keras.layers",
"class_name": "Dense", "config": {"name": "hidden", "trainable": true, "dtype": "float32", "units": 3, "activation": "relu", "use_bias":
true, "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}, "registered_name":
null}, "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null},
"kernel_regularizer": {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.009999999776482582}, "registered_name":
null}, "bias_regularizer": null, "activity_regularizer": {"module": "keras.regularizers", "class_name": "L1", "config": {"l1":
0.019999999552965164}, "registered_name": null}, "kernel_constraint": null, "bias_constraint": null}, "registered_name": null,
"build_config": {"input_shape": [null, 4]}}, {"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense", "trainable":
false, "dtype": "float32", "units": 2, "activation": "hard_sigmoid", "use_bias": true, "kernel_initializer": {"module":
"keras.initializers", "class_name": "HeNormal", "config": {"seed": 1}, "registered_name": null}, "bias_initializer": {"module":
"keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null}, "kernel_regularizer": null, "bias_regularizer":
null, "activity_regularizer": null, "kernel_constraint": null, "bias_constraint": null}, "registered_name": null, "build_config":
{"input_shape": [null, 3]}}, {"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "leaky_re_lu", "trainable": true,
"dtype": "float32", "alpha": 0.30000001192092896}, "registered_name": null, "build_config": {"input_shape": [null, 2]}}, {"module":
"keras.layers", "class_name": "Dense", "config": {"name": "dense_1", "trainable": true, "dtype": "float32", "units": 1, "activation":
{"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "leaky_re_lu_1", "trainable": true, "dtype": "float32",
"alpha": 0.25}, "registered_name": null, "build_config": {"input_shape": [null, 1]}}, "use_bias": true, "kernel_initializer": {"module":
"keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}, "registered_name": null}, "bias_initializer": {"module":
"keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null}, "kernel_regularizer": null, "bias_regularizer":
null, "activity_regularizer": null, "kernel_constraint": null, "bias_constraint": null}, "registered_name": null, "build_config":
{"input_shape": [null, 2]}}]}, "keras_version": "2.21.0", "backend": "tensorflow"}
)json";

constexpr const char* kKeras3Functional = R"json(
{"module": "keras.src.models.functional", "class_name": "Functional", "config": {"name": "net", "trainable": true, "layers": [{"module":
"keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 4], "dtype": "float32", "sparse": false, "ragged": false,
"name": "a", "optional": false}, "registered_name": null, "name": "a", "inbound_nodes": []}, {"module": "keras.layers", "class_name":
"Dense", "config": {"name": "shared_below", "trainable": true, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config":
{"name": "float32"}, "registered_name": null}, "units": 2, "activation": "linear", "use_bias": true, "kernel_initializer": {"module":
"keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null, "input_axes": null, "output_axes": null},
"registered_name": null}, "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name":
null}, "kernel_regularizer": null, "bias_regularizer": null, "kernel_constraint": null, "bias_constraint": null, "quantization_config":
null}, "registered_name": null, "build_config": {"input_shape": [null, 4]}, "name": "shared_below", "inbound_nodes": [{"args":
[{"class_name": "__keras_tensor__", "config": {"shape": [null, 4], "dtype": "float32", "keras_history": ["a", 0, 0]}}], "kwargs": {}}]},
{"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 2, 3], "dtype": "float32", "sparse": false,
"ragged": false, "name": "b", "optional": false}, "registered_name": null, "name": "b", "inbound_nodes": []}, {"module": "keras.layers",
"class_name": "Dense", "config": {"name": "left", "trainable": true, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config":
{"name": "float32"}, "registered_name": null}, "units": 1, "activation": "linear", "use_bias": true, "kernel_initializer": {"module":
"keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null, "input_axes": null, "output_axes": null},
"registered_name": null}, "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name":
null}, "kernel_regularizer": null, "bias_regularizer": null, "kernel_constraint": null, "bias_constraint": null, "quantization_config":
null}, "registered_name": null, "build_config": {"input_shape": [null, 2]}, "name": "left", "inbound_nodes": [{"args": [{"class_name":
"__keras_tensor__", "config": {"shape": [null, 2], "dtype": "float32", "keras_history": ["shared_below", 0, 0]}}], "kwargs": {}}]},
{"module": "keras.layers", "class_name": "Normalization", "config": {"name": "right", "trainable": true, "dtype": {"module": "keras",
"class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, "axis": [-1], "invert": false, "mean": [1.0, 2.0,
3.0], "variance": [1.0, 1.0, 4.0]}, "registered_name": null, "build_config": {"input_shape": [null, 2, 3]}, "name": "right",
"inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [null, 2, 3], "dtype": "float32", "keras_history":
["b", 0, 0]}}], "kwargs": {}}]}], "input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": [["left", 0, 0], ["right", 0, 0]]},
"registered_name": "Functional", "build_config": {"input_shape": null}, "compile_config": {}}
)json";

constexpr const char* kKeras2Functional = R"json(
{"class_name": "Functional", "config": {"name": "net", "trainable": true, "layers": [{"module": "keras.layers", "class_name":
"InputLayer", "config": {"batch_input_shape": [null, 4], "dtype": "float32", "sparse": false, "ragged": false, "name": "a", "optional":
false}, "registered_name": null, "name": "a", "inbound_nodes": []}, {"module": "keras.layers", "class_name": "Dense", "config": {"name":
"shared_below", "trainable": true, "dtype": "float32", "units": 2, "activation": "linear", "use_bias": true, "kernel_initializer":
{"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}, "registered_name": null}, "bias_initializer":
{"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null}, "kernel_regularizer": null,
"bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null, "bias_constraint": null}, "registered_name": null,
"build_config": {"input_shape": [null, 4]}, "name": "shared_below", "inbound_nodes": [[["a", 0, 0, {}]]]}, {"module": "keras.layers",
"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2, 3], "dtype": "float32", "sparse": false, "ragged": false, "name":
"b", "optional": false}, "registered_name": null, "name": "b", "inbound_nodes": []}, {"module": "keras.layers", "class_name": "Dense",
"config": {"name": "left", "trainable": true, "dtype": "float32", "units": 1, "activation": "linear", "use_bias": true,
"kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}, "registered_name":
null}, "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null},
"kernel_regularizer": null, "bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null, "bias_constraint": null},
"registered_name": null, "build_config": {"input_shape": [null, 2]}, "name": "left", "inbound_nodes": [[["shared_below", 0, 0, {}]]]},
{"module": "keras.layers", "class_name": "Normalization", "config": {"name": "right", "trainable": true, "dtype": "float32", "axis":
[-1], "invert": false, "mean": [1.0, 2, 3], "variance": [1.0, 1, 4]}, "registered_name": null, "build_config": {"input_shape": [null, 2,
3]}, "name": "right", "inbound_nodes": [[["b", 0, 0, {}]]]}], "input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": [["left", 0,
0], ["right", 0, 0]]}, "keras_version": "2.21.0", "backend": "tensorflow"}
)json";

}  // namespace upkeep::layers
