// Changes inside an entry of an archive, which the checksums would otherwise hide from chance. Half of all changes; the others are
// libFuzzer's own. Entries in HDF5 stay as they are: h5.cpp is there for them.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/zip.hpp"
#include "scratch_file.hpp"
#include "upkeep/error.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using namespace upkeep;

constexpr std::uint64_t kMostBytes = 1 << 16;

std::string mutated(std::string bytes, std::size_t most) {
  const std::size_t size = std::min(bytes.size(), most);
  bytes.resize(most);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, most));
  return bytes;
}

std::string with_changed_entry(const std::filesystem::path& path, std::size_t most, std::minstd_rand& random) {
  const ZipReader zip(path);
  std::vector<std::string> entries;
  for (const ZipReader::Entry& entry : zip.entries()) entries.push_back(zip.read(entry.name, kMostBytes));
  if (entries.empty()) throw Error(ErrorCode::kCorrupt, "there is nothing to change");
  const std::size_t changed = random() % entries.size();
  if (!zip.entries()[changed].name.ends_with(".h5")) entries[changed] = mutated(entries[changed], most);
  ZipWriter packed;
  for (std::size_t i = 0; i < entries.size(); ++i) packed.add(zip.entries()[i].name, entries[i]);
  return packed.finish();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  static const ScratchFile scratch;
  std::minstd_rand random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  try {
    const std::string made = with_changed_entry(scratch.hold(data, size), most, random);
    if (made.size() > most) return LLVMFuzzerMutate(data, size, most);
    std::ranges::copy(made, data);
    return made.size();
  } catch (const Error&) {  // no archive any more
    return LLVMFuzzerMutate(data, size, most);
  }
}
