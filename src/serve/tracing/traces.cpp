#include "serve/tracing/traces.hpp"

#include <random>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/progress.hpp"
#include "base/utf8.hpp"
#include "serve/http/post.hpp"
#include "serve/protocol/json_text.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;

static constexpr std::size_t kBatch = 256;
static constexpr auto kEvery = 1s;
static constexpr auto kTimeout = 5s;

static std::uint64_t random_id() {
  thread_local std::mt19937_64 random{std::random_device{}() ^ (std::uint64_t{std::random_device{}()} << 32)};
  std::uint64_t id = 0;
  while (id == 0) id = random();
  return id;
}

static std::string collector(std::string endpoint) {
  if (!endpoint.starts_with("http://") && !endpoint.starts_with("https://"))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no address of a collector", endpoint),
                "--otlp-endpoint http://HOST:4318");
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint.ends_with("/v1/traces") ? endpoint : endpoint + "/v1/traces";
}

Traces::Traces(TraceOptions options)
    : options_({.endpoint = collector(std::move(options.endpoint)), .ratio = options.ratio, .most_waiting = options.most_waiting}),
      thread_([this] { run(); }) {}

Traces::~Traces() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::optional<TraceContext> Traces::sample(std::string_view traceparent) {
  if (const auto given = parse_traceparent(traceparent)) return given->sampled ? given : std::nullopt;
  const double drawn = static_cast<double>(random_id() >> 11) * 0x1p-53;
  if (drawn >= options_.ratio) return {};
  return TraceContext{.trace = {random_id(), random_id()}, .parent = 0, .sampled = true};
}

void Traces::add(InferenceTrace trace) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= options_.most_waiting) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(trace));
  if (waiting_.size() == kBatch) wake_.notify_one();
}

std::uint64_t Traces::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Traces::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, kEvery, [this] { return stop_ || waiting_.size() >= kBatch; });
    const bool last = stop_;
    const auto traces = std::exchange(waiting_, {});
    lock.unlock();
    if (!traces.empty()) send(traces);
    if (last) return;
    lock.lock();
  }
}

void Traces::send(const std::vector<InferenceTrace>& traces) {
  const auto unix_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::string problem;
  try {
    const int status =
        post({.url = options_.endpoint, .body = otlp_json(traces, steady_now(), unix_ns, random_id), .headers = {}, .timeout = kTimeout});
    if (status < 200 || status > 299) problem = upkeep::format("it answers {}", status);
  } catch (const std::exception& error) {
    problem = error.what();
  }
  const bool away = !problem.empty();
  if (away) {
    const std::lock_guard lock(mutex_);
    dropped_ += traces.size();
  }
  if (away && !away_) note(upkeep::format("traces are lost until the collector takes them again: {}", problem));
  if (!away && away_) note("the collector takes traces again");
  away_ = away;
}

namespace {

Json text_attribute(const char* key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", valid_utf8(value) ? value : printable(value)}}}};
}

// 64-bit numbers are texts in protobuf's JSON.
Json number_attribute(const char* key, std::int64_t value) { return {{"key", key}, {"value", {{"intValue", std::to_string(value)}}}}; }

class Spans {
 public:
  Spans(SteadyTime steady, std::int64_t unix_ns, const std::function<std::uint64_t()>& ids)
      : steady_(steady), unix_ns_(unix_ns), ids_(ids) {}

  void add(const InferenceTrace& trace) {
    const std::uint64_t root = ids_();
    Json span = make(trace, root, trace.context.parent, "infer " + trace.model, trace.arrived, trace.answered);
    span["kind"] = 2;  // of a server
    span["attributes"] = {text_attribute("upkeep.model", trace.model), text_attribute("upkeep.version", trace.version),
                          text_attribute("upkeep.request_id", trace.request_id), number_attribute("upkeep.batch_rows", trace.batch_rows)};
    if (!trace.error.empty()) span["status"] = {{"code", 2}, {"message", valid_utf8(trace.error) ? trace.error : printable(trace.error)}};
    all.push_back(std::move(span));
    for (const auto& [name, from, to] :
         {std::tuple{"queue", trace.queued, trace.begun}, {"batch", trace.begun, trace.joined}, {"run", trace.joined, trace.ran}})
      if (to > from) all.push_back(make(trace, ids_(), root, name, from, to));
  }

  Json all = Json::array();

 private:
  std::string moment(SteadyTime time) const { return std::to_string(unix_ns_ - (steady_ - time).count()); }

  Json make(const InferenceTrace& trace, std::uint64_t id, std::uint64_t parent, const std::string& name, SteadyTime from,
            SteadyTime to) const {
    Json span{{"traceId", hex16(trace.context.trace[0]) + hex16(trace.context.trace[1])}, {"spanId", hex16(id)}};
    if (parent != 0) span["parentSpanId"] = hex16(parent);
    span["name"] = valid_utf8(name) ? name : printable(name);
    span["kind"] = 1;  // internal
    span["startTimeUnixNano"] = moment(from);
    span["endTimeUnixNano"] = moment(to);
    return span;
  }

  SteadyTime steady_;
  std::int64_t unix_ns_;
  const std::function<std::uint64_t()>& ids_;
};

}  // namespace

std::string otlp_json(const std::vector<InferenceTrace>& traces, SteadyTime steady, std::int64_t unix_ns,
                      const std::function<std::uint64_t()>& ids) {
  Spans spans(steady, unix_ns, ids);
  for (const InferenceTrace& trace : traces) spans.add(trace);
  const Json service = {text_attribute("service.name", "upkeep"), text_attribute("service.version", UPKEEP_VERSION)};
  const Json scope{{"scope", {{"name", "upkeep"}}}, {"spans", std::move(spans.all)}};
  return Json{{"resourceSpans", Json::array({Json{{"resource", {{"attributes", service}}}, {"scopeSpans", Json::array({scope})}}})}}.dump();
}

}  // namespace upkeep::serve
