// Keras 3's own file, .keras: a zip archive, or a folder, with
//
//   metadata.json      {"keras_version": "3.9.0", "date_saved": ...}
//   config.json        {"module", "class_name", "config", "registered_name", "build_config", "compile_config"}
//   model.weights.h5   weights and optimiser variables by the places of their layers (keras_store.hpp)
//   upkeep.json        of our own: what Keras has no place for; Keras does not look at it
//   assets/            what layers keep beside weights: vocabularies

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/python_json.hpp"
#include "base/zip.hpp"
#include "convert/formats/format.hpp"
#include "convert/formats/keras_inside.hpp"
#include "convert/formats/shared/keras_bytes.hpp"
#include "convert/formats/shared/keras_store.hpp"
#include "layers/keras/written.hpp"

namespace upkeep::formats {

namespace {

constexpr const char* kWeights = "model.weights.h5";
constexpr const char* kOurs = "upkeep.json";
constexpr std::string_view kAssets = "assets/";
constexpr std::string_view kVocabulary = "/vocabulary.txt";
constexpr std::uint64_t kTextBytes = std::uint64_t{16} << 20U;  // as JSON in memory, up to thirty times as much
constexpr std::uint64_t kWeightBytes = std::uint64_t{16} << 30U;

// The texts of a file, whichever of its two forms it has.
using ReadText = std::function<std::string(const std::string& name)>;

std::string version_in(const Json& metadata) {
  const Json version = metadata.is_object() ? metadata.value("keras_version", Json("3")) : Json();
  if (!version.is_string()) throw Error(ErrorCode::kCorrupt, "it says no Keras version");
  return version.get<std::string>();
}

KerasFile read_texts(const ReadText& read) {
  KerasFile file{.names = WeightNames::kPlaces};
  file.version = in_contained_context("metadata.json", [&] { return version_in(parse_json(read("metadata.json"))); });
  Json config = in_contained_context("config.json", [&] {
    Json parsed = parse_python_json(read("config.json"));
    if (!parsed.is_object()) throw Error(ErrorCode::kCorrupt, "it holds no model");
    return parsed;
  });
  if (const Json compiled = config.value("compile_config", Json(nullptr)); compiled.is_object()) {
    file.training_config = compiled;
    file.training_config["optimizer_config"] = compiled.value("optimizer", Json(nullptr));
  }
  file.model_config = std::move(config);
  return file;
}

// Keras 2 wrote no learning rate here; Keras 3 leaves it out where a schedule gives it.
void name_optimizer_variables(KerasFile& file) {
  if (file.optimizer.empty()) return;
  const Json optimizer = file.training_config.is_object() ? file.training_config["optimizer_config"] : Json();
  const Json config = optimizer.is_object() ? optimizer.value("config", Json::object()) : Json::object();
  const bool has_rate = !file.version.starts_with('2') && !(config.is_object() && config.value("learning_rate", Json()).is_object());
  for (std::size_t i = 0; i < file.optimizer.size(); ++i)
    file.optimizer[i].first = i == 0 ? "iteration" : i == 1 && has_rate ? "learning_rate" : "";
}

// The place of the layer whose vocabulary the file of this name is; empty: it is none.
std::string place_of_vocabulary(std::string_view name) {
  if (!name.starts_with(kAssets) || !name.ends_with(kVocabulary) || name.size() <= kAssets.size() + kVocabulary.size()) return "";
  return std::string(name.substr(kAssets.size(), name.size() - kAssets.size() - kVocabulary.size()));
}

// All vocabularies together are no larger than one text may be.
void add_vocabulary(KerasFile& file, const std::string& name, const ReadText& read, std::uint64_t& left) {
  const std::string place = place_of_vocabulary(name);
  if (place.empty()) return;
  std::string text = in_contained_context(name, [&] { return read(name); });
  if (text.size() > left)
    throw Error(ErrorCode::kResourceExhausted, upkeep::format("its vocabularies have more than {} bytes", kTextBytes));
  left -= text.size();
  file.vocabularies.emplace(place, std::move(text));
}

}  // namespace

KerasFile read_keras_archive(const std::filesystem::path& path) {
  const ZipReader zip(path);
  const auto text_of = [&](const std::string& name) { return zip.read(name, kTextBytes); };
  KerasFile file = read_texts(text_of);
  std::uint64_t left = kTextBytes;
  for (const ZipReader::Entry& entry : zip.entries()) add_vocabulary(file, entry.name, text_of, left);
  if (zip.find(kOurs)) file.metadata = in_contained_context(kOurs, [&] { return parse_json(zip.read(kOurs, kTextBytes)); });
  if (!zip.find(kWeights) && zip.find("model.weights.npz"))
    throw Error(ErrorCode::kUnsupported, "its weights are in the .npz form of the first Keras 3", "load it in Keras and save it again");
  in_contained_context(kWeights, [&] { read_places(hdf5::Reader(zip.read(kWeights, kWeightBytes)).root(), file); });
  name_optimizer_variables(file);
  return file;
}

namespace {

// A file of a folder; a link would lead out of it.
std::filesystem::path member_file(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path path = folder / name;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path)))
    throw Error(std::filesystem::exists(path) ? ErrorCode::kUnsupported : ErrorCode::kNotFound,
                upkeep::format("\"{}\" is no file of the folder", name));
  return path;
}

}  // namespace

KerasFile read_keras_folder(const std::filesystem::path& path) {
  const auto text_of = [&](const std::string& name) { return read_file(member_file(path, name), kTextBytes); };
  KerasFile file = read_texts(text_of);
  std::uint64_t left = kTextBytes;
  if (std::filesystem::is_directory(std::filesystem::symlink_status(path / kAssets)))
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path / kAssets))
      if (!entry.is_directory()) add_vocabulary(file, entry.path().lexically_relative(path).generic_string(), text_of, left);
  if (std::filesystem::exists(path / kOurs)) file.metadata = in_contained_context(kOurs, [&] { return parse_json(text_of(kOurs)); });
  in_contained_context(kWeights, [&] { read_places(hdf5::Reader(member_file(path, kWeights)).root(), file); });
  name_optimizer_variables(file);
  return file;
}

namespace {

Model load_v3(const std::filesystem::path& path, const layers::StandIns& stand_ins) {
  const bool folder = std::filesystem::is_directory(path);
  return model_from_keras(
      read_contained({folder ? path / kWeights : path}, [&] { return folder ? read_keras_folder(path) : read_keras_archive(path); }),
      stand_ins);
}

Json compile_config(const Json& training) {
  Json compiled = training;
  compiled.erase("optimizer_config");
  compiled["optimizer"] = training["optimizer_config"];
  layers::check_keras_value(compiled, "compile_config");
  return compiled;
}

void save_v3(const Model& model, const std::filesystem::path& path) {
  const KerasFile file = keras_from_model(model, WeightNames::kPlaces);
  Json config = file.model_config;
  if (!file.training_config.is_null()) config["compile_config"] = compile_config(file.training_config);
  const auto alone = hdf5::exclusive();
  const std::string weights = write_places(file);
  const std::string metadata = Json{{"keras_version", file.version}, {"date_saved", "1980-01-01@00:00:00"}}.dump();
  const std::string configuration = dump_python_json(config);
  const std::string ours = file.metadata.dump(-1, ' ', false, Json::error_handler_t::replace);
  ZipWriter zip;
  zip.add("metadata.json", metadata);
  zip.add("config.json", configuration);
  zip.add(kWeights, weights);
  if (!file.metadata.empty()) zip.add(kOurs, ours);
  write_file(path, zip.finish());
}

// The name of an archive's first entry stands at its beginning.
bool sniff_v3(std::string_view head) {
  constexpr std::size_t kName = 30;
  if (!head.starts_with("PK\x03\x04") || head.size() < kName) return false;
  const std::string_view name = head.substr(kName);
  return name.starts_with("metadata.json") || name.starts_with("config.json") || name.starts_with(kWeights) || name.starts_with("assets/");
}

}  // namespace

void add_keras_v3(FormatCatalog& catalog) {
  catalog.add({.name = "keras",
               .aliases = {},
               .extensions = {".keras"},
               .help = "Keras 3's file, or the folder it unpacks to, with compile settings and optimiser state",
               .settings = {},
               .sniff = sniff_v3,
               .folder_mark = "config.json",
               .of_layers = true,
               .load = load_v3,
               .save = save_v3});
}

}  // namespace upkeep::formats
