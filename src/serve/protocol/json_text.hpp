// Writing JSON text by hand, where a tree would cost too much.
#pragma once

#include <string>
#include <string_view>

namespace upkeep::serve {

void append_json(std::string& out, std::string_view text);  // a string with its quotes; the text is valid UTF-8
std::string printable(std::string_view text);               // at most about 200 bytes, and what is no UTF-8 as "?": for messages

}  // namespace upkeep::serve
