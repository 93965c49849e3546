// C++ as it is being written: lines with indentation, loops over strided tensors, numbers that the compiler reads back exactly.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep::firmware {

class Code {
 public:
  explicit Code(int depth = 0) : depth_(depth) {}
  void line(std::string_view text);
  void open(std::string_view head);  // "head {", or a block without a head; what follows is indented
  void loop(std::string_view variable, std::int64_t count);
  void close(int blocks = 1);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int depth_;
};

std::string type_name(DType dtype);  // "float", "std::int64_t"; throws Error{kUnsupported} for types that C++20 does not have
std::string literal(double value, DType dtype);
std::string elements(const Tensor& tensor);  // of a braced list, in lines
std::string identifier(std::string_view name);

// Where an operand's element lies: begin + sum of index * stride. A stride of 0 repeats, a negative one goes backwards.
struct Walk {
  std::int64_t begin = 0;
  std::vector<std::int64_t> strides;
};
std::vector<std::int64_t> row_major(const Shape& shape);
Walk walk_of(const Shape& shape);                         // all elements, in order
Walk broadcast_walk(const Shape& from, const Shape& to);  // NumPy's rules

// Loops over `dims`, as few as the strides allow; `inner` writes their body, with the place of each operand's element as text.
using Inner = std::function<void(const std::vector<std::string>& at)>;
void write_loops(Code& code, const Shape& dims, std::vector<Walk> walks, const Inner& inner);

}  // namespace upkeep::firmware
