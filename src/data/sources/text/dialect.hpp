// How a text file is a table: separator, decimal mark, quotes, comments, header. What its first lines say for certain is detected.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep::sources {

struct Dialect {
  char separator = ',';
  char decimal = '.';
  char quote = '"';
  char comment = 0;                  // lines that begin with it are left out; 0: none
  bool header = true;                // the first line holds the columns' names
  bool blanks = false;               // several separators, which are blanks, are one
  std::size_t skip = 0;              // lines before the table
  std::string unclear;               // a number with a comma, which may stand before decimals or between thousands: it is read as text
  std::vector<std::string> guesses;  // "separator=;": what was detected and is not the default
};

// What the user said; nothing: detect it.
struct DialectSettings {
  std::optional<char> separator;
  std::optional<char> decimal;
  std::optional<char> quote;
  std::optional<char> comment;
  std::optional<bool> header;
};

// `head`: the file's first lines, in UTF-8. `usual`: the separator where nothing else is certain.
Dialect detect_dialect(std::string_view head, const DialectSettings& given, char usual);

// The same text with comments and skipped lines emptied, so that lines keep their numbers, and blanks as single separators.
std::string plain_text(std::string_view text, const Dialect& dialect);

// The cells of the first record, without their quotes; empty lines are no records.
std::vector<std::string> first_record(std::string_view text, const Dialect& dialect);

// "tab", "semicolon", ..., or the character itself. Throws Error{kInvalidArgument} naming `setting`.
char one_character(const std::string& text, std::string_view setting);

}  // namespace upkeep::sources
