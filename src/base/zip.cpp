#include "base/zip.hpp"

#include <zip.h>

#include <algorithm>
#include <set>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
template <typename T>
using Owned = std::unique_ptr<T, Discard>;

Error zip_failure(ErrorCode code, std::string_view what, zip_error_t* error) {
  return Error(code, upkeep::format("{}: {}", what, zip_error_strerror(error)));
}

Owned<zip_t> open_archive(const std::filesystem::path& file) {
  int code = 0;
  if (zip_t* archive = zip_open(file.c_str(), ZIP_RDONLY, &code)) return Owned<zip_t>(archive);
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  Error thrown = zip_failure(code == ZIP_ER_OPEN || code == ZIP_ER_READ ? ErrorCode::kIo : ErrorCode::kCorrupt,
                             "this is no readable zip archive", &error);
  zip_error_fini(&error);
  throw thrown;
}

// What an entry claims must be possible: a deflated byte gives 1032 at most (zlib's documentation).
void expect_possible(const zip_stat_t& about) {
  constexpr zip_uint64_t kMostExpansion = 1032;
  if (about.encryption_method != ZIP_EM_NONE) throw Error(ErrorCode::kUnsupported, "it is encrypted");
  if (about.comp_method != ZIP_CM_STORE && about.comp_method != ZIP_CM_DEFLATE)
    throw Error(ErrorCode::kUnsupported, "it is packed in an unusual way", "stored and deflated entries can be read");
  const zip_uint64_t most = about.comp_method == ZIP_CM_STORE ? about.comp_size : (about.comp_size + 1) * kMostExpansion;
  if (about.size > most) throw Error(ErrorCode::kCorrupt, upkeep::format("it claims {} bytes out of {}", about.size, about.comp_size));
}

void fill_from(zip_file_t* entry, std::span<std::byte> into) {
  while (!into.empty()) {
    const zip_int64_t count = zip_fread(entry, into.data(), into.size());
    if (count < 0) throw zip_failure(ErrorCode::kCorrupt, "it cannot be read", zip_file_get_error(entry));
    if (count == 0) throw Error(ErrorCode::kCorrupt, "it ends too early");
    into = into.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace

// --- reading -------------------------------------------------------------------------------------------------------

struct ZipReader::State {
  Owned<zip_t> archive;
  std::vector<Entry> entries;
};

ZipReader::ZipReader(const std::filesystem::path& file) : state_(std::make_unique<State>()) {
  state_->archive = open_archive(file);
  std::set<std::string_view> names;
  const zip_int64_t count = zip_get_num_entries(state_->archive.get(), 0);
  state_->entries.reserve(static_cast<std::size_t>(std::max<zip_int64_t>(count, 0)));
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t about;
    if (zip_stat_index(state_->archive.get(), static_cast<zip_uint64_t>(i), 0, &about) != 0)
      throw zip_failure(ErrorCode::kCorrupt, upkeep::format("entry {} cannot be read", i), zip_get_error(state_->archive.get()));
    state_->entries.push_back({about.name, about.size});
    if (!names.insert(state_->entries.back().name).second)
      throw Error(ErrorCode::kCorrupt, upkeep::format("the archive has two entries \"{}\"", about.name));
  }
}

ZipReader::~ZipReader() = default;

const std::vector<ZipReader::Entry>& ZipReader::entries() const { return state_->entries; }

const ZipReader::Entry* ZipReader::find(std::string_view name) const {
  const auto found = std::ranges::find(state_->entries, name, &Entry::name);
  return found == state_->entries.end() ? nullptr : &*found;
}

void ZipReader::read(std::string_view name, const std::function<void(std::uint64_t, const Fill&)>& read) const {
  const Entry* found = find(name);
  if (!found) throw Error(ErrorCode::kNotFound, upkeep::format("the archive has no \"{}\"", name));
  in_context(upkeep::format("entry \"{}\"", name), [&] {
    const auto place = static_cast<zip_uint64_t>(found - state_->entries.data());
    zip_stat_t about;
    if (zip_stat_index(state_->archive.get(), place, 0, &about) != 0) throw Error(ErrorCode::kCorrupt, "it cannot be read");
    expect_possible(about);
    const Owned<zip_file_t> entry(zip_fopen_index(state_->archive.get(), place, 0));
    if (!entry) throw zip_failure(ErrorCode::kCorrupt, "it cannot be opened", zip_get_error(state_->archive.get()));
    read(about.size, [&](std::span<std::byte> into) { fill_from(entry.get(), into); });
    std::byte beyond{};  // reading the end makes libzip compare the checksum
    if (zip_fread(entry.get(), &beyond, 1) != 0) throw zip_failure(ErrorCode::kCorrupt, "it is damaged", zip_file_get_error(entry.get()));
  });
}

std::string ZipReader::read(std::string_view name, std::uint64_t limit) const {
  std::string bytes;
  read(name, [&](std::uint64_t size, const Fill& fill) {
    if (size > limit) throw Error(ErrorCode::kResourceExhausted, upkeep::format("it has {} bytes; the limit is {}", size, limit));
    bytes.resize(size);
    fill(std::as_writable_bytes(std::span(bytes)));
  });
  return bytes;
}

// --- writing -------------------------------------------------------------------------------------------------------

struct ZipWriter::State {
  Owned<zip_source_t> buffer;
  Owned<zip_t> archive;

  Error failure() const { return zip_failure(ErrorCode::kIo, "the archive cannot be packed", zip_get_error(archive.get())); }
};

ZipWriter::ZipWriter() : state_(std::make_unique<State>()) {
  zip_error_t error;
  zip_error_init(&error);
  state_->buffer.reset(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!state_->buffer) throw zip_failure(ErrorCode::kIo, "the archive cannot be packed", &error);
  state_->archive.reset(zip_open_from_source(state_->buffer.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (!state_->archive) throw zip_failure(ErrorCode::kIo, "the archive cannot be packed", &error);
  zip_source_keep(state_->buffer.get());  // one reference for the archive, one for us
}

ZipWriter::~ZipWriter() = default;

void ZipWriter::add(const std::string& name, std::span<const std::span<const std::byte>> parts) {
  std::vector<zip_buffer_fragment_t> fragments;
  for (const std::span<const std::byte> part : parts)
    if (!part.empty()) fragments.push_back({reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(part.data())), part.size()});
  zip_t* archive = state_->archive.get();
  Owned<zip_source_t> source(zip_source_buffer_fragment(archive, fragments.data(), fragments.size(), 0));
  if (!source) throw state_->failure();
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  if (index < 0) throw state_->failure();
  source.release();  // the archive's now
  const auto place = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t kFirstOfJanuary1980 = 1U << 5U | 1U;
  if (zip_set_file_compression(archive, place, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, place, 0, kFirstOfJanuary1980, 0) != 0)
    throw state_->failure();
}

void ZipWriter::add(const std::string& name, std::string_view bytes) {
  const std::span<const std::byte> part = std::as_bytes(std::span(bytes));
  add(name, {&part, 1});
}

std::string ZipWriter::finish() {
  if (zip_close(state_->archive.get()) != 0) throw state_->failure();
  state_->archive.release();
  zip_source_t* buffer = state_->buffer.get();
  zip_stat_t about;
  if (zip_source_stat(buffer, &about) != 0 || zip_source_open(buffer) != 0)
    throw zip_failure(ErrorCode::kIo, "the archive cannot be packed", zip_source_error(buffer));
  std::string bytes(about.size, '\0');
  const zip_int64_t count = zip_source_read(buffer, bytes.data(), bytes.size());
  zip_source_close(buffer);
  if (count < 0 || static_cast<zip_uint64_t>(count) != about.size) throw Error(ErrorCode::kIo, "the archive cannot be packed");
  return bytes;
}

}  // namespace upkeep
