#include "train/optimizers/optimizer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "train/optimizers/common.hpp"

namespace upkeep::optimizers {

namespace {

// Eight running sums, always the same ones: the result does not depend on how the loop is vectorised.
double sum_of_squares(std::span<const float> values) {
  std::array<double, 8> lanes{};
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8)
    for (std::size_t k = 0; k < 8; ++k) lanes[k] += double{values[i + k]} * double{values[i + k]};
  for (; i < values.size(); ++i) lanes[i % 8] += double{values[i]} * double{values[i]};
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

void clip_norm(std::span<float> gradient, double largest) {
  const double norm = std::sqrt(sum_of_squares(gradient));
  if (norm <= largest) return;
  const auto scale = static_cast<float>(largest / norm);
  for (float& g : gradient) g *= scale;
}

}  // namespace

void clip(std::span<float> gradients, std::span<const std::size_t> ends, const Clipping& clipping) {
  if (clipping.clipvalue) {
    const auto bound = static_cast<float>(*clipping.clipvalue);
    for (float& g : gradients) g = std::min(std::max(g, -bound), bound);
  }
  if (clipping.global_clipnorm) clip_norm(gradients, *clipping.global_clipnorm);
  if (!clipping.clipnorm) return;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    clip_norm(gradients.subspan(begin, end - begin), *clipping.clipnorm);
    begin = end;
  }
}

void decay(std::span<float> weights, double weight_decay, double learning_rate) {
  const auto share = static_cast<float>(weight_decay);
  const auto rate = static_cast<float>(learning_rate);
  for (float& w : weights) w -= w * share * rate;
}

Clipping checked(const Clipping& clipping) {
  if (int{clipping.clipnorm.has_value()} + int{clipping.clipvalue.has_value()} + int{clipping.global_clipnorm.has_value()} > 1)
    throw Error(ErrorCode::kInvalidArgument, "more than one kind of gradient clipping",
                "set one of clipnorm, clipvalue and global_clipnorm");
  return clipping;
}

std::vector<std::string> slot_names(const Optimizer& optimizer, const std::vector<std::string>& weights) {
  const std::vector<std::string> slots = optimizer.slots();
  const std::size_t together = std::min(slots.size(), optimizer.interleaved_slots());
  std::vector<std::string> names;
  for (const std::string& weight : weights)
    for (std::size_t i = 0; i < together; ++i) names.push_back(slots[i] + "/" + weight);
  for (std::size_t i = together; i < slots.size(); ++i)
    for (const std::string& weight : weights) names.push_back(slots[i] + "/" + weight);
  return names;
}

}  // namespace upkeep::optimizers
