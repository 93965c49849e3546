// UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace upkeep {

std::size_t utf8_length(const char* at, const char* end);  // bytes of the sequence that starts at `at` < `end`; 0: not well-formed
bool valid_utf8(std::string_view text);
void append_utf8(std::string& text, std::uint32_t character);  // a Unicode scalar value: up to 0x10FFFF, no surrogate

}  // namespace upkeep
