#include "convert/firmware/shared/recurrent.hpp"

#include "base/format.hpp"
#include "convert/firmware/shared/activations.hpp"

namespace upkeep::firmware {

Recurrence::Recurrence(Operation& operation, std::int64_t gates, std::vector<std::string> activations)
    : operation_(operation), gates_(gates), per_direction_(activations.size()) {
  if (operation.attribute<std::int64_t>("layout", 0) != 0) throw not_written("layout=1");
  if (operation.has("clip")) throw not_written("clip");
  const Operand x = operation.input(0);
  const Operand r = operation.input(2);
  hidden_ = r.shape[2];
  inputs_ = x.shape[2];
  steps_ = x.shape[0];
  batch_ = x.shape[1];
  directions_ = r.shape[0];
  read_activations(std::move(activations));
  operation.use_scratch((2 + gates_ + 1) * hidden_);
}

// The lists of alphas and betas have a number for each function that takes one, in order.
void Recurrence::read_activations(std::vector<std::string> defaults) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < directions_; ++i) names.insert(names.end(), defaults.begin(), defaults.end());
  names = operation_.attribute("activations", names);
  std::vector<float> lists[2] = {operation_.attribute("activation_alpha", std::vector<float>{}),
                                 operation_.attribute("activation_beta", std::vector<float>{})};
  std::size_t used[2] = {0, 0};
  for (const std::string& name : names) {
    const Expression* expression = expression_of(name);
    if (!expression) throw not_written("the activation " + name);
    Chosen chosen{.name = name, .parameters = {}};
    for (std::size_t i = 0; i < expression->parameters.size(); ++i)
      chosen.parameters.push_back(used[i] < lists[i].size() ? std::optional<double>(lists[i][used[i]++]) : std::nullopt);
    activations_.push_back(std::move(chosen));
  }
}

std::string Recurrence::activation(std::size_t which, const std::string& x) const {
  const Chosen& chosen = activations_.at(direction_ * per_direction_ + which);
  return filled_in(*expression_of(chosen.name), operation_.dtype(), x, chosen.parameters);
}

void Recurrence::write(Code& code, std::int64_t with_state, const Step& step) {
  for (direction_ = 0; direction_ < static_cast<std::size_t>(directions_); ++direction_) write_direction(code, with_state, step);
}

void Recurrence::write_direction(Code& code, std::int64_t with_state, const Step& step) {
  const auto direction = operation_.attribute<std::string>("direction", "forward");
  const bool backwards = direction == "reverse" || direction_ == 1;
  const std::string type = operation_.type();
  code.loop("b", batch_);
  code.line(upkeep::format("{0}* const h = scratch;", type));
  if (gates_ == 4) code.line(upkeep::format("{}* const c = scratch + {};", type, hidden_));
  code.line(upkeep::format("{}* const g = scratch + {};", type, 2 * hidden_));
  write_first_state(code);
  const std::string steps = operation_.input(4) ? "steps" : std::to_string(steps_);
  if (operation_.input(4)) {
    code.line(
        upkeep::format("const std::size_t steps = x4[b] < 0 ? 0 : std::min<std::size_t>(static_cast<std::size_t>(x4[b]), {});", steps_));
    if (operation_.output(0))
      code.line(upkeep::format("for (std::size_t s = steps; s < {}; ++s) std::fill_n(y0 + ((s * {} + {}) * {} + b) * {}, {}, {});", steps_,
                               directions_, direction_, batch_, hidden_, hidden_, operation_.number(0)));
  }
  code.open(upkeep::format("for (std::size_t s = 0; s < {}; ++s)", steps));
  code.line(backwards ? upkeep::format("const std::size_t t = {} - 1 - s;", steps) : "const std::size_t t = s;");
  code.line(upkeep::format("const {}* const x = x0 + (t * {} + b) * {};", type, batch_, inputs_));
  write_gates(code, with_state);
  step(direction_, code);
  if (operation_.output(0))
    code.line(upkeep::format("std::copy_n(h, {}, y0 + ((t * {} + {}) * {} + b) * {});", hidden_, directions_, direction_, batch_, hidden_));
  else code.line("static_cast<void>(t);");
  code.close();
  write_last_state(code);
  code.close();
}

void Recurrence::write_gates(Code& code, std::int64_t with_state) const {
  const std::int64_t rows = gates_ * hidden_;
  const std::int64_t first = static_cast<std::int64_t>(direction_) * rows;
  code.loop("j", rows);
  code.line(upkeep::format("{} sum = {};", operation_.type(),
                           operation_.input(3) ? upkeep::format("x3[{} + j]", 2 * first) : operation_.number(0)));
  code.line(upkeep::format("for (std::size_t i = 0; i < {}; ++i) sum += x1[({} + j) * {} + i] * x[i];", inputs_, first, inputs_));
  if (with_state < rows) code.open(upkeep::format("if (j < {})", with_state));
  if (operation_.input(3)) code.line(upkeep::format("sum += x3[{} + j];", 2 * first + rows));
  code.line(upkeep::format("for (std::size_t i = 0; i < {}; ++i) sum += x2[({} + j) * {} + i] * h[i];", hidden_, first, hidden_));
  if (with_state < rows) code.close();
  code.line("g[j] = sum;");
  code.close();
}

void Recurrence::write_first_state(Code& code) const {
  const auto write = [&](const Operand& given, const char* state) {
    if (!given) return code.line(upkeep::format("std::fill_n({}, {}, {});", state, hidden_, operation_.number(0)));
    code.line(upkeep::format("std::copy_n({} + ({} + b) * {}, {}, {});", given.name, static_cast<std::int64_t>(direction_) * batch_,
                             hidden_, hidden_, state));
  };
  write(operation_.input(5), "h");
  if (gates_ == 4) write(operation_.input(6), "c");
}

void Recurrence::write_last_state(Code& code) const {
  const auto write = [&](const Operand& wanted, const char* state) {
    if (wanted)
      code.line(upkeep::format("std::copy_n({}, {}, {} + ({} + b) * {});", state, hidden_, wanted.name,
                               static_cast<std::int64_t>(direction_) * batch_, hidden_));
  };
  write(operation_.output(1), "h");
  write(operation_.output(2), "c");
}

}  // namespace upkeep::firmware
