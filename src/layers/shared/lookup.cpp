#include "layers/shared/lookup.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/category_encoding.hpp"

namespace upkeep::layers {
namespace {

constexpr const char* kMlDomain = "ai.onnx.ml";

std::vector<std::int64_t> integer_tokens(const std::vector<Json>& tokens) {
  std::vector<std::int64_t> all;
  for (const Json& token : tokens) all.push_back(from_json_checked<std::int64_t>(token));
  return all;
}

std::vector<std::string> texts(const std::vector<Json>& tokens) {
  std::vector<std::string> all;
  for (const Json& token : tokens) all.push_back(from_json_checked<std::string>(token));
  return all;
}

Json token_of_line(const std::string& line, DType dtype) {
  if (dtype == DType::kString) return line;
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (problem != std::errc() || end != line.data() + line.size())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no integer", line));
  return number;
}

}  // namespace

DType token_type(const Settings& layer) {
  const auto unknown = std::ranges::find(layer.fields(), "oov_token", &Field::name);
  return unknown != layer.fields().end() && unknown->default_value.is_number() ? DType::kInt64 : DType::kString;
}

std::vector<Json> tokens_of_lines(std::string text, DType tokens) {
  while (text.ends_with('\n')) text.pop_back();
  std::vector<Json> all;
  for (const std::string& line : split(text, '\n')) all.push_back(token_of_line(line, tokens));
  return all;
}

std::optional<Tensor> token_weights(const LayerSpec& layer) {
  const Settings& about = catalog().at(layer.kind).settings;
  const auto setting = [&](const std::string& name, const Json& otherwise) {
    const auto field = std::ranges::find(about.fields(), name, &Field::name);
    return layer.settings.value(name, field == about.fields().end() ? otherwise : field->default_value);
  };
  if (setting("output_mode", "") != "tf_idf" || setting("vocabulary", nullptr).is_null()) return std::nullopt;
  LookupOptions options{.vocabulary = setting("vocabulary", nullptr),
                        .max_tokens = std::nullopt,
                        .num_oov_indices = setting("num_oov_indices", 1).get<std::int64_t>(),
                        .oov_token = setting("oov_token", "[UNK]"),
                        .output_mode = "tf_idf",
                        .pad_to_max_tokens = setting("pad_to_max_tokens", false).get<bool>(),
                        .idf_weights = setting("idf_weights", nullptr),
                        .vocabulary_size = std::nullopt};
  if (const Json most = setting("max_tokens", nullptr); !most.is_null()) options.max_tokens = most.get<std::int64_t>();
  const LookupTable table(layer.kind, options, token_type(about));
  return Tensor({std::ssize(table.weights())}, table.weights());
}

LookupTable::LookupTable(std::string kind, LookupOptions options, DType tokens)
    : kind_(std::move(kind)), options_(std::move(options)), dtype_(tokens) {
  refuse_settings();
  if (!options_.vocabulary.is_null()) in_context(kind_ + ".vocabulary", [&] { read_vocabulary(); });
}

void LookupTable::refuse_settings() const {
  if (options_.sparse)
    throw Error(ErrorCode::kUnsupported, upkeep::format("{}.sparse: vectors are dense here", kind_),
                "sparse: false gives the same numbers");
  if (options_.invert && options_.output_mode != "int")
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{}: invert goes with output_mode: int only", kind_));
  if (options_.num_oov_indices > 1 && dtype_ == DType::kString && !options_.invert)
    throw Error(ErrorCode::kUnsupported,
                upkeep::format("{}.num_oov_indices: {} spreads unknown tokens by FarmHash, which no ONNX operator computes", kind_,
                               options_.num_oov_indices),
                "num_oov_indices: 1");
  if (options_.pad_to_max_tokens && !options_.max_tokens)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{}: pad_to_max_tokens needs max_tokens", kind_));
}

void LookupTable::read_vocabulary() {
  const Json& given = options_.vocabulary;
  if (given.is_array()) tokens_.assign(given.begin(), given.end());
  else if (given.is_string()) tokens_ = tokens_of_lines(given.get<std::string>(), dtype_);
  else throw wrong_type("a list of tokens", given);
  const std::size_t all = tokens_.size();
  drop_special_tokens(tokens_);
  read_weights(tokens_.size() < all);
  if (tokens_.empty()) throw Error(ErrorCode::kInvalidArgument, "it is empty");
  std::set<Json> seen;
  for (const Json& token : tokens_)
    if (!seen.insert(token).second) throw Error(ErrorCode::kInvalidArgument, token.dump() + " is there twice");
  if (dtype_ == DType::kString) texts(tokens_);
  else integer_tokens(tokens_);
  if (options_.max_tokens && first_token() + std::ssize(tokens_) > *options_.max_tokens)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("{} tokens are more than max_tokens: {}", first_token() + std::ssize(tokens_), *options_.max_tokens));
}

// Keras's get_vocabulary() lists the mask and the unknown token in front.
void LookupTable::drop_special_tokens(std::vector<Json>& tokens) {
  std::vector<Json> special(static_cast<std::size_t>(first_token()), options_.oov_token);
  if (has_mask_index()) special[0] = options_.mask_token;
  if (tokens.size() >= special.size() && std::equal(special.begin(), special.end(), tokens.begin()))
    tokens.erase(tokens.begin(), tokens.begin() + std::ssize(special));
}

// Unknown tokens weigh the mean, what fills up to max_tokens nothing.
void LookupTable::read_weights(bool with_special_tokens) {
  if (options_.output_mode != "tf_idf") return;
  if (options_.idf_weights.is_null())
    throw Error(ErrorCode::kInvalidArgument, "tf_idf needs idf_weights", "a number for each token, as Keras's layer was made with");
  weights_ = in_context("idf_weights", [&] { return from_json_checked<std::vector<float>>(options_.idf_weights); });
  const std::size_t front = with_special_tokens ? 0 : static_cast<std::size_t>(first_token());
  if (weights_.size() + front != static_cast<std::size_t>(first_token()) + tokens_.size() || weights_.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} idf_weights for {} tokens", weights_.size(), tokens_.size()));
  const double mean = std::accumulate(weights_.begin(), weights_.end(), 0.0) / static_cast<double>(weights_.size());
  weights_.insert(weights_.begin(), front, static_cast<float>(mean));
  weights_.resize(static_cast<std::size_t>(depth()), 0.0F);
}

std::int64_t LookupTable::depth() const { return options_.pad_to_max_tokens ? *options_.max_tokens : first_token() + std::ssize(tokens_); }

Value LookupTable::look_up(Ops& ops, Value x) const {
  if (tokens_.empty())
    throw Error(
        ErrorCode::kInvalidArgument, upkeep::format("{} has no vocabulary", kind_),
        "give the tokens as a list, or let upkeep train find them; a .h5 file holds those only that Keras's layer was made with, not "
        "adapted ones: make it with vocabulary=layer.get_vocabulary()");
  if (dtype_ == DType::kString && !options_.invert && x.dtype() != DType::kString)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} reads strings, got {}", kind_, to_string(x.dtype())),
                "give the input layer dtype: string");
  if (options_.invert || dtype_ != DType::kString) x = ops.cast(x, DType::kInt64);
  if (options_.invert) return tokens(ops, x);
  const Value found = indices(ops, x);
  if (options_.output_mode == "int") return found;
  if (options_.output_mode != "tf_idf") return encode_categories(ops, found, options_.output_mode, depth());
  return ops.mul(encode_categories(ops, found, "count", depth()), ops.constant(Tensor({depth()}, weights_)));
}

// Masked tokens are in no vector. Neither are unknown ones without an index of their own; as integers they are -1 (Keras stops there, which
// a graph cannot).
Value LookupTable::indices(Ops& ops, const Value& x) const {
  const bool vectors = options_.output_mode != "int";
  std::vector<Json> keys = tokens_;
  std::vector<std::int64_t> places(keys.size());
  std::iota(places.begin(), places.end(), first_token());
  if (!options_.mask_token.is_null()) {
    keys.insert(keys.begin(), options_.mask_token);
    places.insert(places.begin(), vectors ? depth() : 0);
  }
  const std::int64_t count = options_.num_oov_indices;
  const std::int64_t first_unknown = has_mask_index() ? 1 : 0;
  const std::int64_t unknown = count == 1 ? first_unknown : count == 0 && vectors ? depth() : -1;
  const Attribute names =
      dtype_ == DType::kString ? Attribute{"keys_strings", texts(keys), {}} : Attribute{"keys_int64s", integer_tokens(keys), {}};
  const Value found = ops.node("LabelEncoder", {x}, {names, {"values_int64s", places, {}}, {"default_int64", unknown, {}}}, kMlDomain);
  if (count < 2) return found;
  const Value spread = ops.add(ops.node("Mod", {x, ops.constant(Tensor::scalar(count))}), ops.constant(Tensor::scalar(first_unknown)));
  return ops.where(ops.equal(found, ops.constant(Tensor::scalar(std::int64_t{-1}))), spread, found);
}

Value LookupTable::tokens(Ops& ops, const Value& x) const {
  std::vector<Json> values = tokens_;
  std::vector<std::int64_t> places(values.size());
  std::iota(places.begin(), places.end(), first_token());
  if (!options_.mask_token.is_null()) {
    values.insert(values.begin(), options_.mask_token);
    places.insert(places.begin(), 0);
  }
  const Attribute keys{"keys_int64s", places, {}};
  if (dtype_ == DType::kString)
    return ops.node(
        "LabelEncoder", {x},
        {keys, {"values_strings", texts(values), {}}, {"default_string", from_json_checked<std::string>(options_.oov_token), {}}},
        kMlDomain);
  return ops.node(
      "LabelEncoder", {x},
      {keys, {"values_int64s", integer_tokens(values), {}}, {"default_int64", from_json_checked<std::int64_t>(options_.oov_token), {}}},
      kMlDomain);
}

}  // namespace upkeep::layers
