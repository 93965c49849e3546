// Written by tests/house/public_headers.py from the catalogs; a test compares.
//
// Every layer, with Keras's names and defaults: a struct of settings, and a function that makes the layer.
//
//   Conv2D({.filters = 32, .kernel_size = 3, .activation = "relu"})
//
// Settings are checked when the layer becomes part of a model; what is wrong is an Error that names layer and setting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/choices.hpp"
#include "upkeep/layer.hpp"
#include "upkeep/setting.hpp"

namespace upkeep::api {

// clang-format off

// an activation function as a layer of its own
struct ActivationSettings {
  ActivationFunction activation{};  // activation function; null for none
  std::string name{};  // of the layer in its model; empty: "activation", "activation_1", ...
};
Layer Activation(const ActivationSettings& settings = {});

// penalty on its input
struct ActivityRegularizationSettings {
  double l1 = 0.0;  // factor of the sum of absolute values; [0, 1e+30]
  double l2 = 0.0;  // factor of the sum of squares; [0, 1e+30]
  std::string name{};  // of the layer in its model; empty: "activity_regularization", "activity_regularization_1", ...
};
Layer ActivityRegularization(const ActivityRegularizationSettings& settings = {});

// the largest element of windows that make an output of a given size
struct AdaptiveMaxPooling1DSettings {
  Setting output_size{};  // sizes of the output's spatial axes: a number or a list; must be given
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "adaptive_max_pooling1d", "adaptive_max_pooling1d_1", ...
};
Layer AdaptiveMaxPooling1D(const AdaptiveMaxPooling1DSettings& settings = {});

// the largest element of windows that make an output of a given size
struct AdaptiveMaxPooling2DSettings {
  Setting output_size{};  // sizes of the output's spatial axes: a number or a list; must be given
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "adaptive_max_pooling2d", "adaptive_max_pooling2d_1", ...
};
Layer AdaptiveMaxPooling2D(const AdaptiveMaxPooling2DSettings& settings = {});

// the largest element of windows that make an output of a given size
struct AdaptiveMaxPooling3DSettings {
  Setting output_size{};  // sizes of the output's spatial axes: a number or a list; must be given
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "adaptive_max_pooling3d", "adaptive_max_pooling3d_1", ...
};
Layer AdaptiveMaxPooling3D(const AdaptiveMaxPooling3DSettings& settings = {});

// the mean of windows that make an output of a given size
struct AdaptiveAveragePooling1DSettings {
  Setting output_size{};  // sizes of the output's spatial axes: a number or a list; must be given
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "adaptive_average_pooling1d", "adaptive_average_pooling1d_1", ...
};
Layer AdaptiveAveragePooling1D(const AdaptiveAveragePooling1DSettings& settings = {});

// the mean of windows that make an output of a given size
struct AdaptiveAveragePooling2DSettings {
  Setting output_size{};  // sizes of the output's spatial axes: a number or a list; must be given
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "adaptive_average_pooling2d", "adaptive_average_pooling2d_1", ...
};
Layer AdaptiveAveragePooling2D(const AdaptiveAveragePooling2DSettings& settings = {});

// the mean of windows that make an output of a given size
struct AdaptiveAveragePooling3DSettings {
  Setting output_size{};  // sizes of the output's spatial axes: a number or a list; must be given
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "adaptive_average_pooling3d", "adaptive_average_pooling3d_1", ...
};
Layer AdaptiveAveragePooling3D(const AdaptiveAveragePooling3DSettings& settings = {});

// dropout for selu, keeping mean and variance, while training
struct AlphaDropoutSettings {
  double rate = 0.5;  // share of the elements to drop; [0, 1)
  Setting noise_shape{};  // shape of the mask with the batch, null for the input's size: [null, 1, 10]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "alpha_dropout", "alpha_dropout_1", ...
};
Layer AlphaDropout(const AlphaDropoutSettings& settings = {});

// attention by products of queries and keys; reads query, value and perhaps key
struct AttentionSettings {
  std::string score_mode = "dot";  // how queries and keys are compared; "dot", "concat"
  bool use_scale = false;  // whether to learn a scale of the scores
  double dropout = 0.0;  // share of the weights of the values to drop while training; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool use_causal_mask = false;  // whether a step sees only keys up to its own
  bool return_attention_scores = false;  // whether to give the weights of the values too, as a second value
  bool trainable = true;  // whether training changes the scale
  std::string name{};  // of the layer in its model; empty: "attention", "attention_1", ...
};
Layer Attention(const AttentionSettings& settings = {});

// attention by sums of queries and keys; reads query, value and perhaps key
struct AdditiveAttentionSettings {
  bool use_scale = true;  // whether to learn a scale of the scores
  double dropout = 0.0;  // share of the weights of the values to drop while training; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool use_causal_mask = false;  // whether a step sees only keys up to its own
  bool return_attention_scores = false;  // whether to give the weights of the values too, as a second value
  bool trainable = true;  // whether training changes the scale
  std::string name{};  // of the layer in its model; empty: "additive_attention", "additive_attention_1", ...
};
Layer AdditiveAttention(const AdditiveAttentionSettings& settings = {});

// stretches the values of pictures over their range
struct AutoContrastSettings {
  Setting value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // kept for Keras; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "auto_contrast", "auto_contrast_1", ...
};
Layer AutoContrast(const AutoContrastSettings& settings = {});

// mean 0 and variance 1 per channel, by statistics of the batch while training, moving ones afterwards
struct BatchNormalizationSettings {
  std::int64_t axis = -1;  // the axis of the channels
  double momentum = 0.99;  // what the moving statistics keep of themselves per step; [0, 1]
  double epsilon = 0.001;  // added to the variance; [0, 1e+30]
  bool center = true;  // whether to add beta
  bool scale = true;  // whether to multiply by gamma
  Initializer beta_initializer = "zeros";  // how the beta starts
  Regularizer beta_regularizer{};  // penalty on the beta
  Constraint beta_constraint{};  // what the beta is brought back to after each update
  Initializer gamma_initializer = "ones";  // how the gamma starts
  Regularizer gamma_regularizer{};  // penalty on the gamma
  Constraint gamma_constraint{};  // what the gamma is brought back to after each update
  Initializer moving_mean_initializer = "zeros";  // how the moving mean starts
  Initializer moving_variance_initializer = "ones";  // how the moving variance starts
  bool renorm = false;  // false; batch renormalization is not supported
  Setting renorm_clipping{};  // kept for Keras; means nothing without renorm
  double renorm_momentum = 0.99;  // kept for Keras; means nothing without renorm
  bool synchronized = false;  // kept for Keras; one process sees the whole batch
  bool trainable = true;  // whether training changes weights and statistics
  std::string name{};  // of the layer in its model; empty: "batch_normalization", "batch_normalization_1", ...
};
Layer BatchNormalization(const BatchNormalizationSettings& settings = {});

// reads a sequence from both ends
struct BidirectionalSettings {
  Layer layer{};  // the layer that reads: {lstm: {units: 32}}; must be given
  Setting merge_mode = "concat";  // how the two outputs become one: concat, sum, mul or ave; null: both are given
  Layer backward_layer{};  // the layer that reads from the end; null for one like the other
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "bidirectional", "bidirectional_1", ...
};
Layer Bidirectional(const BidirectionalSettings& settings = {});

// integers as vectors of zeros and ones
struct CategoryEncodingSettings {
  std::int64_t num_tokens = 0;  // how many integers there are; must be given; [1, 1e+09]
  std::string output_mode = "multi_hot";  // a vector per integer, or one per example; "one_hot", "multi_hot", "count"
  std::string name{};  // of the layer in its model; empty: "category_encoding", "category_encoding_1", ...
};
Layer CategoryEncoding(const CategoryEncodingSettings& settings = {});

// the middle of pictures
struct CenterCropSettings {
  std::int64_t height = 0;  // rows of it; must be given; [1, 16777216]
  std::int64_t width = 0;  // columns of it; must be given; [1, 16777216]
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "center_crop", "center_crop_1", ...
};
Layer CenterCrop(const CenterCropSettings& settings = {});

// a window of pictures; at inference the largest part in the middle, resized
struct RandomCropSettings {
  std::int64_t height = 0;  // rows of it; must be given; [1, 16777216]
  std::int64_t width = 0;  // columns of it; must be given; [1, 16777216]
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "random_crop", "random_crop_1", ...
};
Layer RandomCrop(const RandomCropSettings& settings = {});

// spreads the values of pictures evenly, tile by tile
struct ContrastLimitedAdaptiveHistogramEqualizationSettings {
  Setting value_range = {0, 255};  // least and largest value of a pixel
  double clip_limit = 4.0;  // how many times the mean count a value may have; 0 for no limit; [0, 1e+30]
  Setting tile_grid_size = {8, 8};  // tiles along the height and the width
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "contrast_limited_adaptive_histogram_equalization", "contrast_limited_adaptive_histogram_equalization_1", ...
};
Layer ContrastLimitedAdaptiveHistogramEqualization(const ContrastLimitedAdaptiveHistogramEqualizationSettings& settings = {});

// its inputs one behind the other
struct ConcatenateSettings {
  std::int64_t axis = -1;  // along which axis, the batch being 0
  std::string name{};  // of the layer in its model; empty: "concatenate", "concatenate_1", ...
};
Layer Concatenate(const ConcatenateSettings& settings = {});

// convolution over 1 spatial axis
struct Conv1DSettings {
  std::int64_t filters = 0;  // number of output channels; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same", "causal"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  std::int64_t groups = 1;  // groups of channels that see only each other; [1, 16777216]
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "conv1d", "conv1d_1", ...
};
Layer Conv1D(const Conv1DSettings& settings = {});

// convolution over 2 spatial axes
struct Conv2DSettings {
  std::int64_t filters = 0;  // number of output channels; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1, 1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1, 1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  std::int64_t groups = 1;  // groups of channels that see only each other; [1, 16777216]
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "conv2d", "conv2d_1", ...
};
Layer Conv2D(const Conv2DSettings& settings = {});

// convolution over 3 spatial axes
struct Conv3DSettings {
  std::int64_t filters = 0;  // number of output channels; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1, 1, 1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1, 1, 1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  std::int64_t groups = 1;  // groups of channels that see only each other; [1, 16777216]
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "conv3d", "conv3d_1", ...
};
Layer Conv3D(const Conv3DSettings& settings = {});

// an LSTM whose products are convolutions
struct ConvLSTM1DSettings {
  std::int64_t filters = 0;  // channels of the state and the output; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1};  // steps of the window over the input
  std::string padding = "valid";  // zeros around the input; "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1};  // distance between the elements that the window takes of the input
  ActivationFunction activation = "tanh";  // activation of the output; null for none
  ActivationFunction recurrent_activation = "sigmoid";  // activation of the gates
  bool use_bias = true;  // whether to add a bias
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer recurrent_initializer = "orthogonal";  // how the recurrent starts
  Regularizer recurrent_regularizer{};  // penalty on the recurrent
  Constraint recurrent_constraint{};  // what the recurrent is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  bool unit_forget_bias = true;  // whether the bias of the forget gate starts at 1
  Regularizer activity_regularizer{};  // penalty on the output
  double dropout = 0.0;  // share of the inputs to drop while training; [0, 1]
  double recurrent_dropout = 0.0;  // share of the state to drop while training; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool return_sequences = false;  // whether to give the output of each step, not of the last only
  bool return_state = false;  // whether to give the state after the last step too, as further values: h, c
  bool go_backwards = false;  // whether to read from the end; outputs come in that order
  bool stateful = false;  // kept for Keras; here each call starts anew, and training refuses it
  bool unroll = false;  // kept for Keras; changes no numbers
  bool zero_output_for_mask = false;  // kept for Keras; there are no masks here
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "conv_lstm1d", "conv_lstm1d_1", ...
};
Layer ConvLSTM1D(const ConvLSTM1DSettings& settings = {});

// an LSTM whose products are convolutions
struct ConvLSTM2DSettings {
  std::int64_t filters = 0;  // channels of the state and the output; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1, 1};  // steps of the window over the input
  std::string padding = "valid";  // zeros around the input; "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1, 1};  // distance between the elements that the window takes of the input
  ActivationFunction activation = "tanh";  // activation of the output; null for none
  ActivationFunction recurrent_activation = "sigmoid";  // activation of the gates
  bool use_bias = true;  // whether to add a bias
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer recurrent_initializer = "orthogonal";  // how the recurrent starts
  Regularizer recurrent_regularizer{};  // penalty on the recurrent
  Constraint recurrent_constraint{};  // what the recurrent is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  bool unit_forget_bias = true;  // whether the bias of the forget gate starts at 1
  Regularizer activity_regularizer{};  // penalty on the output
  double dropout = 0.0;  // share of the inputs to drop while training; [0, 1]
  double recurrent_dropout = 0.0;  // share of the state to drop while training; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool return_sequences = false;  // whether to give the output of each step, not of the last only
  bool return_state = false;  // whether to give the state after the last step too, as further values: h, c
  bool go_backwards = false;  // whether to read from the end; outputs come in that order
  bool stateful = false;  // kept for Keras; here each call starts anew, and training refuses it
  bool unroll = false;  // kept for Keras; changes no numbers
  bool zero_output_for_mask = false;  // kept for Keras; there are no masks here
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "conv_lstm2d", "conv_lstm2d_1", ...
};
Layer ConvLSTM2D(const ConvLSTM2DSettings& settings = {});

// an LSTM whose products are convolutions
struct ConvLSTM3DSettings {
  std::int64_t filters = 0;  // channels of the state and the output; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1, 1, 1};  // steps of the window over the input
  std::string padding = "valid";  // zeros around the input; "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1, 1, 1};  // distance between the elements that the window takes of the input
  ActivationFunction activation = "tanh";  // activation of the output; null for none
  ActivationFunction recurrent_activation = "sigmoid";  // activation of the gates
  bool use_bias = true;  // whether to add a bias
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer recurrent_initializer = "orthogonal";  // how the recurrent starts
  Regularizer recurrent_regularizer{};  // penalty on the recurrent
  Constraint recurrent_constraint{};  // what the recurrent is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  bool unit_forget_bias = true;  // whether the bias of the forget gate starts at 1
  Regularizer activity_regularizer{};  // penalty on the output
  double dropout = 0.0;  // share of the inputs to drop while training; [0, 1]
  double recurrent_dropout = 0.0;  // share of the state to drop while training; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool return_sequences = false;  // whether to give the output of each step, not of the last only
  bool return_state = false;  // whether to give the state after the last step too, as further values: h, c
  bool go_backwards = false;  // whether to read from the end; outputs come in that order
  bool stateful = false;  // kept for Keras; here each call starts anew, and training refuses it
  bool unroll = false;  // kept for Keras; changes no numbers
  bool zero_output_for_mask = false;  // kept for Keras; there are no masks here
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "conv_lstm3d", "conv_lstm3d_1", ...
};
Layer ConvLSTM3D(const ConvLSTM3DSettings& settings = {});

// transposed convolution
struct Conv1DTransposeSettings {
  std::int64_t filters = 0;  // number of output channels; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  Setting output_padding{};  // elements added to the output; null for Keras's choice
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "conv1d_transpose", "conv1d_transpose_1", ...
};
Layer Conv1DTranspose(const Conv1DTransposeSettings& settings = {});

// transposed convolution
struct Conv2DTransposeSettings {
  std::int64_t filters = 0;  // number of output channels; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1, 1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1, 1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  Setting output_padding{};  // elements added to the output; null for Keras's choice
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "conv2d_transpose", "conv2d_transpose_1", ...
};
Layer Conv2DTranspose(const Conv2DTransposeSettings& settings = {});

// transposed convolution
struct Conv3DTransposeSettings {
  std::int64_t filters = 0;  // number of output channels; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1, 1, 1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1, 1, 1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  Setting output_padding{};  // elements added to the output; null for Keras's choice
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "conv3d_transpose", "conv3d_transpose_1", ...
};
Layer Conv3DTranspose(const Conv3DTransposeSettings& settings = {});

// takes elements off the ends of the spatial axes
struct Cropping1DSettings {
  Setting cropping = {1, 1};  // how many: a number, or [before, after]
  std::string name{};  // of the layer in its model; empty: "cropping1d", "cropping1d_1", ...
};
Layer Cropping1D(const Cropping1DSettings& settings = {});

// takes elements off the ends of the spatial axes
struct Cropping2DSettings {
  Setting cropping = {{0, 0}, {0, 0}};  // how many: a number, one per axis, or [before, after] per axis
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "cropping2d", "cropping2d_1", ...
};
Layer Cropping2D(const Cropping2DSettings& settings = {});

// takes elements off the ends of the spatial axes
struct Cropping3DSettings {
  Setting cropping = {{1, 1}, {1, 1}, {1, 1}};  // how many: a number, one per axis, or [before, after] per axis
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "cropping3d", "cropping3d_1", ...
};
Layer Cropping3D(const Cropping3DSettings& settings = {});

// fully connected: activation(x kernel + bias)
struct DenseSettings {
  std::int64_t units = 0;  // number of outputs; must be given; [1, 16777216]
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "dense", "dense_1", ...
};
Layer Dense(const DenseSettings& settings = {});

// convolution of each channel with kernels of its own
struct DepthwiseConv1DSettings {
  std::int64_t depth_multiplier = 1;  // kernels per channel; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  Initializer depthwise_initializer = "glorot_uniform";  // how the depthwise starts
  Regularizer depthwise_regularizer{};  // penalty on the depthwise
  Constraint depthwise_constraint{};  // what the depthwise is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "depthwise_conv1d", "depthwise_conv1d_1", ...
};
Layer DepthwiseConv1D(const DepthwiseConv1DSettings& settings = {});

// convolution of each channel with kernels of its own
struct DepthwiseConv2DSettings {
  std::int64_t depth_multiplier = 1;  // kernels per channel; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1, 1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1, 1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  Initializer depthwise_initializer = "glorot_uniform";  // how the depthwise starts
  Regularizer depthwise_regularizer{};  // penalty on the depthwise
  Constraint depthwise_constraint{};  // what the depthwise is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "depthwise_conv2d", "depthwise_conv2d_1", ...
};
Layer DepthwiseConv2D(const DepthwiseConv2DSettings& settings = {});

// numbers of intervals, as integers or vectors
struct DiscretizationSettings {
  Setting bin_boundaries{};  // ascending ends of the intervals; must be given
  Setting num_bins{};  // kept for Keras, which finds boundaries for so many intervals
  double epsilon = 0.01;  // kept for Keras's search for boundaries
  std::string output_mode = "int";  // integers, a vector per value, or one per example; "int", "one_hot", "multi_hot", "count"
  std::string name{};  // of the layer in its model; empty: "discretization", "discretization_1", ...
};
Layer Discretization(const DiscretizationSettings& settings = {});

// products summed over one axis of each of two inputs
struct DotSettings {
  Setting axes{};  // the axis of both, or one of each, the batch being 0; must be given
  bool normalize = false;  // give both a length of 1 along the axis before: the cosine
  std::string name{};  // of the layer in its model; empty: "dot", "dot_1", ...
};
Layer Dot(const DotSettings& settings = {});

// zeroes random elements while training
struct DropoutSettings {
  double rate = 0.5;  // share of the elements to drop; [0, 1]
  Setting noise_shape{};  // shape of the mask with the batch, null for the input's size: [null, 1, 10]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "dropout", "dropout_1", ...
};
Layer Dropout(const DropoutSettings& settings = {});

// activation(einsum(equation, x, kernel) + bias)
struct EinsumDenseSettings {
  std::string equation{};  // how x and kernel are multiplied: abc,cd->abd; must be given
  Setting output_shape{};  // sizes of the output behind the batch, null for the input's; must be given
  ActivationFunction activation{};  // activation function; null for none
  std::optional<std::string> bias_axes{};  // letters of the output that a bias has; null for no bias
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "einsum_dense", "einsum_dense_1", ...
};
Layer EinsumDense(const EinsumDenseSettings& settings = {});

// x above zero, alpha (exp(x) - 1) below, as a layer
struct ELUSettings {
  double alpha = 1.0;  // how far below zero it goes
  std::string name{};  // of the layer in its model; empty: "elu", "elu_1", ...
};
Layer ELU(const ELUSettings& settings = {});

// a row of numbers for each integer
struct EmbeddingSettings {
  std::int64_t input_dim = 0;  // number of rows: the largest integer plus 1; must be given; [1, 1e+12]
  std::int64_t output_dim = 0;  // length of a row; must be given; [1, 16777216]
  Initializer embeddings_initializer = "uniform";  // how the embeddings starts
  Regularizer embeddings_regularizer{};  // penalty on the embeddings
  Constraint embeddings_constraint{};  // what the embeddings is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool mask_zero = false;  // whether 0 means that there is no entry
  bool trainable = true;  // whether training changes the rows
  std::string name{};  // of the layer in its model; empty: "embedding", "embedding_1", ...
};
Layer Embedding(const EmbeddingSettings& settings = {});

// all axes behind the batch as one
struct FlattenSettings {
  std::string data_format = "channels_last";  // channels_first: the second axis is moved to the end before; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "flatten", "flatten_1", ...
};
Layer Flatten(const FlattenSettings& settings = {});

// adds normal noise while training
struct GaussianNoiseSettings {
  double stddev = 0.1;  // its deviation; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "gaussian_noise", "gaussian_noise_1", ...
};
Layer GaussianNoise(const GaussianNoiseSettings& settings = {});

// multiplies by normal noise around 1 while training
struct GaussianDropoutSettings {
  double rate = 0.5;  // the dropout whose deviation it has; [0, 1)
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "gaussian_dropout", "gaussian_dropout_1", ...
};
Layer GaussianDropout(const GaussianDropoutSettings& settings = {});

// the largest element of each channel
struct GlobalMaxPooling1DSettings {
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  bool keepdims = false;  // keep the spatial axes, of size 1
  std::string name{};  // of the layer in its model; empty: "global_max_pooling1d", "global_max_pooling1d_1", ...
};
Layer GlobalMaxPooling1D(const GlobalMaxPooling1DSettings& settings = {});

// the largest element of each channel
struct GlobalMaxPooling2DSettings {
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  bool keepdims = false;  // keep the spatial axes, of size 1
  std::string name{};  // of the layer in its model; empty: "global_max_pooling2d", "global_max_pooling2d_1", ...
};
Layer GlobalMaxPooling2D(const GlobalMaxPooling2DSettings& settings = {});

// the largest element of each channel
struct GlobalMaxPooling3DSettings {
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  bool keepdims = false;  // keep the spatial axes, of size 1
  std::string name{};  // of the layer in its model; empty: "global_max_pooling3d", "global_max_pooling3d_1", ...
};
Layer GlobalMaxPooling3D(const GlobalMaxPooling3DSettings& settings = {});

// the mean of each channel
struct GlobalAveragePooling1DSettings {
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  bool keepdims = false;  // keep the spatial axes, of size 1
  std::string name{};  // of the layer in its model; empty: "global_average_pooling1d", "global_average_pooling1d_1", ...
};
Layer GlobalAveragePooling1D(const GlobalAveragePooling1DSettings& settings = {});

// the mean of each channel
struct GlobalAveragePooling2DSettings {
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  bool keepdims = false;  // keep the spatial axes, of size 1
  std::string name{};  // of the layer in its model; empty: "global_average_pooling2d", "global_average_pooling2d_1", ...
};
Layer GlobalAveragePooling2D(const GlobalAveragePooling2DSettings& settings = {});

// the mean of each channel
struct GlobalAveragePooling3DSettings {
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  bool keepdims = false;  // keep the spatial axes, of size 1
  std::string name{};  // of the layer in its model; empty: "global_average_pooling3d", "global_average_pooling3d_1", ...
};
Layer GlobalAveragePooling3D(const GlobalAveragePooling3DSettings& settings = {});

// mean 0 and variance 1 of each example's groups of channels
struct GroupNormalizationSettings {
  std::int64_t groups = 32;  // number of groups; -1 for one per channel; [-1, 16777216]
  std::int64_t axis = -1;  // the axis of the channels
  double epsilon = 0.001;  // added to the variance; [0, 1e+30]
  bool center = true;  // whether to add beta
  bool scale = true;  // whether to multiply by gamma
  Initializer beta_initializer = "zeros";  // how the beta starts
  Regularizer beta_regularizer{};  // penalty on the beta
  Constraint beta_constraint{};  // what the beta is brought back to after each update
  Initializer gamma_initializer = "ones";  // how the gamma starts
  Regularizer gamma_regularizer{};  // penalty on the gamma
  Constraint gamma_constraint{};  // what the gamma is brought back to after each update
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "group_normalization", "group_normalization_1", ...
};
Layer GroupNormalization(const GroupNormalizationSettings& settings = {});

// attention whose query heads share keys and values; reads query, value and perhaps key
struct GroupQueryAttentionSettings {
  std::int64_t head_dim = 0;  // size of a head; must be given; [1, 1048576]
  std::int64_t num_query_heads = 0;  // number of query heads; must be given; [1, 1048576]
  std::int64_t num_key_value_heads = 0;  // number of key and value heads, a divisor of it; must be given; [1, 1048576]
  double dropout = 0.0;  // share of the weights of the values to drop while training; [0, 1]
  bool use_bias = true;  // whether the maps have biases
  std::optional<std::int64_t> sliding_window{};  // how near a key must be to be seen; null for no limit
  Setting flash_attention{};  // kept for Keras; changes no numbers
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output of each map
  bool use_gate = false;  // whether a gate of the query multiplies what is attended to
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool use_causal_mask = false;  // whether a step sees only keys up to its own
  bool attention_mask = false;  // whether the last input says which keys each step sees: [batch, time, keys]
  bool return_attention_scores = false;  // whether to give the weights of the values too, as a second value
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "group_query_attention", "group_query_attention_1", ...
};
Layer GroupQueryAttention(const GroupQueryAttentionSettings& settings = {});

// gated recurrent unit over a sequence
struct GRUSettings {
  std::int64_t units = 0;  // size of the state and the output; must be given; [1, 16777216]
  ActivationFunction activation = "tanh";  // activation of the output; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer recurrent_initializer = "orthogonal";  // how the recurrent starts
  Regularizer recurrent_regularizer{};  // penalty on the recurrent
  Constraint recurrent_constraint{};  // what the recurrent is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  double dropout = 0.0;  // share of the inputs to drop while training; [0, 1]
  double recurrent_dropout = 0.0;  // share of the state to drop while training; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool return_sequences = false;  // whether to give the output of each step, not of the last only
  bool return_state = false;  // whether to give the state after the last step too, as further values
  bool go_backwards = false;  // whether to read from the end; outputs come in that order
  bool stateful = false;  // kept for Keras; here each call starts anew, and training refuses it
  bool unroll = false;  // kept for Keras; changes no numbers
  bool zero_output_for_mask = false;  // whether the output of a masked step is 0, not the one before
  bool trainable = true;  // whether training changes the weights
  ActivationFunction recurrent_activation = "sigmoid";  // activation of the gates
  bool reset_after = true;  // whether the reset gate comes after the multiplication, as in cuDNN
  std::string name{};  // of the layer in its model; empty: "gru", "gru_1", ...
};
Layer GRU(const GRUSettings& settings = {});

// hands its input on
struct IdentitySettings {
  std::string name{};  // of the layer in its model; empty: "identity", "identity_1", ...
};
Layer Identity(const IdentitySettings& settings = {});

// turns the circle of colours; at inference they pass
struct RandomHueSettings {
  std::vector<double> factor{};  // how much, at most, or [low, high]
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_hue", "random_hue_1", ...
};
Layer RandomHue(const RandomHueSettings& settings = {});

// makes colours paler or stronger; at inference they pass
struct RandomSaturationSettings {
  std::vector<double> factor{};  // how much, at most, or [low, high]
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_saturation", "random_saturation_1", ...
};
Layer RandomSaturation(const RandomSaturationSettings& settings = {});

// changes brightness, contrast, saturation and hue; at inference they pass
struct RandomColorJitterSettings {
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::vector<double> brightness_factor{};  // how much, at most, or [low, high]
  std::vector<double> contrast_factor{};  // how much, at most, or [low, high]
  std::vector<double> saturation_factor{};  // how much, at most, or [low, high]
  std::vector<double> hue_factor{};  // how much, at most, or [low, high]
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_color_jitter", "random_color_jitter_1", ...
};
Layer RandomColorJitter(const RandomColorJitterSettings& settings = {});

// takes colour out; at inference they pass
struct RandomColorDegenerationSettings {
  std::vector<double> factor{};  // how much, at most, or [low, high]
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_color_degeneration", "random_color_degeneration_1", ...
};
Layer RandomColorDegeneration(const RandomColorDegenerationSettings& settings = {});

// takes all colour out of some pictures; at inference they pass
struct RandomGrayscaleSettings {
  double factor = 0.5;  // how many, as a share of all
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_grayscale", "random_grayscale_1", ...
};
Layer RandomGrayscale(const RandomGrayscaleSettings& settings = {});

// makes negatives of some pictures; at inference they pass
struct RandomInvertSettings {
  Setting factor = 1.0;  // how much, at most, or [low, high]
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_invert", "random_invert_1", ...
};
Layer RandomInvert(const RandomInvertSettings& settings = {});

// keeps few bits of each number; at inference they pass
struct RandomPosterizationSettings {
  std::vector<double> factor{};  // how much, at most, or [low, high]
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_posterization", "random_posterization_1", ...
};
Layer RandomPosterization(const RandomPosterizationSettings& settings = {});

// blurs or sharpens; at inference they pass
struct RandomSharpnessSettings {
  std::vector<double> factor{};  // how much, at most, or [low, high]
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_sharpness", "random_sharpness_1", ...
};
Layer RandomSharpness(const RandomSharpnessSettings& settings = {});

// blurs; at inference they pass
struct RandomGaussianBlurSettings {
  Setting factor = 1.0;  // how much, at most, or [low, high]
  Setting kernel_size = 3;  // rows and columns of the window
  Setting sigma = 1.0;  // how much, at most, or [low, high]
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_gaussian_blur", "random_gaussian_blur_1", ...
};
Layer RandomGaussianBlur(const RandomGaussianBlurSettings& settings = {});

// inverts what is brighter than a threshold; at inference they pass
struct SolarizationSettings {
  Setting addition_factor = 0.0;  // how much, at most, or [low, high]
  Setting threshold_factor = 0.0;  // how much, at most, or [low, high]
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "solarization", "solarization_1", ...
};
Layer Solarization(const SolarizationSettings& settings = {});

// spreads the values evenly; at inference they pass
struct EqualizationSettings {
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::int64_t bins = 256;  // how many values are told apart
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "equalization", "equalization_1", ...
};
Layer Equalization(const EqualizationSettings& settings = {});

// deletes a rectangle; at inference they pass
struct RandomErasingSettings {
  Setting factor = 1.0;  // how much, at most, or [low, high]
  std::vector<double> scale = {0.02, 0.33};  // how much, at most, or [low, high]
  std::vector<double> fill_value{};  // what is there then; null for noise
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_erasing", "random_erasing_1", ...
};
Layer RandomErasing(const RandomErasingSettings& settings = {});

// looks at pictures from aslant; at inference they pass
struct RandomPerspectiveSettings {
  Setting factor = 1.0;  // how much, at most, or [low, high]
  Setting scale = 1.0;  // how much, at most, or [low, high]
  std::string interpolation = "bilinear";  // what stands between the pixels
  double fill_value = 0.0;  // what is read outside the picture
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_perspective", "random_perspective_1", ...
};
Layer RandomPerspective(const RandomPerspectiveSettings& settings = {});

// deforms pictures elastically; at inference they pass
struct RandomElasticTransformSettings {
  Setting factor = 1.0;  // how much, at most, or [low, high]
  Setting scale = 1.0;  // how much, at most, or [low, high]
  std::string interpolation = "bilinear";  // what stands between the pixels
  std::string fill_mode = "reflect";  // what is read outside the picture
  double fill_value = 0.0;  // what is read outside the picture
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_elastic_transform", "random_elastic_transform_1", ...
};
Layer RandomElasticTransform(const RandomElasticTransformSettings& settings = {});

// changes the height of pictures (Keras 2); at inference they pass
struct RandomHeightSettings {
  std::vector<double> factor{};  // how much, at most, or [low, high]
  std::string interpolation = "bilinear";  // what stands between the pixels
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_height", "random_height_1", ...
};
Layer RandomHeight(const RandomHeightSettings& settings = {});

// changes the width of pictures (Keras 2); at inference they pass
struct RandomWidthSettings {
  std::vector<double> factor{};  // how much, at most, or [low, high]
  std::string interpolation = "bilinear";  // what stands between the pixels
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "random_width", "random_width_1", ...
};
Layer RandomWidth(const RandomWidthSettings& settings = {});

// lays another picture over each; at inference they pass
struct MixUpSettings {
  double alpha = 0.2;  // of the beta distribution of the mixture
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "mix_up", "mix_up_1", ...
};
Layer MixUp(const MixUpSettings& settings = {});

// pastes a rectangle of another picture in; at inference they pass
struct CutMixSettings {
  Setting factor = 1.0;  // how much, at most, or [low, high]
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "cut_mix", "cut_mix_1", ...
};
Layer CutMix(const CutMixSettings& settings = {});

// mixes chains of other augmentations; at inference they pass
struct AugMixSettings {
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::int64_t num_chains = 3;  // chains
  std::int64_t chain_depth = 3;  // augmentations in each
  Setting factor = 0.3;  // how much, at most, or [low, high]
  double alpha = 1.0;  // of the distributions of the mixture
  bool all_ops = true;  // whether colours are changed as well
  std::string interpolation = "bilinear";  // what stands between the pixels
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "aug_mix", "aug_mix_1", ...
};
Layer AugMix(const AugMixSettings& settings = {});

// applies a few other augmentations; at inference they pass
struct RandAugmentSettings {
  std::vector<double> value_range = {0, 255};  // least and largest value of a pixel
  std::int64_t num_ops = 2;  // how many
  Setting factor = 0.5;  // how much, at most, or [low, high]
  std::string interpolation = "bilinear";  // what stands between the pixels
  std::string data_format = "channels_last";  // where the channels are
  std::optional<std::int64_t> seed{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "rand_augment", "rand_augment_1", ...
};
Layer RandAugment(const RandAugmentSettings& settings = {});

// cuts lists of boxes to one length; pictures pass; at inference they pass
struct MaxNumBoundingBoxesSettings {
  std::int64_t max_number{};  // the length
  double fill_value = -1.0;  // what fills shorter lists
  std::string data_format = "channels_last";  // where the channels are
  std::string name{};  // of the layer in its model; empty: "max_num_bounding_boxes", "max_num_bounding_boxes_1", ...
};
Layer MaxNumBoundingBoxes(const MaxNumBoundingBoxesSettings& settings = {});

// where data comes in
struct InputSettings {
  Setting shape{};  // sizes without the batch, null for any size: [10]
  std::optional<std::int64_t> batch_size{};  // fixed number of rows; null for any; [1, 1073741824]
  std::string dtype = "float32";  // element type
  std::string name{};  // of the layer in its model; empty: "input", "input_1", ...
};
Layer Input(const InputSettings& settings = {});

// mean 0 and variance 1 of each example
struct LayerNormalizationSettings {
  Setting axis = -1;  // the axes to normalize over: a number or a list
  double epsilon = 0.001;  // added to the variance; [0, 1e+30]
  bool center = true;  // whether to add beta
  bool scale = true;  // whether to multiply by gamma
  bool rms_scaling = false;  // divide only, subtract nothing; see rms_normalization
  Initializer beta_initializer = "zeros";  // how the beta starts
  Regularizer beta_regularizer{};  // penalty on the beta
  Constraint beta_constraint{};  // what the beta is brought back to after each update
  Initializer gamma_initializer = "ones";  // how the gamma starts
  Regularizer gamma_regularizer{};  // penalty on the gamma
  Constraint gamma_constraint{};  // what the gamma is brought back to after each update
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "layer_normalization", "layer_normalization_1", ...
};
Layer LayerNormalization(const LayerNormalizationSettings& settings = {});

// a factor for each channel (of ConvNeXt)
struct LayerScaleSettings {
  double init_values = 1e-06;  // what the factors start as
  std::int64_t projection_dim = 0;  // number of channels; must be given; [1, 16777216]
  bool trainable = true;  // whether training changes the factors
  std::string name{};  // of the layer in its model; empty: "layer_scale", "layer_scale_1", ...
};
Layer LayerScale(const LayerScaleSettings& settings = {});

// drops whole samples while training (of ConvNeXt)
struct StochasticDepthSettings {
  double drop_path_rate = 0.0;  // share of the samples; [0, 1]
  std::string name{};  // of the layer in its model; empty: "stochastic_depth", "stochastic_depth_1", ...
};
Layer StochasticDepth(const StochasticDepthSettings& settings = {});

// its first input and a multiple of its second (of Inception-ResNet)
struct CustomScaleLayerSettings {
  double scale = 1.0;  // how much of the second
  std::string name{};  // of the layer in its model; empty: "custom_scale_layer", "custom_scale_layer_1", ...
};
Layer CustomScaleLayer(const CustomScaleLayerSettings& settings = {});

// x above zero, a small slope below, as a layer
struct LeakyReLUSettings {
  double negative_slope = 0.3;  // slope below zero; [0, 1e+30]
  std::string name{};  // of the layer in its model; empty: "leaky_relu", "leaky_relu_1", ...
};
Layer LeakyReLU(const LeakyReLUSettings& settings = {});

// long short-term memory over a sequence
struct LSTMSettings {
  std::int64_t units = 0;  // size of the state and the output; must be given; [1, 16777216]
  ActivationFunction activation = "tanh";  // activation of the output; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer recurrent_initializer = "orthogonal";  // how the recurrent starts
  Regularizer recurrent_regularizer{};  // penalty on the recurrent
  Constraint recurrent_constraint{};  // what the recurrent is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  double dropout = 0.0;  // share of the inputs to drop while training; [0, 1]
  double recurrent_dropout = 0.0;  // share of the state to drop while training; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool return_sequences = false;  // whether to give the output of each step, not of the last only
  bool return_state = false;  // whether to give the state after the last step too, as further values
  bool go_backwards = false;  // whether to read from the end; outputs come in that order
  bool stateful = false;  // kept for Keras; here each call starts anew, and training refuses it
  bool unroll = false;  // kept for Keras; changes no numbers
  bool zero_output_for_mask = false;  // whether the output of a masked step is 0, not the one before
  bool trainable = true;  // whether training changes the weights
  ActivationFunction recurrent_activation = "sigmoid";  // activation of the gates
  bool unit_forget_bias = true;  // whether the bias of the forget gate starts at 1
  std::string name{};  // of the layer in its model; empty: "lstm", "lstm_1", ...
};
Layer LSTM(const LSTMSettings& settings = {});

// skips the steps of a sequence that hold one value only
struct MaskingSettings {
  double mask_value = 0.0;  // the value
  std::string name{};  // of the layer in its model; empty: "masking", "masking_1", ...
};
Layer Masking(const MaskingSettings& settings = {});

// spectrograms in bands that lie as the ear hears them
struct MelSpectrogramSettings {
  std::int64_t fft_length = 2048;  // samples of a frame; [2, 16777216]
  std::int64_t sequence_stride = 512;  // samples from one frame to the next; [1, 16777216]
  std::optional<std::int64_t> sequence_length{};  // samples of the window in its middle; null for all
  Setting window = "hann";  // hann, hamming, a list of numbers, or null for none
  double sampling_rate = 16000.0;  // samples per second; [1, 1e+09]
  std::int64_t num_mel_bins = 128;  // number of bands; [1, 1048576]
  double min_freq = 20.0;  // where the lowest band begins
  std::optional<double> max_freq{};  // where the highest band ends; null for half the sampling rate
  bool power_to_db = true;  // whether in decibel
  double top_db = 80.0;  // how far below the maximum at most
  double mag_exp = 2.0;  // power of the magnitudes: 1 for energy, 2 for power
  double min_power = 1e-10;  // smallest power
  double ref_power = 1.0;  // power of 0 dB
  std::string name{};  // of the layer in its model; empty: "mel_spectrogram", "mel_spectrogram_1", ...
};
Layer MelSpectrogram(const MelSpectrogramSettings& settings = {});

// the sum of its inputs
struct AddSettings {
  std::string name{};  // of the layer in its model; empty: "add", "add_1", ...
};
Layer Add(const AddSettings& settings = {});

// its first input less its second
struct SubtractSettings {
  std::string name{};  // of the layer in its model; empty: "subtract", "subtract_1", ...
};
Layer Subtract(const SubtractSettings& settings = {});

// the product of its inputs
struct MultiplySettings {
  std::string name{};  // of the layer in its model; empty: "multiply", "multiply_1", ...
};
Layer Multiply(const MultiplySettings& settings = {});

// the mean of its inputs
struct AverageSettings {
  std::string name{};  // of the layer in its model; empty: "average", "average_1", ...
};
Layer Average(const AverageSettings& settings = {});

// the largest of its inputs, element by element
struct MaximumSettings {
  std::string name{};  // of the layer in its model; empty: "maximum", "maximum_1", ...
};
Layer Maximum(const MaximumSettings& settings = {});

// the smallest of its inputs, element by element
struct MinimumSettings {
  std::string name{};  // of the layer in its model; empty: "minimum", "minimum_1", ...
};
Layer Minimum(const MinimumSettings& settings = {});

// attention with several heads; reads query, value and perhaps key
struct MultiHeadAttentionSettings {
  std::int64_t num_heads = 0;  // number of heads; must be given; [1, 1048576]
  std::int64_t key_dim = 0;  // size of a head's query and key; must be given; [1, 1048576]
  std::optional<std::int64_t> value_dim{};  // size of a head's value; null for key_dim; [1, 1048576]
  Setting output_shape{};  // sizes of the output's last axes; null for the query's
  Setting attention_axes{};  // axes that attention looks along, counted with the batch; null for all between batch and features
  double dropout = 0.0;  // share of the weights of the values to drop while training; [0, 1]
  bool use_bias = true;  // whether the maps have biases
  std::optional<std::int64_t> sliding_window{};  // how near a key must be to be seen; null for no limit
  Setting flash_attention{};  // kept for Keras; changes no numbers
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output of each map
  bool use_gate = false;  // whether a gate of the query multiplies what is attended to
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool use_causal_mask = false;  // whether a step sees only keys up to its own
  bool attention_mask = false;  // whether the last input says which keys each step sees: [batch, time, keys]
  bool return_attention_scores = false;  // whether to give the weights of the values too, as a second value
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "multi_head_attention", "multi_head_attention_1", ...
};
Layer MultiHeadAttention(const MultiHeadAttentionSettings& settings = {});

// mean 0 and variance 1, by statistics of the data
struct NormalizationSettings {
  Setting axis = -1;  // axes with statistics of their own: a number, a list, or null for none
  Setting mean{};  // mean to use instead of one from the data; a number or a list
  Setting variance{};  // variance to use instead of one from the data; a number or a list
  bool invert = false;  // undo a normalization instead
  std::string name{};  // of the layer in its model; empty: "normalization", "normalization_1", ...
};
Layer Normalization(const NormalizationSettings& settings = {});

// computes a graph of ONNX's operators: what stands for a class of somebody's own
struct OnnxGraphSettings {
  std::string graph{};  // the graph as ONNX text
  std::vector<std::string> weights{};  // its inputs that are weights, behind those that the layer reads
  std::string name{};  // of the layer in its model; empty: "onnx_graph", "onnx_graph_1", ...
};
Layer OnnxGraph(const OnnxGraphSettings& settings = {});

// a function of values, as keras.ops has them
struct OperationSettings {
  std::string function{};  // which: a name of `upkeep catalog layers/operations`; must be given
  Setting arguments{};  // what it is called with, by name; {input: 0} is the first value that it reads
  std::string name{};  // of the layer in its model; empty: "operation", "operation_1", ...
};
Layer Operation(const OperationSettings& settings = {});

// another order of the axes
struct PermuteSettings {
  std::vector<std::int64_t> dims{};  // which axis stands where, counted from 1 behind the batch: [2, 1]; must be given
  std::string name{};  // of the layer in its model; empty: "permute", "permute_1", ...
};
Layer Permute(const PermuteSettings& settings = {});

// the largest element of each window
struct MaxPooling1DSettings {
  Setting pool_size = {2};  // size of the window: a number for all axes, or a list
  Setting strides{};  // steps of the window; null for its size
  std::string padding = "valid";  // same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "max_pooling1d", "max_pooling1d_1", ...
};
Layer MaxPooling1D(const MaxPooling1DSettings& settings = {});

// the largest element of each window
struct MaxPooling2DSettings {
  Setting pool_size = {2, 2};  // size of the window: a number for all axes, or a list
  Setting strides{};  // steps of the window; null for its size
  std::string padding = "valid";  // same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "max_pooling2d", "max_pooling2d_1", ...
};
Layer MaxPooling2D(const MaxPooling2DSettings& settings = {});

// the largest element of each window
struct MaxPooling3DSettings {
  Setting pool_size = {2, 2, 2};  // size of the window: a number for all axes, or a list
  Setting strides{};  // steps of the window; null for its size
  std::string padding = "valid";  // same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "max_pooling3d", "max_pooling3d_1", ...
};
Layer MaxPooling3D(const MaxPooling3DSettings& settings = {});

// the mean of each window
struct AveragePooling1DSettings {
  Setting pool_size = {2};  // size of the window: a number for all axes, or a list
  Setting strides{};  // steps of the window; null for its size
  std::string padding = "valid";  // same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "average_pooling1d", "average_pooling1d_1", ...
};
Layer AveragePooling1D(const AveragePooling1DSettings& settings = {});

// the mean of each window
struct AveragePooling2DSettings {
  Setting pool_size = {2, 2};  // size of the window: a number for all axes, or a list
  Setting strides{};  // steps of the window; null for its size
  std::string padding = "valid";  // same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "average_pooling2d", "average_pooling2d_1", ...
};
Layer AveragePooling2D(const AveragePooling2DSettings& settings = {});

// the mean of each window
struct AveragePooling3DSettings {
  Setting pool_size = {2, 2, 2};  // size of the window: a number for all axes, or a list
  Setting strides{};  // steps of the window; null for its size
  std::string padding = "valid";  // same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "average_pooling3d", "average_pooling3d_1", ...
};
Layer AveragePooling3D(const AveragePooling3DSettings& settings = {});

// x above zero, a learned slope below
struct PReLUSettings {
  Initializer alpha_initializer = "zeros";  // how the alpha starts
  Regularizer alpha_regularizer{};  // penalty on the alpha
  Constraint alpha_constraint{};  // what the alpha is brought back to after each update
  Setting shared_axes{};  // axes along which there is one slope, counted with the batch: [1, 2]
  bool trainable = true;  // whether training changes the slopes
  std::string name{};  // of the layer in its model; empty: "prelu", "prelu_1", ...
};
Layer PReLU(const PReLUSettings& settings = {});

// makes pictures lighter or darker while training
struct RandomBrightnessSettings {
  Setting factor{};  // largest shift as a share of value_range, or [low, high]; must be given
  Setting value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "random_brightness", "random_brightness_1", ...
};
Layer RandomBrightness(const RandomBrightnessSettings& settings = {});

// spreads the values of pictures about their mean while training
struct RandomContrastSettings {
  Setting factor{};  // 1 - low to 1 + high times as far: [low, high], or high alone; must be given
  Setting value_range = {0, 255};  // least and largest value of a pixel
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "random_contrast", "random_contrast_1", ...
};
Layer RandomContrast(const RandomContrastSettings& settings = {});

// mirrors pictures while training
struct RandomFlipSettings {
  std::string mode = "horizontal_and_vertical";  // which way; "horizontal", "vertical", "horizontal_and_vertical"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "random_flip", "random_flip_1", ...
};
Layer RandomFlip(const RandomFlipSettings& settings = {});

// turns pictures about their centre while training
struct RandomRotationSettings {
  Setting factor{};  // largest turn as a share of a whole one, or [low, high]; must be given
  std::string fill_mode = "reflect";  // what is read outside the picture; "reflect", "wrap", "constant", "nearest"
  std::string interpolation = "bilinear";  // what stands between the pixels; "bilinear", "nearest"
  double fill_value = 0.0;  // the constant
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "random_rotation", "random_rotation_1", ...
};
Layer RandomRotation(const RandomRotationSettings& settings = {});

// shows more or less of pictures while training
struct RandomZoomSettings {
  Setting height_factor{};  // how much more at most, or [low, high]; must be given
  Setting width_factor{};  // the same across; null for as much as along the height
  std::string fill_mode = "reflect";  // what is read outside the picture; "reflect", "wrap", "constant", "nearest"
  std::string interpolation = "bilinear";  // what stands between the pixels; "bilinear", "nearest"
  double fill_value = 0.0;  // the constant
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "random_zoom", "random_zoom_1", ...
};
Layer RandomZoom(const RandomZoomSettings& settings = {});

// shifts pictures while training
struct RandomTranslationSettings {
  Setting height_factor{};  // largest shift down as a share of the height, or [low, high]; must be given
  Setting width_factor{};  // the same to the right; must be given
  std::string fill_mode = "reflect";  // what is read outside the picture; "reflect", "wrap", "constant", "nearest"
  std::string interpolation = "bilinear";  // what stands between the pixels; "bilinear", "nearest"
  double fill_value = 0.0;  // the constant
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "random_translation", "random_translation_1", ...
};
Layer RandomTranslation(const RandomTranslationSettings& settings = {});

// slants pictures while training
struct RandomShearSettings {
  Setting x_factor = 0.0;  // largest slant across, or [low, high]
  Setting y_factor = 0.0;  // largest slant along the height, or [low, high]
  std::string fill_mode = "reflect";  // what is read outside the picture; "reflect", "wrap", "constant", "nearest"
  std::string interpolation = "bilinear";  // what stands between the pixels; "bilinear", "nearest"
  double fill_value = 0.0;  // the constant
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "random_shear", "random_shear_1", ...
};
Layer RandomShear(const RandomShearSettings& settings = {});

// max(x, 0) as a layer
struct ReLUSettings {
  std::optional<double> max_value{};  // largest output; null for no limit; [0, 1e+30]
  double negative_slope = 0.0;  // slope below the threshold; [0, 1e+30]
  double threshold = 0.0;  // where the line begins; [0, 1e+30]
  std::string name{};  // of the layer in its model; empty: "relu", "relu_1", ...
};
Layer ReLU(const ReLUSettings& settings = {});

// the same row several times
struct RepeatVectorSettings {
  std::int64_t n = 0;  // how many times; must be given; [1, 16777216]
  std::string name{};  // of the layer in its model; empty: "repeat_vector", "repeat_vector_1", ...
};
Layer RepeatVector(const RepeatVectorSettings& settings = {});

// scale * x + offset
struct RescalingSettings {
  std::vector<double> scale{};  // factor; must be given. A list: one for each element of the last axis
  std::vector<double> offset = {0.0};  // added after scaling; a number or a list
  std::string name{};  // of the layer in its model; empty: "rescaling", "rescaling_1", ...
};
Layer Rescaling(const RescalingSettings& settings = {});

// another shape of each row
struct ReshapeSettings {
  std::vector<std::int64_t> target_shape{};  // sizes behind the batch, one of them may be -1: [4, 4, -1]; must be given
  std::string name{};  // of the layer in its model; empty: "reshape", "reshape_1", ...
};
Layer Reshape(const ReshapeSettings& settings = {});

// pictures at another size
struct ResizingSettings {
  std::int64_t height = 0;  // new rows; must be given; [1, 16777216]
  std::int64_t width = 0;  // new columns; must be given; [1, 16777216]
  std::string interpolation = "bilinear";  // what stands between the pixels; "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"
  bool crop_to_aspect_ratio = false;  // cut off what would distort the picture
  bool pad_to_aspect_ratio = false;  // add what would distort the picture
  std::string fill_mode = "constant";  // what is added; "constant"
  double fill_value = 0.0;  // the constant
  bool antialias = false;  // smaller pictures by kernels as wide as a new pixel
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "resizing", "resizing_1", ...
};
Layer Resizing(const ResizingSettings& settings = {});

// a row of numbers for each integer, or a score of each integer for a row
struct ReversibleEmbeddingSettings {
  std::int64_t input_dim = 0;  // how many integers there are; must be given; [1, 1073741824]
  std::int64_t output_dim = 0;  // length of a row; must be given; [1, 16777216]
  bool tie_weights = true;  // whether both directions have the same weights
  Initializer embeddings_initializer = "uniform";  // how the embeddings starts
  Regularizer embeddings_regularizer{};  // penalty on the embeddings
  Constraint embeddings_constraint{};  // what the embeddings is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool mask_zero = false;  // whether 0 means that there is no entry
  std::optional<std::string> reverse_dtype{};  // null or float32; "float32"
  std::optional<double> logit_soft_cap{};  // bound of the scores; null for none
  bool reverse = false;  // whether it reads rows and gives scores
  bool trainable = true;  // whether training changes the rows
  std::string name{};  // of the layer in its model; empty: "reversible_embedding", "reversible_embedding_1", ...
};
Layer ReversibleEmbedding(const ReversibleEmbeddingSettings& settings = {});

// mean square 1 of each example
struct RMSNormalizationSettings {
  Setting axis = -1;  // the axes to normalize over, the last ones: a number or a list
  double epsilon = 1e-06;  // added to the mean square; [0, 1e+30]
  bool trainable = true;  // whether training changes the scale
  std::string name{};  // of the layer in its model; empty: "rms_normalization", "rms_normalization_1", ...
};
Layer RMSNormalization(const RMSNormalizationSettings& settings = {});

// several recurrent cells, one upon the other
struct RNNSettings {
  Setting cell{};  // the cells: {"class_name": "StackedRNNCells", "config": {"cells": [...]}}; must be given
  bool return_sequences = false;  // whether to give the output of each step, not of the last only
  bool return_state = false;  // whether to give the states after the last step too, as further values, cell by cell
  bool go_backwards = false;  // whether to read from the end; outputs come in that order
  bool stateful = false;  // kept for Keras; here each call starts anew, and training refuses it
  bool unroll = false;  // kept for Keras; changes no numbers
  bool zero_output_for_mask = false;  // whether the output of a masked step is 0, not the one before
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "rnn", "rnn_1", ...
};
Layer RNN(const RNNSettings& settings = {});

// depthwise convolution, then a pointwise one
struct SeparableConv1DSettings {
  std::int64_t filters = 0;  // number of output channels; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  std::int64_t depth_multiplier = 1;  // depthwise kernels per channel; [1, 16777216]
  Initializer depthwise_initializer = "glorot_uniform";  // how the depthwise starts
  Regularizer depthwise_regularizer{};  // penalty on the depthwise
  Constraint depthwise_constraint{};  // what the depthwise is brought back to after each update
  Initializer pointwise_initializer = "glorot_uniform";  // how the pointwise starts
  Regularizer pointwise_regularizer{};  // penalty on the pointwise
  Constraint pointwise_constraint{};  // what the pointwise is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "separable_conv1d", "separable_conv1d_1", ...
};
Layer SeparableConv1D(const SeparableConv1DSettings& settings = {});

// depthwise convolution, then a pointwise one
struct SeparableConv2DSettings {
  std::int64_t filters = 0;  // number of output channels; must be given; [1, 16777216]
  Setting kernel_size{};  // size of the window: a number for all axes, or a list; must be given
  Setting strides = {1, 1};  // steps of the window
  std::string padding = "valid";  // zeros around the input; same: the output has a size of ceil(input / stride); "valid", "same"
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  Setting dilation_rate = {1, 1};  // distance between the elements that the window takes
  ActivationFunction activation{};  // activation function; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  bool trainable = true;  // whether training changes the weights
  std::int64_t depth_multiplier = 1;  // depthwise kernels per channel; [1, 16777216]
  Initializer depthwise_initializer = "glorot_uniform";  // how the depthwise starts
  Regularizer depthwise_regularizer{};  // penalty on the depthwise
  Constraint depthwise_constraint{};  // what the depthwise is brought back to after each update
  Initializer pointwise_initializer = "glorot_uniform";  // how the pointwise starts
  Regularizer pointwise_regularizer{};  // penalty on the pointwise
  Constraint pointwise_constraint{};  // what the pointwise is brought back to after each update
  std::string name{};  // of the layer in its model; empty: "separable_conv2d", "separable_conv2d_1", ...
};
Layer SeparableConv2D(const SeparableConv2DSettings& settings = {});

// its first input, with another mask
struct SetMaskSettings {
  std::string source = "value";  // what of the second input is the mask, its value or its own mask; made: the first input's own, as the model was made; run: its own, but none as the model was made; "value", "mask", "made", "run"
  std::string name{};  // of the layer in its model; empty: "set_mask", "set_mask_1", ...
};
Layer SetMask(const SetMaskSettings& settings = {});

// a state that is fed back, over a sequence
struct SimpleRNNSettings {
  std::int64_t units = 0;  // size of the state and the output; must be given; [1, 16777216]
  ActivationFunction activation = "tanh";  // activation of the output; null for none
  bool use_bias = true;  // whether to add a bias
  Initializer kernel_initializer = "glorot_uniform";  // how the kernel starts
  Regularizer kernel_regularizer{};  // penalty on the kernel
  Constraint kernel_constraint{};  // what the kernel is brought back to after each update
  Initializer recurrent_initializer = "orthogonal";  // how the recurrent starts
  Regularizer recurrent_regularizer{};  // penalty on the recurrent
  Constraint recurrent_constraint{};  // what the recurrent is brought back to after each update
  Initializer bias_initializer = "zeros";  // how the bias starts
  Regularizer bias_regularizer{};  // penalty on the bias
  Constraint bias_constraint{};  // what the bias is brought back to after each update
  Regularizer activity_regularizer{};  // penalty on the output
  double dropout = 0.0;  // share of the inputs to drop while training; [0, 1]
  double recurrent_dropout = 0.0;  // share of the state to drop while training; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  bool return_sequences = false;  // whether to give the output of each step, not of the last only
  bool return_state = false;  // whether to give the state after the last step too, as further values
  bool go_backwards = false;  // whether to read from the end; outputs come in that order
  bool stateful = false;  // kept for Keras; here each call starts anew, and training refuses it
  bool unroll = false;  // kept for Keras; changes no numbers
  bool zero_output_for_mask = false;  // whether the output of a masked step is 0, not the one before
  bool trainable = true;  // whether training changes the weights
  std::string name{};  // of the layer in its model; empty: "simple_rnn", "simple_rnn_1", ...
};
Layer SimpleRNN(const SimpleRNNSettings& settings = {});

// probabilities along one axis, as a layer
struct SoftmaxSettings {
  std::int64_t axis = -1;  // the axis that sums to 1
  std::string name{};  // of the layer in its model; empty: "softmax", "softmax_1", ...
};
Layer Softmax(const SoftmaxSettings& settings = {});

// zeroes random channels while training
struct SpatialDropout1DSettings {
  double rate = 0.5;  // share of the channels to drop; [0, 1]
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "spatial_dropout_1d", "spatial_dropout_1d_1", ...
};
Layer SpatialDropout1D(const SpatialDropout1DSettings& settings = {});

// zeroes random channels while training
struct SpatialDropout2DSettings {
  double rate = 0.5;  // share of the channels to drop; [0, 1]
  std::optional<std::string> data_format{};  // where the channels are; null for channels_last; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "spatial_dropout_2d", "spatial_dropout_2d_1", ...
};
Layer SpatialDropout2D(const SpatialDropout2DSettings& settings = {});

// zeroes random channels while training
struct SpatialDropout3DSettings {
  double rate = 0.5;  // share of the channels to drop; [0, 1]
  std::optional<std::string> data_format{};  // where the channels are; null for channels_last; "channels_last", "channels_first"
  std::optional<std::int64_t> seed{};  // kept for Keras; here the run's own seed decides
  std::string name{};  // of the layer in its model; empty: "spatial_dropout_3d", "spatial_dropout_3d_1", ...
};
Layer SpatialDropout3D(const SpatialDropout3DSettings& settings = {});

// a layer whose kernel was trained at a spectral norm of 1
struct SpectralNormalizationSettings {
  Layer layer{};  // the layer: {dense: {units: 8}}; must be given
  std::int64_t power_iterations = 1;  // kept for Keras, which trains with it; [1, 1048576]
  bool trainable = true;  // whether training changes its weights
  std::string name{};  // of the layer in its model; empty: "spectral_normalization", "spectral_normalization_1", ...
};
Layer SpectralNormalization(const SpectralNormalizationSettings& settings = {});

// spectrograms by convolutions with waves
struct STFTSpectrogramSettings {
  std::string mode = "log";  // what is given; "log", "magnitude", "psd", "real", "imag", "angle", "stft"
  std::int64_t frame_length = 256;  // samples of a frame; [1, 16777216]
  std::optional<std::int64_t> frame_step{};  // samples from one frame to the next; null for half a frame
  std::optional<std::int64_t> fft_length{};  // twice the number of bins but one; null for the next power of two from frame_length on
  Setting window = "hann";  // hann, hamming, blackman, boxcar, a list of numbers, or null for none
  bool periodic = false;  // whether the window is one period of a longer one
  std::optional<std::string> scaling = "density";  // of the window; null for none; "density", "spectrum"
  std::string padding = "valid";  // zeros around the signal; "valid", "same"
  bool expand_dims = false;  // whether bins and channels are two axes
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  bool trainable = true;  // whether training changes the waves
  std::string name{};  // of the layer in its model; empty: "stft_spectrogram", "stft_spectrogram_1", ...
};
Layer STFTSpectrogram(const STFTSpectrogramSettings& settings = {});

// places of strings in a vocabulary
struct StringLookupSettings {
  Setting vocabulary{};  // the tokens, as a list or a text of one a line; upkeep train finds them
  std::optional<std::int64_t> max_tokens{};  // most tokens, those for the mask and for what is not known among them
  std::int64_t num_oov_indices = 1;  // indices for what the vocabulary does not hold; [0, 16777216]
  Setting mask_token{};  // the token of nothing: index 0, or no index in vectors
  Setting oov_token = "[UNK]";  // what stands for unknown indices where invert is true
  bool invert = false;  // whether indices become tokens
  std::string output_mode = "int";  // integers, a vector per token, or one per example; "int", "one_hot", "multi_hot", "count", "tf_idf"
  bool pad_to_max_tokens = false;  // whether vectors are max_tokens long
  Setting idf_weights{};  // a weight for each token of the vocabulary, for tf_idf
  bool sparse = false;  // false; vectors are dense
  std::optional<std::int64_t> vocabulary_size{};  // kept for Keras
  std::string oov_method = "floormod";  // kept for Keras; "floormod", "farmhash"
  Setting salt{};  // kept for Keras
  std::string encoding = "utf-8";  // kept for Keras; "utf-8"
  std::string name{};  // of the layer in its model; empty: "string_lookup", "string_lookup_1", ...
};
Layer StringLookup(const StringLookupSettings& settings = {});

// places of integers in a vocabulary
struct IntegerLookupSettings {
  Setting vocabulary{};  // the tokens, as a list or a text of one a line; upkeep train finds them
  std::optional<std::int64_t> max_tokens{};  // most tokens, those for the mask and for what is not known among them
  std::int64_t num_oov_indices = 1;  // indices for what the vocabulary does not hold; [0, 16777216]
  Setting mask_token{};  // the token of nothing: index 0, or no index in vectors
  Setting oov_token = -1;  // what stands for unknown indices where invert is true
  bool invert = false;  // whether indices become tokens
  std::string output_mode = "int";  // integers, a vector per token, or one per example; "int", "one_hot", "multi_hot", "count", "tf_idf"
  bool pad_to_max_tokens = false;  // whether vectors are max_tokens long
  Setting idf_weights{};  // a weight for each token of the vocabulary, for tf_idf
  bool sparse = false;  // false; vectors are dense
  std::optional<std::int64_t> vocabulary_size{};  // kept for Keras
  std::string vocabulary_dtype = "int64";  // kept for Keras; "int64", "int32"
  std::string oov_method = "floormod";  // how unknown integers are spread over several indices: floormod; "floormod", "farmhash"
  Setting salt{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "integer_lookup", "integer_lookup_1", ...
};
Layer IntegerLookup(const IntegerLookupSettings& settings = {});

// places of a text's words in a vocabulary
struct TextVectorizationSettings {
  Setting vocabulary{};  // the words, as a list or a text of one a line; upkeep train finds them
  std::optional<std::int64_t> max_tokens{};  // most words, those for nothing and for unknown ones among them
  std::optional<std::string> standardize = "lower_and_strip_punctuation";  // what is done to a text first; null for nothing; "lower_and_strip_punctuation", "lower", "strip_punctuation"
  std::optional<std::string> split = "whitespace";  // where words end; null where a text is one; "whitespace", "character"
  Setting ngrams{};  // sizes of the groups of words that count as words, or the largest; null for 1
  std::string output_mode = "int";  // integers, or one vector per text; "int", "multi_hot", "count", "tf_idf"
  std::optional<std::int64_t> output_sequence_length{};  // how many integers a text becomes, cut off or filled up with 0; null for as many as the longest of the batch has; [1, 16777216]
  bool pad_to_max_tokens = false;  // whether vectors are max_tokens long
  Setting idf_weights{};  // a weight for each word of the vocabulary, for tf_idf
  bool sparse = false;  // false; vectors are dense
  bool ragged = false;  // false; rows have one length
  std::string encoding = "utf-8";  // kept for Keras; "utf-8"
  std::optional<std::int64_t> vocabulary_size{};  // kept for Keras
  std::string name{};  // of the layer in its model; empty: "text_vectorization", "text_vectorization_1", ...
};
Layer TextVectorization(const TextVectorizationSettings& settings = {});

// the same layer for each step of a sequence
struct TimeDistributedSettings {
  Layer layer{};  // the layer: {dense: {units: 8}}; must be given
  bool in_model = false;  // whether it is a part of a model that is applied to each step, whose parts hand their masks on to one another
  bool trainable = true;  // whether training changes its weights
  std::string name{};  // of the layer in its model; empty: "time_distributed", "time_distributed_1", ...
};
Layer TimeDistributed(const TimeDistributedSettings& settings = {});

// length 1 of each example
struct UnitNormalizationSettings {
  Setting axis = -1;  // the axes to normalize over: a number or a list
  std::string name{};  // of the layer in its model; empty: "unit_normalization", "unit_normalization_1", ...
};
Layer UnitNormalization(const UnitNormalizationSettings& settings = {});

// every element several times along the spatial axes
struct UpSampling1DSettings {
  Setting size = 2;  // how many times: a number for all axes, or a list
  std::string name{};  // of the layer in its model; empty: "up_sampling1d", "up_sampling1d_1", ...
};
Layer UpSampling1D(const UpSampling1DSettings& settings = {});

// every element several times along the spatial axes
struct UpSampling2DSettings {
  Setting size = {2, 2};  // how many times: a number for all axes, or a list
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string interpolation = "nearest";  // what stands between the pixels; "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"
  std::string name{};  // of the layer in its model; empty: "up_sampling2d", "up_sampling2d_1", ...
};
Layer UpSampling2D(const UpSampling2DSettings& settings = {});

// every element several times along the spatial axes
struct UpSampling3DSettings {
  Setting size = {2, 2, 2};  // how many times: a number for all axes, or a list
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "up_sampling3d", "up_sampling3d_1", ...
};
Layer UpSampling3D(const UpSampling3DSettings& settings = {});

// zeros around the spatial axes
struct ZeroPadding1DSettings {
  Setting padding = {1, 1};  // how many: a number, or [before, after]
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "zero_padding1d", "zero_padding1d_1", ...
};
Layer ZeroPadding1D(const ZeroPadding1DSettings& settings = {});

// zeros around the spatial axes
struct ZeroPadding2DSettings {
  Setting padding = {{1, 1}, {1, 1}};  // how many: a number, one per axis, or [before, after] per axis
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "zero_padding2d", "zero_padding2d_1", ...
};
Layer ZeroPadding2D(const ZeroPadding2DSettings& settings = {});

// zeros around the spatial axes
struct ZeroPadding3DSettings {
  Setting padding = {{1, 1}, {1, 1}, {1, 1}};  // how many: a number, one per axis, or [before, after] per axis
  std::string data_format = "channels_last";  // where the channels are; "channels_last", "channels_first"
  std::string name{};  // of the layer in its model; empty: "zero_padding3d", "zero_padding3d_1", ...
};
Layer ZeroPadding3D(const ZeroPadding3DSettings& settings = {});

// clang-format on

}  // namespace upkeep::api
