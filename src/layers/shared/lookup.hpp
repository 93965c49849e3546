// Tables of tokens, which StringLookup, IntegerLookup and TextVectorization share.
//
// With int as output_mode and a mask token, index 0 is the mask's; then come the indices of what the vocabulary does not hold, then its
// tokens. In a graph: LabelEncoder (ai.onnx.ml).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/layer.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/view/architecture.hpp"

namespace upkeep::layers {

// What TextVectorization strips.
inline constexpr std::string_view kPunctuation = R"(!"#$%&()*+,-./:;<=>?@[\]^_`{|}~')";

struct LookupOptions {
  Json vocabulary = nullptr;
  std::optional<std::int64_t> max_tokens;
  std::int64_t num_oov_indices = 1;
  Json mask_token = nullptr;
  Json oov_token = nullptr;
  bool invert = false;
  std::string output_mode = "int";
  bool pad_to_max_tokens = false;
  Json idf_weights = nullptr;
  bool sparse = false;
  std::optional<std::int64_t> vocabulary_size;
};

// The fields of LookupOptions as fields of T, which is derived from it.
template <typename T>
std::vector<Field> lookup_fields() {
  using B = LookupOptions;
  return {inherited<T>("vocabulary", &B::vocabulary, "the tokens, as a list or a text of one a line; upkeep train finds them"),
          inherited<T>("max_tokens", &B::max_tokens, "most tokens, those for the mask and for what is not known among them"),
          inherited<T>("num_oov_indices", &B::num_oov_indices, "indices for what the vocabulary does not hold", range(0, 1 << 24)),
          inherited<T>("mask_token", &B::mask_token, "the token of nothing: index 0, or no index in vectors"),
          inherited<T>("oov_token", &B::oov_token, "what stands for unknown indices where invert is true"),
          inherited<T>("invert", &B::invert, "whether indices become tokens"),
          inherited<T>("output_mode", &B::output_mode, "integers, a vector per token, or one per example",
                       one_of({"int", "one_hot", "multi_hot", "count", "tf_idf"})),
          inherited<T>("pad_to_max_tokens", &B::pad_to_max_tokens, "whether vectors are max_tokens long"),
          inherited<T>("idf_weights", &B::idf_weights, "a weight for each token of the vocabulary, for tf_idf"),
          inherited<T>("sparse", &B::sparse, "false; vectors are dense"),
          inherited<T>("vocabulary_size", &B::vocabulary_size, "kept for Keras")};
}

// What the tokens of a layer with these settings are, string or int64: as what stands for unknown ones; texts where nothing does.
DType token_type(const Settings& layer);

// The vocabulary that a text says, a token a line. Throws Error{kInvalidArgument}: a line that is no integer where tokens are.
std::vector<Json> tokens_of_lines(std::string text, DType tokens);

// The weights of a layer's tokens, those for unknown ones and for what fills up to max_tokens among them: what Keras's files keep beside
// weights. Nothing where the layer has none.
std::optional<Tensor> token_weights(const LayerSpec& layer);

class LookupTable {
 public:
  // `kind`: the layer's name, for messages; `tokens`: their type, string or int64. Throws Error: a token twice, ... Without a vocabulary
  // there is nothing to look up in, and look_up() throws.
  LookupTable(std::string kind, LookupOptions options, DType tokens);

  // Indices or vectors of tokens, tokens of indices. Strings are to come as strings.
  Value look_up(Ops& ops, Value x) const;
  // By index; empty where the output is no tf_idf.
  const std::vector<float>& weights() const { return weights_; }

 private:
  bool has_mask_index() const { return !options_.mask_token.is_null() && options_.output_mode == "int"; }
  std::int64_t first_token() const { return (has_mask_index() ? 1 : 0) + options_.num_oov_indices; }
  // How long vectors are; an index that is none of them.
  std::int64_t depth() const;
  void refuse_settings() const;
  void read_vocabulary();
  void read_weights(bool with_special_tokens);
  void drop_special_tokens(std::vector<Json>& tokens);

  Value indices(Ops& ops, const Value& x) const;
  Value tokens(Ops& ops, const Value& x) const;

  std::string kind_;
  LookupOptions options_;
  DType dtype_;
  std::vector<Json> tokens_;
  std::vector<float> weights_;
};

}  // namespace upkeep::layers
