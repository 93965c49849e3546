// Gated recurrent unit, gates z, r, h:   h' = (1 - z) g(...) + z h
//   linear_before_reset:  g(W x + Wb + r (R h + Rb))      otherwise:  g(W x + Wb + R (r h) + Rb)

#include "base/format.hpp"
#include "convert/firmware/shared/recurrent.hpp"

namespace upkeep::firmware {

namespace {

void write_gru(Operation& operation, Code& code) {
  Recurrence recurrence(operation, 3, {"Sigmoid", "Tanh"});
  const std::int64_t n = recurrence.hidden();
  const bool linear = operation.attribute<std::int64_t>("linear_before_reset", 0) != 0;
  const std::string type = operation.type();
  recurrence.write(code, 2 * n, [&](std::size_t direction, Code& body) {
    const std::int64_t row = (static_cast<std::int64_t>(direction) * 3 + 2) * n;   // of the candidate, in R
    const std::int64_t bias = (static_cast<std::int64_t>(direction) * 6 + 5) * n;  // Rb of the candidate
    body.line(upkeep::format("{}* const next = scratch + {};", type, n));
    body.line(upkeep::format("{}* const reset = g + {};", type, 3 * n));
    body.loop("k", n);
    body.line(upkeep::format("const {} gr = g[{} + k];", type, n));
    body.line(upkeep::format("reset[k] = {};", recurrence.activation(0, "gr")));
    body.close();
    body.loop("k", n);
    body.line(upkeep::format("{} sum = {};", type, operation.input(3) ? upkeep::format("x3[{} + k]", bias) : operation.number(0)));
    body.line(upkeep::format("for (std::size_t i = 0; i < {0}; ++i) sum += x2[({1} + k) * {0} + i] * h[i]{2};", n, row,
                             linear ? "" : " * reset[i]"));
    body.line(upkeep::format("const {} gh = g[{} + k] + sum{};", type, 2 * n, linear ? " * reset[k]" : ""));
    body.line("const " + type + " gz = g[k];");
    body.line(upkeep::format("const {} keep = {};", type, recurrence.activation(0, "gz")));
    body.line(upkeep::format("const {} candidate = {};", type, recurrence.activation(1, "gh")));
    body.line(upkeep::format("next[k] = ({} - keep) * candidate + keep * h[k];", operation.number(1)));
    body.close();
    body.line(upkeep::format("std::copy_n(next, {}, h);", n));
  });
}

}  // namespace

void add_gru(OperatorCatalog& catalog) {
  catalog.add({.name = "GRU", .aliases = {}, .help = "gated recurrent unit over a sequence", .write = write_gru});
}

}  // namespace upkeep::firmware
