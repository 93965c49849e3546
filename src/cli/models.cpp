#include "cli/models.hpp"

#include <cmath>
#include <filesystem>

#include "base/format.hpp"
#include "base/random.hpp"
#include "convert/formats/format.hpp"
#include "deploy/registry/registry.hpp"

namespace upkeep {

Model open_model(const std::string& reference, const std::string& registry, std::uint64_t seed, const layers::StandIns& stand_ins) {
  if (!is_registry_reference(reference) || std::filesystem::exists(reference)) return load_model(reference, seed, stand_ins);
  if (registry.empty())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("\"{}\" is neither a file nor, without --registry DIR, a registry's model", reference));
  if (!std::filesystem::is_directory(registry))
    throw Error(ErrorCode::kNotFound, upkeep::format("no registry at {}", registry), "upkeep registry publish makes one");
  const Registry opened(registry);
  return opened.load(opened.resolve(reference));
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

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  const auto width_of = [](const std::string& text) {  // UTF-8 code points
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  };
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += line + "\n";
  }
  if (!text.empty()) text.pop_back();
  return text;
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
