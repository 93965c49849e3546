// NumPy's .npz (numpy.savez, numpy.savez_compressed): a zip archive of .npy arrays; each array is a column under its name.
// Entry names are only column names: nothing is ever written under them.

#include <array>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/zip.hpp"
#include "data/sources/npz.hpp"
#include "data/sources/shared/npy.hpp"
#include "data/sources/source.hpp"
#include "upkeep/error.hpp"

namespace upkeep::sources {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".npy";

// The first array that is no scalar says how many rows there are.
Table load_npz(const fs::path& file) {
  Table table;
  table.set_ordered(true);
  for (auto& [name, values] : read_npz(file)) {
    const bool column = values.rank() > 0 && (table.columns().empty() || values.dim(0) == table.rows());
    if (column) table.add(name, std::move(values));
    else table.add_whole(name, std::move(values));
  }
  return table;
}

void save_npz(const Table& table, const fs::path& file) {
  NamedArrays arrays = table.columns();
  arrays.insert(arrays.end(), table.wholes().begin(), table.wholes().end());
  write_npz(arrays, file);
}

}  // namespace

NamedArrays read_npz(const fs::path& file, const ArrayCheck& check) {
  const ZipReader archive(file);
  if (archive.entries().empty()) throw Error(ErrorCode::kInvalidArgument, "the archive has no arrays");
  NamedArrays arrays;
  for (const ZipReader::Entry& entry : archive.entries()) {
    if (!entry.name.ends_with(kSuffix))
      throw Error(ErrorCode::kUnsupported, upkeep::format("the archive holds \"{}\", which is no .npy array", entry.name),
                  "numpy.savez writes what is read here");
    const std::string name = entry.name.substr(0, entry.name.size() - kSuffix.size());
    archive.read(entry.name, [&](std::uint64_t size, const ZipReader::Fill& fill) {
      if (check) check(name, size);
      arrays.emplace_back(name, read_npy(size, fill));
    });
  }
  return arrays;
}

void write_npz(const NamedArrays& named, const fs::path& file) {
  std::vector<Npy> arrays;  // what the archive refers to until it is finished
  for (const auto& [name, values] : named)
    arrays.push_back(in_context(upkeep::format("array \"{}\"", name), [&] { return to_npy(values); }));
  ZipWriter archive;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const std::array<std::span<const std::byte>, 2> parts = {std::as_bytes(std::span(arrays[i].header)), arrays[i].elements.bytes()};
    archive.add(named[i].first + std::string(kSuffix), parts);
  }
  write_file(file, archive.finish());
}

void add_npz(SourceCatalog& catalog) {
  catalog.add({.name = "npz",
               .extensions = {".npz"},
               .help = "NumPy's archive of arrays; each is a column, its first axis the row, or a scalar; objects are refused",
               .sniff = [](std::string_view head) { return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"); },
               .load = [](const fs::path& file, const Json&) { return load_npz(file); },
               .save = save_npz});
}

}  // namespace upkeep::sources
