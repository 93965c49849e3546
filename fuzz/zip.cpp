// A zip archive: opening it and unpacking every entry gives bytes or an Error; what was unpacked comes back from an archive of our own.
#include <string>
#include <utility>
#include <vector>

#include "base/zip.hpp"
#include "scratch_file.hpp"
#include "upkeep/error.hpp"

namespace {

constexpr std::uint64_t kMostBytes = 1 << 20;

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries unpack(const upkeep::ZipReader& zip) {
  Entries entries;
  for (const upkeep::ZipReader::Entry& entry : zip.entries()) {
    try {
      entries.emplace_back(entry.name, zip.read(entry.name, kMostBytes));
    } catch (const upkeep::Error&) {
    }
  }
  return entries;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFile file;
  try {
    const Entries entries = unpack(upkeep::ZipReader(file.hold(data, size)));
    if (entries.empty()) return 0;
    upkeep::ZipWriter writer;
    for (const auto& [name, bytes] : entries) writer.add(name, bytes);
    const std::string packed = writer.finish();
    const upkeep::ZipReader again(file.hold(reinterpret_cast<const std::uint8_t*>(packed.data()), packed.size()));
    if (unpack(again) != entries) std::abort();
  } catch (const upkeep::Error&) {
  }
  return 0;
}
