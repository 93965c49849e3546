// Texts as the places of their words in a vocabulary, or as vectors of them: what Keras's TextVectorization does, as far as ONNX's
// operators on strings reach.
//
// Letters become small by StringNormalizer in the locale "C", which like Keras knows those of ASCII only. Punctuation goes one character
// after the other: split there, and joined again. Words are split at white space. n-grams are words that stand beside each other, with a
// space between; as a list of integers, Keras puts those of a text one size behind the other, which is not supported.

#include <algorithm>

#include "base/format.hpp"
#include "graph/subgraph.hpp"
#include "layers/shared/lookup.hpp"

namespace upkeep {
namespace layers {

struct TextVectorizationOptions {
  Json vocabulary = nullptr;
  std::optional<std::int64_t> max_tokens;
  std::optional<std::string> standardize = "lower_and_strip_punctuation";
  std::optional<std::string> split = "whitespace";
  Json ngrams = nullptr;
  std::string output_mode = "int";
  std::optional<std::int64_t> output_sequence_length;
  bool pad_to_max_tokens = false;
  Json idf_weights = nullptr;
  bool sparse = false;
  bool ragged = false;
  std::string encoding = "utf-8";
  std::optional<std::int64_t> vocabulary_size;
};

}  // namespace layers

template <>
const Settings settings<layers::TextVectorizationOptions> = describe<layers::TextVectorizationOptions>(
    "text_vectorization", "places of a text's words in a vocabulary",
    field("vocabulary", &layers::TextVectorizationOptions::vocabulary,
          "the words, as a list or a text of one a line; upkeep train finds them"),
    field("max_tokens", &layers::TextVectorizationOptions::max_tokens, "most words, those for nothing and for unknown ones among them"),
    field("standardize", &layers::TextVectorizationOptions::standardize, "what is done to a text first; null for nothing",
          one_of({"lower_and_strip_punctuation", "lower", "strip_punctuation"})),
    field("split", &layers::TextVectorizationOptions::split, "where words end; null where a text is one",
          one_of({"whitespace", "character"})),
    field("ngrams", &layers::TextVectorizationOptions::ngrams,
          "sizes of the groups of words that count as words, or the largest; null for 1"),
    field("output_mode", &layers::TextVectorizationOptions::output_mode, "integers, or one vector per text",
          one_of({"int", "multi_hot", "count", "tf_idf"})),
    field("output_sequence_length", &layers::TextVectorizationOptions::output_sequence_length,
          "how many integers a text becomes, cut off or filled up with 0; null for as many as the longest of the batch has",
          range(1, 1 << 24)),
    field("pad_to_max_tokens", &layers::TextVectorizationOptions::pad_to_max_tokens, "whether vectors are max_tokens long"),
    field("idf_weights", &layers::TextVectorizationOptions::idf_weights, "a weight for each word of the vocabulary, for tf_idf"),
    field("sparse", &layers::TextVectorizationOptions::sparse, "false; vectors are dense"),
    field("ragged", &layers::TextVectorizationOptions::ragged, "false; rows have one length"),
    field("encoding", &layers::TextVectorizationOptions::encoding, "kept for Keras", one_of({"utf-8"})),
    field("vocabulary_size", &layers::TextVectorizationOptions::vocabulary_size, "kept for Keras"));

namespace layers {
namespace {

constexpr std::string_view kOtherSpaces = "\t\n\v\f\r";

LookupOptions lookup_of(const TextVectorizationOptions& options) {
  LookupOptions lookup;
  lookup.vocabulary = options.vocabulary;
  lookup.max_tokens = options.max_tokens;
  lookup.mask_token = "";
  lookup.oov_token = "[UNK]";
  lookup.output_mode = options.output_mode;
  lookup.pad_to_max_tokens = options.pad_to_max_tokens;
  lookup.idf_weights = options.idf_weights;
  lookup.sparse = options.sparse;
  return lookup;
}

// Strings of nothing, as many as there are in x.
Value no_texts(Ops& ops, const Value& x) {
  const std::vector<std::string> nothing = {""};
  return ops.node("LabelEncoder", {x},
                  {{"keys_strings", nothing, {}}, {"values_strings", nothing, {}}, {"default_string", std::string(), {}}}, "ai.onnx.ml");
}

// x [texts] with `with` in place of a character: split there, and joined again.
Value replaced(Ops& ops, const Value& x, char mark, const std::string& with) {
  const Value parts = ops.nodes("StringSplit", {x}, 2, {{"delimiter", std::string(1, mark), {}}})[0];  // [texts, parts]
  Graph graph;
  graph.name = "replace";
  Subgraph inside(ops, std::move(graph), ops.prefix() + "replace/");
  Ops& body = inside.ops();
  const Value number = body.input("number", DType::kInt64, {});
  const Value goes_on = body.input("goes_on", DType::kBool, {});
  const Value begun = body.input("begun", DType::kString, x.dims());
  Value part = body.gather(body.existing(parts.name()), number, 1);
  if (!with.empty()) part = body.node("StringConcat", {body.constant(Tensor({1}, std::vector<std::string>{with})), part});
  const GraphPtr step = inside.with_outputs({body.identity(goes_on), body.node("StringConcat", {begun, part})});
  const Value count = ops.gather(ops.shape(parts), ops.constant(Tensor::scalar(std::int64_t{1})), 0);
  return ops.reshape(ops.node("Loop", {count, {}, no_texts(ops, x)}, {{"body", step, {}}}), {-1});  // a Loop's shape is not inferred
}

class TextVectorization : public Layer {
 public:
  using Options = TextVectorizationOptions;

  explicit TextVectorization(Options options)
      : options_(std::move(options)), table_("text_vectorization", lookup_of(options_), DType::kString) {
    if (options_.ragged)
      throw Error(ErrorCode::kUnsupported, "text_vectorization.ragged: rows of different lengths are not supported",
                  "output_sequence_length: 100");
    if (options_.split == "character")
      throw Error(ErrorCode::kUnsupported, "text_vectorization.split: no ONNX operator splits strings into characters",
                  "split: whitespace");
    sizes_ = in_context("text_vectorization.ngrams", [&] { return read_ngrams(); });
    if (options_.output_mode != "int" && options_.output_sequence_length)
      throw Error(ErrorCode::kInvalidArgument, "text_vectorization: output_sequence_length goes with output_mode: int only");
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    if (x.dtype() != DType::kString)
      throw Error(ErrorCode::kInvalidArgument, "text_vectorization reads strings, got " + to_string(x.dtype()),
                  "give the input layer dtype: string");
    const Value words = options_.split ? split(ops, x) : standardized_like(ops, x);
    const Value found = table_.look_up(ops, sizes_.empty() ? words : grouped(ops, words));
    if (!options_.output_sequence_length) return found;
    const std::int64_t length = *options_.output_sequence_length;
    const Value longer = ops.node("Pad", {found, ops.ints({0, 0, 0, length})});
    const Value cut = ops.node("Slice", {longer, ops.ints({0}), ops.ints({length}), ops.ints({1})});
    return ops.reshape(cut, {0, length});  // what is behind knows the length
  }

 private:
  std::vector<std::int64_t> read_ngrams() const {
    if (options_.ngrams.is_null()) return {};
    std::vector<std::int64_t> sizes;
    if (options_.ngrams.is_array()) sizes = from_json_checked<std::vector<std::int64_t>>(options_.ngrams);
    else
      for (std::int64_t size = 1; size <= from_json_checked<std::int64_t>(options_.ngrams); ++size) sizes.push_back(size);
    if (sizes.empty() || std::ranges::min(sizes) < 1)
      throw Error(ErrorCode::kInvalidArgument, options_.ngrams.dump() + " is no size of groups");
    if (options_.output_mode == "int" && sizes != std::vector<std::int64_t>{1})
      throw Error(ErrorCode::kUnsupported, "groups of words are not supported as integers", "output_mode: multi_hot, count or tf_idf");
    return sizes;
  }

  // x [texts] or [texts, 1] -> [texts, words], with empty words behind.
  Value split(Ops& ops, const Value& x) const {
    if (x.rank() > 2 || (x.rank() == 2 && x.dims()[1] != Dim(1)))
      throw Error(ErrorCode::kInvalidArgument, "it expects one text in a row, got " + to_string(x.dims()), "an input of shape [1]");
    Value texts = standardized(ops, ops.reshape(x, {-1}));
    for (const char space : kOtherSpaces) texts = replaced(ops, texts, space, " ");  // ONNX Runtime's StringSplit knows blanks only
    return ops.nodes("StringSplit", {texts}, 2)[0];
  }

  Value standardized_like(Ops& ops, const Value& x) const {
    const Value flat = standardized(ops, ops.reshape(x, {-1}));
    return x.rank() == 1 ? ops.unsqueeze(flat, {1}) : ops.reshape(flat, ops.shape(x));
  }

  // x [texts]
  Value standardized(Ops& ops, Value x) const {
    const std::string how = options_.standardize.value_or("");
    if (how.starts_with("lower"))
      x = ops.node("StringNormalizer", {x}, {{"case_change_action", std::string("LOWER"), {}}, {"locale", std::string("C"), {}}});
    if (!how.ends_with("strip_punctuation")) return x;
    for (const char mark : kPunctuation) x = replaced(ops, x, mark, "");
    return x;
  }

  // Groups of each size, [texts, groups]; empty where a text ends before.
  Value grouped(Ops& ops, const Value& words) const {
    const Value space = ops.constant(Tensor({1}, std::vector<std::string>{" "}));
    const Value nothing = ops.constant(Tensor({1}, std::vector<std::string>{""}));
    std::vector<Value> all;
    for (const std::int64_t size : sizes_) {
      Value group = from_word(ops, words, 0, size);
      for (std::int64_t i = 1; i < size; ++i) {
        const Value next = from_word(ops, words, i, size);
        const Value longer = ops.node("StringConcat", {ops.node("StringConcat", {group, space}), next});
        group = ops.where(ops.equal(next, nothing), nothing, longer);
      }
      all.push_back(group);
    }
    return ops.concat(std::move(all), 1);
  }

  // Words i, i + 1, ... as far as there is one group of `size` for each that begins `i` words before.
  static Value from_word(Ops& ops, const Value& words, std::int64_t i, std::int64_t size) {
    const std::int64_t left = size - 1 - i;
    const Value end = ops.ints({left == 0 ? std::numeric_limits<std::int64_t>::max() : -left});
    return ops.node("Slice", {words, ops.ints({i}), end, ops.ints({1})});
  }

  Options options_;
  LookupTable table_;
  std::vector<std::int64_t> sizes_;
};

}  // namespace

void add_text_vectorization(LayerCatalog& catalog) { catalog.add(entry<TextVectorization>("TextVectorization")); }

}  // namespace layers
}  // namespace upkeep
