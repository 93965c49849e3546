// A live history: one line per epoch as it ends, in a CSV file (Keras's CSVLogger).
//
// The columns are those of the first epoch, behind "epoch". After a rollback the lines of the epochs that no longer count are followed by
// the new ones: the file tells what happened, the history of the model what counts.

#include <fstream>

#include "base/format.hpp"
#include "train/callbacks/callback.hpp"

namespace upkeep {

namespace callbacks {
struct CsvLogger {
  std::string filename;
  std::string separator = ",";
  bool append = false;
};
}  // namespace callbacks

template <>
inline const Settings settings<callbacks::CsvLogger> = describe<callbacks::CsvLogger>(
    "csv-logger", "write each epoch's figures to a CSV file as it ends", field("filename", &callbacks::CsvLogger::filename, "the file"),
    field("separator", &callbacks::CsvLogger::separator, "between the columns"),
    field("append", &callbacks::CsvLogger::append, "go on with a file that is there"));

namespace callbacks {
namespace {

class CsvLoggerCallback : public Callback {
 public:
  explicit CsvLoggerCallback(const CsvLogger& options) : options_(options) {
    if (options_.filename.empty()) throw Error(ErrorCode::kInvalidArgument, "it has no file", "give csv-logger:filename=log.csv");
  }

  void begin(Run&) override {
    std::error_code ignored;
    const bool goes_on = options_.append && std::filesystem::file_size(options_.filename, ignored) > 0 && !ignored;
    file_.open(options_.filename, goes_on ? std::ios::app : std::ios::trunc);
    if (!file_) throw Error(ErrorCode::kIo, "cannot write " + options_.filename);
    has_header_ = goes_on;
  }

  Verdict epoch_end(const EpochFacts& facts, Run&) override {
    if (columns_.empty())
      for (const auto& [name, value] : facts.figures) columns_.push_back(name);
    if (!std::exchange(has_header_, true)) {
      file_ << "epoch";
      for (const std::string& column : columns_) file_ << options_.separator << column;
      file_ << '\n';
    }
    file_ << facts.epoch;
    for (const std::string& column : columns_) {
      const auto found = std::ranges::find(facts.figures, column, &Figures::value_type::first);
      file_ << options_.separator;
      if (found != facts.figures.end()) file_ << upkeep::format("{}", found->second);
    }
    file_ << '\n' << std::flush;
    if (!file_) throw Error(ErrorCode::kIo, "cannot write " + options_.filename);
    return {};
  }

 private:
  CsvLogger options_;
  std::ofstream file_;
  bool has_header_ = false;
  std::vector<std::string> columns_;
};

}  // namespace

void add_csv_logger(CallbackCatalog& catalog) {
  const Settings& about = settings<CsvLogger>;
  catalog.add({.name = about.name(),
               .aliases = {"CSVLogger"},
               .help = about.help(),
               .settings = about,
               .decides = false,
               .make = [](const Json& values) { return std::make_unique<CsvLoggerCallback>(parse<CsvLogger>(values)); }});
}

}  // namespace callbacks
}  // namespace upkeep
