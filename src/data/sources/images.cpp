// Folders of images, as Keras's image_dataset_from_directory reads them: one sub-folder for each class, JPEG, PNG and WebP, in the order of
// their names. The table has the columns "image" [N, H, W, C] uint8, "class" (the sub-folder's name; meant to be predicted) and "file".
// A folder without sub-folders, or a single file, gives images without classes.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/cores.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "data/images/decoders.hpp"
#include "data/sources/source.hpp"
#include "upkeep/error.hpp"

namespace upkeep::sources {

struct ImageFolder {
  std::optional<int> height;
  std::optional<int> width;
  std::string color_mode = "rgb";
};

}  // namespace upkeep::sources

namespace upkeep {

using sources::ImageFolder;

template <>
inline const Settings settings<ImageFolder> = describe<ImageFolder>(
    "images", "JPEG, PNG and WebP images: a folder with a sub-folder for each class, or one file",
    field("height", &ImageFolder::height, "to resize to (default: the images are of one size)", "pixels", range(1, 65500)),
    field("width", &ImageFolder::width, "to resize to (default: the images are of one size)", "pixels", range(1, 65500)),
    field("color_mode", &ImageFolder::color_mode, "what is made of every image", one_of({"rgb", "grayscale"})));

}  // namespace upkeep

namespace upkeep::sources {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFileBytes = std::size_t{256} << 20;
constexpr int kMostThreads = 16;  // that read files

struct ImageFile {
  fs::path path;
  std::string label;  // the class; empty: none
};

constexpr std::array kRead = {".jpg", ".jpeg", ".png", ".webp"};
constexpr std::array kUnread = {".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".ppm", ".pgm", ".jfif"};

std::string extension_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool is_shown_file(const fs::directory_entry& entry) {
  return !entry.path().filename().string().starts_with('.') && entry.is_regular_file();
}

// Images of formats that are not read go to `unread`.
template <typename Iterator>
std::vector<ImageFile> images_in(const fs::path& folder, const std::string& label, std::vector<fs::path>& unread) {
  std::vector<ImageFile> files;
  for (const fs::directory_entry& entry : Iterator(folder)) {
    if (!is_shown_file(entry)) continue;
    if (std::ranges::contains(kRead, extension_of(entry.path()))) files.push_back({entry.path(), label});
    if (std::ranges::contains(kUnread, extension_of(entry.path()))) unread.push_back(entry.path());
  }
  std::ranges::sort(files, {}, &ImageFile::path);
  return files;
}

// "cat/3.bmp and 2 more images are of formats that are not read"
std::string describe_unread(const std::vector<fs::path>& unread, const fs::path& folder) {
  if (unread.empty()) return "";
  const std::string first = std::ranges::min(unread).lexically_relative(folder).string();
  return unread.size() == 1 ? upkeep::format("{} is of a format that is not read", first)
                            : upkeep::format("{} and {} more images are of formats that are not read", first, unread.size() - 1);
}

std::vector<fs::path> class_folders(const fs::path& folder) {
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.is_directory() && !entry.path().filename().string().starts_with('.')) folders.push_back(entry.path());
  std::ranges::sort(folders);
  return folders;
}

std::vector<ImageFile> list_files(const fs::path& folder) {
  std::vector<fs::path> unread;
  std::vector<ImageFile> files = images_in<fs::directory_iterator>(folder, "", unread);
  const std::vector<fs::path> classes = class_folders(folder);
  if (!files.empty() && !classes.empty())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("{} has no class: it lies beside folders", files.front().path.filename().string()),
                "every image in the folder of its class, or no such folders");
  for (const fs::path& one : classes) {
    std::vector<ImageFile> members = images_in<fs::recursive_directory_iterator>(one, one.filename().string(), unread);
    if (members.empty())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("the class {} has no images{}{}", one.filename().string(), unread.empty() ? "" : ": ",
                                 describe_unread(unread, folder)),
                  "JPEG, PNG and WebP are read");
    files.insert(files.end(), members.begin(), members.end());
  }
  const std::string others = describe_unread(unread, folder);
  if (files.empty())
    throw Error(ErrorCode::kInvalidArgument, "the folder has no images" + (others.empty() ? "" : ": " + others),
                "sub-folders by class, with JPEG, PNG or WebP files");
  if (!others.empty()) note(upkeep::format("{}: {} and left out; JPEG, PNG and WebP are read", folder.string(), others));
  return files;
}

// Memory that the machine does not have is not asked for.
void expect_room(std::uint64_t rows, std::uint64_t row_bytes) {
  const auto memory = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  if (row_bytes > memory / rows)
    throw Error(ErrorCode::kResourceExhausted, upkeep::format("{} images of {} bytes do not fit into memory", rows, row_bytes),
                "give a smaller height and width");
}

class Folder {
 public:
  Folder(const std::vector<ImageFile>& files, const fs::path& base, const ImageFolder& options)
      : files_(files), base_(base), options_(options) {
    if (options.height.has_value() != options.width.has_value())
      throw Error(ErrorCode::kInvalidArgument, "only one of height and width is given", "give both, such as height=64,width=64");
  }

  Table load() {
    const images::Picture first = read(files_.front());
    height_ = first.height;
    width_ = first.width;
    row_bytes_ = first.pixels.size();
    expect_room(files_.size(), row_bytes_);
    pixels_.resize(files_.size() * row_bytes_);
    read_all();
    return table(first.channels);
  }

 private:
  images::Picture read(const ImageFile& file) const {
    return in_context(name_of(file), [&] {
      images::Picture picture = images::decode(read_file(file.path, kMostFileBytes), options_.color_mode == "grayscale" ? 1 : 3);
      if (options_.height) return images::resize(picture, *options_.height, *options_.width);
      if (height_ != 0 && (picture.height != height_ || picture.width != width_))
        throw Error(
            ErrorCode::kInvalidArgument,
            upkeep::format("is {} x {} pixels, {} is {} x {}", picture.height, picture.width, name_of(files_.front()), height_, width_),
            "give a common size: DATA:height=64,width=64");
      return picture;
    });
  }

  // By several threads. Of several files that cannot be read, the first is named.
  void read_all() {
    const auto read_one = [&](std::size_t i) {
      std::ranges::copy(read(files_[i]).pixels, pixels_.begin() + static_cast<std::ptrdiff_t>(i * row_bytes_));
    };
    in_parallel(files_.size(), read_one, std::min(cores(), kMostThreads));
  }

  Table table(int channels) {
    const auto rows = static_cast<std::int64_t>(files_.size());
    Table table;
    table.add("image", Tensor({rows, height_, width_, channels}, std::move(pixels_)));
    std::vector<std::string> labels;
    std::vector<std::string> names;
    for (const ImageFile& file : files_) {
      labels.push_back(file.label);
      names.push_back(name_of(file));
    }
    if (!labels.front().empty()) {
      table.add("class", Tensor({rows}, std::move(labels)));
      table.set_target("class");
    }
    table.add("file", Tensor({rows}, std::move(names)));
    table.set_row_name("file");
    return table;
  }

  std::string name_of(const ImageFile& file) const { return file.path.lexically_relative(base_).string(); }

  const std::vector<ImageFile>& files_;
  const fs::path& base_;
  const ImageFolder& options_;
  int height_ = 0;  // of the first image, once that is read
  int width_ = 0;
  std::size_t row_bytes_ = 0;
  std::vector<std::uint8_t> pixels_;
};

Table load_images(const fs::path& path, const Json& given) {
  const auto options = parse<ImageFolder>(given);
  const bool folder = fs::is_directory(path);
  const std::vector<ImageFile> files = folder ? list_files(path) : std::vector<ImageFile>{{path, ""}};
  const fs::path base = folder ? path : path.parent_path();
  return Folder(files, base, options).load();
}

}  // namespace

void add_images(SourceCatalog& catalog) {
  const Settings& about = settings<ImageFolder>;
  catalog.add({.name = about.name(),
               .extensions = {".jpg", ".jpeg", ".png", ".webp"},
               .help = about.help(),
               .settings = about,
               .sniff =
                   [](std::string_view head) {
                     return images::is_jpeg(head) || images::is_png(head) || images::is_webp(head) || !images::unread_format(head).empty();
                   },
               .load = load_images,
               .save = nullptr,
               .folders = true});
}

}  // namespace upkeep::sources
