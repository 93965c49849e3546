// What LSTM, GRU and RNN share: directions, batches, steps, and the product of each step.
//
//   x0 [time, batch, inputs]   x1 = W [directions, gates * hidden, inputs]   x2 = R [directions, gates * hidden, hidden]
//   x3 = B [directions, 2 * gates * hidden]   x4 = lengths [batch]   x5 = first h   x6 = first c   [directions, batch, hidden]
//   y0 [time, directions, batch, hidden]   y1 = last h   y2 = last c
#pragma once

#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

class Recurrence {
 public:
  // `gates`: how many blocks of `hidden` rows W has; `activations`: ONNX's defaults for one direction.
  Recurrence(Operation& operation, std::int64_t gates, std::vector<std::string> activations);

  std::int64_t hidden() const { return hidden_; }
  std::string activation(std::size_t which, const std::string& x) const;  // of this direction: a C++ expression

  // The loops. In `step`, `x` is the step's input, `h` and `c` the states, and g[j] = (W x + B)[j], with R h added for j < `with_state`;
  // it leaves the new state in h (and c). `j` gate rows are numbered through; `direction` is known while writing.
  using Step = std::function<void(std::size_t direction, Code& code)>;
  void write(Code& code, std::int64_t with_state, const Step& step);

 private:
  void write_direction(Code& code, std::int64_t with_state, const Step& step);
  void write_gates(Code& code, std::int64_t with_state) const;
  void write_first_state(Code& code) const;
  void write_last_state(Code& code) const;
  void read_activations(std::vector<std::string> defaults);

  Operation& operation_;
  std::int64_t gates_, hidden_, inputs_, steps_, batch_, directions_;
  std::size_t direction_ = 0;
  struct Chosen {
    std::string name;
    std::vector<std::optional<double>> parameters;
  };
  std::vector<Chosen> activations_;  // per direction, one after the other
  std::size_t per_direction_;
};

}  // namespace upkeep::firmware
