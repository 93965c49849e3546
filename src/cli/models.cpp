#include "cli/models.hpp"

#include <cmath>
#include <filesystem>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "convert/formats/format.hpp"
#include "registry/registry.hpp"

namespace upkeep {

Model open_model(const std::string& reference, const std::string& registry, std::uint64_t seed, const layers::StandIns& stand_ins) {
  if (!is_registry_reference(reference) || std::filesystem::exists(reference)) return load_model(reference, seed, stand_ins);
  if (registry.empty())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("\"{}\" is neither a file nor, without --registry, a registry's model", reference));
  const Registry opened = Registry::existing(registry);
  return opened.load(opened.resolve(reference));
}

void expect_writable(const std::string& file) {
  in_context(file, [&] {
    format_to_write(file);
    const StagedFolder probe(file);
  });
}

void expect_graph_file(const std::string& file) {
  expect_writable(file);
  const formats::FormatEntry& format = format_to_write(file);
  if (!format.of_layers) return;
  const std::string stem = std::filesystem::path(file).stem().string();
  throw Error(ErrorCode::kUnsupported,
              upkeep::format("{}: the format {} holds layers of floats, not a graph with integers", file, format.name),
              upkeep::format("write {}.onnx; upkeep convert {}.onnx {} --verify none makes floats of its integers", stem, stem, file));
}

std::uint64_t seed_or_random(std::optional<std::int64_t> seed) {
  return seed ? static_cast<std::uint64_t>(*seed) : random_seed() >> 1U;  // fits the option, which is signed
}

Dataset load_dataset(const Model& model, const std::string& file, const DataColumns& columns) {
  const Table table = load_table(file);
  return in_context(file, [&] { return dataset_for(model, table, columns); });
}

std::string number(double value) {
  if (std::isnan(value)) return "n/a";
  return upkeep::format("{:.4g}", value);
}

Json json_number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json to_json_figures(const Figures& figures) {
  Json document = Json::object();
  for (const auto& [name, value] : figures) document[name] = json_number(value);
  return document;
}

std::string to_text(const Figures& figures) {
  std::string text;
  for (const auto& [name, value] : figures) text += upkeep::format("{}{} {}", text.empty() ? "" : "  ", name, number(value));
  return text;
}

}  // namespace upkeep
