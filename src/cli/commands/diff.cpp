// upkeep diff: what differs between two models.

#include "analyze/model_diff.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"

namespace upkeep::commands {

struct DiffOptions {
  std::string before;
  std::string after;
  std::string registry;
  bool exit_code = false;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::DiffOptions;

template <>
inline const Settings settings<DiffOptions> = describe<DiffOptions>(
    "diff", "what differs between two models: layers, settings, connections, weights",
    field("before", &DiffOptions::before, "a model file, an architecture, or name@alias in --registry"),
    field("after", &DiffOptions::after, "the other one, of the same or another format"),
    field("registry", &DiffOptions::registry, "registry folder, for name@alias"),
    field("exit_code", &DiffOptions::exit_code,
          "exit with 1 where layers, settings, weights, inputs or outputs differ; metadata such as the producer does not count"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

// Colours of a terminal: added, removed, changed.
struct Paint {
  bool on = stdout_is_terminal();
  std::string line(char mark, const std::string& text) const {
    const int colour = mark == '+' ? 32 : mark == '-' ? 31 : mark == '~' ? 33 : 0;
    return on && colour != 0 ? upkeep::format("\033[{}m{}\033[0m", colour, text) : text;
  }
};

std::string shown(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "none";
  if (!value.is_array() || !std::ranges::all_of(value, &Json::is_string)) return value.dump();
  return join(value.get<std::vector<std::string>>());
}

std::string shown(const ValueChange& change) {
  return upkeep::format("{}: {} -> {}", change.name, shown(change.before), shown(change.after));
}

std::string shown(const WeightChange& change) {
  if (change.after.empty()) return upkeep::format("{}: gone, {}", change.name, change.before);
  if (change.before.empty()) return upkeep::format("{}: new, {}", change.name, change.after);
  std::string text = change.name + ": ";
  if (change.before != change.after) text += upkeep::format("{} -> {}", change.before, change.after);
  if (change.comparable && change.equal) return text + ", equal";
  if (change.comparable)
    text +=
        upkeep::format("{}{} of {} differ, by at most {} (mean {})", change.before != change.after ? ", " : "", grouped(change.differing),
                       grouped(change.values), number(change.largest_absolute), number(change.mean_absolute));
  if (change.comparable && change.signal > 0) text += upkeep::format(", {:.1f} dB", change.signal);
  text += upkeep::format(", norm {} -> {}", number(change.norm_before), number(change.norm_after));
  if (change.zeros_before != change.zeros_after)
    text += upkeep::format(", zeros {} -> {}", grouped(change.zeros_before), grouped(change.zeros_after));
  return text;
}

// What a part is that only one model has.
std::string described(const PartChange& part) {
  std::vector<std::string> words;
  for (const auto& [name, value] : part.given.items()) words.push_back(name + ": " + shown(value));
  if (part.parameters > 0) words.push_back(grouped(part.parameters) + " parameters");
  return join(words);
}

std::vector<std::string> details(const PartChange& part) {
  if (!part.in_both()) return {described(part)};
  std::vector<std::string> lines;
  if (part.renamed()) lines.push_back("called " + part.before + " before");
  if (part.kind_before != part.kind_after) lines.push_back(upkeep::format("kind: {} -> {}", part.kind_before, part.kind_after));
  if (part.moved) lines.push_back("moved");
  for (const ValueChange& setting : part.settings) lines.push_back(shown(setting));
  if (part.reads_before != part.reads_after && !part.reads_row_above)
    lines.push_back(upkeep::format("reads: {} -> {}", join(part.reads_before), join(part.reads_after)));
  for (const WeightChange& weight : part.weights)
    if (!weight.equal || weight.before != weight.after) lines.push_back(shown(weight));
  return lines;
}

struct Counts {
  int same = 0;
  int added = 0;
  int removed = 0;
  int changed = 0;
  int renamed = 0;
  std::vector<std::string> texts() const {
    std::vector<std::string> list;
    for (const auto& [count, what] :
         {std::pair{added, "added"}, {removed, "removed"}, {changed, "changed"}, {renamed, "only renamed"}, {same, "the same"}})
      if (count > 0) list.push_back(upkeep::format("{} {}", count, what));
    return list;
  }
};

struct Line {
  char mark;
  std::string name;
  std::string kind;
  std::vector<std::string> details;
};

// Every part that is not the same.
std::pair<std::vector<Line>, Counts> changed_parts(const ModelDiff& difference) {
  std::vector<Line> lines;
  Counts counts;
  for (const PartChange& part : difference.parts) {
    const char mark = part.before.empty() ? '+' : part.after.empty() ? '-' : '~';
    std::vector<std::string> changes = details(part);
    if (mark == '+') ++counts.added;
    else if (mark == '-') ++counts.removed;
    else if (changes.empty()) ++counts.same;
    else ++(part.same() && part.renamed() ? counts.renamed : counts.changed);
    if (mark == '~' && changes.empty()) continue;
    lines.push_back({mark, mark == '-' ? part.before : part.after, mark == '-' ? part.kind_before : part.kind_after, std::move(changes)});
  }
  return {std::move(lines), counts};
}

// What changed stands at the right of its part where there is room for it, else below.
void print_parts(const std::vector<Line>& lines, Output& output) {
  std::size_t names = 0;
  std::size_t kinds = 0;
  std::size_t longest = 0;
  for (const Line& line : lines) {
    names = std::max(names, text_width(line.name));
    kinds = std::max(kinds, text_width(line.kind));
    for (const std::string& detail : line.details) longest = std::max(longest, text_width(detail));
  }
  const std::size_t width = static_cast<std::size_t>(output_width());
  const bool beside = width == 0 || names + kinds + 6 + longest <= width;
  const Paint paint;
  for (const Line& line : lines) {
    std::string head = upkeep::format("{} {:<{}}  {:<{}}", line.mark, line.name, names, line.kind, kinds);
    const std::string indent(beside ? head.size() : 4, ' ');
    std::vector<std::string> texts;
    if (!beside || line.details.empty()) texts.push_back(head);
    for (const std::string& detail : line.details)
      texts.push_back((beside && texts.empty() ? head + "  " : indent + (beside ? "  " : "")) + detail);
    for (std::string& text : texts) {
      text.erase(text.find_last_not_of(' ') + 1);
      output.text(paint.line(line.mark, text));
    }
  }
  if (!lines.empty()) output.text("");
}

std::string verdict(const ModelDiff& difference) {
  std::vector<std::string> same;
  std::vector<std::string> other;
  (difference.same_structure() ? same : other).push_back(difference.by);
  (difference.same_settings() ? same : other).push_back("settings");
  (difference.same_weights() ? same : other).push_back("weights");
  const auto list = [](const std::vector<std::string>& words) {
    if (words.size() < 2) return join(words);
    return join({words.begin(), words.end() - 1}) + " and " + words.back();
  };
  if (other.empty()) return "the same " + list(same);
  return same.empty() ? "different " + list(other) : "the same " + list(same) + "; different " + list(other);
}

void print(const ModelDiff& difference, Output& output) {
  const auto [lines, counts] = changed_parts(difference);
  print_parts(lines, output);
  const Paint paint;
  for (const ValueChange& change : difference.interface) output.text(paint.line('~', "~ " + shown(change)));
  for (const ValueChange& change : difference.metadata) output.text("  " + shown(change));
  if (!difference.interface.empty() || !difference.metadata.empty()) output.text("");
  output.text(upkeep::format("{}: {}", difference.by, join(counts.texts())));
  output.text(verdict(difference));
}

int run_diff(const DiffOptions& options, const Ordered&, Output& output) {
  const Model before = open_model(options.before, options.registry);
  const Model after = open_model(options.after, options.registry);
  const ModelDiff difference = diff(before, after);
  output.result(to_json(difference));
  if (!output.json()) print(difference, output);
  return options.exit_code && !difference.same() ? 1 : 0;
}

}  // namespace

void add_diff(CommandCatalog& catalog) {
  catalog.add(entry<DiffOptions>("train", {"before", "after"}, {"before", "after"},
                                 {"upkeep diff model.h5 model.onnx", "upkeep diff price:1 price@production --registry reg",
                                  "upkeep diff model.onnx edited.onnx --exit-code --json"},
                                 run_diff));
}

}  // namespace upkeep::commands
