// NumPy's .npz (numpy.savez, numpy.savez_compressed): a zip archive of .npy arrays; each array is a column under its name.
// Entry names are only column names: nothing is ever written under them.

#include <zip.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/files.hpp"
#include "base/format.hpp"
#include "data/sources/npy.hpp"
#include "data/sources/npz.hpp"
#include "data/sources/source.hpp"
#include "upkeep/error.hpp"

namespace upkeep::sources {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".npy";

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
template <typename T>
using Owned = std::unique_ptr<T, Discard>;

Error zip_error(ErrorCode code, std::string_view what, zip_error_t* error) {
  return Error(code, upkeep::format("{}: {}", what, zip_error_strerror(error)));
}

// --- reading --------------------------------------------------------------------------------------------------------

Owned<zip_t> open(const fs::path& file) {
  int code = 0;
  if (zip_t* archive = zip_open(file.c_str(), ZIP_RDONLY, &code)) return Owned<zip_t>(archive);
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  Error thrown = zip_error(code == ZIP_ER_OPEN || code == ZIP_ER_READ ? ErrorCode::kIo : ErrorCode::kCorrupt,
                           "this is no readable .npz archive", &error);
  zip_error_fini(&error);
  throw thrown;
}

// What an entry claims must be possible: a deflated byte gives 1032 at most (zlib's documentation).
void expect_possible(const zip_stat_t& about) {
  constexpr zip_uint64_t kMostExpansion = 1032;
  if (about.encryption_method != ZIP_EM_NONE) throw Error(ErrorCode::kUnsupported, "the array is encrypted");
  if (about.comp_method != ZIP_CM_STORE && about.comp_method != ZIP_CM_DEFLATE)
    throw Error(ErrorCode::kUnsupported, "the array is compressed in a way that NumPy does not use",
                "numpy.savez_compressed writes what is read here");
  const zip_uint64_t most = about.comp_method == ZIP_CM_STORE ? about.comp_size : (about.comp_size + 1) * kMostExpansion;
  if (about.size > most)
    throw Error(ErrorCode::kCorrupt, upkeep::format("the array claims {} bytes out of {}", about.size, about.comp_size));
}

void read_all(zip_file_t* entry, std::span<std::byte> into) {
  while (!into.empty()) {
    const zip_int64_t count = zip_fread(entry, into.data(), into.size());
    if (count < 0) throw zip_error(ErrorCode::kCorrupt, "the array cannot be read", zip_file_get_error(entry));
    if (count == 0) throw Error(ErrorCode::kCorrupt, "the array ends too early");
    into = into.subspan(static_cast<std::size_t>(count));
  }
}

Tensor read_entry(zip_t* archive, const zip_stat_t& about) {
  expect_possible(about);
  const Owned<zip_file_t> entry(zip_fopen_index(archive, about.index, 0));
  if (!entry) throw zip_error(ErrorCode::kCorrupt, "the array cannot be opened", zip_get_error(archive));
  Tensor values = read_npy(about.size, [&](std::span<std::byte> into) { read_all(entry.get(), into); });
  std::byte beyond{};  // reading the end makes libzip compare the checksum
  if (zip_fread(entry.get(), &beyond, 1) != 0)
    throw zip_error(ErrorCode::kCorrupt, "the array is damaged", zip_file_get_error(entry.get()));
  return values;
}

}  // namespace

NamedArrays read_npz(const fs::path& file, const ArrayCheck& check) {
  const Owned<zip_t> archive = open(file);
  NamedArrays arrays;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count <= 0) throw Error(ErrorCode::kInvalidArgument, "the archive has no arrays");
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t about;
    if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(i), 0, &about) != 0)
      throw zip_error(ErrorCode::kCorrupt, upkeep::format("entry {} cannot be read", i), zip_get_error(archive.get()));
    const std::string_view name = about.name;
    if (!name.ends_with(kSuffix))
      throw Error(ErrorCode::kUnsupported, upkeep::format("the archive holds \"{}\", which is no .npy array", name),
                  "numpy.savez writes what is read here");
    const std::string column(name.substr(0, name.size() - kSuffix.size()));
    in_context(upkeep::format("array \"{}\"", column), [&] {
      if (check) check(column, about.size);
      arrays.emplace_back(column, read_entry(archive.get(), about));
    });
  }
  return arrays;
}

namespace {

// --- writing --------------------------------------------------------------------------------------------------------

void add_entry(zip_t* archive, const std::string& name, const Npy& array) {
  zip_buffer_fragment_t parts[2];
  parts[0].data = reinterpret_cast<zip_uint8_t*>(const_cast<char*>(array.header.data()));
  parts[0].length = array.header.size();
  parts[1].data = reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(array.elements.bytes().data()));
  parts[1].length = array.elements.size_bytes();
  Owned<zip_source_t> source(zip_source_buffer_fragment(archive, parts, parts[1].length > 0 ? 2 : 1, 0));
  if (!source) throw zip_error(ErrorCode::kIo, "the array cannot be packed", zip_get_error(archive));
  const zip_int64_t index = zip_file_add(archive, (name + std::string(kSuffix)).c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  if (index < 0) throw zip_error(ErrorCode::kIo, "the array cannot be packed", zip_get_error(archive));
  source.release();  // the archive's now
  const auto place = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t kFirstOfJanuary1980 = 1U << 5U | 1U;  // equal tables give equal bytes
  if (zip_set_file_compression(archive, place, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, place, 0, kFirstOfJanuary1980, 0) != 0)
    throw zip_error(ErrorCode::kIo, "the array cannot be packed", zip_get_error(archive));
}

std::string contents(zip_source_t* buffer) {
  zip_stat_t about;
  if (zip_source_stat(buffer, &about) != 0 || zip_source_open(buffer) != 0)
    throw zip_error(ErrorCode::kIo, "the archive cannot be packed", zip_source_error(buffer));
  std::string bytes(about.size, '\0');
  const zip_int64_t count = zip_source_read(buffer, bytes.data(), bytes.size());
  zip_source_close(buffer);
  if (count < 0 || static_cast<zip_uint64_t>(count) != about.size) throw Error(ErrorCode::kIo, "the archive cannot be packed");
  return bytes;
}

}  // namespace

void write_npz(const NamedArrays& named, const fs::path& file) {
  std::vector<Npy> arrays;  // what the archive refers to until it is closed
  for (const auto& [name, values] : named)
    arrays.push_back(in_context(upkeep::format("array \"{}\"", name), [&] { return to_npy(values); }));
  zip_error_t error;
  zip_error_init(&error);
  Owned<zip_source_t> buffer(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!buffer) throw zip_error(ErrorCode::kIo, "the archive cannot be packed", &error);
  Owned<zip_t> archive(zip_open_from_source(buffer.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (!archive) throw zip_error(ErrorCode::kIo, "the archive cannot be packed", &error);
  zip_source_keep(buffer.get());  // one reference for the archive, one for us
  for (std::size_t i = 0; i < arrays.size(); ++i) add_entry(archive.get(), named[i].first, arrays[i]);
  if (zip_close(archive.get()) != 0) throw zip_error(ErrorCode::kIo, "the archive cannot be packed", zip_get_error(archive.get()));
  archive.release();
  write_file(file, contents(buffer.get()));
}

namespace {

Table load_npz(const fs::path& file) {
  Table table;
  for (auto& [name, values] : read_npz(file)) in_context(upkeep::format("array \"{}\"", name), [&] { table.add(name, std::move(values)); });
  return table;
}

}  // namespace

void add_npz(SourceCatalog& catalog) {
  catalog.add({.name = "npz",
               .extensions = {".npz"},
               .help = "NumPy's archive of arrays; each is a column, its first axis the row; objects are refused",
               .sniff = [](std::string_view head) { return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"); },
               .load = [](const fs::path& file, const Json&) { return load_npz(file); },
               .save = [](const Table& table, const fs::path& file) { write_npz(table.columns(), file); }});
}

}  // namespace upkeep::sources
