// Stop at the first batch whose loss is not finite, and keep what there is: Keras's TerminateOnNaN. Without it such a loss is an error.

#include <cmath>

#include "base/format.hpp"
#include "train/callbacks/callback.hpp"

namespace upkeep::callbacks {
namespace {

class TerminateOnNan : public Callback {
 public:
  Verdict batch_end(const BatchFacts& facts, Run&) override {
    if (std::isfinite(facts.loss)) return {};
    return {.kind = Verdict::Kind::kStop, .reason = upkeep::format("the loss is {} in batch {}", facts.loss, facts.batch)};
  }
};

}  // namespace

void add_terminate_on_nan(CallbackCatalog& catalog) {
  catalog.add({.name = "terminate-on-nan",
               .aliases = {"TerminateOnNaN"},
               .help = "stop, instead of failing, when a loss is not finite; the weights are those from before that epoch",
               .settings = Settings("terminate-on-nan", "", {}),
               .make = [](const Json& values) {
                 Settings("terminate-on-nan", "", {}).apply(nullptr, values);
                 return std::make_unique<TerminateOnNan>();
               }});
}

}  // namespace upkeep::callbacks
