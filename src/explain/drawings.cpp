#include "explain/drawings.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "analyze/report.hpp"
#include "base/format.hpp"
#include "explain/importance.hpp"
#include "explain/row_numbers.hpp"
#include "explain/value_text.hpp"

namespace upkeep::explain {

using report::escaped;
using report::number;

namespace {

constexpr double kSwarmHeight = 40;  // pixels
constexpr int kSwarmColumns = 120;   // places side by side that points are stacked over

// A scale from values to percent of a bar's cell.
struct BarScale {
  double low = 0, high = 0;
  double place(double value) const { return high > low ? 100 * (value - low) / (high - low) : 0; }
};

struct Step {
  std::string name;
  double from = 0, to = 0;
  std::string text;  // the number behind the bar
  std::string_view css;
};

std::string_view direction(double value) { return value < 0 ? "less" : "more"; }

std::string bar_row(const Step& step, const BarScale& scale) {
  const auto [left, right] = std::minmax({scale.place(step.from), scale.place(step.to)});
  return upkeep::format(
      "<tr><th scope=\"row\">{}</th><td class=\"bar\"><span class=\"{}\" style=\"left:{:.2f}%;width:max(2px,{:.2f}%)\"></span></td>"
      "<td class=\"number\">{}</td></tr>\n",
      escaped(step.name), step.css, left, right - left, escaped(step.text));
}

std::string bars(const std::vector<Step>& steps) {
  BarScale scale{.low = steps[0].to, .high = steps[0].to};
  for (const Step& step : steps) {
    scale.low = std::min({scale.low, step.from, step.to});
    scale.high = std::max({scale.high, step.from, step.to});
  }
  std::string html = "<table class=\"bars\"><tbody>\n";
  for (const Step& step : steps) html += bar_row(step, scale);
  return html + "</tbody></table>";
}

std::string colour(double share) {
  if (std::isnan(share)) return "var(--reference)";
  return upkeep::format("color-mix(in srgb, var(--series-2) {:.0f}%, var(--series-1))", 100 * share);
}

// Of each row, where the feature's value stands among all of them, from 0 to 1; NaN for texts and missing values.
std::vector<double> shares(const std::vector<Explanation>& explanations, const Tensors& rows, const ExplainedFeature& feature) {
  std::vector<double> values;
  for (const Explanation& one : explanations) values.push_back(value_number(rows, one.row, feature));
  std::vector<double> made = ranks(values);
  const std::ptrdiff_t known = std::ranges::count_if(made, [](double rank) { return !std::isnan(rank); });
  for (double& rank : made)
    if (!std::isnan(rank)) rank = known < 2 ? 0.5 : rank / static_cast<double>(known - 1);
  return made;
}

std::string swarm(const std::vector<double>& values, const std::vector<double>& shares, const BarScale& scale) {
  std::map<int, int> stacked;
  std::string svg = upkeep::format(
      "<svg height=\"{:.0f}\" aria-hidden=\"true\"><line x1=\"{:.2f}%\" x2=\"{:.2f}%\" y1=\"0\" y2=\"100%\" class=\"zero\"/>", kSwarmHeight,
      scale.place(0), scale.place(0));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = scale.place(values[i]);
    const int level = stacked[static_cast<int>(x / 100 * kSwarmColumns)]++;
    const double offset = std::fmod((level + 1) / 2 * 3.5, kSwarmHeight / 2 - 3) * (level % 2 == 0 ? 1 : -1);
    svg +=
        upkeep::format("<circle cx=\"{:.2f}%\" cy=\"{:.1f}\" r=\"3\" style=\"fill:{}\"/>", x, kSwarmHeight / 2 + offset, colour(shares[i]));
  }
  return svg + "</svg>";
}

}  // namespace

std::string waterfall(const Explanation& explanation, const Subject& subject, const Tensors& rows, bool additive, std::size_t most) {
  const Attribution& attribution = explanation.attribution;
  const std::vector<std::size_t> order = by_size(attribution);
  const std::size_t shown = order.size() <= most + 1 ? order.size() : most;
  double reached = additive ? attribution.base : 0;
  std::vector<Step> steps;
  if (additive) steps.push_back({"base", reached, reached, number(reached), "level"});
  const auto add = [&](const std::string& name, double value) {
    steps.push_back({name, additive ? reached : 0, additive ? reached + value : value, signed_number(value), direction(value)});
    reached += value;
  };
  for (std::size_t i = 0; i < shown; ++i) {
    const ExplainedFeature& feature = subject.features()[order[i]];
    add(feature.name + " = " + value_text(rows, explanation.row, feature), attribution.values[order[i]]);
  }
  if (shown < order.size())
    add(upkeep::format("{} other features", order.size() - shown), sum_of(attribution, std::span(order).subspan(shown)));
  if (additive)
    steps.push_back(
        {subject.element_name(explanation.element), attribution.answer, attribution.answer, number(attribution.answer), "level"});
  return bars(steps);
}

std::string beeswarm(const std::vector<Explanation>& explanations, const Subject& subject, const Tensors& rows, std::size_t most) {
  const std::vector<Importance> order = importances(explanations);
  BarScale scale;
  for (const Explanation& one : explanations)
    for (const double value : one.attribution.values) {
      scale.low = std::min(scale.low, value);
      scale.high = std::max(scale.high, value);
    }
  const double margin = 0.02 * (scale.high - scale.low);
  scale = {scale.low - margin, scale.high + margin};
  std::string html = "<table class=\"bars swarm\"><tbody>\n";
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    const ExplainedFeature& feature = subject.features()[order[i].feature];
    std::vector<double> values;
    for (const Explanation& one : explanations) values.push_back(one.attribution.values[order[i].feature]);
    html += upkeep::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td></tr>\n", escaped(feature.name),
                           swarm(values, shares(explanations, rows, feature), scale), number(order[i].mean));
  }
  return html +
         upkeep::format(
             "</tbody><tfoot><tr><th></th><td class=\"axis\"><span>{}</span><span>{}</span></td><td class=\"number\">mean |.|</td></tr>"
             "</tfoot></table>",
             signed_number(scale.low), signed_number(scale.high));
}

std::string surface(const EffectSurface& surface) {
  double largest = 0;
  for (const double z : surface.z)
    if (std::isfinite(z)) largest = std::max(largest, std::abs(z));
  std::string html = upkeep::format("<div class=\"scroll\"><table class=\"surface\"><thead><tr><th>{} \\ {}</th>", escaped(surface.first),
                                    escaped(surface.second));
  for (const double y : surface.y) html += upkeep::format("<th class=\"number\">{}</th>", number(y));
  html += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < surface.x.size(); ++i) {
    html += upkeep::format("<tr><th scope=\"row\" class=\"number\">{}</th>", number(surface.x[i]));
    for (std::size_t j = 0; j < surface.y.size(); ++j) {
      const double z = surface.z[i * surface.y.size() + j];
      const double share = largest > 0 && std::isfinite(z) ? std::abs(z) / largest : 0;
      html += upkeep::format("<td class=\"number\" style=\"background:color-mix(in srgb, var({}) {:.0f}%, var(--card))\">{}</td>",
                             z < 0 ? "--series-1" : "--series-2", 60 * share, number(z));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>";
}

}  // namespace upkeep::explain
