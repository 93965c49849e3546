// Prediction logs for tests, as tables of the log's own columns.
#pragma once

#include <format>
#include <string>
#include <vector>

#include "data/table.hpp"

namespace upkeep::testing_logs {

constexpr std::int64_t kSecond = 1'000'000;  // in the log's microseconds

struct Row {
  std::string request;
  std::int64_t row = 0;
  std::int64_t time_us = 0;
  std::int64_t version = 1;
  std::int64_t latency_us = 100;
  std::string error;
  std::vector<double> inputs;   // in.f0, in.f1, ...
  std::vector<double> outputs;  // out.y.0, ...
};

inline Table predictions(const std::vector<Row>& rows) {
  const Shape shape{static_cast<std::int64_t>(rows.size())};
  const auto column = [&](auto member) {
    std::vector<std::remove_cvref_t<decltype(rows.front().*member)>> values;
    for (const Row& row : rows) values.push_back(row.*member);
    return Tensor(shape, std::move(values));
  };
  Table table;
  table.add("request_id", column(&Row::request));
  table.add("row", column(&Row::row).cast(DType::kInt32));
  table.add("time", column(&Row::time_us));
  table.add("version", column(&Row::version));
  table.add("latency_us", column(&Row::latency_us));
  table.add("error", column(&Row::error));
  const auto add_numbers = [&](auto member, const char* format) {
    for (std::size_t i = 0; !rows.empty() && i < (rows.front().*member).size(); ++i) {
      std::vector<double> values;
      for (const Row& row : rows) values.push_back((row.*member).at(i));
      table.add(std::vformat(format, std::make_format_args(i)), Tensor(shape, std::move(values)));
    }
  };
  add_numbers(&Row::inputs, "in.f{}");
  add_numbers(&Row::outputs, "out.y.{}");
  return table;
}

}  // namespace upkeep::testing_logs
