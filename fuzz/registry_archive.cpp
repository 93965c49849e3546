// The archive that `upkeep registry import` takes: a registry that verifies, or an Error and a registry that is as empty as before.
#include <cstdlib>
#include <optional>

#include "base/files.hpp"
#include "registry/registry.hpp"
#include "scratch_file.hpp"
#include "upkeep/error.hpp"

namespace {

using namespace upkeep;

struct Target {
  TemporaryFolder folder;
  Registry registry{folder.path()};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFile file;
  static std::optional<Target> target;
  if (!target) target.emplace();
  try {
    target->registry.import_from(file.hold(data, size));
    if (!target->registry.verify().empty()) std::abort();
    target.reset();
  } catch (const Error&) {
    if (target->registry.epoch() != 0 || !target->registry.models().empty()) std::abort();
  }
  return 0;
}
