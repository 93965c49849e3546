#include "maintain/pass_pages.hpp"

#include "analyze/report.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "maintain/notify.hpp"

namespace upkeep {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPages = 500;

std::string file_name(TimePoint now) {
  std::string name = to_iso8601(now);
  std::erase_if(name, [](char c) { return c == ':' || c == '-'; });
  return name + ".html";
}

std::string index_page(const std::string& folder, const Json& passes) {
  std::string rows;
  for (auto pass = passes.rbegin(); pass != passes.rend(); ++pass) {
    const std::string text = pass->at("outcome").get<std::string>() + ", " + pass->at("health").get<std::string>();
    rows += upkeep::format("<tr><td><a href=\"{}/{}\">{}</a></td><td>{}</td><td>{}</td></tr>\n", report::escaped(folder),
                           report::escaped(pass->at("page").get<std::string>()), report::escaped(pass->at("time").get<std::string>()),
                           report::escaped(text), report::escaped(pass->at("reason").get<std::string>()));
  }
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
         "initial-scale=1\">\n"
         "<title>Passes of maintenance</title>\n<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:1rem "
         "auto;"
         "max-width:70rem;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #8888;padding:.3rem .5rem;"
         "text-align:left;vertical-align:top;overflow-wrap:anywhere}</style></head>\n<body><h1>Passes of "
         "maintenance</h1>\n<table><thead><tr>"
         "<th>time</th><th>outcome, health</th><th>reason</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></body></html>\n";
}

}  // namespace

void keep_pass(const fs::path& index, const MaintainResult& result, TimePoint now) {
  const fs::path folder = index.parent_path() / index.stem();
  fs::create_directories(folder);
  const fs::path list = folder / "passes.json";
  Json passes = fs::exists(list) ? in_context(list.string(), [&] { return parse_json(read_file(list)); }) : Json::array();
  if (!passes.is_array()) throw Error(ErrorCode::kCorrupt, upkeep::format("{} is no list of passes", list.string()), "remove it");
  const Json pass = {{"time", to_iso8601(now)},
                     {"page", file_name(now)},
                     {"outcome", to_string(result.outcome)},
                     {"health", to_string(result.report.health())},
                     {"reason", result.reason},
                     {"news", news(result)}};
  std::vector<fs::path> left_behind;
  const auto as_before = [&](const char* key) { return passes.back().value(key, "") == pass.value(key, ""); };
  const bool same = !passes.empty() && result.events.empty() && as_before("news") && as_before("outcome");
  if (same) {
    left_behind.push_back(folder / passes.back().at("page").get<std::string>());
    passes.erase(passes.size() - 1);
  }
  passes.push_back(pass);
  while (passes.size() > kPages) {
    left_behind.push_back(folder / passes.front().at("page").get<std::string>());
    passes.erase(0);
  }
  write_file(folder / file_name(now), maintain_page(result));
  write_file(list, passes.dump(1));
  write_file(index, index_page(index.stem().string(), passes));
  for (const fs::path& page : left_behind)
    if (page != folder / file_name(now)) fs::remove(page);
}

}  // namespace upkeep
