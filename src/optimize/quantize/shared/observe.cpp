#include "optimize/quantize/shared/observe.hpp"

#include <algorithm>

#include "base/cores.hpp"
#include "optimize/quantize/shared/fidelity.hpp"
#include "optimize/quantize/shared/integers.hpp"
#include "train/batches.hpp"

namespace upkeep::quantization {

namespace {

constexpr std::int64_t kMostRows = 16;  // of a batch, whose activations a processor's cache holds

// Values with a scale of their own, and where the channels of those are that a layer with weights reads.
struct Watched {
  std::string name;
  std::optional<bool> channels_last = {};
  Observed seen = {};
};

std::vector<Watched> watched_in(const Model& model, const Plan& plan) {
  std::vector<Watched> all;
  std::map<std::string, std::size_t> places;
  const auto place = [&](const std::string& name) {
    const auto [at, fresh] = places.try_emplace(name, all.size());
    if (fresh) all.push_back({.name = name});
    return at->second;
  };
  for (const auto& [value, from] : plan.scale_from) place(from);
  for (const PlannedLayer& layer : plan.layers)
    if (const auto found = plan.nodes.find(layer.id); found != plan.nodes.end() && found->second.role == Role::kWeighted)
      all[place(found->second.inputs[0])].channels_last = layer.op != "Conv";
  std::erase_if(all, [&](const Watched& one) { return model.graph.initializer(one.name) != nullptr; });
  return all;
}

void look_at(Watched& one, const Tensors& inputs, const Tensors& outputs) {
  const auto made = outputs.find(one.name);
  const Tensor& tensor = made == outputs.end() ? inputs.at(one.name) : made->second;
  if (tensor.dtype() != DType::kFloat32) return;
  one.seen.add(tensor.floats());
  if (!one.channels_last || tensor.rank() < 2) return;
  const Along parts = along(tensor.shape(), *one.channels_last ? tensor.rank() - 1 : 1);
  one.seen.add_channels(tensor.floats(), parts.count, parts.inner);
}

std::size_t bytes_of(const Tensors& tensors) {
  std::size_t sum = 0;
  for (const auto& [name, tensor] : tensors) sum += tensor.size_bytes();
  return sum;
}

std::int64_t batch_rows(const Session& session, const Tensors& rows, std::size_t batch_bytes) {
  std::size_t each = 1;
  run_in_batches(session, evenly(rows, 1), 1, [&](const Tensors&, const Tensors& outputs, std::int64_t count) {
    each = bytes_of(outputs) / static_cast<std::size_t>(std::max<std::int64_t>(1, count)) + 1;
  });
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(batch_bytes / each), 1, kMostRows);
}

}  // namespace

Model with_outputs(const Model& model, const std::vector<std::string>& values) {
  Model made = model;
  for (const std::string& value : values) {
    const bool there = model.graph.input(value) || std::ranges::contains(made.graph.outputs, value, &ValueInfo::name);
    if (!there) made.graph.outputs.push_back({value, {DType::kFloat32, std::nullopt, {}}, {}, {}});
  }
  return made;
}

Observations observe(const Model& model, const Plan& plan, const Tensors& rows, int threads, std::size_t batch_bytes) {
  std::vector<Watched> watched = watched_in(model, plan);
  std::vector<std::string> values;
  for (const Watched& one : watched) values.push_back(one.name);
  const Session session(with_outputs(model, values), {.threads = threads});
  run_in_batches(session, rows, batch_rows(session, rows, batch_bytes), [&](const Tensors& inputs, const Tensors& outputs, std::int64_t) {
    in_parallel(watched.size(), [&](std::size_t i) { look_at(watched[i], inputs, outputs); }, threads_or_cores(threads));
  });
  Observations made;
  for (Watched& one : watched) made.emplace(one.name, std::move(one.seen));
  return made;
}

}  // namespace upkeep::quantization
