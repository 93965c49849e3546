// Long short-term memory with peepholes, gates i, o, f, c:
//   i, f = f(W x + R h + B + P c)   c' = f c + i g(...)   o = f(... + P c')   h' = o h(c')

#include "base/format.hpp"
#include "convert/firmware/shared/recurrent.hpp"

namespace upkeep::firmware {

namespace {

void write_lstm(Operation& operation, Code& code) {
  Recurrence recurrence(operation, 4, {"Sigmoid", "Tanh", "Tanh"});
  const std::int64_t n = recurrence.hidden();
  const bool coupled = operation.attribute<std::int64_t>("input_forget", 0) != 0;
  recurrence.write(code, 4 * n, [&](std::size_t direction, Code& body) {
    const auto gate = [&](std::int64_t which, std::int64_t peephole, const char* cell) {
      std::string text = which == 0 ? "g[k]" : upkeep::format("g[{} + k]", which * n);
      if (operation.input(7))
        text += upkeep::format(" + x7[{} + k] * {}", static_cast<std::int64_t>(direction) * 3 * n + peephole * n, cell);
      return text;
    };
    const std::string type = operation.type();
    body.loop("k", n);
    body.line(upkeep::format("const {} gi = {};", type, gate(0, 0, "c[k]")));
    body.line(upkeep::format("const {} input = {};", type, recurrence.activation(0, "gi")));
    if (coupled) body.line(upkeep::format("const {} forget = {} - input;", type, operation.number(1)));
    else {
      body.line(upkeep::format("const {} gf = {};", type, gate(2, 2, "c[k]")));
      body.line(upkeep::format("const {} forget = {};", type, recurrence.activation(0, "gf")));
    }
    body.line(upkeep::format("const {} gc = g[{} + k];", type, 3 * n));
    body.line(upkeep::format("const {} added = {};", type, recurrence.activation(1, "gc")));
    body.line(upkeep::format("const {} cell = forget * c[k] + input * added;", type));
    body.line(upkeep::format("const {} go = {};", type, gate(1, 1, "cell")));
    body.line(upkeep::format("const {} open = {};", type, recurrence.activation(0, "go")));
    body.line(upkeep::format("const {} shown = {};", type, recurrence.activation(2, "cell")));
    body.line("c[k] = cell;");
    body.line("h[k] = open * shown;");
    body.close();
  });
}

}  // namespace

void add_lstm(OperatorCatalog& catalog) {
  catalog.add({.name = "LSTM", .aliases = {}, .help = "long short-term memory over a sequence", .write = write_lstm});
}

}  // namespace upkeep::firmware
