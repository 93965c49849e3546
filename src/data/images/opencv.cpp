#include "data/images/opencv.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "data/images/imaging.hpp"
#include "data/images/picture.hpp"
#include "upkeep/error.hpp"

namespace upkeep::images {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "upkeep_opencv.so";

// Where the build made it; where an installed program, or the installed library, has it.
std::vector<fs::path> candidates() {
  if (const char* chosen = std::getenv("UPKEEP_OPENCV_MODULE"); chosen && *chosen) return {chosen};
  std::vector<fs::path> paths{fs::path(UPKEEP_MODULES) / kFile};
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&candidates), &self) != 0 && self.dli_fname)
    paths.push_back(fs::path(self.dli_fname).parent_path() / "upkeep" / kFile);
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  if (!problem) paths.push_back(program.parent_path().parent_path() / UPKEEP_LIBRARY_FOLDER / "upkeep" / kFile);
  return paths;
}

const OpencvModule* load() {
  std::vector<std::string> tried;
  for (const fs::path& path : candidates()) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    using Entry = const OpencvModule* (*)();
    if (const auto entry = library ? reinterpret_cast<Entry>(dlsym(library, kOpencvSymbol)) : nullptr) return entry();
    const char* problem = dlerror();
    tried.emplace_back(problem ? problem : path.string());
  }
  throw Error(ErrorCode::kNotFound, "the part of Upkeep that uses OpenCV cannot be loaded (" + join(tried, "; ") + ")",
              "scripts/bootstrap installs OpenCV; UPKEEP_OPENCV_MODULE names the file upkeep_opencv.so");
}

void expect_done(const char* problem) {
  if (problem) throw Error(ErrorCode::kInternal, std::string("OpenCV: ") + problem);
}

}  // namespace

const OpencvModule& opencv() {
  static const OpencvModule* const table = load();
  return *table;
}

void blur(std::span<float> values, int height, int width, double sigma) { expect_done(opencv().blur(values.data(), height, width, sigma)); }

Picture resize(const Picture& picture, int height, int width) {
  if (picture.height == height && picture.width == width) return picture;
  Picture made = blank(height, width, picture.channels);
  expect_done(opencv().resize(picture.pixels.data(), picture.height, picture.width, picture.channels, made.pixels.data(), height, width));
  return made;
}

void draw_text(Picture& picture, int x, int y, double scale, std::uint8_t grey, const std::string& text) {
  expect_done(opencv().text(picture.pixels.data(), picture.height, picture.width, picture.channels, x, y, scale, grey, text.c_str()));
}

}  // namespace upkeep::images
