#include "train/optimizers/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <regex>

#include "train/optimizers/common.hpp"
#include "train/optimizers/shared/loops.hpp"

namespace upkeep::optimizers {

std::vector<Weight> lay_out(const std::vector<std::pair<std::string, Shape>>& weights) {
  std::vector<Weight> list;
  std::size_t begin = 0;
  for (const auto& [name, shape] : weights) {
    const auto size = static_cast<std::size_t>(element_count(shape));
    list.push_back({.name = name, .shape = shape, .begin = begin, .size = size});
    begin += size;
  }
  return list;
}

bool name_matches(const std::string& pattern, const std::string& name) {
  try {
    return std::regex_search(name, std::regex(pattern, std::regex::ECMAScript));
  } catch (const std::regex_error& error) {
    throw Error(ErrorCode::kInvalidArgument, "\"" + pattern + "\" is no regular expression", error.what());
  }
}

void check(const Common& common) {
  if (int{common.clipnorm.has_value()} + int{common.clipvalue.has_value()} + int{common.global_clipnorm.has_value()} > 1)
    throw Error(ErrorCode::kInvalidArgument, "more than one kind of gradient clipping",
                "set one of clipnorm, clipvalue and global_clipnorm");
  for (const std::string& pattern : common.exclude_from_weight_decay) name_matches(pattern, "");
}

namespace {

bool accumulates(const Common& common) { return common.gradient_accumulation_steps.value_or(1) > 1; }

std::span<float> part(std::span<float> values, const Weight& weight) { return values.subspan(weight.begin, weight.size); }

void clip_norm(std::span<float> gradient, double largest) {
  const double norm = std::sqrt(sum_of_squares(gradient));
  if (norm > largest) scale(gradient, static_cast<float>(largest / norm));
}

void clip(std::span<float> gradients, std::span<const Weight> list, const Common& common) {
  if (common.clipvalue) {
    const auto bound = static_cast<float>(*common.clipvalue);
    for (float& g : gradients) g = std::min(std::max(g, -bound), bound);
  }
  if (common.global_clipnorm) clip_norm(gradients, *common.global_clipnorm);
  if (common.clipnorm)
    for (const Weight& weight : list) clip_norm(part(gradients, weight), *common.clipnorm);
}

}  // namespace

std::vector<Run> runs(std::span<const Weight> list, bool (*alike)(const Weight&, const Weight&)) {
  std::vector<Run> all;
  const Weight* last = nullptr;
  for (const Weight& weight : list) {
    if (weight.rate == 0) continue;
    const bool joins = last && alike(*last, weight) && last->begin + last->size == weight.begin;
    if (joins) all.back().size += weight.size;
    else all.push_back({.begin = weight.begin, .size = weight.size, .rate = weight.rate, .weight_decay = weight.weight_decay});
    last = &weight;
  }
  return all;
}

// Groups -2 and -1: Keras saves these variables before the optimiser's own.
std::vector<Slot> Optimizer::slots() const {
  std::vector<Slot> all;
  if (common().use_ema) all.push_back({.name = "average", .group = -2});
  if (accumulates(common())) all.push_back({.name = "gradient_accumulator", .group = -1});
  for (Slot& slot : own_slots()) all.push_back(std::move(slot));
  return all;
}

// A pattern is searched for in Keras's name of the variable ("kernel"), and in the whole name ("dense/kernel").
void Optimizer::prepare(std::span<Weight> list) const {
  for (Weight& weight : list) {
    const std::string last = weight.name.substr(weight.name.rfind('/') + 1);
    const bool excluded = std::ranges::any_of(common().exclude_from_weight_decay, [&](const std::string& pattern) {
      return name_matches(pattern, last) || name_matches(pattern, weight.name);
    });
    weight.weight_decay = excluded ? 0.0 : weight_decay(weight);
  }
}

void Optimizer::apply(const Buffers& all, const Step& step) const {
  for (const Weight& weight : all.list)
    if (weight.rate == 0) std::ranges::fill(part(all.gradients, weight), 0.0f);
  if (const double by = common().loss_scale_factor.value_or(1.0); by != 1.0) scale(all.gradients, static_cast<float>(1.0 / by));
  const std::int64_t batches = common().gradient_accumulation_steps.value_or(1);
  const std::int64_t updates = (step.iteration - 1) / batches;  // before this one
  if (accumulate(all, step)) {
    clip(all.gradients, all.list, common());
    for (const Run& run :
         runs(all.list, [](const Weight& a, const Weight& b) { return a.rate == b.rate && a.weight_decay == b.weight_decay; }))
      if (run.weight_decay != 0) decay(all.weights.subspan(run.begin, run.size), run.weight_decay, step.learning_rate * run.rate);
    const std::size_t shared = slots().size() - own_slots().size();
    update({all.list, all.weights, all.gradients, all.slots.subspan(shared)},
           {.iteration = updates + 1, .learning_rate = step.learning_rate});
  }
  if (common().use_ema) average(all, updates);
}

// Keras: the mean of the gradients of `gradient_accumulation_steps` batches. True when there is an update to make.
bool Optimizer::accumulate(const Buffers& all, const Step& step) const {
  if (!accumulates(common())) return true;
  const std::int64_t batches = *common().gradient_accumulation_steps;
  const std::span<float> sum(all.slots[common().use_ema ? 1 : 0].data, all.gradients.size());
  if (step.iteration % batches != 0) {
    add(sum, all.gradients);
    return false;
  }
  add(all.gradients, sum);
  scale(all.gradients, 1.0f / static_cast<float>(batches));
  std::ranges::fill(sum, 0.0f);
  return true;
}

// The average starts as the weights are after the first update, and moves with every batch. Every `ema_overwrite_frequency` updates the
// weights become what it is.
void Optimizer::average(const Buffers& all, std::int64_t updates) const {
  const std::span<float> average(all.slots[0].data, all.weights.size());
  move_average(average, all.weights, updates == 0 ? 0.0f : static_cast<float>(common().ema_momentum));
  for (const Weight& weight : all.list)
    if (weight.rate == 0) std::ranges::copy(part(all.weights, weight), part(average, weight).begin());
  const std::int64_t frequency = common().ema_overwrite_frequency.value_or(0);
  if (frequency > 0 && (updates + 1) % frequency == 0) finalize(all);
}

void Optimizer::finalize(const Buffers& all) const {
  if (common().use_ema) std::ranges::copy(std::span<const float>(all.slots[0].data, all.weights.size()), all.weights.begin());
}

}  // namespace upkeep::optimizers
