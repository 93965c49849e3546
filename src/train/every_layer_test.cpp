// Every layer of the catalog stands in a model that is trained, behind a layer with weights where it reads floats: the gradient passes it.
#include <map>
#include <set>

#include "graph/subgraph.hpp"
#include "layers/layer.hpp"
#include "layers/view/build.hpp"
#include "runtime/session.hpp"
#include "train/kernels/kernel.hpp"
#include "train/testing.hpp"
#include "train/training_graph.hpp"

namespace upkeep {
namespace {

struct Example {
  std::string shape;          // of what it reads, without the batch
  std::string settings = "";  // YAML
  std::string reads = "";     // integers: "int32"
};

constexpr const char* kVector = "[6]";
constexpr const char* kSequence = "[6, 4]";
constexpr const char* kPicture = "[8, 8, 4]";
constexpr const char* kVolume = "[4, 4, 4, 2]";

const std::map<std::string, Example>& layer_examples() {
  static const std::map<std::string, Example> kExamples = {
      {"activation", {kVector, "activation: tanh"}},
      {"activity_regularization", {kVector, "l2: 0.1"}},
      {"adaptive_max_pooling1d", {kSequence, "output_size: 3"}},
      {"adaptive_max_pooling2d", {kPicture, "output_size: 4"}},
      {"adaptive_max_pooling3d", {kVolume, "output_size: 2"}},
      {"adaptive_average_pooling1d", {kSequence, "output_size: 3"}},
      {"adaptive_average_pooling2d", {kPicture, "output_size: 4"}},
      {"adaptive_average_pooling3d", {kVolume, "output_size: 2"}},
      {"alpha_dropout", {kVector, "rate: 0.5"}},
      {"attention", {kSequence}},
      {"additive_attention", {kSequence}},
      {"auto_contrast", {kPicture}},
      {"batch_normalization", {kPicture}},
      {"bidirectional", {kSequence, "layer: {lstm: {units: 3}}"}},
      {"category_encoding", {kVector, "num_tokens: 5", "int32"}},
      {"center_crop", {kPicture, "height: 4, width: 4"}},
      {"random_crop", {kPicture, "height: 4, width: 4"}},
      {"concatenate", {kVector}},
      {"contrast_limited_adaptive_histogram_equalization", {kPicture}},
      {"conv1d", {kSequence, "filters: 3, kernel_size: 2"}},
      {"conv2d", {kPicture, "filters: 3, kernel_size: 2"}},
      {"conv3d", {kVolume, "filters: 3, kernel_size: 2"}},
      {"conv_lstm1d", {"[3, 6, 2]", "filters: 2, kernel_size: 2"}},
      {"conv_lstm2d", {"[3, 4, 4, 2]", "filters: 2, kernel_size: 2"}},
      {"conv_lstm3d", {"[2, 3, 3, 3, 2]", "filters: 2, kernel_size: 2"}},
      {"conv1d_transpose", {kSequence, "filters: 3, kernel_size: 2"}},
      {"conv2d_transpose", {kPicture, "filters: 3, kernel_size: 2"}},
      {"conv3d_transpose", {kVolume, "filters: 3, kernel_size: 2"}},
      {"cropping1d", {kSequence}},
      {"cropping2d", {kPicture, "cropping: 1"}},
      {"cropping3d", {kVolume}},
      {"custom_scale_layer", {kVector, "scale: 0.5"}},
      {"dense", {kVector, "units: 3"}},
      {"depthwise_conv1d", {kSequence, "kernel_size: 2"}},
      {"depthwise_conv2d", {kPicture, "kernel_size: 2"}},
      {"discretization", {kVector, "bin_boundaries: [0, 1], output_mode: one_hot", "float32"}},
      {"dot", {kVector, "axes: 1"}},
      {"dropout", {kVector, "rate: 0.5"}},
      {"einsum_dense", {kVector, "equation: 'ab,bc->ac', output_shape: 3"}},
      {"elu", {kVector}},
      {"embedding", {kVector, "input_dim: 5, output_dim: 3", "int32"}},
      {"flatten", {kPicture}},
      {"gaussian_noise", {kVector, "stddev: 0.1"}},
      {"gaussian_dropout", {kVector, "rate: 0.5"}},
      {"global_max_pooling1d", {kSequence}},
      {"global_max_pooling2d", {kPicture}},
      {"global_max_pooling3d", {kVolume}},
      {"global_average_pooling1d", {kSequence}},
      {"global_average_pooling2d", {kPicture}},
      {"global_average_pooling3d", {kVolume}},
      {"group_normalization", {kPicture, "groups: 2"}},
      {"group_query_attention", {kSequence, "head_dim: 2, num_query_heads: 4, num_key_value_heads: 2"}},
      {"gru", {kSequence, "units: 3"}},
      {"identity", {kVector}},
      {"integer_lookup", {kVector, "vocabulary: [3, 5, 7], output_mode: multi_hot", "int64"}},
      {"layer_normalization", {kSequence}},
      {"layer_scale", {kVector, "projection_dim: 6"}},
      {"leaky_relu", {kVector}},
      {"lstm", {kSequence, "units: 3"}},
      {"masking", {kSequence}},
      {"mel_spectrogram", {"[64]", "fft_length: 32, sequence_stride: 16, num_mel_bins: 8"}},
      {"add", {kVector}},
      {"subtract", {kVector}},
      {"multiply", {kVector}},
      {"average", {kVector}},
      {"maximum", {kVector}},
      {"minimum", {kVector}},
      {"multi_head_attention", {kSequence, "num_heads: 2, key_dim: 3"}},
      {"normalization", {kVector, "mean: 0.5, variance: 2"}},
      {"permute", {kSequence, "dims: [2, 1]"}},
      {"max_pooling1d", {kSequence}},
      {"max_pooling2d", {kPicture}},
      {"max_pooling3d", {kVolume}},
      {"average_pooling1d", {kSequence}},
      {"average_pooling2d", {kPicture}},
      {"average_pooling3d", {kVolume}},
      {"prelu", {kVector}},
      {"random_brightness", {kPicture, "factor: 0.2"}},
      {"random_contrast", {kPicture, "factor: 0.2"}},
      {"random_flip", {kPicture}},
      {"random_rotation", {kPicture, "factor: 0.2"}},
      {"random_zoom", {kPicture, "height_factor: 0.2"}},
      {"random_translation", {kPicture, "height_factor: 0.2, width_factor: 0.2"}},
      {"random_shear", {kPicture, "x_factor: 0.2, y_factor: 0.2"}},
      {"relu", {kVector}},
      {"repeat_vector", {kVector, "n: 3"}},
      {"rescaling", {kVector, "scale: 2"}},
      {"reshape", {kVector, "target_shape: [2, 3]"}},
      {"resizing", {kPicture, "height: 4, width: 4"}},
      {"reversible_embedding", {kVector, "input_dim: 5, output_dim: 3", "int32"}},
      {"rms_normalization", {kSequence}},
      {"rnn", {kSequence, "cell: {class_name: StackedRNNCells, config: {cells: [{class_name: LSTMCell, config: {units: 3}}]}}"}},
      {"separable_conv1d", {kSequence, "filters: 3, kernel_size: 2"}},
      {"separable_conv2d", {kPicture, "filters: 3, kernel_size: 2"}},
      {"set_mask", {kSequence}},
      {"simple_rnn", {kSequence, "units: 3"}},
      {"softmax", {kVector}},
      {"spatial_dropout_1d", {kSequence, "rate: 0.5"}},
      {"spatial_dropout_2d", {kPicture, "rate: 0.5"}},
      {"spatial_dropout_3d", {kVolume, "rate: 0.5"}},
      {"stft_spectrogram", {"[64, 2]", "frame_length: 16, frame_step: 8, fft_length: 16"}},
      {"stochastic_depth", {kVector, "drop_path_rate: 0.2"}},
      {"string_lookup", {kVector, "vocabulary: [a, b], output_mode: multi_hot", "string"}},
      {"text_vectorization", {"[1]", "vocabulary: [a, b], output_mode: multi_hot", "string"}},
      {"time_distributed", {kSequence, "layer: {dense: {units: 3}}"}},
      {"unit_normalization", {kVector}},
      {"up_sampling1d", {kSequence}},
      {"up_sampling2d", {kPicture}},
      {"up_sampling3d", {kVolume}},
      {"zero_padding1d", {kSequence}},
      {"zero_padding2d", {kPicture}},
      {"zero_padding3d", {kVolume}},
      {"spectral_normalization", {kVector, "layer: {dense: {units: 3}}"}},
  };
  return kExamples;
}

// x, weights for each of its features where it is of floats, the layer, and one number of all it gives.
Architecture net_with(const layers::LayerEntry& about, const Example& example) {
  const std::string dtype = example.reads.empty() ? "float32" : example.reads;
  Architecture net = architecture_from_yaml(
      upkeep::format("layers: [{{input: {{shape: {}, dtype: {}}}}}, {{{}: {{{}}}}}]", example.shape, dtype, about.name, example.settings));
  LayerSpec layer = net.layers.back();
  net.layers.pop_back();
  if (example.reads.empty()) {
    net.layers.push_back({.kind = "layer_scale",
                          .name = "before",
                          .settings = {{"projection_dim", parse_yaml(example.shape).back()}, {"init_values", 1.0}},
                          .inputs = {net.layers[0].name}});
  }
  const layers::InputCount count = about.make(layer.settings)->input_count();
  layer.inputs.assign(count.most == layers::kAnyInputs.most ? 2 : count.least, net.layers.back().name);
  net.layers.push_back(layer);
  const std::size_t rank = output_shapes(net).at(layer.name).size();
  net.layers.push_back({.kind = rank == 4 ? "global_average_pooling2d" : "flatten", .name = "rows", .inputs = {layer.name}});
  net.layers.push_back({.kind = "dense", .name = "last", .settings = {{"units", 1}}, .inputs = {"rows"}});
  return net;
}

void expect_trained(const Architecture& net, bool gradient_passes) {
  const TrainingGraph graph = training_graph(Trainable(build_model(net, initial_weights(net, 1))), compile("sgd"));
  const Session runs(graph.model, {.threads = 1, .kernels = &kernels::domain()});
  EXPECT_TRUE(!gradient_passes || std::ranges::contains(graph.gradients, "before/gamma", [](const auto& one) { return one.first; }));
}

std::vector<std::string> unread_weights(const Architecture& net) {
  const Model model = build_model(net, initial_weights(net, 1));
  std::set<std::string> read;
  for (const Node& node : model.graph.nodes) read.merge(reads_of(node));
  std::vector<std::string> unread;
  for (const auto& [name, value] : model.graph.initializers)
    if (!read.contains(name)) unread.push_back(name);
  return unread;
}

// ONNX Runtime warns of weights that it does not need. What is not trained here may keep some that Keras trains it with.
TEST(EveryLayer, ReadsAllItsWeights) {
  for (const auto& [name, example] : layer_examples()) {
    const layers::LayerEntry& about = layers::catalog().at(name);
    if (!about.not_trained.empty()) continue;
    EXPECT_THAT(unread_weights(net_with(about, example)), testing::IsEmpty()) << name;
  }
}

TEST(EveryLayer, IsTrainedOrSaysWhyNot) {
  for (const layers::LayerEntry& about : layers::catalog()) {
    SCOPED_TRACE(about.name);
    if (about.name == "input" || about.name == "operation" || about.name == "onnx_graph") continue;  // tests of their own
    const auto example = layer_examples().find(about.name);
    if (!about.not_trained.empty() && example == layer_examples().end()) continue;
    if (example == layer_examples().end()) {
      ADD_FAILURE() << "has no example here";
      continue;
    }
    const std::string problem = message_of([&] { expect_trained(net_with(about, example->second), example->second.reads.empty()); });
    if (about.name == "contrast_limited_adaptive_histogram_equalization") {  // numbers of grey levels: weights in front of it get nothing
      EXPECT_THAT(problem, testing::HasSubstr("no gradient reaches \"before/gamma\""));
      continue;
    }
    EXPECT_EQ(problem == "no error", about.not_trained.empty()) << problem;
  }
}

}  // namespace
}  // namespace upkeep
