#include <arrow/io/api.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include "base/files.hpp"
#include "data/sources/arrow/columns.hpp"
#include "data/sources/arrow_table.hpp"

namespace upkeep::sources {

namespace {

namespace fs = std::filesystem;

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

}  // namespace

Table load_parquet(const fs::path& file) {
  return guarded([&] {
    auto properties = parquet::default_reader_properties();
    properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties reading;
    reading.set_use_threads(fs::file_size(file) > kLargeFileBytes);
    reading.set_pre_buffer(false);  // local files: reading ahead only costs threads
    parquet::arrow::FileReaderBuilder builder;
    check(builder.OpenFile(file.string(), false, properties));
    builder.properties(reading);
    const auto reader = checked(builder.Build());
    return to_table(*checked(reader->ReadTable()));
  });
}

void save_parquet(const Table& table, const fs::path& file) {
  const std::shared_ptr<arrow::Table> columns = to_arrow(table, {});
  const auto out = checked(arrow::io::BufferOutputStream::Create());
  guarded([&] {
    const auto properties = parquet::WriterProperties::Builder().compression(compression())->enable_page_checksum()->build();
    const auto schema = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    check(
        parquet::arrow::WriteTable(*columns, arrow::default_memory_pool(), out, parquet::DEFAULT_MAX_ROW_GROUP_LENGTH, properties, schema));
  });
  write_file(file, std::string_view(*checked(out->Finish())));
}

}  // namespace upkeep::sources
