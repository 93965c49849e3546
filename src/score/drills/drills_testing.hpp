// Subjects for the tests of drills.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "graph/ops.hpp"
#include "graph/signature.hpp"
#include "score/drills/drill.hpp"

namespace upkeep::drills {

// x [batch, 2] of columns a and b  ->  y [batch, 2], scores of "no" and "yes" for the target "bought": y = x + bias
inline Model scoring_model(float bias = 1) {
  Model model;
  Ops ops(model);
  ops.output(ops.add(ops.input("x", DType::kFloat32, {"batch", 2}), bias), "y");
  Signature signature = signature_of(model);
  signature.inputs[0].features = {{.column = "a"}, {.column = "b"}};
  signature.outputs[0].answer = Answer::kClasses;
  signature.outputs[0].classes = {"no", "yes"};
  signature.outputs[0].targets = {"bought"};
  set_signature(model, signature);
  return model;
}

// Normal numbers: a with mean 0 and deviation 1, b with mean 50 and deviation 10.
inline Table normal_rows(std::int64_t rows) {
  Random random(1);
  std::vector<float> a, b;
  for (std::int64_t i = 0; i < rows; ++i) {
    a.push_back(static_cast<float>(random.normal()));
    b.push_back(static_cast<float>(50 + 10 * random.normal()));
  }
  Table table;
  table.add("a", Tensor({rows}, std::move(a)));
  table.add("b", Tensor({rows}, std::move(b)));
  return table;
}

inline Subject sound_subject() {
  Subject subject;
  subject.model = scoring_model();
  subject.reference = normal_rows(1000);
  subject.version = {
      .model = "m", .version = 1, .description = "buys", .facts = {{"reference", Json::object()}, {"signature", Json::object()}}};
  subject.alias = "production";
  return subject;
}

inline std::vector<Item> run_drill(const std::string& name, const Subject& subject, const Json& settings = Json::object()) {
  return catalog().at(name).run(subject, settings);
}

}  // namespace upkeep::drills
