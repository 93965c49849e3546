#include "convert/formats/format.hpp"

#include <cctype>
#include <fstream>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/architecture.hpp"

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

const FormatEntry* by_extension(const std::string& extension) {
  for (const FormatEntry& entry : formats::catalog())
    if (std::ranges::find(entry.extensions, extension) != entry.extensions.end()) return &entry;
  return nullptr;
}

// "onnx (.onnx), keras-h5 (.h5, .hdf5)"
std::string known_formats(bool writable) {
  std::vector<std::string> known;
  for (const FormatEntry& entry : formats::catalog())
    if (writable ? entry.save != nullptr : entry.load != nullptr)
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

std::optional<Architecture> read_architecture(const std::filesystem::path& file, std::string_view head, const std::string& extension) {
  const bool json = extension == ".json" || trim(head).starts_with('{');
  if (!json && extension != ".yaml" && extension != ".yml") return std::nullopt;
  const std::string text = read_file(file, kArchitectureBytes);
  return json ? architecture_from_json(parse_json(text)) : architecture_from_yaml(text);
}

}  // namespace

Model load_model(const std::filesystem::path& file, std::uint64_t seed) {
  return in_context(file.string(), [&] {
    const std::string head = head_of(file);
    const std::string extension = extension_of(file);
    if (const FormatEntry* format = by_content(head)) return format->load(file);
    if (const std::optional<Architecture> architecture = read_architecture(file, head, extension))
      return build_model(*architecture, initial_weights(*architecture, seed));
    const FormatEntry* format = by_extension(extension);
    if (format && format->load) return format->load(file);
    if (format && format->load_weights)
      throw Error(ErrorCode::kUnsupported, "the file holds weights only, without the model",
                  "give the architecture and take the weights with --weights: upkeep convert net.yaml model.onnx --weights " +
                      file.filename().string());
    throw Error(ErrorCode::kUnsupported, "not a model in any known format", known_formats(false));
  });
}

Model with_weights(const Model& model, const std::filesystem::path& file) {
  return in_context(file.string(), [&] {
    head_of(file);
    const FormatEntry* format = by_extension(extension_of(file));
    if (!format || !format->load_weights)
      throw Error(ErrorCode::kUnsupported, upkeep::format("cannot read weights from \"{}\"", extension_of(file)), weight_formats());
    Model made = with_layers(model);
    for (auto& [name, tensor] : format->load_weights(file, architecture_of(made))) *made.graph.initializer(name) = std::move(tensor);
    made.training_tensors.clear();
    return made;
  });
}

const FormatEntry& format_to_write(const std::filesystem::path& file) {
  const FormatEntry* format = by_extension(extension_of(file));
  if (format && format->save) return *format;
  throw Error(ErrorCode::kUnsupported, upkeep::format("cannot write a model as \"{}\"", extension_of(file)), known_formats(true));
}

void save_model(const Model& model, const std::filesystem::path& file) {
  in_context(file.string(), [&] { format_to_write(file).save(model, file); });
}

}  // namespace upkeep
