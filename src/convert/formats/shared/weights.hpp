// Weights from a file, one by one, held against what an architecture takes. Asked first, so that nothing is read of what does not fit.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "layers/view/architecture.hpp"

namespace upkeep::formats {

// What to say to somebody who opens a file of weights alone as a model.
Error weights_alone(const std::filesystem::path& file);

class WeightTaker {
 public:
  explicit WeightTaker(const Architecture& architecture);

  // Throws Error{kInvalidArgument}: the architecture has no weight of this name, another shape, or it came before.
  const NamedWeight& wanted(std::string_view name) const;
  void expect_shape(std::string_view name, const Shape& shape) const;
  // At most so many bytes can be a weight of its shape, of whatever type, with `header` bytes before it.
  void expect_bytes(std::string_view name, std::uint64_t bytes, std::uint64_t header) const;

  void take(std::string_view name, const Tensor& tensor);  // becomes float32; throws where it holds no real numbers
  // In the architecture's order. Throws Error{kInvalidArgument} naming the weights that did not come.
  Weights finish() const;

 private:
  std::vector<NamedWeight> specs_;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::map<std::string, Tensor, std::less<>> taken_;
};

}  // namespace upkeep::formats
