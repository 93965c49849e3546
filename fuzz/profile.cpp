// Profiles of the log: a segment's bytes give counts or nothing, and counts come back as they were and add up; a reference's JSON gives
// cells or an Error.
#include <cstdlib>

#include "log/profile.hpp"
#include "scratch_file.hpp"
#include "upkeep/error.hpp"

namespace {

using namespace upkeep;

void check_counts(const SegmentProfile& profile) {
  if (profile_from_bytes(profile_bytes(profile, "a.parquet"), "a.parquet", profile.fingerprint) != profile) std::abort();
  SegmentProfile sum = profile;
  sum.merge(profile);
  if (sum.rows != 2 * profile.rows || sum.columns.size() != profile.columns.size()) std::abort();
}

void check_cells(const ReferenceProfile& reference) {
  for (std::size_t column = 0; column < reference.columns.size(); ++column) {
    const ColumnCells& cells = reference.columns[column];
    reference.cell_error(column);
    for (const double value : {-HUGE_VAL, -1.5, 0.0, 1e300, HUGE_VAL})
      if (!cells.categorical && cells.of(value) >= cells.size()) std::abort();
    if (cells.categorical && cells.of("x") >= cells.size()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFile file;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto profile = profile_from_bytes(bytes, "")) check_counts(*profile);
  if (const auto profile = profile_from_bytes(with_check_sum(bytes), "")) check_counts(*profile);  // which chance would not find
  try {
    check_cells(load_reference_profile(file.hold(data, size)));
  } catch (const Error&) {
  }
  return 0;
}
