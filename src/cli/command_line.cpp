// From words to a command's options: CLI11 parses, the settings' description says what there is.

#include <CLI/CLI.hpp>

#include <cctype>
#include <cstdio>

#include "base/commas.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/other_options.hpp"
#include "cli/version.hpp"

namespace upkeep {

namespace {

using commands::CommandEntry;

std::string flag_of(std::string name) {
  std::ranges::replace(name, '_', '-');
  return "--" + name;
}

bool is_list(const Field& field) { return field.type.starts_with("list of"); }

// Whether settings stand in it: "precision:threshold=0.7", but not "gru:1=mse", where ":1" is a layer's second output.
bool has_settings(const std::string& item) {
  const auto colon = std::ranges::adjacent_find(item, [](char one, char next) { return one == ':' && (next < '0' || next > '9'); });
  return colon != item.end();
}

// "mse,precision:threshold=0.7,name=p,mae" -> three items: a part with "=" and no ":" before it goes on with the item before.
std::vector<std::string> split_items(const std::string& text) {
  std::vector<std::string> items;
  for (std::string& part : split_at_commas(text)) {
    const auto equals = part.find('=');
    const bool goes_on = !items.empty() && equals != std::string::npos && part.find(':') > equals && has_settings(items.back());
    if (goes_on) items.back() += "," + part;
    else items.push_back(std::move(part));
  }
  return items;
}

Json scalar(const Field& field, const std::string& text) {
  if (field.type == "string" || field.type == "list of strings" || field.type == "string or null") return text;
  return parse_yaml(text);
}

std::string help_of(const Field& field) {
  std::string text = field.help;
  if (!field.unit.empty()) text += upkeep::format(" [{}]", field.unit);
  if (field.range) text += upkeep::format(" in {}", field.range->text());
  if (!field.choices.empty()) text += upkeep::format(" ({})", join(field.choices, " | "));
  const Json& value = field.default_value;
  const bool empty = value.is_null() || (value.is_string() && value.get<std::string>().empty()) || (value.is_array() && value.empty());
  if (!empty && field.type != "boolean")
    text += upkeep::format(" (default {})", value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

std::string type_of(const Field& field) {
  if (field.type.contains("integer")) return "INTEGER";
  if (field.type.contains("number")) return "NUMBER";
  return is_list(field) ? "TEXT,..." : "TEXT";
}

// A command's CLI11 application and where its words land.
class Parser {
 public:
  explicit Parser(const CommandEntry& command) : command_(command), app_(command.help, "upkeep " + command.name) {
    app_.get_formatter()->column_width(34);
    app_.set_help_flag("-h,--help", "this text");
    for (const Field& field : command.settings.fields()) add(field);
    if (command.extra_options)
      for (const commands::ExtraOption& extra : command.extra_options()) add(extra);
    app_.add_flag("--json", json_, "the result as one JSON document on stdout");
    app_.add_flag("--quiet", quiet_, "no notes and no progress bar on stderr");
    std::string examples = "Examples:";
    for (const std::string& example : command.examples) examples += "\n  " + example;
    app_.footer(examples);
  }

  // Returns the exit code when there is nothing to run (help, wrong usage).
  std::optional<int> parse(std::vector<std::string> words) {
    words_ = words;
    std::ranges::reverse(words);
    try {
      app_.parse(words);
    } catch (const CLI::CallForHelp&) {
      std::fputs(app_.help().c_str(), stdout);
      return 0;
    } catch (const CLI::ParseError& error) {
      note(upkeep::format("{}; see upkeep {} --help", unknown_flag().value_or(error.what()), command_.name));
      return 2;
    }
    set_quiet(quiet_ || json_);
    return std::nullopt;
  }

  int run() const {
    commands::Output output(json_);
    Json options = Json::object();
    for (const auto& [name, words] : values_) {
      const Field& field = *std::ranges::find(command_.settings.fields(), name, &Field::name);
      if (!words.empty()) options[name] = value(field, words);
    }
    for (const auto& [name, given] : flags_)
      if (given) options[name] = *given;
    return command_.run(options, extra_, output);
  }

  bool json() const { return json_; }

 private:
  void add(const Field& field) {
    const bool positional = std::ranges::find(command_.positionals, field.name) != command_.positionals.end();
    if (field.type == "boolean") {
      const bool turns_off = field.default_value == true;
      std::optional<bool>& target = flags_[field.name];
      app_.add_flag_callback(
          turns_off ? "--no-" + flag_of(field.name).substr(2) : flag_of(field.name), [&target, turns_off] { target = !turns_off; },
          (turns_off ? "not: " : "") + help_of(field));
      return;
    }
    std::vector<std::string>& target = values_[field.name];
    CLI::Option* option = app_.add_option(positional ? field.name : flag_of(field.name), target, help_of(field));
    option->type_name(type_of(field))->required(std::ranges::find(command_.required, field.name) != command_.required.end());
    if (positional && is_list(field)) option->expected(0, 1 << 20);
    else
      option->expected(1)->allow_extra_args(false)->multi_option_policy(is_list(field) ? CLI::MultiOptionPolicy::TakeAll
                                                                                       : CLI::MultiOptionPolicy::Throw);
  }

  void add(const commands::ExtraOption& extra) {
    app_.add_option_function<std::vector<std::string>>(
            "--" + extra.name,
            [this, name = extra.name](const std::vector<std::string>& words) { extra_.emplace_back(name, words.front()); }, extra.help)
        ->type_name("TEXT")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->trigger_on_parse();
  }

  Json value(const Field& field, const std::vector<std::string>& words) const {
    if (!is_list(field)) return scalar(field, words.front());
    const bool positional = std::ranges::find(command_.positionals, field.name) != command_.positionals.end();
    Json list = Json::array();
    for (const std::string& word : words)
      for (const std::string& item : positional ? std::vector{word} : split_items(word)) list.push_back(scalar(field, item));
    return list;
  }

  // CLI11 says "The following argument was not expected"; we say which flags come near.
  std::optional<std::string> unknown_flag() const {
    const std::vector<std::string> left = app_.remaining();
    const auto found = std::ranges::find_if(left, is_flag);
    std::vector<std::string> known;
    for (const CLI::Option* option : app_.get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    if (found == left.end()) return word_too_many(left, known);
    const std::string flag = found->substr(0, found->find('='));
    if (const std::optional<std::string> advice = other_option(flag, value_behind(*found), known))
      return Error(ErrorCode::kInvalidArgument, upkeep::format("unknown option \"{}\"", flag), *advice).what();
    return unknown_name("option", flag, known).what();
  }

  // A file behind the model is most likely the data.
  static std::optional<std::string> word_too_many(const std::vector<std::string>& left, const std::vector<std::string>& known) {
    if (left.empty() || !std::ranges::contains(known, std::string("--data"))) return std::nullopt;
    return Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" stands alone", left.front()), "write --data " + left.front()).what();
  }

  static bool is_flag(const std::string& word) {
    return word.size() > 1 && word[0] == '-' && (word[1] == '-' || std::isalpha(word[1]) != 0);
  }

  // The value that was given with an option which is not known; empty where there is none.
  std::string value_behind(const std::string& word) const {
    if (const auto equals = word.find('='); equals != std::string::npos) return word.substr(equals + 1);
    const auto at = std::ranges::find(words_, word);
    return at == words_.end() || at + 1 == words_.end() || is_flag(*(at + 1)) ? "" : *(at + 1);
  }

  const CommandEntry& command_;
  CLI::App app_;
  std::map<std::string, std::vector<std::string>> values_;
  std::map<std::string, std::optional<bool>> flags_;
  commands::Ordered extra_;
  std::vector<std::string> words_;
  bool json_ = false;
  bool quiet_ = false;
};

int print_overview(std::FILE* stream) {
  std::string text =
      "upkeep keeps deployed machine-learning models maintainable: train, optimise, convert, deploy, monitor, adjust, update.\n\n"
      "usage: upkeep COMMAND [ARGUMENTS] [--json] [--quiet]\n";
  for (const char* group : {"train", "optimise", "convert", "deploy", "maintain", "reference"}) {
    text += upkeep::format("\n{}\n", group);
    for (const CommandEntry& command : commands::catalog())
      if (command.group == group) text += upkeep::format("  {:<12} {}\n", command.name, command.help);
  }
  text += "\nupkeep COMMAND --help tells more, with examples. Exit codes: 0 done, 1 refused or failed with a reason, 2 wrong usage.\n";
  std::fputs(text.c_str(), stream);
  return stream == stdout ? 0 : 2;
}

}  // namespace

int run_command_line(const std::vector<std::string>& arguments) {
  set_quiet(false);
  try {
    if (arguments.size() < 2) return print_overview(stderr);
    const std::string& name = arguments[1];
    if (name == "--help" || name == "-h" || name == "help") return print_overview(stdout);
    if (name == "--version") {
      std::puts(version_line().c_str());
      return 0;
    }
    const CommandEntry* command = commands::catalog().find(name);
    if (!command) {
      note(unknown_name("command", name, commands::catalog().names()).what());
      return 2;
    }
    Parser parser(*command);
    if (const std::optional<int> code = parser.parse({arguments.begin() + 2, arguments.end()})) return *code;
    try {
      return parser.run();
    } catch (const Error& error) {
      if (!parser.json()) throw;
      commands::Output(true).result({{"error",
                                      {{"code", to_string(error.code())},
                                       {"message", error.message()},
                                       {"hint", error.hint()},
                                       {"context", error.context()},
                                       {"text", error.what()}}}});
      return 1;
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "upkeep: %s\n", error.what());
    return 1;
  } catch (const Json::type_error& error) {
    constexpr int kInvalidUtf8 = 316;
    if (error.id != kInvalidUtf8) std::fprintf(stderr, "upkeep: internal error: %s\n", error.what());
    else std::fputs("upkeep: a name or a text that was given is not UTF-8 (JSON and models hold UTF-8 only)\n", stderr);
    return 1;
  } catch (const std::bad_alloc&) {
    std::fputs("upkeep: out of memory\n", stderr);
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "upkeep: internal error: %s\n", error.what());
    return 1;
  }
}

}  // namespace upkeep
