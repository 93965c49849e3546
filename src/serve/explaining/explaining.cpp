#include "serve/explaining/explaining.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/patterns.hpp"
#include "serve/engine/reference_rows.hpp"

namespace upkeep::serve {

namespace {

constexpr std::size_t kMostPrepared = 4;             // versions that stay ready; each holds a session for gradients
constexpr std::int64_t kMostReferenceRows = 20'000;  // that the background is chosen from

std::string form_of(const ExplainRequest& request) { return request.output + "\n" + request.scale; }

}  // namespace

Explaining::Explaining(const RegistryAddress& registry, const ExplainingOptions& options)
    : options_(options), registry_(Registry::existing(registry)), threads_(options.at_once) {}

Explaining::~Explaining() = default;

bool Explaining::explains(std::string_view model) const { return matches_any(options_.models, model); }

void Explaining::start(std::shared_ptr<const ServedVersion> version, ExplainRequest request, const Caller& caller, ExplainDone done) {
  const std::int64_t rows = explain::rows_in(request.inputs);
  if (rows > options_.most_rows)
    return done(refuse(RefusalCode::kTooLarge,
                       upkeep::format("{} rows to explain; this server explains at most {} at once", rows, options_.most_rows)));
  if (waiting_.fetch_add(1) >= options_.most_waiting) {
    waiting_.fetch_sub(1);
    return done(std::unexpected(Refusal{RefusalCode::kBusy, "too many explanations wait", 1}));
  }
  threads_.post([this, version = std::move(version), request = std::move(request), gone = caller.gone, done = std::move(done)]() mutable {
    waiting_.fetch_sub(1);
    if (gone && gone->load()) return done(refuse(RefusalCode::kCancelled, "the caller has gone"));
    Answer<Json> answer;
    try {
      answer = explain(version, request);
    } catch (const std::exception&) {
      answer = std::unexpected(refusal_of_exception());
    }
    done(std::move(answer));
  });
}

explain::Background Explaining::background_of(const ServedVersion& version, const explain::Subject& subject) {
  const explain::BackgroundOptions options{.choosing = "k-means", .rows = options_.background_rows};
  const ModelVersion known = registry_.version(version.name(), version.version());
  const auto kept = known.facts.find("reference");
  if (kept != known.facts.end() && kept->contains("sha256")) {
    const ArtifactFile file = registry_.artifact_file(kept->at("sha256").get<std::string>());
    const auto rows = reference_rows(load_table(file.path()), version.inputs(), *version.signature(), kMostReferenceRows);
    if (rows) return explain::choose_background(*rows, subject.features(), options);
  }
  return {};
}

void Explaining::make_ready(Prepared& entry, const ServedVersion& version, const ExplainRequest& request) {
  const auto load = [this, name = version.name(), number = version.version()] {
    const std::lock_guard lock(reading_);
    return std::make_shared<const Model>(registry_.load(registry_.version(name, number)));
  };
  const explain::Scale scale = request.scale == "logit" ? explain::Scale::kLogit : explain::Scale::kOutput;
  auto subject = std::make_unique<explain::Subject>(
      version.session(), *version.signature(), load,
      explain::SubjectOptions{
          .output = request.output, .scale = scale, .features = {.row_shapes = explain::row_shapes(request.inputs)}, .threads = 1});
  const std::lock_guard lock(reading_);
  entry.background = background_of(version, *subject);
  entry.subject = std::move(subject);
}

std::shared_ptr<Explaining::Prepared> Explaining::prepared(const std::shared_ptr<const ServedVersion>& version,
                                                           const ExplainRequest& request) {
  const std::lock_guard lock(mutex_);
  prepared_.remove_if([](const std::shared_ptr<Prepared>& entry) { return entry->version.expired(); });
  const std::string form = form_of(request);
  const auto found = std::ranges::find_if(
      prepared_, [&](const std::shared_ptr<Prepared>& entry) { return entry->version.lock() == version && entry->form == form; });
  if (found != prepared_.end()) {
    prepared_.splice(prepared_.begin(), prepared_, found);
    return prepared_.front();
  }
  auto made = std::make_shared<Prepared>();
  made->version = version;
  made->form = form;
  prepared_.push_front(made);
  if (prepared_.size() > kMostPrepared) prepared_.pop_back();
  return made;
}

Json Explaining::explain(const std::shared_ptr<const ServedVersion>& version, const ExplainRequest& request) {
  const std::shared_ptr<Prepared> entry = prepared(version, request);
  const std::lock_guard lock(entry->busy);
  if (!entry->subject) make_ready(*entry, *version, request);
  entry->subject->allow(options_.most_evaluations);
  const std::vector<explain::Explanation> made = explain::explain_rows(*entry->subject, request.inputs, entry->background,
                                                                       {.method = request.method,
                                                                        .element = request.element,
                                                                        .seed = request.seed,
                                                                        .until_error = request.until_error,
                                                                        .infidelity = request.infidelity,
                                                                        .stability = request.stability});
  Json document{{"model_name", version->name()},
                {"model_version", version->version_text()},
                {"background", entry->background.about},
                {"explanations", Json::array()}};
  if (!request.id.empty()) document["id"] = request.id;
  for (const explain::Explanation& one : made) document["explanations"].push_back(explain::to_json(one, *entry->subject, request.inputs));
  return document;
}

Answer<void> read_explain_parameters(const Json& parameters, ExplainRequest& request) {
  if (!parameters.is_object()) return refuse(RefusalCode::kInvalid, "\"parameters\" is not an object");
  const auto number = [](const Json& value) { return value.is_number() && value.get<double>() >= 0; };
  for (const auto& [name, value] : parameters.items()) {
    if (name == "method" && value.is_string()) request.method = value;
    else if (name == "element" && value.is_string()) request.element = value;
    else if (name == "element" && value.is_number_unsigned()) request.element = value.dump();
    else if (name == "output" && value.is_string()) request.output = value;
    else if (name == "scale" && (value == "output" || value == "logit")) request.scale = value;
    else if (name == "seed" && value.is_number_unsigned()) request.seed = value;
    else if (name == "until_error" && number(value)) request.until_error = value;
    else if (name == "infidelity" && value.is_boolean()) request.infidelity = value;
    else if (name == "stability" && value.is_boolean()) request.stability = value;
    else
      return refuse(
          RefusalCode::kInvalid,
          upkeep::format("parameter \"{}\" cannot be {} (there are: method, element and output as text, scale output or logit, seed and "
                         "until_error as numbers, infidelity and stability as true or false)",
                         name, value.dump()));
  }
  return {};
}

}  // namespace upkeep::serve
