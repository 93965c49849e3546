// Short vectors of integers that are made from shapes, as far as their entries are known: Shape(x) of float[n, 3, 4] is [n, 3, 4].
#pragma once

#include <map>
#include <optional>
#include <string>

#include "graph/wiring.hpp"

namespace upkeep::rewrites {

class ShapeValues {
 public:
  explicit ShapeValues(const Wiring& wiring);

  // The entries of a value: numbers, or symbols of the graph. nullopt: not made from shapes, or not by what is understood here.
  std::optional<Dims> entries(const std::string& value) const;
  // The value, where all entries are numbers.
  std::optional<Tensor> tensor(const std::string& value) const;

 private:
  struct Known {
    Dims entries;
    bool scalar = false;
  };
  std::optional<Known> of(const std::string& value) const;
  std::optional<Known> result(const Node& node) const;
  std::optional<Known> shape(const Node& node) const;
  std::optional<Known> gathered(const Node& node) const;
  std::optional<Known> sliced(const Node& node) const;
  std::optional<Known> joined(const Node& node) const;
  std::optional<Known> computed(const Node& node) const;
  std::optional<Known> filled(const Node& node) const;
  std::optional<Known> compared(const Node& node) const;
  std::optional<Known> chosen(const Node& node) const;

  const Wiring& wiring_;
  std::map<std::string, Known> known_;
};

}  // namespace upkeep::rewrites
