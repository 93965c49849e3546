// StringLookup, IntegerLookup: the place of a token in a vocabulary, as an integer or as vectors, and back again.

#include "layers/shared/lookup.hpp"

namespace upkeep {
namespace layers {

struct StringLookupOptions : LookupOptions {
  StringLookupOptions() { oov_token = "[UNK]"; }
  std::string oov_method = "floormod";
  Json salt = nullptr;
  std::string encoding = "utf-8";
};

struct IntegerLookupOptions : LookupOptions {
  IntegerLookupOptions() { oov_token = -1; }
  std::string vocabulary_dtype = "int64";
  std::string oov_method = "floormod";
  Json salt = nullptr;
};

}  // namespace layers

template <>
const Settings settings<layers::StringLookupOptions> = layers::describe_layer(
    "string_lookup", "places of strings in a vocabulary", layers::lookup_fields<layers::StringLookupOptions>(),
    field("oov_method", &layers::StringLookupOptions::oov_method, "kept for Keras", one_of({"floormod", "farmhash"})),
    field("salt", &layers::StringLookupOptions::salt, "kept for Keras"),
    field("encoding", &layers::StringLookupOptions::encoding, "kept for Keras", one_of({"utf-8"})));
template <>
const Settings settings<layers::IntegerLookupOptions> = layers::describe_layer(
    "integer_lookup", "places of integers in a vocabulary", layers::lookup_fields<layers::IntegerLookupOptions>(),
    field("vocabulary_dtype", &layers::IntegerLookupOptions::vocabulary_dtype, "kept for Keras", one_of({"int64", "int32"})),
    field("oov_method", &layers::IntegerLookupOptions::oov_method, "how unknown integers are spread over several indices: floormod",
          one_of({"floormod", "farmhash"})),
    field("salt", &layers::IntegerLookupOptions::salt, "kept for Keras"));

namespace layers {
namespace {

class StringLookup : public Layer {
 public:
  using Options = StringLookupOptions;
  explicit StringLookup(const Options& options) : table_("string_lookup", options, DType::kString) {}
  Value build(const BuildContext& context) const override { return table_.look_up(context.ops, context.inputs[0]); }

 private:
  LookupTable table_;
};

class IntegerLookup : public Layer {
 public:
  using Options = IntegerLookupOptions;
  explicit IntegerLookup(const Options& options) : table_("integer_lookup", options, DType::kInt64) {
    if (options.num_oov_indices > 1 && options.oov_method != "floormod")
      throw Error(ErrorCode::kUnsupported, "integer_lookup.oov_method: no ONNX operator computes FarmHash", "oov_method: floormod");
  }
  Value build(const BuildContext& context) const override { return table_.look_up(context.ops, context.inputs[0]); }

 private:
  LookupTable table_;
};

}  // namespace

void add_string_lookup(LayerCatalog& catalog) {
  catalog.add(entry<StringLookup>("StringLookup"));
  catalog.add(entry<IntegerLookup>("IntegerLookup"));
}

}  // namespace layers
}  // namespace upkeep
