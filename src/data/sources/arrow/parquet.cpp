#include <arrow/io/api.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/bloom_filter.h>
#include <parquet/bloom_filter_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <algorithm>

#include "base/files.hpp"
#include "data/sources/arrow/columns.hpp"
#include "data/sources/arrow_table.hpp"

namespace upkeep::sources {

namespace {

namespace fs = std::filesystem;

constexpr double kFalseAlarms = 0.01;  // of looking for a key that a file does not have: about 10 bits a row

// Parquet's own exceptions, as ours.
template <typename Work>
auto guarded(const Work& work) {
  try {
    return work();
  } catch (const parquet::ParquetException& error) {
    throw Error(ErrorCode::kCorrupt, error.what());
  }
}

arrow::Compression::type compression() {
  for (const auto kind : {arrow::Compression::ZSTD, arrow::Compression::SNAPPY})
    if (arrow::util::Codec::IsAvailable(kind)) return kind;
  return arrow::Compression::UNCOMPRESSED;
}

std::unique_ptr<parquet::arrow::FileReader> open_parquet(const fs::path& file) {
  auto properties = parquet::default_reader_properties();
  properties.set_page_checksum_verification(true);
  parquet::ArrowReaderProperties reading;
  reading.set_use_threads(fs::file_size(file) > kLargeFileBytes);
  reading.set_pre_buffer(false);  // local files: reading ahead only costs threads
  parquet::arrow::FileReaderBuilder builder;
  check(builder.OpenFile(file.string(), false, properties));
  builder.properties(reading);
  return checked(builder.Build());
}

std::shared_ptr<arrow::Buffer> encode_parquet(const arrow::Table& columns, const std::string& key = {}) {
  const auto out = checked(arrow::io::BufferOutputStream::Create());
  guarded([&] {
    parquet::WriterProperties::Builder builder;
    builder.compression(compression())->enable_page_checksum();
    if (!key.empty() && columns.GetColumnByName(key)) {
      const std::int64_t rows = std::min(columns.num_rows(), parquet::DEFAULT_MAX_ROW_GROUP_LENGTH);
      builder.enable_bloom_filter(key, {.ndv = rows, .fpp = kFalseAlarms});
    }
    const auto properties = builder.build();
    const auto schema = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    check(
        parquet::arrow::WriteTable(columns, arrow::default_memory_pool(), out, parquet::DEFAULT_MAX_ROW_GROUP_LENGTH, properties, schema));
  });
  return checked(out->Finish());
}

}  // namespace

Table load_parquet(const fs::path& file, const std::vector<std::string>& columns) {
  return guarded([&] {
    const auto reader = open_parquet(file);
    if (columns.empty()) return to_table(*checked(reader->ReadTable()));
    const parquet::SchemaDescriptor& schema = *reader->parquet_reader()->metadata()->schema();
    std::vector<int> wanted;
    for (int leaf = 0; leaf < schema.num_columns(); ++leaf)
      if (std::ranges::contains(columns, schema.GetColumnRoot(leaf)->name())) wanted.push_back(leaf);
    return to_table(*checked(reader->ReadTable(wanted)));
  });
}

void save_parquet(const Table& table, const fs::path& file) { write_file(file, std::string_view(*encode_parquet(*to_arrow(table, {})))); }

static std::string with_notes(const arrow::Table& table, const ParquetDetails& details) {
  const std::unordered_map<std::string, std::string> texts(details.notes.begin(), details.notes.end());
  return std::string(std::string_view(*encode_parquet(*table.ReplaceSchemaMetadata(arrow::key_value_metadata(texts)), details.key)));
}

std::string parquet_bytes(const Table& table, const ParquetDetails& details) {
  return with_notes(*to_arrow(table, {.times = true, .missing = &details.missing}), details);
}

std::string merged_parquet(const std::vector<fs::path>& files, const ParquetDetails& details) {
  return guarded([&] {
    std::vector<std::shared_ptr<arrow::Table>> tables;
    for (const fs::path& file : files)
      in_context(file.string(), [&] { tables.push_back(checked(open_parquet(file)->ReadTable())->ReplaceSchemaMetadata(nullptr)); });
    auto how = arrow::ConcatenateTablesOptions::Defaults();
    how.unify_schemas = true;
    const auto merged = arrow::ConcatenateTables(tables, how);
    if (!merged.ok()) throw Error(ErrorCode::kUnsupported, merged.status().message());
    return with_notes(**merged, details);
  });
}

bool may_hold_any(const fs::path& file, const std::string& column, const std::vector<std::string_view>& texts) {
  return guarded([&] {
    const auto reader = open_parquet(file);
    parquet::ParquetFileReader& parquet = *reader->parquet_reader();
    const int leaf = parquet.metadata()->schema()->ColumnIndex(column);
    if (leaf < 0) return false;
    for (int group = 0; group < parquet.metadata()->num_row_groups(); ++group) {
      const auto filters = parquet.GetBloomFilterReader().RowGroup(group);
      const auto filter = filters ? filters->GetColumnBloomFilter(leaf) : nullptr;
      if (!filter) return true;
      for (const std::string_view text : texts) {
        const parquet::ByteArray bytes(text);
        if (filter->FindHash(filter->Hash(&bytes))) return true;
      }
    }
    return false;
  });
}

ParquetSummary summarize_parquet(const fs::path& file) {
  return guarded([&] {
    const auto metadata = open_parquet(file)->parquet_reader()->metadata();
    ParquetSummary summary{.rows = metadata->num_rows(), .columns = {}, .notes = {}};
    const auto& root = *metadata->schema()->group_node();
    for (int i = 0; i < root.field_count(); ++i) summary.columns.push_back(root.field(i)->name());
    if (const auto notes = metadata->key_value_metadata())
      for (std::int64_t i = 0; i < notes->size(); ++i) summary.notes[notes->key(i)] = notes->value(i);
    return summary;
  });
}

}  // namespace upkeep::sources
