// Rows of several requests as one run, and its answers taken apart again.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/session.hpp"
#include "upkeep/signature.hpp"

namespace upkeep::serve {

// What a model's first axis is.
struct Batching {
  bool open_axis = false;  // every input takes any number of rows
  bool merges = false;     // rows of different requests may share a run: each row's answer is the same in any company
  std::string why_not;     // empty where it merges
};

// Runs made-up rows alone and together and compares the answers: a mean over the batch, or a scale taken from all rows, shows here.
// `sample`, where given, holds real rows, which are tried as well, and decide where made-up ones cannot be run.
Batching probe_batching(const Session& session, const Model& model, const Tensors* sample = nullptr);

// A foreign note under our keys says nothing: the graph alone does.
Signature signature_or_graph(const Model& model);

// Rows along the first axis: those of the first input that has an axis; 1 where none has.
std::int64_t rows_of(const Tensors& inputs);
// Every input has as many rows as the others: one that has fewer is broadcast, and its rows would meet those of another request.
bool same_rows(const Tensors& inputs);
// Same names, types and dimensions behind the first.
bool may_share_a_run(const Tensors& a, const Tensors& b);
// The inputs of one run: axis 0 holds the rows of all parts, in their order.
Tensors joined(std::span<const Tensors* const> parts);
// The answers to `rows[0]`, `rows[1]`, ... requests' rows. Empty: an output does not have as many rows as went in.
std::vector<Tensors> taken_apart(const Tensors& outputs, std::span<const std::int64_t> rows);

}  // namespace upkeep::serve
