#include "analyze/report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include "analyze/report/assets.hpp"
#include "base/format.hpp"

namespace upkeep::report {

namespace {

constexpr std::size_t kTableRows = 500;  // of a chart's data table
constexpr std::size_t kTallRows = 25;    // more of them scroll inside their frame

std::string_view css_class(Tone tone) {
  switch (tone) {
    case Tone::kGood: return "good";
    case Tone::kWarning: return "warning";
    case Tone::kBad: return "bad";
    case Tone::kPlain: break;
  }
  return "plain";
}

std::string_view sign(Tone tone) {
  switch (tone) {
    case Tone::kGood: return "\u2713 ";
    case Tone::kWarning: return "\u25B2 ";
    case Tone::kBad: return "\u2717 ";
    case Tone::kPlain: break;
  }
  return "";
}

std::string badge(std::string_view text, Tone tone) {
  return upkeep::format("<span class=\"badge {}\">{}{}</span>", css_class(tone), sign(tone), escaped(text));
}

std::string paragraph(std::string_view css, std::string_view text) {
  return text.empty() ? "" : upkeep::format("<p{}>{}</p>\n", css.empty() ? "" : upkeep::format(" class=\"{}\"", css), escaped(text));
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(finite_or_null(value));
  return list;
}

std::string_view kind_name(ChartKind kind) { return kind == ChartKind::kLine ? "line" : kind == ChartKind::kBar ? "bar" : "scatter"; }

Json chart_json(const Chart& chart, const std::string& id) {
  Json json = {{"id", id}, {"kind", kind_name(chart.kind)}, {"x_label", chart.x_label}, {"y_label", chart.y_label}};
  if (chart.x.empty()) json["labels"] = chart.labels;
  else json["x"] = numbers(chart.x);
  json["series"] = Json::array();
  for (const Series& series : chart.series) {
    Json one = {{"name", series.name}, {"y", numbers(series.y)}, {"reference", series.reference}};
    if (!series.low.empty()) one.update({{"low", numbers(series.low)}, {"high", numbers(series.high)}});
    json["series"].push_back(std::move(one));
  }
  if (chart.limit) json.update({{"limit", *chart.limit}, {"limit_name", chart.limit_name}});
  if (chart.mark) json.update({{"mark", *chart.mark}, {"mark_name", chart.mark_name}});
  json.update({{"log_x", chart.log_x}, {"log_y", chart.log_y}, {"diagonal", chart.diagonal}});
  return json;
}

std::string table_html(const TableBlock& table) {
  std::string html = upkeep::format("<div class=\"scroll{}\"><table>\n", table.rows.size() > kTallRows ? " tall" : "");
  if (!table.caption.empty()) html += upkeep::format("<caption>{}</caption>\n", escaped(table.caption));
  const auto numeric = [&](std::size_t column) {
    return !table.rows.empty() && column < table.rows[0].size() && table.rows[0][column].numeric;
  };
  html += "<thead><tr>";
  for (std::size_t i = 0; i < table.heading.size(); ++i)
    html += upkeep::format("<th scope=\"col\"{}>{}</th>", numeric(i) ? " class=\"number\"" : "", escaped(table.heading[i]));
  html += "</tr></thead>\n<tbody>\n";
  for (const std::vector<Cell>& row : table.rows) {
    html += "<tr>";
    for (const Cell& cell : row) {
      const std::string text = cell.tone == Tone::kPlain ? escaped(cell.text) : badge(cell.text, cell.tone);
      html += upkeep::format("<td{}>{}</td>", cell.numeric ? " class=\"number\"" : "", text);
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table></div>\n";
}

TableBlock data_of(const Chart& chart) {
  TableBlock table;
  table.heading.push_back(chart.x_label);
  for (const Series& series : chart.series) {
    table.heading.push_back(series.name);
    if (!series.low.empty()) table.heading.insert(table.heading.end(), {"low", "high"});
  }
  const std::size_t size = chart.x.empty() ? chart.labels.size() : chart.x.size();
  for (const std::size_t i : thinned(size, kTableRows)) {
    std::vector<Cell> row{chart.x.empty() ? Cell(chart.labels[i]) : Cell(chart.x[i])};
    for (const Series& series : chart.series) {
      row.emplace_back(series.y.at(i));
      if (!series.low.empty()) row.insert(row.end(), {Cell(series.low.at(i)), Cell(series.high.at(i))});
    }
    table.rows.push_back(std::move(row));
  }
  if (size > kTableRows) table.caption = upkeep::format("{} of {} rows, evenly spaced", kTableRows, size);
  return table;
}

std::int64_t count_at(const Ascending& sample, std::ptrdiff_t place) {
  return sample.until.empty() || place == 0 ? place : sample.until[static_cast<std::size_t>(place - 1)];
}
std::int64_t total(const Ascending& sample) { return count_at(sample, std::ssize(sample.values)); }
std::int64_t count_below(const Ascending& sample, double value) {
  return count_at(sample, std::ranges::lower_bound(sample.values, value) - sample.values.begin());
}
std::int64_t count_up_to(const Ascending& sample, double value) {
  return count_at(sample, std::ranges::upper_bound(sample.values, value) - sample.values.begin());
}

// The value that `rank` others of all samples precede: the smallest one up to which there are more.
double pooled_at(const std::vector<Ascending>& samples, std::int64_t rank) {
  double found = std::numeric_limits<double>::infinity();
  for (const Ascending& sample : samples) {
    const auto place = std::ranges::partition_point(sample.values, [&](double value) {
      std::int64_t count = 0;
      for (const Ascending& one : samples) count += count_up_to(one, value);
      return count <= rank;
    });
    if (place != sample.values.end()) found = std::min(found, *place);
  }
  return found;
}

// The distinct values of all samples, ascending, as far as there are at most `most`; one more where there are more.
std::vector<double> pooled_distinct(const std::vector<Ascending>& samples, int most) {
  std::set<double> distinct;
  for (const Ascending& sample : samples)
    for (auto at = sample.values.begin(); at != sample.values.end(); at = std::ranges::upper_bound(at, sample.values.end(), *at)) {
      distinct.insert(*at);
      if (std::cmp_greater(distinct.size(), most)) return {distinct.begin(), distinct.end()};
    }
  return {distinct.begin(), distinct.end()};
}

// Bars per distinct value, or equal widths between the outer quantiles.
struct Bins {
  std::vector<double> values;
  bool discrete = false;
  std::size_t size() const { return discrete ? values.size() : values.size() - 1; }
  // How many of the sample lie in each; beyond the outer edges they count in the outer bins.
  std::vector<std::int64_t> counts(const Ascending& sample) const {
    std::vector<std::int64_t> all;
    for (std::size_t i = 0; i < size(); ++i) {
      if (discrete) all.push_back(count_up_to(sample, values[i]) - count_below(sample, values[i]));
      else
        all.push_back((i + 1 < size() ? count_below(sample, values[i + 1]) : total(sample)) - (i > 0 ? count_below(sample, values[i]) : 0));
    }
    return all;
  }
  std::string label(std::size_t i) const { return discrete ? number(values[i]) : number((values[i] + values[i + 1]) / 2); }
};

// The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is at least `step`: edges that people can read.
double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0})
    if (step <= factor * power) return factor * power;
  return 10 * power;
}

Bins bins_of(const std::vector<Ascending>& samples, int count) {
  Bins bins{.values = pooled_distinct(samples, count)};
  bins.discrete = std::cmp_less_equal(bins.values.size(), count);
  if (bins.discrete) return bins;
  bins.values.clear();
  std::int64_t last = -1;
  for (const Ascending& sample : samples) last += total(sample);
  const auto quantile = [&](double q) { return pooled_at(samples, static_cast<std::int64_t>(q * static_cast<double>(last))); };
  double low = quantile(0.005);
  double high = quantile(0.995);
  if (low == high) std::tie(low, high) = std::pair(quantile(0), quantile(1));
  const double step = round_step((high - low) / count);
  const double first = std::floor(low / step);
  const double cells = std::clamp(std::ceil(high / step) - first, 1.0, 2.0 * count);
  for (double i = 0; i <= cells; ++i) bins.values.push_back((first + i) * step);
  return bins;
}

}  // namespace

bool spans_magnitudes(const std::vector<Series>& curves) {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (const Series& curve : curves)
    for (const double value : curve.y) {
      if (value <= 0) return false;
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  return high > 50 * low;
}

Cell::Cell(double value) : text(number(value)), numeric(true) {}

Page::Page(std::string title, std::string subtitle) : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

void Page::tiles(const std::vector<Tile>& tiles) {
  body_ += "<dl class=\"tiles\">\n";
  for (const Tile& tile : tiles) {
    body_ += upkeep::format("<div class=\"tile {}\"><dt>{}</dt><dd class=\"value\">{}{}</dd>", css_class(tile.tone), escaped(tile.label),
                            sign(tile.tone), escaped(tile.value));
    if (!tile.note.empty()) body_ += upkeep::format("<dd class=\"note\">{}</dd>", escaped(tile.note));
    body_ += "</div>\n";
  }
  body_ += "</dl>\n";
}

void Page::section(std::string_view heading, std::string_view introduction) {
  body_ += upkeep::format("<h2>{}</h2>\n", escaped(heading)) + paragraph("intro", introduction);
}

void Page::text(std::string_view words) { body_ += paragraph("", words); }

void Page::notice(Tone tone, std::string_view words) {
  body_ += upkeep::format("<div class=\"notice {}\">{}{}</div>\n", css_class(tone), sign(tone), escaped(words));
}

void Page::table(const TableBlock& table) { body_ += table_html(table); }

void Page::charts(const std::vector<Chart>& charts) {
  body_ += "<div class=\"charts\">\n";
  for (const Chart& chart : charts) figure(chart);
  body_ += "</div>\n";
}

void Page::drawing(std::string_view title, std::string_view note, std::string_view markup) {
  body_ += upkeep::format("<figure class=\"drawing\"><figcaption><h3>{}</h3>{}</figcaption>\n{}\n</figure>\n", escaped(title),
                          paragraph("", note), markup);
}

void Page::figure(const Chart& chart) {
  const std::string id = upkeep::format("chart-{}", charts_.size() + 1);
  charts_.push_back(chart_json(chart, id));
  body_ += upkeep::format(
      "<figure{}><figcaption><h3>{}</h3>{}</figcaption>\n<div class=\"canvas\"><canvas id=\"{}\" role=\"img\" "
      "aria-label=\"{}\"></canvas></div>\n",
      chart.wide ? " class=\"wide\"" : "", escaped(chart.title), paragraph("", chart.note), id, escaped(chart.title));
  body_ += upkeep::format("<details><summary>Data</summary>\n{}</details></figure>\n", table_html(data_of(chart)));
}

std::string Page::html() const {
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += upkeep::format("<title>{}</title>\n<style>\n{}</style>\n", escaped(title_), kPageCss);
  html += "<noscript><style>.canvas { display: none; }</style></noscript>\n</head>\n<body>\n<main>\n";
  html += upkeep::format("<header><h1>{}</h1>{}</header>\n{}", escaped(title_), paragraph("", subtitle_), body_);
  html += upkeep::format("<footer>Upkeep {}</footer>\n</main>\n", UPKEEP_VERSION);
  if (!charts_.empty()) {
    html += upkeep::format("<script type=\"application/json\" id=\"charts\">{}</script>\n", script_json(charts_));
    html += upkeep::format("<script>\n{}\n</script>\n<script>\n{}</script>\n", kChartJs, kPageJs);
  }
  return html + "</body>\n</html>\n";
}

std::string number(double value) {
  if (std::isnan(value)) return "n/a";
  return upkeep::format("{:.4g}", value);
}

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Histogram histogram_of_ascending(const std::vector<Ascending>& samples, int bins) {
  Histogram result;
  result.shares.resize(samples.size());
  if (std::ranges::all_of(samples, [](const Ascending& sample) { return total(sample) == 0; })) return result;
  const Bins cells = bins_of(samples, bins);
  for (std::size_t i = 0; i < cells.size(); ++i) result.labels.push_back(cells.label(i));
  for (std::size_t s = 0; s < samples.size(); ++s) {
    const auto all = static_cast<double>(std::max<std::int64_t>(1, total(samples[s])));
    for (const std::int64_t count : cells.counts(samples[s])) result.shares[s].push_back(100.0 * static_cast<double>(count) / all);
  }
  return result;
}

Histogram histogram(const std::vector<std::vector<double>>& samples, int bins) {
  std::vector<std::vector<double>> sorted = samples;
  std::vector<Ascending> ascending;
  for (std::vector<double>& sample : sorted) {
    std::erase_if(sample, [](double value) { return !std::isfinite(value); });
    std::ranges::sort(sample);
    ascending.push_back({.values = sample, .until = {}});
  }
  return histogram_of_ascending(ascending, bins);
}

std::vector<std::size_t> thinned(std::size_t size, std::size_t count) {
  std::vector<std::size_t> indices;
  if (size <= count || count < 2) {
    for (std::size_t i = 0; i < size; ++i) indices.push_back(i);
    return indices;
  }
  for (std::size_t i = 0; i < count; ++i) indices.push_back(i * (size - 1) / (count - 1));
  return indices;
}

std::string escaped(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  }
  return html;
}

std::string script_json(const Json& json) {
  std::string safe;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') safe += "\\u003c";
    else safe += c;
  }
  return safe;
}

}  // namespace upkeep::report
