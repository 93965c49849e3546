// h' = f(W x + R h + B)

#include "base/format.hpp"
#include "convert/firmware/shared/recurrent.hpp"

namespace upkeep::firmware {

namespace {

void write_rnn(Operation& operation, Code& code) {
  Recurrence recurrence(operation, 1, {"Tanh"});
  recurrence.write(code, recurrence.hidden(), [&](std::size_t, Code& body) {
    body.loop("k", recurrence.hidden());
    body.line(upkeep::format("const {} v = g[k];", operation.type()));
    body.line(upkeep::format("h[k] = {};", recurrence.activation(0, "v")));
    body.close();
  });
}

}  // namespace

void add_rnn(OperatorCatalog& catalog) {
  catalog.add({.name = "RNN", .aliases = {}, .help = "the plain recurrent layer over a sequence", .write = write_rnn});
}

}  // namespace upkeep::firmware
