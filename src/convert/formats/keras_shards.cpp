// Weights alone in several files, as Keras 3 writes them with max_shard_size: NAME.weights.json says which place is in which file beside
// it.
//
//   {"metadata": {"total_size": 1.2}, "weight_map": {"/layers/dense/vars": ["NAME_00000.weights.h5"], ...}}

#include <set>

#include "base/files.hpp"
#include "base/format.hpp"
#include "convert/formats/format.hpp"
#include "convert/formats/keras_inside.hpp"
#include "convert/formats/shared/keras_bytes.hpp"
#include "convert/formats/shared/keras_store.hpp"

namespace upkeep::formats {

namespace {

constexpr std::size_t kMapBytes = std::size_t{64} << 20U;
constexpr std::size_t kMaxShards = 10'000;

// A name of a file in the same folder, not a way to another one.
void expect_file_name(const std::string& name) {
  if (name.empty() || name.find_first_of("/\\") != std::string::npos || name == "." || name == "..")
    throw Error(ErrorCode::kUnsupported, upkeep::format("\"{}\" is no name of a file beside it", name));
}

std::vector<std::string> file_names(const Json& files) {
  auto names = from_json_checked<std::vector<std::string>>(files);
  std::ranges::for_each(names, expect_file_name);
  return names;
}

std::vector<std::filesystem::path> shards_of(const std::filesystem::path& path) {
  const Json map = parse_json(read_file(path, kMapBytes)).value("weight_map", Json());
  if (!map.is_object()) throw Error(ErrorCode::kCorrupt, "it has no \"weight_map\"");
  std::set<std::string> names;
  for (const auto& [place, files] : map.items())
    for (const std::string& name : in_context(place, [&] { return file_names(files); })) {
      names.insert(name);
      if (names.size() > kMaxShards) throw Error(ErrorCode::kResourceExhausted, upkeep::format("more than {} files", kMaxShards));
    }
  std::vector<std::filesystem::path> shards;
  for (const std::string& name : names) {
    shards.push_back(path.parent_path() / name);
    if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(shards.back())))
      throw Error(ErrorCode::kNotFound, upkeep::format("there is no file \"{}\" beside it", name));
  }
  return shards;
}

KerasFile read_all(const std::vector<std::filesystem::path>& shards) {
  KerasFile whole;
  for (const std::filesystem::path& shard : shards)
    in_contained_context(shard.filename().string(), [&] { read_places(hdf5::Reader(shard).root(), whole); });
  return whole;
}

Weights load_shards(const std::filesystem::path& path, const LayeredModel& layered) {
  const std::vector<std::filesystem::path> shards = shards_of(path);
  const KerasFile file = read_contained(shards, [&] { return read_all(shards); });
  return weights_from_keras(file, layered.architecture, layers::keras_places_of(layered));
}

}  // namespace

KerasFile read_keras_shards(const std::filesystem::path& path) { return read_all(shards_of(path)); }

void add_keras_shards(FormatCatalog& catalog) {
  catalog.add({.name = "keras-shards",
               .aliases = {},
               .extensions = {".weights.json"},
               .help = "weights alone in several files, as Keras 3 writes them with max_shard_size; read with --weights",
               .settings = {},
               .sniff = nullptr,
               .load_weights = load_shards});
}

}  // namespace upkeep::formats
