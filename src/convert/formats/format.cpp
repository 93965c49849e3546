#include "convert/formats/format.hpp"

#include <cctype>
#include <fstream>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/python_json.hpp"
#include "convert/formats/shared/weights.hpp"
#include "graph/onnx.hpp"
#include "layers/keras/json.hpp"
#include "layers/view/architecture.hpp"

namespace upkeep {

namespace {

using formats::FormatEntry;

constexpr std::size_t kHeadBytes = 512;
constexpr std::size_t kArchitectureBytes = std::size_t{64} << 20;

std::string extension_of(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

std::string head_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) throw Error(ErrorCode::kNotFound, "no such file");
  if (!std::filesystem::is_regular_file(status)) throw Error(ErrorCode::kInvalidArgument, "not a regular file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw Error(ErrorCode::kIo, "cannot be opened for reading");
  std::string head(kHeadBytes, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  return head;
}

const FormatEntry* by_content(std::string_view head) {
  for (const FormatEntry& entry : formats::catalog())
    if (entry.sniff && entry.sniff(head)) return &entry;
  return nullptr;
}

const FormatEntry* by_folder(const std::filesystem::path& folder) {
  for (const FormatEntry& entry : formats::catalog())
    if (!entry.folder_mark.empty() && std::filesystem::exists(folder / entry.folder_mark)) return &entry;
  return nullptr;
}

// Of "m.weights.json", ".weights.json" says more than ".json".
const FormatEntry* by_extension(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const FormatEntry& entry : formats::catalog())
    if (std::ranges::any_of(entry.extensions, [&](const std::string& extension) { return name.ends_with(extension); })) return &entry;
  return nullptr;
}

// "onnx (.onnx), keras-h5 (.h5, .hdf5)"
std::string known_formats(bool writable) {
  std::vector<std::string> known;
  for (const FormatEntry& entry : formats::catalog())
    if (writable ? static_cast<bool>(entry.save) : static_cast<bool>(entry.load))
      known.push_back(upkeep::format("{} ({})", entry.name, join(entry.extensions)));
  if (!writable) known.emplace_back("an architecture (.yaml, .yml, .json)");
  return "the formats are " + join(known);
}

std::string weight_formats() {
  std::vector<std::string> known;
  for (const FormatEntry& entry : formats::catalog())
    if (entry.load_weights) known.push_back(upkeep::format("{} ({})", entry.name, join(entry.extensions)));
  return "weights are read from " + join(known);
}

// What a file of YAML or JSON says; nullopt of any other.
std::optional<Json> read_description(const std::filesystem::path& file, std::string_view head) {
  const std::string extension = extension_of(file);
  const bool json = extension == ".json" || trim(head).starts_with('{');
  if (!json && extension != ".yaml" && extension != ".yml") return std::nullopt;
  const std::string text = read_file(file, kArchitectureBytes);
  return json ? parse_python_json(text) : parse_yaml(text);
}

bool is_of_keras(const Json& description) { return description.is_object() && description.contains("class_name"); }

// An architecture, with fresh weights; of Keras's, where its files keep the weights is remembered.
std::optional<Model> read_architecture(const std::filesystem::path& file, std::string_view head, std::uint64_t seed,
                                       const layers::StandIns& stand_ins) {
  const std::optional<Json> read = read_description(file, head);
  if (!read) return std::nullopt;
  if (!is_of_keras(*read)) {
    const Architecture architecture = architecture_from_json(*read);
    return build_model(architecture, initial_weights(architecture, seed));
  }
  const layers::KerasModel keras = layers::read_keras_model(*read, {}, {.stand_ins = stand_ins});
  return layers::model_of_keras(keras, initial_weights(keras.architecture, seed));
}

}  // namespace

void formats::Load::refuse(const layers::StandIns& stand_ins) {
  if (stand_ins.empty()) return;
  throw Error(ErrorCode::kUnsupported,
              upkeep::format("nothing can stand for \"{}\": the file has no layers of Keras", stand_ins.begin()->first));
}

Model load_model(const std::filesystem::path& file, std::uint64_t seed, const layers::StandIns& stand_ins) {
  return in_context(file.string(), [&] {
    if (std::filesystem::is_directory(file))
      if (const FormatEntry* format = by_folder(file)) return format->load(file, stand_ins);
    const std::string head = head_of(file);
    if (const FormatEntry* format = by_content(head)) return format->load(file, stand_ins);
    const FormatEntry* format = by_extension(file);
    if (format && !format->load && format->load_weights) throw formats::weights_alone(file);
    if (std::optional<Model> model = read_architecture(file, head, seed, stand_ins)) return std::move(*model);
    if (format && format->load) return format->load(file, stand_ins);
    throw Error(ErrorCode::kUnsupported, "not a model in any known format", known_formats(false));
  });
}

std::optional<Architecture> load_architecture(const std::filesystem::path& file) {
  return in_context(file.string(), [&]() -> std::optional<Architecture> {
    if (std::filesystem::is_directory(file)) return std::nullopt;
    const std::string head = head_of(file);
    if (by_content(head)) return std::nullopt;
    const FormatEntry* format = by_extension(file);
    if (format && !format->load && format->load_weights) return std::nullopt;
    const std::optional<Json> read = read_description(file, head);
    if (!read || is_of_keras(*read)) return std::nullopt;
    return architecture_from_json(*read);
  });
}

Model with_weights(const Model& model, const std::filesystem::path& file) {
  return in_context(file.string(), [&] {
    head_of(file);
    const FormatEntry* format = by_extension(file);
    if (!format || !format->load_weights)
      throw Error(ErrorCode::kUnsupported, upkeep::format("cannot read weights from \"{}\"", extension_of(file)), weight_formats());
    LayeredModel made = with_layers(model);
    for (auto& [name, tensor] : format->load_weights(file, made)) *made.model.graph.initializer(name) = std::move(tensor);
    made.model.training_tensors.clear();
    return std::move(made.model);
  });
}

const FormatEntry& format_to_write(const std::filesystem::path& file, const NamedSettings& as) {
  const FormatEntry* format = as.name.empty() ? by_extension(file) : &formats::catalog().at(as.name);
  if (!format || !format->save)
    throw Error(ErrorCode::kUnsupported, upkeep::format("cannot write a model as \"{}\"", format ? format->name : extension_of(file)),
                known_formats(true));
  if (format->settings.fields().empty() && !as.values.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the format {} has no settings", format->name));
  return *format;
}

void save_model(const Model& model, const std::filesystem::path& file, const NamedSettings& as) {
  in_context(file.string(), [&] { format_to_write(file, as).save(model, file, as.values); });
}

StagedModel::StagedModel(const Model& model, std::filesystem::path file, const NamedSettings& as) : file_(std::move(file)), folder_(file_) {
  try {
    save_model(model, path(), as);
  } catch (const Error& error) {
    throw of_file(error);
  }
}

Error StagedModel::of_file(const Error& error) const {
  const std::string staged = path().string(), wanted = file_.string();
  const auto said = [&](std::string text) {
    for (auto at = text.find(staged); at != std::string::npos; at = text.find(staged, at + wanted.size()))
      text.replace(at, staged.size(), wanted);
    return text;
  };
  Error made(error.code(), said(error.message()), said(error.hint()));
  for (const std::string& frame : error.context()) {
    const std::string text = said(frame);
    if (made.context().empty() || made.context().back() != text) made.in(text);
  }
  return made;
}

void StagedModel::publish() {
  const std::vector<std::string> others = folder_.publish();
  remove_old_data(file_, others.empty() ? "" : others.front());
}

}  // namespace upkeep
