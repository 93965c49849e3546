#include "maintain/monitor/foreign_monitor.hpp"

#include "base/format.hpp"
#include "base/names.hpp"
#include "maintain/monitor/foreign_tables.hpp"
#include "train/known_signature.hpp"

namespace upkeep {

namespace {

// What is known of the model, with the columns of the table that it was trained on where its file names none.
Signature completed(Model& model, const std::filesystem::path& reference) {
  set_signature(model, known_signature(model));
  if (feature_columns(signature_of(model)).empty() && !reference.empty())
    in_context(reference.string(), [&] { complete_signature(model, load_table(reference), {kPopulationColumn}); });
  return signature_of(model);
}

// What the report could have told from columns that were not named.
void say_what_is_not_named(const ForeignLog& tables, const Signature& signature, MonitorReport& report) {
  if (tables.predictions.empty())
    report.unknown.push_back("no column of answers is named (--prediction): their drift and quality are not judged");
  if (!tables.labels.empty()) return;
  const OutputSignature* judged = signature.judged_output();
  if (judged && judged->targets.size() == 1 && std::ranges::contains(foreign_columns(tables.tables), judged->targets.front()))
    report.notes.push_back(upkeep::format("the table has a column \"{0}\", which the model is judged by: --label {0} takes it as labels",
                                          judged->targets.front()));
}

}  // namespace

MonitorReport monitor_tables(const ForeignLog& tables, MonitorOptions options) {
  if (!options.model)
    throw Error(ErrorCode::kInvalidArgument, "the log of another system is read by a model's signature", "give the model");
  const Signature signature = completed(*options.model, options.reference);
  const auto read_within = [&](TimePoint since, TimePoint until) {
    ForeignLog part = tables;
    part.since = since;
    part.until = until;
    return in_context(upkeep::format("log \"{}\"", tables.tables.string()), [&] { return read_foreign_log(part, signature); });
  };
  const ReadForeignLog read = read_within(tables.since, tables.until);
  options.logged = signature_in(read, signature);
  if (!read.log.version_names.empty()) options.signature_of_version = nullptr;
  if (options.signature_of_version)
    options.signature_of_version = [&read, known = options.signature_of_version](std::int64_t version) {
      std::optional<Signature> of = known(version);
      return of ? std::optional(signature_in(read, std::move(*of))) : of;
    };
  std::optional<ReadForeignLog> past;
  if (options.against) past = read_within(options.against->first, options.against->second);
  MonitorReport report = monitor(read.log, options, past ? &past->log : nullptr);
  report.notes.insert(report.notes.end(), read.notes.begin(), read.notes.end());
  say_what_is_not_named(tables, signature, report);
  return report;
}

}  // namespace upkeep
