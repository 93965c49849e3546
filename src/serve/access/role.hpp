// What an endpoint asks of its caller.
#pragma once

namespace upkeep::serve {

enum class Role {
  kOpen,   // nothing: probes
  kAny,    // to be known
  kInfer,  // for a model, as all that follow
  kLabel,
  kExplain,
  kAdmin,
};

}  // namespace upkeep::serve
