// Tables for people: columns that fit the terminal, numbers to the right, and short forms of large numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  int weight = 0;    // where there is no room for all of them, columns of the least weight go first; 0 stays
  int shortest = 0;  // words may be cut to so many characters; 0: they may not
};

struct Fitted {
  std::string text;
  std::vector<std::string> left_out;  // titles of columns that found no room
};

// A heading and a line for each row, at most `width` columns wide; 0: as wide as it takes. Where that is too little room, columns of
// weights 1 and 2 are left out, then words are cut in the middle ("block_1…project"), then other columns are left out. Those that may be
// left out are not shown either where they have no content.
Fitted fitted_table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows, int width);

// All columns, as wide as they take; the first row is the heading.
std::string text_table(std::vector<std::vector<std::string>> rows);

// Of standard output: what the environment's COLUMNS says, else the terminal's; 0 where it is no terminal.
int output_width();
bool stdout_is_terminal();

std::string grouped(std::int64_t value);      // "13,530"
std::string short_number(double value);       // "1.05 M", "3.86 G", "950"
std::string short_bytes(double bytes);        // "54.6 kB"
std::string short_time(double microseconds);  // "<1 µs", "145 µs", "1.23 ms"
// A bar of `width` blocks at most, in eighths of a block.
std::string share_bar(double share, int width);
// UTF-8 characters, of which each takes one column here.
std::size_t text_width(std::string_view text);

}  // namespace upkeep
