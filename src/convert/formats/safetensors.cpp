// Hugging Face's safetensors: weights by name, in a form that cannot run code (github.com/huggingface/safetensors, "Format").
//
//   8 bytes   length of the header, little-endian, at most 100 MB
//   header    JSON, from '{': {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ..., "__metadata__": {"KEY":
//   "TEXT"}} data      the tensors one after the other, offsets from here, without holes or overlaps to the end of the file
//
// The weights are named "LAYER/WEIGHT" and lie in Keras's layout. The layers and what else the model carries as text go to the metadata, so
// that a file of our own is a whole model; one of others gives weights to an architecture.

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <optional>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/python_json.hpp"
#include "convert/formats/format.hpp"
#include "convert/formats/shared/weights.hpp"

namespace upkeep::formats {

namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMostHeaderBytes = 100'000'000;
constexpr std::size_t kMostParts = 2'000'000;  // values of the header's JSON: what is kept of one is far larger than its text
constexpr int kDeepest = 3;                    // {"NAME": {"shape": [..]}}
constexpr std::size_t kMostAxes = 64;
constexpr std::size_t kHeaderAlignment = 8;

struct ElementType {
  const char* name;
  DType dtype;
};
constexpr std::array kElementTypes = {
    ElementType{"F64", DType::kFloat64},   ElementType{"F32", DType::kFloat32}, ElementType{"F16", DType::kFloat16},
    ElementType{"BF16", DType::kBFloat16}, ElementType{"I64", DType::kInt64},   ElementType{"I32", DType::kInt32},
    ElementType{"I16", DType::kInt16},     ElementType{"I8", DType::kInt8},     ElementType{"U64", DType::kUInt64},
    ElementType{"U32", DType::kUInt32},    ElementType{"U16", DType::kUInt16},  ElementType{"U8", DType::kUInt8},
    ElementType{"BOOL", DType::kBool}};

struct StoredTensor {
  std::string name;
  DType dtype = DType::kUndefined;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  // within the data
};

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors;  // in the order of their data
  Metadata metadata;
  std::uint64_t data = 0;  // where it begins in the file
};

Error bad(std::string what) { return Error(ErrorCode::kCorrupt, std::move(what)); }

// --- the header ----------------------------------------------------------------------------------------------------

using PlainJson = nlohmann::json;  // sorted: a header may have many names

// Reads along and keeps nothing: refuses a header before its values take memory.
class HeaderWatch : public nlohmann::json_sax<PlainJson> {
 public:
  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool key(string_t&) override { return count(); }
  bool start_object(std::size_t) override { return deeper(); }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_object() override { return --depth_ >= 0; }
  bool end_array() override { return --depth_ >= 0; }
  bool parse_error(std::size_t place, const std::string&, const nlohmann::detail::exception&) override {
    throw bad(upkeep::format("the header is not valid JSON at byte {}", place));
  }

 private:
  bool count() {
    if (++parts_ > kMostParts) throw Error(ErrorCode::kResourceExhausted, upkeep::format("the header has more than {} parts", kMostParts));
    return true;
  }
  bool deeper() {
    if (++depth_ > kDeepest) throw bad("the header is nested too deeply");
    return count();
  }

  std::size_t parts_ = 0;
  int depth_ = 0;
};

PlainJson parse_header(const std::string& text) {
  HeaderWatch watch;
  PlainJson::sax_parse(text, &watch);
  return PlainJson::parse(text);
}

DType dtype_of(const PlainJson& value) {
  if (!value.is_string()) throw bad("its dtype is no text");
  const auto name = value.get<std::string>();
  const auto* found = std::ranges::find_if(kElementTypes, [&](const ElementType& one) { return name == one.name; });
  if (found != kElementTypes.end()) return found->dtype;
  std::vector<std::string> known;
  for (const ElementType& one : kElementTypes) known.emplace_back(one.name);
  throw unknown_name("dtype", name, known, ErrorCode::kUnsupported);
}

std::vector<std::uint64_t> numbers_of(const PlainJson& list, std::size_t most, std::string_view what) {
  if (!list.is_array() || list.size() > most) throw bad(upkeep::format("its {} is no list of at most {} numbers", what, most));
  std::vector<std::uint64_t> numbers;
  for (const PlainJson& one : list) {
    if (!one.is_number_unsigned()) throw bad(upkeep::format("its {} holds something else than sizes", what));
    numbers.push_back(one.get<std::uint64_t>());
  }
  return numbers;
}

const PlainJson& part(const PlainJson& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) throw bad(upkeep::format("it has no {}", key));
  return *found;
}

StoredTensor stored_tensor(const std::string& name, const PlainJson& about) {
  if (!about.is_object()) throw bad("it is no object");
  StoredTensor tensor{.name = name, .dtype = dtype_of(part(about, "dtype"))};
  std::uint64_t bytes = size_bits(tensor.dtype) / 8;
  for (const std::uint64_t dim : numbers_of(part(about, "shape"), kMostAxes, "shape")) {
    if (__builtin_mul_overflow(bytes, dim, &bytes) || dim > std::uint64_t{1} << 62U) throw bad("its shape is larger than memory can be");
    tensor.shape.push_back(static_cast<std::int64_t>(dim));
  }
  const std::vector<std::uint64_t> offsets = numbers_of(part(about, "data_offsets"), 2, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1]) throw bad("its data_offsets are no [begin, end]");
  tensor.begin = offsets[0];
  tensor.end = offsets[1];
  if (tensor.end - tensor.begin != bytes)
    throw bad(upkeep::format("shape {} of {} needs {} bytes, its data_offsets span {}", to_string(tensor.shape), to_string(tensor.dtype),
                             bytes, tensor.end - tensor.begin));
  return tensor;
}

Metadata texts_of(const PlainJson& map) {
  Metadata metadata;
  if (!map.is_object()) throw bad("__metadata__ is no map of texts");
  for (const auto& [key, value] : map.items()) {
    if (!value.is_string()) throw bad(upkeep::format("__metadata__: \"{}\" is no text", key));
    set(metadata, key, value.get<std::string>());
  }
  return metadata;
}

// Every byte of the data belongs to one tensor.
void expect_tiled(std::vector<StoredTensor>& tensors, std::uint64_t size) {
  std::ranges::sort(tensors, {}, [](const StoredTensor& one) { return std::pair(one.begin, one.end); });
  std::uint64_t at = 0;
  for (const StoredTensor& tensor : tensors) {
    if (tensor.end > size) throw bad(upkeep::format("tensor \"{}\" ends at {}, the data has {} bytes", tensor.name, tensor.end, size));
    if (tensor.begin != at)
      throw bad(upkeep::format("tensor \"{}\" begins at {}, {} {}", tensor.name, tensor.begin,
                               tensor.begin < at ? "within the one before, which ends at" : "behind a hole from", at));
    at = tensor.end;
  }
  if (at != size) throw bad(upkeep::format("the last tensor ends at {}, the data has {} bytes", at, size));
}

void read_exactly(std::ifstream& stream, void* into, std::uint64_t bytes) {
  stream.read(static_cast<char*>(into), static_cast<std::streamsize>(bytes));
  if (static_cast<std::uint64_t>(stream.gcount()) != bytes) throw bad("the file ends too early");
}

std::uint64_t header_length(std::string_view first) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(first[i])) << (8 * i);
  return length;
}

SafetensorsHeader read_header(std::ifstream& stream, std::uint64_t file_bytes) {
  std::string first(kLengthBytes, '\0');
  read_exactly(stream, first.data(), first.size());
  const std::uint64_t length = header_length(first);
  if (length > kMostHeaderBytes)
    throw bad(upkeep::format("the header claims {} bytes, {} are the most that the format allows", length, kMostHeaderBytes));
  if (length > file_bytes - kLengthBytes)
    throw bad(upkeep::format("the header claims {} bytes, the file has {}", length, file_bytes - kLengthBytes));
  std::string text(length, '\0');
  read_exactly(stream, text.data(), text.size());
  if (!text.starts_with('{')) throw bad("the header does not begin with '{'");
  SafetensorsHeader header{.tensors = {}, .metadata = {}, .data = kLengthBytes + length};
  const PlainJson json = parse_header(text);
  if (!json.is_object()) throw bad("the header is no JSON object");
  for (const auto& [name, about] : json.items()) {
    if (name == "__metadata__") header.metadata = texts_of(about);
    else header.tensors.push_back(in_context("tensor \"" + name + "\"", [&] { return stored_tensor(name, about); }));
  }
  expect_tiled(header.tensors, file_bytes - header.data);
  return header;
}

// --- reading -------------------------------------------------------------------------------------------------------

class Safetensors {
 public:
  explicit Safetensors(const std::filesystem::path& file) : stream_(file, std::ios::binary) {
    std::error_code error;
    const std::uint64_t bytes = std::filesystem::file_size(file, error);
    if (!stream_ || error) throw Error(ErrorCode::kIo, "cannot be opened for reading");
    if (bytes < kLengthBytes) throw bad("the file ends too early");
    header_ = read_header(stream_, bytes);
  }

  const Metadata& metadata() const { return header_.metadata; }

  Weights weights(const Architecture& architecture) {
    WeightTaker taker(architecture);
    for (const StoredTensor& tensor : header_.tensors) taker.expect_shape(tensor.name, tensor.shape);
    for (const StoredTensor& tensor : header_.tensors)
      in_context("tensor \"" + tensor.name + "\"", [&] { taker.take(tensor.name, read(tensor)); });
    return taker.finish();
  }

 private:
  Tensor read(const StoredTensor& tensor) {
    std::vector<std::byte> bytes(tensor.end - tensor.begin);
    stream_.seekg(static_cast<std::streamoff>(header_.data + tensor.begin));
    read_exactly(stream_, bytes.data(), bytes.size());
    return Tensor::from_bytes(tensor.dtype, tensor.shape, bytes);
  }

  std::ifstream stream_;
  SafetensorsHeader header_;
};

Weights load_safetensors_weights(const std::filesystem::path& file, const LayeredModel& layered) {
  return Safetensors(file).weights(layered.architecture);
}

Model load_safetensors(const std::filesystem::path& file) {
  Safetensors tensors(file);
  const std::string* layers = find(tensors.metadata(), kLayersKey);
  if (!layers) throw weights_alone(file);
  const Architecture architecture = in_context(kLayersKey, [&] { return architecture_from_json(parse_python_json(*layers)); });
  Model model = build_model(architecture, tensors.weights(architecture));
  for (const auto& [key, text] : tensors.metadata())
    if (key != kLayersKey && key != "format") set(model.metadata, key, text);
  return model;
}

// --- writing -------------------------------------------------------------------------------------------------------

const char* element_name(DType dtype) {
  const auto* found = std::ranges::find(kElementTypes, dtype, &ElementType::dtype);
  if (found == kElementTypes.end()) throw Error(ErrorCode::kUnsupported, "safetensors has no elements of type " + to_string(dtype));
  return found->name;
}

void save_safetensors(const Model& model, const std::filesystem::path& file) {
  const LayeredModel layered = with_layers(model);
  Json header = {{"__metadata__", {{"format", "np"}}}};
  for (const auto& [key, text] : layered.model.metadata) header["__metadata__"][key] = text;
  std::string data;
  for (const auto& [name, tensor] : layered.weights) {
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.size_bytes());
    header[name] = {{"dtype", element_name(tensor.dtype())}, {"shape", tensor.shape()}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  std::string length(kLengthBytes, '\0');
  for (std::size_t i = 0; i < kLengthBytes; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xFFU);
  write_file(file, length + text + data);
}

bool looks_like_safetensors(std::string_view head) {
  return head.size() > kLengthBytes && head[kLengthBytes] == '{' && header_length(head) <= kMostHeaderBytes;
}

}  // namespace

void add_safetensors(FormatCatalog& catalog) {
  catalog.add(
      {.name = "safetensors",
       .aliases = {},
       .extensions = {".safetensors"},
       .help =
           "Hugging Face's format of weights, by \"LAYER/WEIGHT\"; with the layers in the metadata it is a model, others' files are read "
           "with --weights",
       .settings = {},
       .sniff = looks_like_safetensors,
       .of_layers = true,
       .load = load_safetensors,
       .save = save_safetensors,
       .load_weights = load_safetensors_weights});
}

}  // namespace upkeep::formats
