// Every layer that we have, as built for inference.

#include "base/names.hpp"
#include "convert/firmware/compiled_test.hpp"
#include "layers/layer.hpp"

namespace upkeep::firmware {

namespace {

const std::vector<std::string>& all_layers() {
  static const std::vector<std::string> all = {
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: relu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: sigmoid}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: tanh}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: softmax}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: elu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: selu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: gelu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: softplus}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: softsign}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: exponential}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: hard_sigmoid}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: hard_silu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: silu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: mish}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: leaky_relu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: log_softmax}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: linear}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: relu6}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: celu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: tanh_shrink}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: hard_shrink}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: soft_shrink}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: hard_tanh}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: squareplus}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: sparse_plus}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: log_sigmoid}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: glu}}])",
      R"([{input: {shape: [4]}}, {dense: {units: 6, activation: {class_name: threshold, config: {threshold: 0.2, default_value: -1}}}}])",
      R"([{input: {shape: [6, 4]}}, {activation: {activation: tanh}}, {activity_regularization: {l2: 0.1}}, {dropout: {rate: 0.5}}, {alpha_dropout: {rate: 0.5}}, {gaussian_noise: {stddev: 1}}, {gaussian_dropout: {rate: 0.5}}, {identity: {}}, {spatial_dropout_1d: {rate: 0.5}}])",
      R"([{input: {shape: [7, 6, 3]}}, {spatial_dropout_2d: {rate: 0.5}}, {conv2d: {filters: 4, kernel_size: 3, padding: same, strides: 2}}, {batch_normalization: {}}, {relu: {max_value: 2, negative_slope: 0.1, threshold: 0.5}}, {flatten: {}}, {dense: {units: 3, activation: softmax}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {spatial_dropout_3d: {rate: 0.5}}, {conv3d: {filters: 2, kernel_size: 2}}, {global_max_pooling3d: {}}])",
      R"([{input: {shape: [6, 4]}}, {conv1d: {filters: 4, kernel_size: 3, padding: same, dilation_rate: 2, activation: relu}}])",
      R"([{input: {shape: [6, 4]}}, {conv1d_transpose: {filters: 3, kernel_size: 3, strides: 2, padding: same}}])",
      R"([{input: {shape: [6, 4]}}, {conv1d_transpose: {filters: 3, kernel_size: 2}}])",
      R"([{input: {shape: [6, 4]}}, {max_pooling1d: {pool_size: 2}}, {average_pooling1d: {pool_size: 2, strides: 1, padding: same}}])",
      R"([{input: {shape: [6, 4]}}, {global_max_pooling1d: {keepdims: true}}])",
      R"([{input: {shape: [6, 4]}}, {global_average_pooling1d: {}}])",
      R"([{input: {shape: [6, 4]}}, {adaptive_max_pooling1d: {output_size: 2}}])",
      R"([{input: {shape: [6, 4]}}, {adaptive_average_pooling1d: {output_size: 3}}])",
      R"([{input: {shape: [6, 4]}}, {zero_padding1d: {padding: 2}}, {cropping1d: {cropping: 1}}, {up_sampling1d: {size: 2}}])",
      R"([{input: {shape: [6, 4]}}, {depthwise_conv1d: {kernel_size: 3, depth_multiplier: 2}}])",
      R"([{input: {shape: [6, 4]}}, {separable_conv1d: {filters: 5, kernel_size: 3}}])",
      R"([{input: {shape: [7, 6, 3]}}, {conv2d: {filters: 4, kernel_size: 3, padding: same, dilation_rate: 2, activation: relu}}])",
      R"([{input: {shape: [7, 6, 3]}}, {conv2d_transpose: {filters: 3, kernel_size: 3, strides: 2, padding: same}}])",
      R"([{input: {shape: [7, 6, 3]}}, {conv2d_transpose: {filters: 3, kernel_size: 2}}])",
      R"([{input: {shape: [7, 6, 3]}}, {max_pooling2d: {pool_size: 2}}, {average_pooling2d: {pool_size: 2, strides: 1, padding: same}}])",
      R"([{input: {shape: [7, 6, 3]}}, {global_max_pooling2d: {keepdims: true}}])",
      R"([{input: {shape: [7, 6, 3]}}, {global_average_pooling2d: {}}])",
      R"([{input: {shape: [7, 6, 3]}}, {adaptive_max_pooling2d: {output_size: 2}}])",
      R"([{input: {shape: [7, 6, 3]}}, {adaptive_average_pooling2d: {output_size: 3}}])",
      R"([{input: {shape: [7, 6, 3]}}, {zero_padding2d: {padding: 2}}, {cropping2d: {cropping: 1}}, {up_sampling2d: {size: 2}}])",
      R"([{input: {shape: [7, 6, 3]}}, {depthwise_conv2d: {kernel_size: 3, depth_multiplier: 2}}])",
      R"([{input: {shape: [7, 6, 3]}}, {separable_conv2d: {filters: 5, kernel_size: 3}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {conv3d: {filters: 4, kernel_size: 3, padding: same, dilation_rate: 2, activation: relu}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {conv3d_transpose: {filters: 3, kernel_size: 3, strides: 2, padding: same}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {conv3d_transpose: {filters: 3, kernel_size: 2}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {max_pooling3d: {pool_size: 2}}, {average_pooling3d: {pool_size: 2, strides: 1, padding: same}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {global_max_pooling3d: {keepdims: true}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {global_average_pooling3d: {}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {adaptive_max_pooling3d: {output_size: 2}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {adaptive_average_pooling3d: {output_size: 3}}])",
      R"([{input: {shape: [5, 4, 6, 2]}}, {zero_padding3d: {padding: 2}}, {cropping3d: {cropping: 1}}, {up_sampling3d: {size: 2}}])",
      R"([{input: {shape: [5, 6]}}, {conv1d: {filters: 4, kernel_size: 3, padding: causal, groups: 2}}])",
      R"([{input: {shape: [7, 6, 3]}}, {conv2d: {filters: 6, kernel_size: 3, groups: 3, padding: same, use_bias: false}}])",
      R"([{input: {shape: [7, 6, 3]}}, {up_sampling2d: {size: 2, interpolation: bilinear}}])",
      R"([{input: {shape: [7, 6, 3]}}, {resizing: {height: 5, width: 9}}])",
      R"([{input: {shape: [7, 6, 3]}}, {resizing: {height: 4, width: 9, interpolation: nearest}}])",
      R"([{input: {shape: [4]}}, {elu: {alpha: 0.5}}, {leaky_relu: {negative_slope: 0.2}}, {prelu: {}}, {softmax: {}}])",
      R"([{input: {shape: [7, 6, 3]}}, {prelu: {shared_axes: [1, 2]}}])",
      R"([{input: {shape: [7, 6, 3]}}, {group_normalization: {groups: 3}}])",
      R"([{input: {shape: [7, 6, 3]}}, {layer_normalization: {}}, {rms_normalization: {}}, {unit_normalization: {}}])",
      R"([{input: {shape: [7, 6, 3]}}, {layer_normalization: {axis: [1, 2]}}])",
      R"([{input: {shape: [6, 8]}}, {dense: {units: 3}}, {permute: {dims: [2, 1]}}, {reshape: {target_shape: [9, -1]}}, {einsum_dense: {equation: "abc,cd->abd", output_shape: [null, 5], bias_axes: d}}])",
      R"([{input: {shape: [4]}}, {repeat_vector: {n: 3}}, {time_distributed: {layer: {dense: {units: 2}}}}])",
      R"([{input: {shape: [4]}}, {rescaling: {scale: 0.5, offset: 1}}, {normalization: {mean: 0.5, variance: 2}}])",
      R"([{input: {shape: [5], dtype: int32}}, {embedding: {input_dim: 3, output_dim: 4}}, {lstm: {units: 3}}])",
      R"([{input: {shape: [5], dtype: int64}}, {embedding: {input_dim: 3, output_dim: 4, mask_zero: true}}, {gru: {units: 3}}])",
      R"([{input: {shape: [5], dtype: int64}}, {category_encoding: {num_tokens: 4, output_mode: count}}])",
      R"([{input: {shape: [], dtype: int64}}, {category_encoding: {num_tokens: 4, output_mode: one_hot}}])",
      R"([{input: {shape: [4]}}, {discretization: {bin_boundaries: [-0.5, 0, 1]}}])",
      R"([{input: {shape: [4]}}, {discretization: {bin_boundaries: [-0.5, 0, 1], output_mode: one_hot}}])",
      R"([{input: {shape: [6, 4]}}, {lstm: {units: 3, return_sequences: true}}, {lstm: {units: 2, go_backwards: true}}])",
      R"([{input: {shape: [6, 4]}}, {lstm: {units: 3, activation: gelu}}])",
      R"([{input: {shape: [6, 4]}}, {masking: {mask_value: 0}}, {lstm: {units: 3, return_sequences: true}}])",
      R"([{input: {shape: [6, 4]}}, {gru: {units: 3, return_sequences: true}}, {gru: {units: 2, go_backwards: true}}])",
      R"([{input: {shape: [6, 4]}}, {gru: {units: 3, activation: gelu}}])",
      R"([{input: {shape: [6, 4]}}, {masking: {mask_value: 0}}, {gru: {units: 3, return_sequences: true}}])",
      R"([{input: {shape: [6, 4]}}, {simple_rnn: {units: 3, return_sequences: true}}, {simple_rnn: {units: 2, go_backwards: true}}])",
      R"([{input: {shape: [6, 4]}}, {simple_rnn: {units: 3, activation: gelu}}])",
      R"([{input: {shape: [6, 4]}}, {masking: {mask_value: 0}}, {simple_rnn: {units: 3, return_sequences: true}}])",
      R"([{input: {shape: [6, 4]}}, {gru: {units: 3, reset_after: false}}])",
      R"([{input: {shape: [6, 4]}}, {bidirectional: {layer: {lstm: {units: 3, return_sequences: true}}}}, {bidirectional: {layer: {gru: {units: 2}}, merge_mode: sum}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {add: {inputs: [a, b]}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {subtract: {inputs: [a, b]}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {multiply: {inputs: [a, b]}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {average: {inputs: [a, b]}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {maximum: {inputs: [a, b]}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {minimum: {inputs: [a, b]}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {concatenate: {inputs: [a, b]}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {dot: {inputs: [a, b], axes: 1}}])",
      R"([{input: {shape: [6, 4], name: a}}, {dense: {units: 4, name: b}}, {attention: {inputs: [a, b]}}])",
      R"([{input: {shape: [6, 4], name: a}}, {dense: {units: 4, name: b}}, {additive_attention: {inputs: [a, b]}}])",
      R"([{input: {shape: [6, 4], name: a}}, {dense: {units: 4, name: b}}, {multi_head_attention: {inputs: [a, b], num_heads: 2, key_dim: 3}}])",
      R"([{input: {shape: [6, 4], name: a}}, {dense: {units: 4, name: b}}, {group_query_attention: {inputs: [a, b], head_dim: 3, num_query_heads: 4, num_key_value_heads: 2}}])",
      R"([{input: {shape: [3], name: left}}, {input: {shape: [2], name: right}}, {dense: {units: 4, inputs: [left], name: one}}, {dense: {units: 4, inputs: [right], name: two}}, {add: {inputs: [one, two]}}])",
      R"([{input: {shape: [7, 6, 3]}}, {auto_contrast: {}}, {random_brightness: {factor: 1}}, {random_contrast: {factor: 0.5}}, {random_rotation: {factor: 1}}, {random_zoom: {height_factor: 1}}, {rescaling: {scale: 2}}])",
      R"([{input: {shape: [7, 6, 3]}}, {random_hue: {}}, {random_saturation: {}}, {random_color_jitter: {}}, {random_color_degeneration: {}}, {random_grayscale: {}}, {random_invert: {}}, {random_posterization: {}}, {random_sharpness: {}}, {random_gaussian_blur: {}}, {solarization: {}}, {equalization: {}}, {random_erasing: {}}, {random_perspective: {}}, {rescaling: {scale: 2}}])",
      R"([{input: {shape: [7, 6, 3]}}, {random_elastic_transform: {}}, {random_height: {}}, {random_width: {}}, {mix_up: {}}, {cut_mix: {}}, {aug_mix: {}}, {rand_augment: {}}, {max_num_bounding_boxes: {}}, {random_flip: {}}, {random_translation: {height_factor: 0.2, width_factor: 0.2}}, {random_shear: {}}, {rescaling: {scale: 2}}])",
      R"([{input: {shape: [7, 6, 3]}}, {center_crop: {height: 4, width: 3}}])",
      R"([{input: {shape: [7, 6, 3]}}, {random_crop: {height: 5, width: 4}}])",
      R"([{input: {shape: [7, 6, 3]}}, {layer_scale: {projection_dim: 3, init_values: 0.5}}, {stochastic_depth: {drop_path_rate: 0.5}}, {spectral_normalization: {layer: {dense: {units: 2}}}}])",
      R"([{input: {shape: [4], name: a}}, {dense: {units: 4, name: b}}, {custom_scale_layer: {inputs: [a, b], scale: 0.5}}])",
      R"([{input: {shape: [3, 6, 2]}}, {conv_lstm1d: {filters: 2, kernel_size: 2, padding: same}}])",
      R"([{input: {shape: [3, 5, 6, 2]}}, {conv_lstm2d: {filters: 2, kernel_size: 2, padding: same}}])",
      R"([{input: {shape: [2, 4, 3, 5, 1]}}, {conv_lstm3d: {filters: 2, kernel_size: 2, padding: same}}])",
      R"([{input: {shape: [5, 3]}}, {rnn: {cell: {class_name: StackedRNNCells, config: {cells: [{class_name: LSTMCell, config: {units: 3}}, {class_name: GRUCell, config: {units: 2}}]}}}}])",
      R"([{input: {shape: [4], dtype: int32}}, {reversible_embedding: {input_dim: 6, output_dim: 3}}])",
      R"([{input: {shape: [40, 1]}}, {stft_spectrogram: {frame_length: 8, frame_step: 4, fft_length: 16, mode: magnitude}}])",
      R"([{input: {shape: [3, 4]}}, {operation: {function: sum, arguments: {x: {input: 0}, axis: 1, keepdims: true}}}, {rescaling: {scale: 2}}])"};
  return all;
}

const CompiledGraphs kLayers("FirmwareLayers", all_layers());

}  // namespace

TEST(FirmwareLayers, AnswerAsOnnxRuntime) { kLayers.expect_equal_answers(2e-6); }

// Texts, tables of them, histograms and Fourier transforms of any length are not written; of graphs of one's own, what operators they have.
TEST(FirmwareLayers, AreAllHere) {
  const std::vector<std::string> others = {"string_lookup",   "integer_lookup", "text_vectorization",
                                           "mel_spectrogram", "onnx_graph",     "contrast_limited_adaptive_histogram_equalization",
                                           "set_mask"};  // which Keras 3's graphs of masks alone have
  const std::string text = join(all_layers());
  for (const std::string& name : layers::catalog().names()) {
    if (std::ranges::contains(others, name)) continue;
    EXPECT_THAT(text, testing::HasSubstr("{" + name + ":"));
  }
}

}  // namespace upkeep::firmware
