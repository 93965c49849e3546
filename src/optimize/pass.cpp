#include "optimize/pass.hpp"

#include "base/clock.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

namespace {

void verify_result(const Model& model) {
  try {
    verify(model);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInternal, std::string("the pass left an invalid graph: ") + error.what());
  }
}

}  // namespace

Change run_pass(std::string name, Model& model, const Pass& pass) {
  return in_context(name, [&] {
    const Stopwatch watch;
    Change change{.pass = name};
    verify(model);
    Model copy = model;
    pass(copy, change);
    verify_result(copy);
    model = std::move(copy);
    change.seconds = watch.seconds();
    return change;
  });
}

}  // namespace upkeep
