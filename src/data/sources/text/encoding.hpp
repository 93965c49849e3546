// Text of other encodings as UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace upkeep::sources {

// "utf-8", "utf-16-le", "utf-16-be" where a byte order mark, or the zeros between the letters, say so; "utf-8" for all text that is
// well-formed UTF-8; "windows-1252", of which Latin-1's letters are a part, for other text without zeros. Throws Error{kCorrupt} for what
// is no text.
std::string detect_encoding(std::string_view bytes);

// `encoding`: a name above, latin-1, utf-16 (by its mark, else little-endian), or any name that iconv knows. A byte order mark is left out.
// Throws Error{kInvalidArgument} for an unknown name and {kCorrupt} naming the line whose bytes are no text of the encoding.
std::string to_utf8(std::string_view bytes, const std::string& encoding);

}  // namespace upkeep::sources
