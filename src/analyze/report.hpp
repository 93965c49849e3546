// Reports: one self-contained HTML file with tiles, tables, notes and charts. It needs no network and no server, follows the reader's light
// or dark preference, prints on paper, and keeps every number readable without JavaScript: each chart has its data as a table beside it.
// All text given here is plain text and escaped. The same calls give the same bytes. Not thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace upkeep::report {

enum class Tone { kPlain, kGood, kWarning, kBad };

// A figure with its name, in the row of cards at the top.
struct Tile {
  std::string label;
  std::string value;
  std::string note;
  Tone tone = Tone::kPlain;
};

// A table's cell; numbers stand right-aligned. A tone shows as a coloured badge with a sign, never by colour alone.
struct Cell {
  std::string text;
  bool numeric = false;
  Tone tone = Tone::kPlain;
  Cell(std::string words) : text(std::move(words)) {}                             // NOLINT: words are a cell
  Cell(const char* words) : text(words) {}                                        // NOLINT
  Cell(double value);                                                             // NOLINT: four significant digits
  Cell(std::integral auto value) : text(std::to_string(value)), numeric(true) {}  // NOLINT
  Cell(std::string words, Tone colour) : text(std::move(words)), tone(colour) {}
};

struct TableBlock {
  std::vector<std::string> heading;
  std::vector<std::vector<Cell>> rows;
  std::string caption;
};

enum class ChartKind { kLine, kBar, kScatter };

struct Series {
  std::string name;
  std::vector<double> y;    // NaN is a gap
  std::vector<double> low;  // with `high`: a band around the line, such as a confidence interval
  std::vector<double> high;
  bool reference = false;  // what the others are compared with: neutral grey
};

struct Chart {
  ChartKind kind = ChartKind::kLine;
  std::string title;
  std::string note;
  std::string x_label;
  std::string y_label;
  std::vector<std::string> labels;  // one per point; or, for lines and scatter,
  std::vector<double> x;            // a number per point
  std::vector<Series> series;
  std::optional<double> limit;  // a horizontal dashed line
  std::string limit_name;
  std::optional<double> mark;  // a vertical dashed line, with `x`
  std::string mark_name;
  bool log_x = false;  // with `x`
  bool log_y = false;
  bool diagonal = false;  // scatter: the line y = x
  bool wide = false;      // the full width of the page
};

// Whether all values are positive and the largest is more than 50 times the smallest: on a linear axis most of them would be a flat line.
bool spans_magnitudes(const std::vector<Series>& curves);

class Page {
 public:
  explicit Page(std::string title, std::string subtitle = {});
  void tiles(const std::vector<Tile>& tiles);
  void section(std::string_view heading, std::string_view introduction = {});
  void text(std::string_view paragraph);
  void notice(Tone tone, std::string_view text);
  void table(const TableBlock& table);
  void chart(const Chart& chart) { charts({chart}); }
  void charts(const std::vector<Chart>& charts);  // beside each other, as many as fit
  // A drawing of the caller's own, an SVG or HTML whose text is escaped already, in a frame as wide as the page; it needs no script.
  void drawing(std::string_view title, std::string_view note, std::string_view markup);
  std::string html() const;

 private:
  void figure(const Chart& chart);

  std::string title_;
  std::string subtitle_;
  std::string body_;
  Json charts_ = Json::array();
};

// "0.5032", "12.4", "1.2e-07"; "n/a" for NaN.
std::string number(double value);
// JSON has no NaN and no infinity: null for both.
Json finite_or_null(double value);
// Counts per bin of several samples over common edges, as shares of each sample in percent. NaN values are left out; beyond the pooled 0.5
// % and 99.5 % quantiles they count in the outer bins. At most `bins` distinct values get a bar each.
struct Histogram {
  std::vector<std::string> labels;
  std::vector<std::vector<double>> shares;
};
Histogram histogram(const std::vector<std::vector<double>>& samples, int bins = 20);

// Finite numbers, ascending; `until`: how many there are up to and including each, empty: each is one.
struct Ascending {
  std::span<const double> values;
  std::span<const std::int64_t> until;
};
Histogram histogram_of_ascending(const std::vector<Ascending>& samples, int bins = 20);

// `count` of `size` indices, evenly spaced, first and last included; all of them when there are no more.
std::vector<std::size_t> thinned(std::size_t size, std::size_t count);

// "text" with & < > " ' escaped.
std::string escaped(std::string_view text);
// JSON that may stand inside a script element: no "<" in it.
std::string script_json(const Json& json);

}  // namespace upkeep::report
