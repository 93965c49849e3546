#include "score/page.hpp"

#include <numbers>

#include "analyze/report.hpp"
#include "base/format.hpp"

namespace upkeep::score {

namespace {

using report::Tone;

Tone tone_of(double points) { return points >= 80 ? Tone::kGood : points >= 40 ? Tone::kWarning : Tone::kBad; }

std::string points_of(const std::optional<double>& points) { return points ? upkeep::format("{:.0f}", *points) : "not measured"; }

// Of corner `i` of `n`, `points` away from the middle.
std::string corner(std::size_t i, std::size_t n, double points) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n) - std::numbers::pi / 2;
  return upkeep::format("{:.1f},{:.1f} ", 200 + 1.1 * points * std::cos(angle), 140 + 1.1 * points * std::sin(angle));
}

// A side that was not measured lies in the middle, and its name says so.
std::string radar(const Score& score) {
  const std::size_t n = score.sides.size();
  std::string rings, area, names;
  for (const double ring : {25, 50, 75, 100}) {
    rings += "<polygon fill=\"none\" stroke=\"currentColor\" stroke-opacity=\"0.25\" points=\"";
    for (std::size_t i = 0; i < n; ++i) rings += corner(i, n, ring);
    rings += "\"/>";
  }
  for (std::size_t i = 0; i < n; ++i) {
    const std::optional<double> points = score.side(score.sides[i]);
    area += corner(i, n, points.value_or(0));
    const std::string at = corner(i, n, 116);
    const std::size_t comma = at.find(',');
    const double x = std::sin(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n));
    const char* anchor = x > 0.1 ? "start" : x < -0.1 ? "end" : "middle";
    names += upkeep::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" font-size=\"12\" fill=\"currentColor\">{} {}</text>",
                            at.substr(0, comma), at.substr(comma + 1, at.size() - comma - 2), anchor, drills::to_string(score.sides[i]),
                            points ? points_of(points) : "?");
  }
  return "<svg viewBox=\"-50 -5 500 270\" style=\"width:100%;max-width:520px\" role=\"img\">" + rings +
         "<polygon fill=\"#2a78d6\" fill-opacity=\"0.3\" stroke=\"#2a78d6\" stroke-width=\"2\" points=\"" + area + "\"/>" + names +
         "</svg>";
}

report::TableBlock items_of(const Score& score, drills::Side side) {
  report::TableBlock table{
      .heading = {"item", "points", "value", "how it was measured", "cheapest next step", "evidence"}, .rows = {}, .caption = {}};
  for (const ScoredItem& scored : score.items) {
    if (scored.side != side) continue;
    const drills::Item& item = scored.item;
    const std::string value = item.value ? upkeep::format("{:.4g} {}", *item.value, item.unit) : std::string(drills::to_string(item.state));
    table.rows.push_back(
        {item.name, {points_of(item.points), tone_of(item.points)}, value, item.method, item.improvement, item.evidence.dump()});
  }
  return table;
}

}  // namespace

std::string score_page(const Score& score) {
  report::Page page(upkeep::format("Score of {} version {}", score.model, score.version),
                    upkeep::format("measured {}, counts until {}", to_iso8601(score.measured_at), to_iso8601(score.expires_at)));
  const std::optional<double> headline = score.headline();
  std::vector<report::Tile> tiles = {
      {.label = "score",
       .value = (score.complete() ? "" : "at most ") + points_of(headline),
       .note = "minimum of the sides",
       .tone = score.complete() || headline.value_or(0) < 80 ? tone_of(headline.value_or(0)) : Tone::kPlain}};
  for (const drills::Side side : score.sides)
    tiles.push_back({.label = std::string(drills::to_string(side)),
                     .value = points_of(score.side(side)),
                     .note = {},
                     .tone = score.side(side) ? tone_of(*score.side(side)) : Tone::kPlain});
  page.tiles(tiles);
  if (score.sides.size() > 2) page.drawing("Sides", "100 points at the rim; ? was not measured", radar(score));
  for (const drills::Side side : score.sides) {
    page.section(drills::to_string(side));
    if (score.side(side)) page.table(items_of(score, side));
    else page.text("No drill measured it.");
  }
  return page.html();
}

}  // namespace upkeep::score
