#include "data/table.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <new>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "base/utf8.hpp"
#include "data/rows.hpp"
#include "data/sources/shared/pixel_columns.hpp"
#include "data/sources/source.hpp"
#include "data/sources/text/encoding.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;

void Table::add(std::string name, Tensor values) {
  if (values.rank() == 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("column \"{}\" is a scalar", name),
                "a column has one value, or one array, for each row");
  if (places_.contains(name)) throw Error(ErrorCode::kInvalidArgument, upkeep::format("the column name \"{}\" is used twice", name));
  if (!columns_.empty() && values.dim(0) != rows_)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("column \"{}\" has {} rows, \"{}\" has {}", name, values.dim(0), columns_.front().first, rows_));
  rows_ = values.dim(0);
  places_.emplace(name, columns_.size());
  columns_.emplace_back(std::move(name), std::move(values));
}

void Table::add_whole(std::string name, Tensor values) {
  if (has(name) || whole(name)) throw Error(ErrorCode::kInvalidArgument, upkeep::format("the array name \"{}\" is used twice", name));
  wholes_.emplace_back(std::move(name), std::move(values));
}

const Tensor* Table::whole(std::string_view name) const {
  const auto found = std::ranges::find(wholes_, name, &std::pair<std::string, Tensor>::first);
  return found == wholes_.end() ? nullptr : &found->second;
}

Tensor Table::texts(const std::string& name) const {
  const Tensor& values = column(name);
  if (values.dtype() == DType::kString) return values;
  if (text_reader_) return text_reader_(name);
  throw Error(
      ErrorCode::kInvalidArgument,
      upkeep::format("column \"{}\" holds {}{}, and the model reads texts", name, to_string(values.dtype()), to_string(values.shape())),
      "name a column of texts");
}

bool Table::has(std::string_view name) const { return places_.find(name) != places_.end(); }

const Tensor& Table::column(std::string_view name) const {
  const auto found = places_.find(name);
  if (const Tensor* array = found == places_.end() ? whole(name) : nullptr)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("array \"{}\" {} is no column of the table, which has {} rows", name, to_string(array->shape()), rows_));
  if (found == places_.end()) throw unknown_name("column", name, names(), ErrorCode::kNotFound);
  return columns_[found->second].second;
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> all;
  all.reserve(columns_.size());
  for (const auto& [name, values] : columns_) all.push_back(name);
  return all;
}

std::vector<std::string> Table::find(const std::vector<std::string>& given) const {
  std::vector<std::string> found;
  for (const std::string& name : given) {
    const auto alike = [&](const auto& column) { return trim(column.first) == trim(name); };
    const auto loose = has(name) ? columns_.end() : std::ranges::find_if(columns_, alike);
    if (loose != columns_.end()) {
      found.push_back(loose->first);
    } else {
      column(name);
      found.push_back(name);
    }
  }
  return found;
}

Table Table::rows(std::int64_t begin, std::int64_t end) const {
  Table part;
  for (const auto& [name, values] : columns_) part.add(name, values.rows(begin, end));
  part.wholes_ = wholes_;
  part.describe_like(*this);
  return part;
}

Table Table::take(const std::vector<std::int64_t>& indices) const {
  Table taken;
  for (const auto& [name, values] : columns_) taken.add(name, take_rows(values, indices));
  taken.wholes_ = wholes_;
  taken.describe_like(*this);
  return taken;
}

Table Table::concatenate(const std::vector<Table>& parts) {
  Table whole;
  if (parts.empty()) return whole;
  for (const auto& [name, values] : parts.front().columns()) {
    std::vector<Tensor> pieces;
    pieces.reserve(parts.size());
    for (const Table& part : parts) {
      if (part.columns().size() != parts.front().columns().size())
        throw Error(ErrorCode::kInvalidArgument, "tables to join have different columns",
                    upkeep::format("{} and {}", join(parts.front().names()), join(part.names())));
      pieces.push_back(part.column(name));
    }
    whole.add(name, in_context(upkeep::format("column \"{}\"", name), [&] { return concatenate_rows(pieces); }));
  }
  whole.describe_like(parts.front());
  return whole;
}

namespace {

std::string extension_of(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension;
}

const sources::SourceEntry* by_extension(const fs::path& file) {
  for (const sources::SourceEntry& entry : sources::catalog())
    if (std::ranges::contains(entry.extensions, extension_of(file))) return &entry;
  return nullptr;
}

Error unknown_extension(const fs::path& file) {
  std::vector<std::string> known;
  for (const sources::SourceEntry& entry : sources::catalog())
    if (entry.save) known.insert(known.end(), entry.extensions.begin(), entry.extensions.end());
  return unknown_name("table format", extension_of(file), known, ErrorCode::kUnsupported);
}

std::string first_bytes(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) throw Error(ErrorCode::kNotFound, "there is no such file");
  std::ifstream in(file, std::ios::binary);
  std::string head(512, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  if (in.bad() || !in.is_open()) throw Error(ErrorCode::kIo, "the file cannot be read");
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head;
}

const sources::SourceEntry& source_of(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) return *std::ranges::find(sources::catalog(), true, &sources::SourceEntry::folders);
  const std::string head = first_bytes(file);
  for (const sources::SourceEntry& entry : sources::catalog())
    if (entry.sniff && entry.sniff(head)) return entry;
  if (const sources::SourceEntry* entry = by_extension(file)) return *entry;
  throw unknown_extension(file);
}

struct DataName {
  fs::path file;
  Json settings = Json::object();
};

// The value of a setting: what is in quotes as it stands, else a list in brackets, a number, a word, or any other text.
Json setting_value(std::string_view text) {
  const bool quoted = text.size() > 1 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  if (quoted) return std::string(text.substr(1, text.size() - 2));
  if (text.size() > 1 && text.starts_with('[') && text.ends_with(']')) {
    Json list = Json::array();
    for (const std::string& item : split(text.substr(1, text.size() - 2), ',')) list.push_back(std::string(trim(item)));
    return list;
  }
  const auto is_plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("._+-").contains(c); };
  return std::ranges::all_of(text, is_plain) ? parse_yaml(text) : Json(std::string(text));
}

// Where the value that begins at `begin` ends. A comma that stands first is the value; commas in quotes and brackets belong to it.
std::size_t end_of_value(std::string_view text, std::size_t begin) {
  if (begin < text.size() && text[begin] == ',') return begin + 1;
  const char first = begin < text.size() ? text[begin] : '\0';
  const std::size_t close = first == '"' || first == '\'' ? text.find(first, begin + 1) : first == '[' ? text.find(']', begin) : begin;
  return std::min(text.find(',', close == std::string_view::npos ? begin : close), text.size());
}

// "separator=;,decimal=,,missing=[?,-]"
Json parse_data_settings(std::string_view text) {
  Json values = Json::object();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t equals = text.find('=', at);
    if (equals == std::string_view::npos)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no setting", text.substr(at)), "write DATA:SETTING=VALUE,...");
    const std::size_t end = end_of_value(text, equals + 1);
    values[std::string(trim(text.substr(at, equals - at)))] = setting_value(text.substr(equals + 1, end - equals - 1));
    at = end < text.size() && text[end] == ',' ? end + 1 : end;
  }
  return values;
}

// "digits.csv:image_shape=8x8x1". A file that has the whole text as its name is meant as it stands.
DataName parse_data_name(const fs::path& given) {
  const std::string text = given.string();
  const auto colon = text.rfind(':', text.find('='));
  std::error_code ignored;
  if (text.find('=') == std::string::npos || colon == std::string::npos || fs::exists(given, ignored)) return {given};
  return {text.substr(0, colon), parse_data_settings(std::string_view(text).substr(colon + 1))};
}

// Those of the source and those of every table, which follow from their names.
std::pair<Json, Json> sort_settings(const Json& given, const Settings& own) {
  const Settings& common = settings<sources::TableSettings>;
  const auto has = [](const Settings& about, const std::string& name) { return std::ranges::contains(about.fields(), name, &Field::name); };
  std::pair<Json, Json> sorted{Json::object(), Json::object()};
  for (const auto& [name, value] : given.items()) {
    if (has(own, name)) sorted.first[name] = value;
    else if (has(common, name)) sorted.second[name] = value;
    else {
      std::vector<std::string> known;
      for (const Settings* about : {&own, &common})
        for (const Field& field : about->fields()) known.push_back(field.name);
      throw unknown_name("setting of the data", name, known);
    }
  }
  return sorted;
}

bool holds_utf8(const std::string& name, const Tensor& values) {
  return valid_utf8(name) && (values.dtype() != DType::kString || std::ranges::all_of(values.strings(), valid_utf8));
}

// Names and texts of other bytes (NumPy's 'S', Parquet's binary, names of files) as what they mean in Windows-1252.
Table in_utf8(const Table& table, const fs::path& file) {
  const auto whole = [](const auto& column) { return holds_utf8(column.first, column.second); };
  if (std::ranges::all_of(table.columns(), whole)) return table;
  Table made;
  made.describe_like(table);
  const auto text = [](const std::string& bytes) { return valid_utf8(bytes) ? bytes : sources::to_utf8(bytes, "windows-1252"); };
  for (const auto& [name, values] : table.columns()) {
    if (!holds_utf8(name, values))
      note(upkeep::format("{}: column \"{}\" is not UTF-8 and is read as Windows-1252", file.string(), text(name)));
    if (values.dtype() != DType::kString) {
      made.add(text(name), values);
      continue;
    }
    std::vector<std::string> texts;
    for (const std::string& one : values.strings()) texts.push_back(text(one));
    made.add(text(name), Tensor(values.shape(), std::move(texts)));
  }
  for (const auto& [name, values] : table.wholes()) made.add_whole(text(name), values);
  return made;
}

}  // namespace

Table load_table(const fs::path& name) { return sources::load_table(name, {}); }

Table sources::load_table(const fs::path& name, const TableRequest& request) {
  DataName data = in_context(name.string(), [&] { return parse_data_name(name); });
  data.settings.update(request.values);
  return in_context(data.file.string(), [&] {
    try {
      const SourceEntry& source = source_of(data.file);
      if (!request.source.empty() && catalog().at(request.source).name != source.name)
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("it is read as {}, and the settings are of {}", source.name, request.source));
      const auto [own, common] = sort_settings(data.settings, source.settings);
      const auto settings = parse<sources::TableSettings>(common);
      Table table = sources::pack_pixels(in_utf8(source.load(data.file, own), data.file), settings);
      if (settings.window > 0 && !settings.by.empty()) table.find({settings.by});
      table.set_series({.window = settings.window, .stride = settings.stride, .horizon = settings.horizon, .by = settings.by});
      return table;
    } catch (const std::bad_alloc&) {
      throw Error(ErrorCode::kResourceExhausted, "there is not enough memory for this table");
    }
  });
}

void save_table(const Table& table, const fs::path& file) {
  in_context(file.string(), [&] {
    const sources::SourceEntry* entry = by_extension(file);
    if (!entry || !entry->save) throw unknown_extension(file);
    if (table.columns().empty() && table.wholes().empty())
      throw Error(ErrorCode::kInvalidArgument, "a table without columns is not written");
    if (!table.wholes().empty() && entry->name != "npz")
      throw Error(ErrorCode::kUnsupported, upkeep::format("array \"{}\" has no rows, and a table has", table.wholes().front().first),
                  "save as .npz");
    entry->save(table, file);
  });
}

Room sources::describe(std::string folder, const SourceCatalog& catalog) {
  Room room = upkeep::describe(std::move(folder), catalog);
  room.members.push_back({"any table",
                          "what may be said behind the name of each: d.csv:window=24,by=machine, or digits.csv:image_shape=8x8x1",
                          settings<TableSettings>.describe()});
  return room;
}

}  // namespace upkeep
