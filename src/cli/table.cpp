#include "cli/table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/format.hpp"

namespace upkeep {
namespace {

constexpr std::size_t kBetween = 2;
constexpr int kCheap = 2;  // columns of this weight at most go before words are cut

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The text's characters, each a piece of UTF-8.
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> list;
  for (const char c : text) {
    if (continues(c) && !list.empty()) list.back() += c;
    else list.emplace_back(1, c);
  }
  return list;
}

std::string cut(const std::string& text, std::size_t width) {
  const std::vector<std::string> all = characters(text);
  if (all.size() <= width) return text;
  const std::size_t head = width / 2;
  const std::size_t tail = width - head - 1;
  std::string made;
  for (std::size_t i = 0; i < head; ++i) made += all[i];
  made += "…";
  for (std::size_t i = all.size() - tail; i < all.size(); ++i) made += all[i];
  return made;
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::string space(width - std::min(width, text_width(text)), ' ');
  return align == Align::kRight ? space + text : text + space;
}

class TableFitter {
 public:
  TableFitter(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows) : columns_(columns), rows_(rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      std::size_t width = 0;
      for (const auto& row : rows) width = std::max(width, text_width(cell(row, i)));
      shown_.push_back(width > 0 || columns[i].weight == 0);
      full_.push_back(std::max(width, text_width(columns[i].title)));
    }
    widths_ = full_;
  }

  Fitted fit(std::size_t width) {
    Fitted made;
    while (width > 0 && total() > width) {
      const std::size_t dropped = least();
      const bool cheap = dropped < columns_.size() && columns_[dropped].weight <= kCheap;
      if (!cheap && shorten()) continue;
      if (dropped == columns_.size()) break;
      shown_[dropped] = false;
      widths_ = full_;
      made.left_out.push_back(columns_[dropped].title);
    }
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    made.text = line(titles);
    for (const auto& row : rows_) made.text += "\n" + line(row);
    return made;
  }

 private:
  static const std::string& cell(const std::vector<std::string>& row, std::size_t column) {
    static const std::string kNothing;
    return column < row.size() ? row[column] : kNothing;
  }

  std::size_t total() const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < widths_.size(); ++i)
      if (shown_[i]) sum += widths_[i] + kBetween;
    return sum < kBetween ? 0 : sum - kBetween;
  }

  // Takes one character off the column with most to give. False where none has any.
  bool shorten() {
    const auto spare = [&](std::size_t i) {
      return shown_[i] && columns_[i].shortest > 0 ? static_cast<int>(widths_[i]) - columns_[i].shortest : 0;
    };
    std::size_t most = 0;
    for (std::size_t i = 1; i < widths_.size(); ++i)
      if (spare(i) > spare(most)) most = i;
    if (spare(most) <= 0) return false;
    --widths_[most];
    return true;
  }

  std::size_t least() const {
    std::size_t found = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (shown_[i] && columns_[i].weight > 0 && (found == columns_.size() || columns_[i].weight < columns_[found].weight)) found = i;
    return found;
  }

  std::string line(const std::vector<std::string>& row) const {
    std::string text;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (shown_[i]) text += padded(cut(cell(row, i), widths_[i]), widths_[i], columns_[i].align) + std::string(kBetween, ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }

  const std::vector<Column>& columns_;
  const std::vector<std::vector<std::string>>& rows_;
  std::vector<bool> shown_;
  std::vector<std::size_t> full_;  // widths that cut nothing
  std::vector<std::size_t> widths_;
};

// Three significant digits and a prefix.
std::string scaled(double value, double base, const std::vector<std::string>& units) {
  std::size_t unit = 0;
  while (std::abs(value) >= base * 0.9995 && unit + 1 < units.size()) {
    value /= base;
    ++unit;
  }
  const bool whole = unit == 0 && value == std::round(value);
  std::string text = whole || std::abs(value) >= 99.95 ? upkeep::format("{:.0f}", value)
                     : std::abs(value) >= 9.995        ? upkeep::format("{:.1f}", value)
                                                       : upkeep::format("{:.2f}", value);
  return units[unit].empty() ? text : text + " " + units[unit];
}

}  // namespace

Fitted fitted_table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows, int width) {
  return TableFitter(columns, rows).fit(static_cast<std::size_t>(std::max(0, width)));
}

std::string text_table(std::vector<std::vector<std::string>> rows) {
  std::vector<Column> columns;
  for (const std::string& title : rows.at(0)) columns.push_back({.title = title});
  rows.erase(rows.begin());
  return fitted_table(columns, rows, 0).text;
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

int output_width() {
  if (const char* text = std::getenv("COLUMNS")) {
    int columns = 0;
    const std::string_view word(text);
    if (std::from_chars(word.data(), word.data() + word.size(), columns).ec == std::errc() && columns > 0) return columns;
  }
  winsize size{};
  return stdout_is_terminal() && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string short_number(double value) { return scaled(value, 1000, {"", "k", "M", "G", "T", "P"}); }
std::string short_bytes(double bytes) { return scaled(bytes, 1000, {"B", "kB", "MB", "GB", "TB"}); }
std::string short_time(double microseconds) { return microseconds < 1 ? "<1 µs" : scaled(microseconds, 1000, {"µs", "ms", "s"}); }

std::string share_bar(double share, int width) {
  static const std::vector<std::string> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width * 8));
  std::string text;
  for (int i = 0; i < eighths / 8; ++i) text += "█";
  return text + kParts[static_cast<std::size_t>(eighths % 8)];
}

std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

}  // namespace upkeep
