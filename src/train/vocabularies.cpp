#include "train/vocabularies.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/shared/lookup.hpp"
#include "layers/shared/normalization_adapt.hpp"

namespace upkeep {
namespace {

bool is_text_vectorization(const LayerSpec& layer) { return layer.kind == "text_vectorization"; }

bool lacks_vocabulary(const LayerSpec& layer) {
  const bool lookup = layer.kind == "string_lookup" || layer.kind == "integer_lookup" || is_text_vectorization(layer);
  return lookup && layer.settings.value("vocabulary", Json(nullptr)).is_null();
}

// A setting, or its default of the layer's description.
Json setting(const LayerSpec& layer, const std::string& name) {
  if (layer.settings.contains(name)) return layer.settings.at(name);
  const std::vector<Field>& fields = layers::catalog().at(layer.kind).settings.fields();
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? Json(nullptr) : found->default_value;
}

// --- the tokens of a row -------------------------------------------------------------------------------------------

std::string standardized(std::string text, const Json& how) {
  const std::string name = how.is_string() ? how.get<std::string>() : "";
  if (name.starts_with("lower"))
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.ends_with("punctuation")) std::erase_if(text, [](char c) { return layers::kPunctuation.contains(c); });
  return text;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; (begin = text.find_first_not_of(" \t\n\v\f\r", begin)) != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t\n\v\f\r", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

std::vector<std::int64_t> group_sizes(const Json& ngrams) {
  if (ngrams.is_null()) return {1};
  if (ngrams.is_array()) return from_json_checked<std::vector<std::int64_t>>(ngrams);
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 1; size <= from_json_checked<std::int64_t>(ngrams); ++size) sizes.push_back(size);
  return sizes;
}

std::vector<Json> tokens_of_text(const LayerSpec& layer, const std::string& text) {
  if (!is_text_vectorization(layer)) return {text};
  const std::string plain = standardized(text, setting(layer, "standardize"));
  const std::vector<std::string> words = setting(layer, "split").is_null() ? std::vector<std::string>{plain} : words_of(plain);
  std::vector<Json> tokens;
  for (const std::int64_t size : group_sizes(setting(layer, "ngrams")))
    for (std::int64_t begin = 0; begin + size <= std::ssize(words); ++begin)
      tokens.emplace_back(join({words.begin() + begin, words.begin() + begin + size}, " "));
  return tokens;
}

// --- counting ------------------------------------------------------------------------------------------------------

struct Count {
  std::int64_t times = 0;
  std::int64_t rows = 0;  // that have it
};

std::map<Json, Count> counts_of(const LayerSpec& layer, const Tensor& data) {
  const bool texts = layer.kind != "integer_lookup";
  if (texts != (data.dtype() == DType::kString))
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("{} reads {}, got {}", layer.kind, texts ? "texts" : "integers", to_string(data.dtype())));
  const Tensor numbers = texts ? Tensor() : data.cast(DType::kInt64);
  const auto rows = static_cast<std::size_t>(data.dim(0)), width = rows == 0 ? 0 : static_cast<std::size_t>(data.size()) / rows;
  std::map<Json, Count> counts;
  for (std::size_t row = 0; row < rows; ++row) {
    std::set<Json> here;
    for (std::size_t i = row * width; i < (row + 1) * width; ++i)
      for (Json& token : texts ? tokens_of_text(layer, data.strings()[i]) : std::vector<Json>{numbers.data<std::int64_t>()[i]}) {
        ++counts[token].times;
        here.insert(std::move(token));
      }
    for (const Json& token : here) ++counts[token].rows;
  }
  return counts;
}

// What stands for nothing and for the unknown is no token of its own.
void drop_special_tokens(std::map<Json, Count>& counts, const LayerSpec& layer) {
  if (is_text_vectorization(layer)) {
    counts.erase("");
    counts.erase("[UNK]");
    return;
  }
  counts.erase(setting(layer, "mask_token"));
  counts.erase(setting(layer, "oov_token"));
}

std::int64_t special_tokens(const LayerSpec& layer) {
  const bool integers = setting(layer, "output_mode") == "int";
  if (is_text_vectorization(layer)) return integers ? 2 : 1;
  return from_json_checked<std::int64_t>(setting(layer, "num_oov_indices")) + (integers && !setting(layer, "mask_token").is_null() ? 1 : 0);
}

void adapt(LayerSpec& layer, const Tensor& data) {
  if (setting(layer, "invert") == true)
    throw Error(ErrorCode::kInvalidArgument, "indices become tokens by a vocabulary that is given", "vocabulary: [a, b, c]");
  std::map<Json, Count> counts = counts_of(layer, data);
  drop_special_tokens(counts, layer);
  if (counts.empty()) throw Error(ErrorCode::kInvalidArgument, "the data has no token for its vocabulary");
  std::vector<std::pair<Json, Count>> tokens(counts.rbegin(), counts.rend());
  std::ranges::stable_sort(tokens, std::greater{}, [](const auto& token) { return token.second.times; });
  if (const Json most = setting(layer, "max_tokens"); !most.is_null())
    tokens.resize(std::min<std::size_t>(
        tokens.size(), static_cast<std::size_t>(std::max<std::int64_t>(1, most.get<std::int64_t>() - special_tokens(layer)))));
  Json vocabulary = Json::array(), weights = Json::array();
  for (const auto& [token, count] : tokens) {
    vocabulary.push_back(token);
    weights.push_back(std::log(1 + static_cast<double>(data.dim(0)) / (1 + static_cast<double>(count.rows))));
  }
  layer.settings["vocabulary"] = std::move(vocabulary);
  if (setting(layer, "output_mode") == "tf_idf" && setting(layer, "idf_weights").is_null())
    layer.settings["idf_weights"] = std::move(weights);
}

}  // namespace

bool needs_vocabularies(const Architecture& architecture) { return std::ranges::any_of(architecture.layers, lacks_vocabulary); }

Architecture with_placeholder_vocabularies(Architecture architecture) {
  for (LayerSpec& layer : architecture.layers) {
    if (!lacks_vocabulary(layer)) continue;
    layer.settings["vocabulary"] = layer.kind == "integer_lookup" ? Json::array({0}) : Json::array({"a"});
    if (setting(layer, "output_mode") == "tf_idf") layer.settings["idf_weights"] = Json::array({1.0});
  }
  return architecture;
}

Architecture adapt_vocabularies(Architecture architecture, const Tensors& inputs) {
  for (LayerSpec& layer : architecture.layers) {
    if (!lacks_vocabulary(layer)) continue;
    in_context("layer \"" + layer.name + "\"", [&] {
      Architecture above = architecture;  // without the layers below, whose vocabularies may be missing
      above.layers.resize(architecture.index(layer.name));
      above.outputs = {layer.inputs.at(0)};
      adapt(layer, layers::value_of(above, initial_weights(above, 0), layer.inputs.at(0), inputs));
    });
  }
  return architecture;
}

}  // namespace upkeep
