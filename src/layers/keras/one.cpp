// Source of the names: the interfaces that Keras 2 kept for calls in the words of Keras 1 (keras/legacy/interfaces.py of 2.3).

#include "layers/keras/one.hpp"

#include <map>
#include <string>

#include "base/format.hpp"
#include "layers/keras/parts.hpp"

namespace upkeep::layers {
namespace {

const std::map<std::string, std::string> kClasses = {{"Convolution1D", "Conv1D"},
                                                     {"Convolution2D", "Conv2D"},
                                                     {"Convolution3D", "Conv3D"},
                                                     {"AtrousConvolution1D", "Conv1D"},
                                                     {"AtrousConvolution2D", "Conv2D"},
                                                     {"Deconvolution2D", "Conv2DTranspose"},
                                                     {"SeparableConvolution2D", "SeparableConv2D"},
                                                     {"TimeDistributedDense", "Dense"}};

// The same in every layer that has them.
const std::map<std::string, std::string> kSettings = {{"output_dim", "units"},
                                                      {"nb_filter", "filters"},
                                                      {"filter_length", "kernel_size"},
                                                      {"subsample", "strides"},
                                                      {"subsample_length", "strides"},
                                                      {"border_mode", "padding"},
                                                      {"dim_ordering", "data_format"},
                                                      {"atrous_rate", "dilation_rate"},
                                                      {"init", "kernel_initializer"},
                                                      {"inner_init", "recurrent_initializer"},
                                                      {"inner_activation", "recurrent_activation"},
                                                      {"W_regularizer", "kernel_regularizer"},
                                                      {"U_regularizer", "recurrent_regularizer"},
                                                      {"b_regularizer", "bias_regularizer"},
                                                      {"W_constraint", "kernel_constraint"},
                                                      {"b_constraint", "bias_constraint"},
                                                      {"bias", "use_bias"},
                                                      {"p", "rate"},
                                                      {"sigma", "stddev"},
                                                      {"pool_length", "pool_size"},
                                                      {"stride", "strides"},
                                                      {"length", "size"},
                                                      {"dropout_W", "dropout"},
                                                      {"dropout_U", "recurrent_dropout"},
                                                      {"gamma_init", "gamma_initializer"},
                                                      {"beta_init", "beta_initializer"},
                                                      {"concat_axis", "axis"}};

const std::map<std::string, std::string> kOrderings = {{"tf", "channels_last"}, {"th", "channels_first"}, {"default", "channels_last"}};
const std::map<std::string, std::string> kModes = {
    {"sum", "Add"}, {"mul", "Multiply"}, {"concat", "Concatenate"}, {"ave", "Average"}, {"max", "Maximum"}};

std::string renamed(const std::map<std::string, std::string>& names, const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

// {"name": "MaxNorm", "m": 2, "axis": 0}, where today says {"class_name": ..., "config": {...}}.
Json penalty_or_constraint(const Json& old) {
  if (!old.is_object() || !old.contains("name") || old.contains("class_name")) return old;
  std::string name = text(old, "name");
  if (name == "WeightRegularizer" || name == "ActivityRegularizer" || name == "L1L2Regularizer") name = "L1L2";
  Json config = old;
  config.erase("name");
  if (config.contains("m")) config["max_value"] = config["m"];
  config.erase("m");
  return {{"class_name", name}, {"config", std::move(config)}};
}

// Settings whose old names others have today: an Embedding's output_dim, and the size of a window in parts.
void put_special(const std::string& kind, const Json& old, Json& config) {
  if (kind == "Embedding") {
    config["output_dim"] = member(old, "output_dim");
    config.erase("units");
    for (const auto& [from, to] : {std::pair{"kernel_initializer", "embeddings_initializer"},
                                   {"kernel_regularizer", "embeddings_regularizer"},
                                   {"kernel_constraint", "embeddings_constraint"}}) {
      if (config.contains(from)) config[to] = config[from];
      config.erase(from);
    }
  }
  if (old.contains("nb_row")) config["kernel_size"] = {member(old, "nb_row"), member(old, "nb_col")};
  if (old.contains("kernel_dim1"))
    config["kernel_size"] = {member(old, "kernel_dim1"), member(old, "kernel_dim2"), member(old, "kernel_dim3")};
  if (old.contains("inner_init")) config["unit_forget_bias"] = member(old, "forget_bias_init") == "one";
  if (kind == "GRU") config["reset_after"] = false;
  for (const char* gone : {"nb_row", "nb_col", "kernel_dim1", "kernel_dim2", "kernel_dim3", "forget_bias_init", "consume_less"})
    config.erase(gone);
}

bool is_old(const std::string& kind, const Json& config) {
  if (kClasses.contains(kind) || kind == "Merge") return true;
  for (const char* key :
       {"nb_filter", "border_mode", "dim_ordering", "init", "inner_init", "p", "W_regularizer", "pool_length", "gamma_init"})
    if (config.contains(key)) return true;
  return false;
}

}  // namespace

Json from_keras_one(const Json& entry) {
  std::string kind = text(entry, "class_name");
  const Json old = member(entry, "config");
  if (!old.is_object() || !is_old(kind, old)) return entry;
  kind = renamed(kClasses, kind);
  Json config = Json::object();
  for (const auto& [key, value] : old.items()) {
    const std::string name = renamed(kSettings, key);
    config[name] = name.ends_with("_regularizer") || name.ends_with("_constraint") ? penalty_or_constraint(value) : value;
  }
  if (config.contains("data_format") && config["data_format"].is_string())
    config["data_format"] = renamed(kOrderings, config["data_format"].get<std::string>());
  if (kind == "Merge") {
    const std::string mode = text(old, "mode");
    if (!kModes.contains(mode))
      throw Error(ErrorCode::kUnsupported, upkeep::format("a Merge by \"{}\" is not supported", mode), "sum, mul, concat, ave, max");
    kind = kModes.at(mode);
    for (const char* gone :
         {"mode", "mode_type", "dot_axes", "output_shape", "output_shape_type", "output_mask", "output_mask_type", "arguments"})
      config.erase(gone);
    if (kind != "Concatenate") config.erase("axis");
    config["trainable"] = true;  // which tells a layer from an operation
  }
  if (kind == "BatchNormalization") {
    if (const Json mode = member(old, "mode"); !mode.is_null() && mode != 0 && mode != 2)
      throw Error(ErrorCode::kUnsupported, upkeep::format("BatchNormalization by samples (mode {}) is not supported", mode.dump()));
    config.erase("mode");
  }
  put_special(kind, old, config);
  Json made = entry;
  made["class_name"] = kind;
  made["config"] = std::move(config);
  return made;
}

}  // namespace upkeep::layers
