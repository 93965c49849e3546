#include "maintain/notify.hpp"

#include <thread>

#include "base/format.hpp"
#include "base/hmac.hpp"
#include "base/names.hpp"
#include "serve/http/post.hpp"

namespace upkeep {

namespace {

int post_over_http(const std::string& url, const std::string& body, const std::string& signature) {
  serve::HttpPost request{.url = url, .body = body, .headers = {}};
  if (!signature.empty()) request.headers.emplace_back("X-Upkeep-Signature", signature);
  return serve::post(request);
}

bool is_final(int status) { return status >= 400 && status < 500 && status != 408 && status != 429; }

}  // namespace

Json notification(const MaintainResult& result, TimePoint now) {
  return {{"model", result.model},          {"alias", result.alias},
          {"version", result.version},      {"candidate", result.candidate ? Json(*result.candidate) : Json(nullptr)},
          {"time", to_iso8601(now)},        {"outcome", to_string(result.outcome)},
          {"reason", result.reason},        {"health", to_string(result.report.health())},
          {"alarms", result.report.alarms}, {"unknown", result.report.unknown}};
}

std::string news(const MaintainResult& result) {
  const bool fine =
      result.report.health() == Health::kOk && (result.outcome == Outcome::kQuiet || result.outcome == Outcome::kAlreadyJudged);
  if (fine) return {};
  std::vector<std::string> kinds;  // without their numbers, which change with each row
  for (const std::vector<std::string>* list : {&result.report.alarms, &result.report.unknown})
    for (const std::string& one : *list) kinds.push_back(one.substr(0, one.find(':')));
  return upkeep::format("{} {} {} {}", result.version, to_string(result.outcome), to_string(result.report.health()), join(kinds));
}

void notify(const Json& document, const NotifyOptions& options) {
  const std::string body = document.dump();
  const std::string signature = options.secret.empty() ? "" : "sha256=" + hmac_sha256(options.secret, body);
  const auto wait = options.wait ? options.wait : [](double length) { std::this_thread::sleep_for(std::chrono::duration<double>(length)); };
  std::string last;
  double pause = 1;
  for (int i = 0; i < options.tries; ++i, pause *= 2) {
    if (i > 0) wait(pause / 2);
    try {
      const int status = options.post ? options.post(body, signature) : post_over_http(options.url, body, signature);
      if (status >= 200 && status < 300) return;
      last = upkeep::format("status {}", status);
      if (is_final(status)) break;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kIo) throw;
      last = error.what();
    }
  }
  throw Error(ErrorCode::kIo, upkeep::format("{} took no notification: {}", options.url, last));
}

}  // namespace upkeep
