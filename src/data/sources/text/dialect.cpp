#include "data/sources/text/dialect.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"
#include "data/sources/text/cells.hpp"
#include "upkeep/error.hpp"

namespace upkeep::sources {

namespace {

using Record = std::vector<std::string>;

constexpr std::size_t kRecords = 100;  // that are looked at

struct NamedCharacter {
  std::string_view name;
  char character;
};
constexpr std::array kNames = {NamedCharacter{"tab", '\t'},      NamedCharacter{"\\t", '\t'},  NamedCharacter{"comma", ','},
                               NamedCharacter{"semicolon", ';'}, NamedCharacter{"space", ' '}, NamedCharacter{"pipe", '|'},
                               NamedCharacter{"colon", ':'}};

std::string name_of(char c) { return c == '\t' ? "tab" : c == ' ' ? "space" : std::string(1, c); }

// Records of text, one after the other; quoted cells may hold separators and line ends.
class RecordReader {
 public:
  RecordReader(std::string_view text, const Dialect& dialect) : text_(text), dialect_(dialect) {
    for (std::size_t i = 0; i < dialect.skip; ++i) skip_line();
  }

  // False at the end. Empty lines and comments are no records.
  bool next(Record& record) {
    while (at_ < text_.size()) {
      const bool comment = dialect_.comment != 0 && text_[at_] == dialect_.comment;
      if (comment || text_[at_] == '\n' || text_[at_] == '\r') {
        skip_line();
        continue;
      }
      read(record);
      return true;
    }
    return false;
  }
  // Whether the last record ended with the end of its line.
  bool whole() const { return whole_; }

 private:
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1; }

  void read(Record& record) {
    record.assign(1, "");
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quoted && c == dialect_.quote) {
        const bool twice = at_ + 1 < text_.size() && text_[at_ + 1] == c;
        if (twice) record.back() += text_[at_++];
        else quoted = false;
      } else if (quoted) {
        record.back() += c;
      } else if (c == dialect_.quote && record.back().empty()) {
        quoted = true;
      } else if (c == '\n') {
        ++at_;
        whole_ = true;
        return;
      } else if (c == dialect_.separator) {
        if (!dialect_.blanks || !record.back().empty() || record.size() > 1) record.emplace_back();
        while (dialect_.blanks && at_ + 1 < text_.size() && text_[at_ + 1] == c) ++at_;
      } else if (c != '\r') {
        record.back() += c;
      }
    }
    whole_ = !quoted;
  }

  std::string_view text_;
  const Dialect& dialect_;
  std::size_t at_ = 0;
  bool whole_ = true;
};

std::vector<Record> records_of(std::string_view head, const Dialect& dialect) {
  std::vector<Record> records;
  RecordReader reader(head, dialect);
  for (Record record; records.size() < kRecords && reader.next(record) && reader.whole();) records.push_back(record);
  return records;
}

// How many cells each record has, where all have the same number; 1 where they have not.
std::size_t common_width(const std::vector<Record>& records) {
  if (records.size() < 2) return records.empty() ? 1 : records.front().size();
  const std::size_t width = records.front().size();
  return std::ranges::all_of(records, [width](const Record& record) { return record.size() == width; }) ? width : 1;
}

bool is_number(const std::string& cell) { return !trim(cell).empty() && parse_number(cell).has_value(); }
bool is_fraction(const std::string& cell) {
  const std::optional<double> value = trim(cell).empty() ? std::nullopt : parse_number(cell);
  return value && std::isfinite(*value) && cell.find('.') != std::string::npos;
}

// "1,5": a number when the comma is its decimal mark.
std::optional<std::size_t> decimals_behind_comma(std::string_view cell) {
  cell = trim(cell);
  const std::size_t comma = cell.find(',');
  if (comma == std::string_view::npos || cell.find(',', comma + 1) != std::string_view::npos) return std::nullopt;
  std::string number(cell);
  number[comma] = '.';
  if (!parse_number(number) || comma + 1 == cell.size()) return std::nullopt;
  return std::min(cell.find_first_not_of("0123456789", comma + 1), cell.size()) - comma - 1;
}

struct Commas {
  bool decimal = false;  // numbers have commas, none has a point (but between thousands, as in 1.234,5), and not all could be thousands
  std::string unclear;   // the first number with a comma
};

Commas commas_in(const std::vector<Record>& records) {
  Commas commas;
  bool points = false, certain = false, plain_points = false;
  for (std::size_t i = 1; i < records.size(); ++i)
    for (const std::string& cell : records[i]) {
      points = points || is_fraction(cell);
      const bool thousands = without_points_of_thousands(cell).has_value();
      plain_points = plain_points || (is_fraction(cell) && !thousands);
      certain = certain || (thousands && cell.contains(','));
      const std::optional<std::size_t> decimals = decimals_behind_comma(cell);
      if (!decimals) continue;
      if (commas.unclear.empty()) commas.unclear = cell;
      commas.decimal = commas.decimal || *decimals != 3 || trim(cell).starts_with("0,") || trim(cell).starts_with("-0,");
    }
  commas.decimal = certain ? !plain_points : commas.decimal && !points;
  return commas;
}

// Names are no fractions, and no name is used twice: a first line that has such numbers above numbers is a row.
bool begins_with_a_row(const std::vector<Record>& records, char decimal) {
  if (records.size() < 2) return false;
  const auto plain = [decimal](std::string cell) {
    if (decimal != '.') std::ranges::replace(cell, decimal, '.');
    return cell;
  };
  std::set<std::string> seen;
  for (std::size_t i = 0; i < records[0].size() && i < records[1].size(); ++i) {
    const std::string first = plain(records[0][i]);
    if (!is_number(first) || !is_number(plain(records[1][i]))) continue;
    if (is_fraction(first) || !seen.insert(first).second) return true;
  }
  return false;
}

char detect_separator(std::string_view head, Dialect dialect, char usual) {
  char best = usual;
  std::size_t most = 1;
  for (const char candidate : {usual, ',', ';', '\t', '|'}) {
    dialect.separator = candidate;
    const std::size_t width = common_width(records_of(head, dialect));
    if (candidate == usual && width > 1) return usual;
    if (width > most) best = candidate, most = width;
  }
  return best;
}

// Lines at the top that begin with # or % and are not as wide as the table.
char detect_comment(std::string_view head, const Dialect& dialect) {
  if (head.empty() || (head.front() != '#' && head.front() != '%')) return 0;
  const std::vector<Record> all = records_of(head, dialect);
  Dialect without = dialect;
  without.comment = head.front();
  const std::vector<Record> rows = records_of(head, without);
  return !rows.empty() && all.front().size() != rows.front().size() ? head.front() : char{0};
}

bool has_single_quotes(std::string_view head, const Dialect& dialect) {
  const std::vector<Record> records = records_of(head, dialect);
  const auto is_quoted = [](const std::string& cell) { return cell.size() > 1 && cell.starts_with('\'') && cell.ends_with('\''); };
  return !head.contains('"') && !records.empty() && std::ranges::all_of(records.front(), is_quoted);
}

// "sep=;" is what spreadsheets write before the table.
std::optional<char> announced_separator(std::string_view head) {
  const std::string_view line = trim(head.substr(0, head.find('\n')));
  return line.size() == 5 && (line.starts_with("sep=") || line.starts_with("SEP=")) ? std::optional(line[4]) : std::nullopt;
}

}  // namespace

Dialect detect_dialect(std::string_view head, const DialectSettings& given, char usual) {
  Dialect dialect;
  const auto guess = [&](const char* what, char value) { dialect.guesses.push_back(upkeep::format("{}={}", what, name_of(value))); };
  if (const std::optional<char> announced = announced_separator(head)) {
    dialect.skip = 1;
    usual = *announced;
  }
  dialect.separator = given.separator.value_or(usual);
  dialect.quote = given.quote.value_or('"');
  dialect.blanks = dialect.separator == ' ';
  dialect.comment = given.comment ? *given.comment : head.starts_with('#') || head.starts_with('%') ? head.front() : char{0};
  if (!given.separator) dialect.separator = detect_separator(head, dialect, usual);
  if (!given.separator && dialect.separator != usual) guess("separator", dialect.separator);
  if (!given.comment) {
    dialect.comment = 0;
    dialect.comment = detect_comment(head, dialect);
    if (dialect.comment != 0) guess("comment", dialect.comment);
  }
  if (!given.quote && has_single_quotes(head, dialect)) {
    dialect.quote = '\'';
    guess("quote", dialect.quote);
  }
  const std::vector<Record> records = records_of(head, dialect);
  Commas commas = commas_in(records);
  dialect.decimal = given.decimal.value_or(dialect.separator != ',' && commas.decimal ? ',' : '.');
  if (!given.decimal && dialect.decimal == ',') guess("decimal", ',');
  else if (!given.decimal) dialect.unclear = std::move(commas.unclear);
  dialect.header = given.header.value_or(!begins_with_a_row(records, dialect.decimal));
  if (!given.header && !dialect.header) dialect.guesses.emplace_back("header=false");
  return dialect;
}

std::string plain_text(std::string_view text, const Dialect& dialect) {
  std::string plain;
  plain.reserve(text.size());
  bool quoted = false;
  std::size_t line = 0;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view content = text.substr(at, end - at);
    const bool comment = !quoted && dialect.comment != 0 && content.starts_with(dialect.comment);
    if (line < dialect.skip || comment) content = {};
    if (dialect.blanks && !quoted) content = trim(content);
    for (const char c : content) {
      if (c == dialect.quote) quoted = !quoted;
      const bool again = dialect.blanks && !quoted && c == ' ' && plain.ends_with(' ');
      if (!again) plain += c;
    }
    if (end < text.size()) plain += '\n';
    at = end + 1;
  }
  return plain;
}

std::vector<std::string> first_record(std::string_view text, const Dialect& dialect) {
  Record record;
  RecordReader(text, dialect).next(record);
  return record;
}

char one_character(const std::string& text, std::string_view setting) {
  if (text.size() == 1) return text.front();
  const auto named = std::ranges::find(kNames, text, &NamedCharacter::name);
  if (named != kNames.end()) return named->character;
  std::vector<std::string> names;
  for (const NamedCharacter& one : kNames) names.emplace_back(one.name);
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} \"{}\" is not one character", setting, text), "or one of: " + join(names));
}

}  // namespace upkeep::sources
