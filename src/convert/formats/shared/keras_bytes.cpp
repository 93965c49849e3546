// All tensors, each at a multiple of 64; then an index, JSON; then the index's length, 8 bytes.

#include "convert/formats/shared/keras_bytes.hpp"

#include <chrono>
#include <cstring>

#include "base/python_json.hpp"
#include "convert/formats/shared/hdf5.hpp"

namespace upkeep::formats {

namespace {

constexpr std::size_t kAlignment = 64;

Json write_tensors(const NamedTensors& tensors, ContainedOutput& output) {
  Json index = Json::array();
  for (const auto& [name, tensor] : tensors) {
    output.align(kAlignment);
    index.push_back({name, static_cast<int>(tensor.dtype()), tensor.shape(), output.size()});
    output.write(tensor.bytes());
  }
  return index;
}

Error corrupt() { return Error(ErrorCode::kCorrupt, "what was read from the file is damaged"); }

Tensor read_tensor(const Json& entry, const ContainedBytes& bytes) {
  const auto dtype = static_cast<DType>(entry.at(1).get<int>());
  const Shape shape = entry.at(2).get<Shape>();
  const std::size_t begin = entry.at(3).get<std::size_t>();
  if (dtype != DType::kFloat32 && dtype != DType::kInt64) throw corrupt();
  const auto count = static_cast<std::size_t>(element_count(shape));
  const std::size_t room = begin > bytes.bytes.size() ? 0 : bytes.bytes.size() - begin;
  if (begin % kAlignment != 0 || count > room / (size_bits(dtype) / 8)) throw corrupt();
  return Tensor::share(dtype, shape, bytes.owner, bytes.bytes.data() + begin);
}

NamedTensors read_tensors(const Json& index, const ContainedBytes& bytes) {
  NamedTensors tensors;
  for (const Json& entry : index) tensors.emplace_back(entry.at(0).get<std::string>(), read_tensor(entry, bytes));
  return tensors;
}

std::string_view index_of(const ContainedBytes& bytes) {
  std::uint64_t length = 0;
  if (bytes.bytes.size() < sizeof(length)) throw corrupt();
  const std::size_t end = bytes.bytes.size() - sizeof(length);
  std::memcpy(&length, bytes.bytes.data() + end, sizeof(length));
  if (length > end) throw corrupt();
  return {reinterpret_cast<const char*>(bytes.bytes.data()) + end - length, length};
}

// A second to begin with, and one for every 32 MB, a third of what gzip unpacks. Memory for values that are packed well, not for what a
// file made to do harm unpacks to: 1032 : 1, and without end where many names lead to the same values.
Containment containment_of(std::uintmax_t file_bytes) {
  constexpr std::uintmax_t kBase = std::uintmax_t{512} << 20U;
  constexpr std::uintmax_t kExpansion = 256;
  Containment limits{.processor_time = std::chrono::seconds(1 + (file_bytes >> 25U))};
  limits.memory_bytes = std::min<std::uintmax_t>(limits.memory_bytes, kBase + kExpansion * std::min(file_bytes, limits.memory_bytes));
  return limits;
}

}  // namespace

KerasFile read_contained(const std::vector<std::filesystem::path>& files, const std::function<KerasFile()>& read) {
  std::uintmax_t bytes = 0;
  for (const std::filesystem::path& file : files) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (!error) bytes += size;
  }
  const auto alone = hdf5::exclusive();
  return keras_file_from_bytes(run_contained([&](ContainedOutput& output) { write_bytes(read(), output); }, containment_of(bytes)));
}

void write_bytes(const KerasFile& file, ContainedOutput& output) {
  const ContainedPlace place("all that was read of it");
  Json index = {{"version", file.version},           {"backend", file.backend},
                {"model_config", file.model_config}, {"training_config", file.training_config},
                {"metadata", file.metadata},         {"names", static_cast<int>(file.names)},
                {"vocabularies", file.vocabularies}, {"weights", Json::array()}};
  for (const auto& [group, tensors] : file.weights) index["weights"].push_back({group, write_tensors(tensors, output)});
  index["optimizer"] = write_tensors(file.optimizer, output);
  const std::string text = dump_python_json(index);
  const std::uint64_t length = text.size();
  output.write(text);
  output.write(std::as_bytes(std::span(&length, 1)));
}

KerasFile keras_file_from_bytes(const ContainedBytes& bytes) {
  Json index = parse_python_json(index_of(bytes), 128);
  try {
    KerasFile file{.version = index.at("version").get<std::string>(),
                   .backend = index.at("backend").get<std::string>(),
                   .model_config = std::move(index.at("model_config")),
                   .training_config = std::move(index.at("training_config")),
                   .names = index.at("names").get<int>() == 0 ? WeightNames::kLayers : WeightNames::kPlaces,
                   .weights = {},
                   .optimizer = read_tensors(index.at("optimizer"), bytes),
                   .vocabularies = index.value("vocabularies", std::map<std::string, std::string>{}),
                   .metadata = std::move(index.at("metadata"))};
    for (const Json& group : index.at("weights"))
      file.weights.emplace_back(group.at(0).get<std::string>(), read_tensors(group.at(1), bytes));
    return file;
  } catch (const Json::exception&) {
    throw corrupt();
  }
}

}  // namespace upkeep::formats
