#include "runtime/start.hpp"

#include "runtime/ort.hpp"

namespace upkeep {

RuntimeStart::RuntimeStart()
    : thread_([] {
        try {
          runtime::environment();
        } catch (...) {  // the first session meets it again
        }
      }) {}

}  // namespace upkeep
