// Channels that are the same number for every input: weights that are all zero leave the bias, a batch normalisation with scale zero its
// offset, and what follows element by element makes other constants of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "optimize/removal/coupling.hpp"

namespace upkeep::removal {

class ConstantChannels {
 public:
  // `model` and `coupling` must outlive this.
  ConstantChannels(const Model& model, const Coupling& coupling);

  // The number that channel `place` of the axis has in all runs; nullopt: it varies, or nobody can tell.
  std::optional<float> at(const std::string& value, std::size_t axis, std::size_t place) const;
  // The tensor of a value that is made of constants alone (a kernel behind a Transpose). nullptr: it depends on inputs.
  const Tensor* tensor(const std::string& value);

 private:
  struct Known {
    std::size_t axis;
    std::vector<std::optional<float>> numbers;
  };
  using Numbers = std::vector<std::optional<float>>;

  void visit(const Node& node);
  void weighted(const Node& node, std::size_t weight_axis, std::size_t axis, const std::string& bias);
  std::optional<float> passed_on(const Node& node, const Tensor& weight, std::size_t channel) const;
  void normalized(const Node& node);
  void pointwise(const Node& node);
  void broadcast(const Node& node);
  void passed(const Node& node);
  void reduced(const Node& node);
  void joined(const Node& node);
  void moved(const Node& node);
  void sliced(const Node& node);
  void reshaped(const Node& node);
  Numbers numbers_along(const std::string& value, std::size_t axis, std::size_t size, std::size_t from_behind);
  Numbers where_known(const Node& node, const std::vector<Numbers>& operands);
  std::vector<float> results(const Node& node, const std::vector<std::vector<float>>& operands);
  const Known* find(const std::string& value) const;

  const Model& model_;
  const Coupling& coupling_;
  std::map<std::string, Known> known_;
  std::map<std::string, std::optional<Tensor>> tensors_;
};

}  // namespace upkeep::removal
