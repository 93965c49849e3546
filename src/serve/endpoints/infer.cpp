// Inference: bytes -> tensors -> one run -> bytes. It runs on the thread that read the request; what is logged leaves by a buffer that
// never waits.

#include <algorithm>
#include <chrono>

#include "graph/embedding.hpp"
#include "serve/endpoints/endpoint.hpp"
#include "serve/infer_response.hpp"

namespace upkeep::endpoints {

using serve::Answer;
using serve::Outcome;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace {

std::uint64_t nanoseconds(SteadyTime from, SteadyTime to) { return static_cast<std::uint64_t>((to - from).count()); }

struct Timings {
  SteadyTime start, read, ran, written;
};

// Batches count as many inferences as they have rows.
std::uint64_t rows_of(const Tensors& inputs) {
  for (const auto& [_, tensor] : inputs)
    if (tensor.rank() > 0) return tensor.size() > 0 ? static_cast<std::uint64_t>(tensor.dim(0)) : 0;
  return 1;
}

class Inference {
 public:
  Inference(const Call& call, const serve::LoadedModel& model) : call_(call), model_(model) { times_.start = now(); }

  HttpResponse run() {
    Answer<HttpResponse> response = attempt();
    times_.written = now();
    std::string error = response ? std::string() : response.error().message;
    account(response ? Outcome::kAnswered : response.error().status >= 500 ? Outcome::kFailed : Outcome::kRefused);
    log(std::move(error));
    return response ? std::move(*response) : serve::to_response(response.error());
  }

 private:
  static SteadyTime now() { return std::chrono::steady_clock::now(); }

  Answer<HttpResponse> attempt() {
    const serve::WireRequest wire{call_.http.body, call_.http.header("Inference-Header-Content-Length")};
    auto request = serve::read_infer_request(wire, model_.session().inputs(), model_.session().outputs());
    times_.read = now();
    if (!request) return std::unexpected(std::move(request.error()));
    request_ = std::move(*request);
    take_id();
    std::vector<std::string> wanted;
    for (const serve::RequestedOutput& output : request_.outputs) wanted.push_back(output.name);
    if (call_.context.log && !wanted.empty() && gives_embedding() && !std::ranges::contains(wanted, kEmbeddingOutput))
      wanted.emplace_back(kEmbeddingOutput);
    try {
      outputs_ = model_.session().run(request_.inputs, wanted);
    } catch (const Error& error) {
      return std::unexpected(serve::to_refusal(error));
    }
    times_.ran = now();
    return serve::write_infer_response(model_, request_, request_.id, outputs_);
  }

  bool gives_embedding() const { return std::ranges::contains(model_.session().outputs(), kEmbeddingOutput, &TensorSpec::name); }

  // The request's own, else what its headers say, else a new one.
  void take_id() {
    if (request_.id.empty()) request_.id = serve::id_of_headers(call_.http);
    if (request_.id.empty()) request_.id = call_.context.ids.next();
  }

  void account(Outcome outcome) {
    const std::uint64_t total = nanoseconds(times_.start, times_.written);
    model_.metrics().count(outcome, static_cast<double>(total) * 1e-9);
    serve::Counters& sums = model_.counters();
    if (outcome != Outcome::kAnswered) {
      sums.failed += 1, sums.failed_ns += total;
      return;
    }
    sums.answered += 1, sums.answered_ns += total;
    sums.input_ns += nanoseconds(times_.start, times_.read);
    sums.infer_ns += nanoseconds(times_.read, times_.ran);
    sums.output_ns += nanoseconds(times_.ran, times_.written);
    sums.rows += rows_of(request_.inputs), sums.runs += 1;
    sums.last_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }

  void log(std::string error) {
    if (!call_.context.log) return;
    take_id();
    call_.context.log->offer({.request_id = std::move(request_.id),
                              .time = system_clock().now(),
                              .model = model_.name(),
                              .version = model_.version(),
                              .latency_us = static_cast<std::int64_t>(nanoseconds(times_.start, times_.written) / 1000),
                              .error = std::move(error),
                              .inputs = std::move(request_.inputs),
                              .outputs = std::move(outputs_),
                              .signature = model_.signature()});
  }

  const Call& call_;
  const serve::LoadedModel& model_;
  Timings times_;
  serve::InferRequest request_;
  Tensors outputs_;
};

HttpResponse infer(const Call& call) {
  const auto model = call.context.engine.find(call.model, call.version);
  if (!model) return serve::to_response(model.error());
  return Inference(call, **model).run();
}

}  // namespace

void add_infer(EndpointCatalog& catalog) {
  catalog.add({.name = "infer",
               .help = "Run a model: JSON, or tensors as binary data",
               .method = "POST",
               .paths = {"/v2/models/{model}/infer", "/v2/models/{model}/versions/{version}/infer"},
               .answer = infer});
}

}  // namespace upkeep::endpoints
