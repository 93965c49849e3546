// Amounts of memory as people write them.
#pragma once

#include <cstddef>
#include <string_view>

namespace upkeep {

// "8GiB", "512MiB", "64KiB", "2GB", "100MB", "1000"; "0" is none. Throws Error{kInvalidArgument} that says how to write one.
std::size_t bytes_from_text(std::string_view text);

}  // namespace upkeep
