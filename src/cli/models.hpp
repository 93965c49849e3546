// What commands share: opening a model by file or registry reference, tables and datasets that fit a model, and text tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"
#include "layers/onnx_graph.hpp"
#include "train/columns.hpp"
#include "train/trainer.hpp"
#include "upkeep/history.hpp"

namespace upkeep {

// A file in any known format, an architecture, or "name@alias" / "name:version" in the registry in `registry`.
Model open_model(const std::string& reference, const std::string& registry, std::uint64_t seed = 0, const layers::StandIns& stand_ins = {});

// Before long work: whether a model can be written to `file`. Throws Error as save_model() would: the ending, the folder, its permissions.
void expect_writable(const std::string& file);
// The same, and that the format keeps a graph with its integers: formats of layers hold floats.
void expect_graph_file(const std::string& file);

// The seed given, or one from the operating system: say it, so that the run can be repeated.
std::uint64_t seed_or_random(std::optional<std::int64_t> seed);

// The columns of the table in `file` that the model reads and predicts; errors name the file.
Dataset load_dataset(const Model& model, const std::string& file, const DataColumns& columns);

// "0.5032", "12.4", "1.2e-07": four significant digits, for people.
std::string number(double value);

// {"loss": 0.1, "mae": 0.2} and "loss 0.1  mae 0.2".
Json to_json_figures(const Figures& figures);
std::string to_text(const Figures& figures);

// A JSON number, or null where the value is not finite (JSON has no NaN).
Json json_number(double value);

}  // namespace upkeep
