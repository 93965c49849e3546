// A graph in ONNX's text, written in another operator set.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "graph/opset.hpp"

namespace upkeep {

inline std::string of_set(std::int64_t opset, const std::string& graph) {
  return "<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) + "]> g " + graph;
}

// As text, verified, with types that agree.
inline std::string in_set(std::int64_t version, const std::string& text) {
  Model model = model_from_text(text);
  set_opset(model, version);
  verify(model);
  infer_shapes(model);
  model.graph.values.clear();
  return model_to_text(model);
}

inline std::string why_not_in_set(std::int64_t version, const std::string& text) {
  return message_of([&] { in_set(version, text); });
}

}  // namespace upkeep
