// upkeep augment: shows what augmentation makes of samples, or writes augmented data.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <set>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "base/random.hpp"
#include "cli/commands/command.hpp"
#include "cli/contact_sheet.hpp"
#include "cli/models.hpp"
#include "data/loader.hpp"
#include "data/rows.hpp"
#include "data/table.hpp"

namespace upkeep::commands {

struct AugmentOptions {
  std::string data;
  std::string target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::string preview;
  std::int64_t rows = 8;
  std::int64_t columns = 8;
  std::string output;
  std::int64_t copies = 1;
  bool originals = false;
  std::optional<std::int64_t> seed;
  int threads = 2;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::AugmentOptions;

template <>
inline const Settings settings<AugmentOptions> = describe<AugmentOptions>(
    "augment", "show what augmentation makes of data, or write augmented data",
    field("data", &AugmentOptions::data,
          "a table, a folder of images by class, or DATA:SETTING=VALUE,... such as digits.csv:image_shape=8x8x1"),
    field("target", &AugmentOptions::target, "the column of labels (default: the class of a folder of images)"),
    field("features", &AugmentOptions::features, "the column of images, or those of numbers (default: every other numeric column)"),
    field("ignore", &AugmentOptions::ignore, "columns to leave out"),
    field("preview", &AugmentOptions::preview, "a PNG with samples and what becomes of them"),
    field("rows", &AugmentOptions::rows, "samples in the preview, chosen by the seed", range(1, 100)),
    field("columns", &AugmentOptions::columns, "pictures of each in the preview, the original among them", range(2, 100)),
    field("output", &AugmentOptions::output, "a table for the augmented data (.npz, .parquet, .csv), or a folder for PNG files by class"),
    field("copies", &AugmentOptions::copies, "augmented copies of each row in the output", range(1, 1e6)),
    field("originals", &AugmentOptions::originals, "the rows as they are go to the output as well"),
    field("seed", &AugmentOptions::seed, "of all chances (default: a random one, which is printed)"),
    field("threads", &AugmentOptions::threads, "that augment", range(1, 1024)));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

constexpr std::size_t kMostClasses = 1000;  // more different numbers are numbers

// The labels as augmentation takes them: one-hot, or one number.
struct Labels {
  Tensor given;                      // the column; empty: there are no labels
  std::vector<std::string> classes;  // empty: numbers
  Tensor values;                     // [N, classes] or [N, 1] float32
};

std::vector<std::string> texts_of(const Tensor& column) {
  if (column.dtype() == DType::kString) return column.strings();
  const Tensor numbers = column.cast(DType::kFloat64);
  std::vector<std::string> texts;
  for (const double value : numbers.data<double>()) texts.push_back(upkeep::format("{}", value));
  return texts;
}

// Texts are classes; so are whole numbers of which each from 0 to the largest occurs.
std::vector<std::string> classes_of(const Tensor& column) {
  const std::vector<std::string> texts = texts_of(column);
  std::set<std::string> different(texts.begin(), texts.end());
  if (column.dtype() == DType::kString) return {different.begin(), different.end()};
  std::vector<std::string> classes;
  if (different.size() > kMostClasses) return classes;
  for (std::size_t i = 0; i < different.size(); ++i) classes.push_back(std::to_string(i));
  return std::ranges::all_of(classes, [&](const std::string& name) { return different.contains(name); }) ? classes
                                                                                                         : std::vector<std::string>{};
}

Labels labels_of(const Table& table, const std::string& target) {
  if (target.empty()) return {};
  const Tensor& column = table.column(target);
  if (column.rank() != 1)
    throw Error(ErrorCode::kUnsupported, upkeep::format("labels of shape {}", to_string(column.shape())), "one in a row");
  Labels labels{.given = column, .classes = classes_of(column), .values = {}};
  if (labels.classes.empty()) {
    labels.values = column.cast(DType::kFloat32).reshaped({table.rows(), 1});
    return labels;
  }
  const std::vector<std::string> texts = texts_of(column);
  const std::size_t width = labels.classes.size();
  std::vector<float> one_hot(texts.size() * width);
  for (std::size_t row = 0; row < texts.size(); ++row)
    one_hot[row * width + static_cast<std::size_t>(std::ranges::find(labels.classes, texts[row]) - labels.classes.begin())] = 1;
  labels.values = Tensor({table.rows(), static_cast<std::int64_t>(width)}, std::move(one_hot));
  return labels;
}

// "7", or "7 80% 3 20%" of what was mixed, the larger share first.
std::string caption_of(const Labels& labels, std::span<const float> values) {
  if (labels.classes.empty()) return values.empty() ? "" : upkeep::format("{:.3g}", values[0]);
  std::vector<std::pair<long, std::string>> shares;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (const long percent = std::lround(100 * values[i]); percent > 0) shares.emplace_back(percent, labels.classes[i]);
  std::ranges::stable_sort(shares, std::greater(), &std::pair<long, std::string>::first);
  if (shares.size() == 1) return shares.front().second;
  std::string text;
  for (const auto& [percent, name] : shares) text += upkeep::format("{}{} {}%", text.empty() ? "" : " ", name, percent);
  return text;
}

// Data, labels and the loader that augments them.
class Augmentation {
 public:
  Augmentation(const AugmentOptions& options, const Ordered& list, std::uint64_t seed)
      : options_(options),
        table_(load_table(options.data)),
        target_(options.target.empty() ? table_.target() : options.target),
        seed_(seed) {
    std::vector<std::string> stages;
    for (const auto& [flag, text] : list) stages.push_back(text);
    pipeline_ = augment::Pipeline::parse(stages);
    in_context(options.data, [&] {
      labels_ = labels_of(table_, target_);
      std::vector<std::string> ignore = options.ignore;
      if (!target_.empty()) ignore.push_back(target_);
      const Dataset data = make_dataset(table_, "x", {.targets = {}, .features = options.features, .ignore = ignore});
      samples_ = data.inputs.at("x");
      names_ = data.feature_names;
    });
    const std::span<const float> values = samples_.floats();
    for (const float value : values) {
      low_ = std::min(low_, double{value});
      high_ = std::max(high_, double{value});
    }
  }

  bool has_images() const { return samples_.rank() > 2; }
  bool mixes() const { return pipeline_.mixing() != augment::Mixing::kNone; }
  std::int64_t rows() const { return samples_.dim(0); }
  std::uint64_t seed() const { return seed_; }
  double low() const { return low_; }
  double high() const { return high_; }
  const Tensor& samples() const { return samples_; }
  const std::vector<std::string>& names() const { return names_; }
  const std::string& target() const { return target_; }
  const Labels& labels() const { return labels_; }

  Loader loader(std::int64_t batch_size) const {
    LoaderData data{.columns = {samples_}, .image = 0};
    if (!target_.empty()) {
      data.columns.push_back(labels_.values);
      data.targets = 1;
      data.target_kind = TargetKind::kLabels;
    }
    return Loader(std::move(data), pipeline_, {.batch_size = batch_size, .threads = options_.threads, .seed = seed_});
  }

 private:
  const AugmentOptions& options_;
  Table table_;
  std::string target_;
  std::uint64_t seed_;
  augment::Pipeline pipeline_;
  Labels labels_;
  Tensor samples_;
  std::vector<std::string> names_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

augment::Image image_of(const Shape& row, const float* pixels) {
  const augment::ImageShape shape = {static_cast<int>(row.at(0)), static_cast<int>(row.at(1)),
                                     row.size() > 2 ? static_cast<int>(row[2]) : 1};
  return {.shape = shape, .pixels = {pixels, pixels + shape.size()}};
}

// One more column of the sheet from a batch whose rows are those of the sheet.
void add_column(ContactSheet& sheet, const Augmentation& augmentation, const Loader& loader, const Batch& batch) {
  const Shape& row = loader.columns()[0].row;
  const auto* pixels = reinterpret_cast<const float*>(batch.columns[0]);
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    std::span<const float> labels;
    if (batch.columns.size() > 1) {
      const std::size_t width = loader.columns()[1].row_bytes / sizeof(float);
      labels = {reinterpret_cast<const float*>(batch.columns[1]) + i * width, width};
    }
    sheet.rows[i].push_back(
        {image_of(row, pixels + i * loader.columns()[0].row_bytes / sizeof(float)), caption_of(augmentation.labels(), labels)});
  }
}

void write_preview(const Augmentation& augmentation, const AugmentOptions& options) {
  if (!augmentation.has_images())
    throw Error(ErrorCode::kInvalidArgument, "the data has no images to show",
                upkeep::format("say which columns are pixels: {}:image_shape=8x8x1", options.data));
  std::vector<std::int64_t> chosen = Random(augmentation.seed(), stream_id("preview")).permutation(augmentation.rows());
  chosen.resize(static_cast<std::size_t>(std::min(options.rows, augmentation.rows())));
  ContactSheet sheet{.headings = {"original"}, .rows = {}, .low = augmentation.low(), .high = augmentation.high()};
  sheet.rows.resize(chosen.size());
  const Shape row(augmentation.samples().shape().begin() + 1, augmentation.samples().shape().end());
  const auto row_size = static_cast<std::size_t>(element_count(row));
  const std::vector<std::string> texts = augmentation.target().empty() ? std::vector<std::string>{} : texts_of(augmentation.labels().given);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto place = static_cast<std::size_t>(chosen[i]);
    sheet.rows[i].push_back({image_of(row, augmentation.samples().floats().data() + place * row_size), texts.empty() ? "" : texts[place]});
  }
  auto loader = augmentation.loader(std::ssize(chosen));
  for (std::int64_t version = 1; version < options.columns; ++version) {
    sheet.headings.push_back(std::to_string(version));
    loader.begin(chosen, version);
    add_column(sheet, augmentation, loader, *loader.next());
  }
  write_file(options.preview, images::encode_png(draw(sheet)));
}

// --- the output -----------------------------------------------------------------------------------------------------

// All rows once: as they are (copy 0), or augmented.
struct Copy {
  Tensor samples;
  Tensor labels;  // mixed; empty where they are the given ones
};

constexpr std::int64_t kOutputBatch = 64;  // rows; nothing but mixing depends on it

Copy augmented_copy(const Augmentation& augmentation, Loader& loader, std::int64_t number) {
  const auto rows = static_cast<std::size_t>(augmentation.rows());
  std::vector<std::int64_t> order(rows);
  std::iota(order.begin(), order.end(), 0);
  const BatchColumn& column = loader.columns()[0];
  std::vector<float> samples(rows * column.row_bytes / sizeof(float));
  std::vector<float> labels(augmentation.mixes() && loader.columns().size() > 1 ? rows * loader.columns()[1].row_bytes / sizeof(float) : 0);
  loader.begin(order, number);
  std::size_t done = 0;
  while (const Batch* batch = loader.next()) {
    const auto copy = [&](std::vector<float>& into, std::size_t i) {
      const std::size_t bytes = loader.columns()[i].row_bytes;
      std::memcpy(into.data() + done * bytes / sizeof(float), batch->columns[i], batch->rows.size() * bytes);
    };
    copy(samples, 0);
    if (!labels.empty()) copy(labels, 1);
    done += batch->rows.size();
  }
  Shape shape = column.row;
  shape.insert(shape.begin(), augmentation.rows());
  Copy made{.samples = Tensor(std::move(shape), std::move(samples)), .labels = {}};
  if (!labels.empty()) made.labels = Tensor(augmentation.labels().values.shape(), std::move(labels));
  return made;
}

Table table_of(const Augmentation& augmentation, const Copy& copy) {
  Table table;
  if (augmentation.has_images()) {
    table.add(augmentation.names().front(), copy.samples);
  } else {
    const auto width = augmentation.names().size();
    for (std::size_t i = 0; i < width; ++i) {
      std::vector<float> column;
      for (std::size_t at = i; at < static_cast<std::size_t>(copy.samples.size()); at += width) column.push_back(copy.samples.floats()[at]);
      table.add(augmentation.names()[i], Tensor({augmentation.rows()}, std::move(column)));
    }
  }
  if (!augmentation.target().empty())
    table.add(augmentation.target(),
              augmentation.mixes() ? (copy.labels.size() > 0 ? copy.labels : augmentation.labels().values) : augmentation.labels().given);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(augmentation.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  table.add("source_row", Tensor({augmentation.rows()}, std::move(rows)));
  return table;
}

class PngFolder {
 public:
  PngFolder(const Augmentation& augmentation, const std::filesystem::path& folder) : augmentation_(augmentation), folder_(folder) {
    const auto refuse = [&](bool wrong, const char* what, const char* hint) {
      if (wrong) throw Error(ErrorCode::kInvalidArgument, what, hint).in(folder.string());
    };
    refuse(!augmentation.has_images(), "only images are written to a folder", "give --output FILE.npz, .parquet or .csv");
    refuse(augmentation.mixes(), "samples that were mixed belong to no one class", "give --output FILE.npz, which keeps mixed labels");
    refuse(std::filesystem::exists(folder) && !std::filesystem::is_empty(folder), "the folder is not empty", "name a new one");
    if (!augmentation.target().empty()) labels_ = texts_of(augmentation.labels().given);
    for (const std::string& label : labels_)
      if (label.empty() || label.starts_with('.') || label.contains('/'))
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("the label \"{}\" cannot be the name of a folder", label),
                    "give --output FILE.npz");
  }

  void write(const Copy& copy, std::int64_t number) const {
    const Shape row(copy.samples.shape().begin() + 1, copy.samples.shape().end());
    const auto size = static_cast<std::size_t>(element_count(row));
    for (std::size_t i = 0; i < static_cast<std::size_t>(augmentation_.rows()); ++i) {
      const std::filesystem::path folder = labels_.empty() ? folder_ : folder_ / labels_[i];
      std::filesystem::create_directories(folder);
      const augment::Image image = image_of(row, copy.samples.floats().data() + i * size);
      write_file(folder / upkeep::format("{:06}-{}.png", i, number),
                 images::encode_png(to_picture(image, augmentation_.low(), augmentation_.high())));
    }
  }

 private:
  const Augmentation& augmentation_;
  std::filesystem::path folder_;
  std::vector<std::string> labels_;
};

std::int64_t write_output(const Augmentation& augmentation, const AugmentOptions& options) {
  const bool folder = !std::filesystem::path(options.output).has_extension() || std::filesystem::is_directory(options.output);
  std::optional<PngFolder> pngs;
  if (folder) pngs.emplace(augmentation, options.output);
  auto loader = augmentation.loader(kOutputBatch);
  std::vector<Table> parts;
  const std::int64_t first = options.originals ? 0 : 1;
  for (std::int64_t number = first; number <= options.copies; ++number) {
    const Copy copy = number == 0 ? Copy{.samples = augmentation.samples(), .labels = {}} : augmented_copy(augmentation, loader, number);
    if (folder) pngs->write(copy, number);
    else parts.push_back(table_of(augmentation, copy));
  }
  if (!folder) save_table(Table::concatenate(parts), options.output);
  return augmentation.rows() * (options.copies + 1 - first);
}

int run_augment(const AugmentOptions& options, const Ordered& list, Output& output) {
  if (options.preview.empty() && options.output.empty())
    throw Error(ErrorCode::kInvalidArgument, "nothing is asked for", "give --preview SHEET.png, --output FILE, or both");
  if (list.empty())
    throw Error(ErrorCode::kInvalidArgument, "no augmenter is given",
                "such as --augment rotation:factor=0.05; upkeep catalog data/augment lists all");
  const Augmentation augmentation(options, list, seed_or_random(options.seed));
  if (!options.seed) note(upkeep::format("seed {}", augmentation.seed()));
  Json result = {{"rows", augmentation.rows()}, {"seed", augmentation.seed()}};
  if (!options.preview.empty()) {
    write_preview(augmentation, options);
    result["preview"] = options.preview;
    output.text(upkeep::format("saved {}", options.preview));
  }
  if (!options.output.empty()) {
    const std::int64_t written = write_output(augmentation, options);
    result["output"] = options.output;
    result["written"] = written;
    output.text(upkeep::format("{} rows of {}, saved {}", written, augmentation.rows(), options.output));
  }
  output.result(result);
  return 0;
}

std::vector<ExtraOption> augment_flag() {
  return {{"augment", "NAME or NAME:SETTING=VALUE,... of `upkeep catalog data/augment`; may stand several times and keeps its order"}};
}

}  // namespace

void add_augment(CommandCatalog& catalog) {
  CommandEntry made = entry<AugmentOptions>(
      "train", {}, {"data"},
      {"upkeep augment --data digits.csv:image_shape=8x8x1 --target target --augment rotation:factor=0.05 --augment "
       "elastic:alpha=6,sigma=1 "
       "--preview sheet.png",
       "upkeep augment --data photos:height=224,width=224 --augment flip_horizontal --augment brightness --preview sheet.png --seed 1",
       "upkeep augment --data digits.csv:image_shape=8x8x1 --target target --augment mixup --copies 3 --originals --output more.npz",
       "upkeep augment --data table.csv --target y --augment gaussian_noise:stddev=0.1,relative=true --output noisy.csv"},
      run_augment);
  made.extra_options = augment_flag;
  catalog.add(std::move(made));
}

}  // namespace upkeep::commands
