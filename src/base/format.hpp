// std::format with its machinery compiled once: what each file instantiates is only the check of its format strings. (Saves about a second
// per file.)
#pragma once

#include <format>
#include <string>
#include <string_view>

namespace upkeep {

std::string vformat(std::string_view text, std::format_args arguments);

// Call it as upkeep::format(...): without the name of the namespace, arguments from std would bring std::format in as well.
template <typename... Arguments>
std::string format(std::format_string<Arguments...> text, Arguments&&... arguments) {
  return upkeep::vformat(text.get(), std::make_format_args(arguments...));
}

}  // namespace upkeep
