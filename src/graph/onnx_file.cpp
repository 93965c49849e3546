// ONNX files and the weights that lie beside them.
#include "graph/onnx_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <span>
#include <utility>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "graph/onnx_pieces.hpp"
#include "graph/onnx_skeleton.hpp"

namespace upkeep {
namespace fs = std::filesystem;
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

Error refuse(const std::string& location, std::string why) {
  return Error(ErrorCode::kCorrupt, "external data \"" + location + "\" " + std::move(why),
               "external data must be a plain file inside the folder of the model");
}

Error os_error(const std::string& location, int number) {
  if (number == ELOOP || number == ENOTDIR) return refuse(location, "goes through a symbolic link or is no file");
  return Error(number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
               "external data \"" + location + "\" cannot be read: " + std::strerror(number));
}

// Where one tensor's bytes lie.
struct Region {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};

std::uint64_t number_from(const std::string& location, const std::string& key, const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) throw refuse(location, "has " + key + " \"" + text + "\", no number");
  return number;
}

Region region_of(const onnx::TensorProto& tensor) {
  Region region;
  for (const auto& entry : tensor.external_data())
    if (entry.key() == "location") region.location = entry.value();
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "offset") region.offset = number_from(region.location, "offset", entry.value());
    if (entry.key() == "length") region.length = number_from(region.location, "length", entry.value());
  }
  return region;
}

std::uint64_t bytes_needed(const onnx::TensorProto& tensor) {
  const Shape shape(tensor.dims().begin(), tensor.dims().end());
  return Tensor::share(static_cast<DType>(tensor.data_type()), shape, nullptr, nullptr).size_bytes();  // checks type and overflow
}

// --- reading -------------------------------------------------------------------------------------------------------

// The files beside a model. Each part of a path is opened on its own and must not be a link, so nothing outside of the folder is reached.
class DataFolder {
 public:
  explicit DataFolder(const fs::path& folder) : folder_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

  // The place of a tensor, checked against the file's size.
  const Descriptor& open(const onnx::TensorProto& tensor, const Region& region, std::uint64_t bytes) {
    const File& file = open(region.location);
    if (region.length && *region.length != bytes)
      throw refuse(region.location,
                   "has " + std::to_string(*region.length) + " bytes for " + to_string(static_cast<DType>(tensor.data_type())) +
                       to_string(Shape(tensor.dims().begin(), tensor.dims().end())) + ", which needs " + std::to_string(bytes));
    if (region.offset > file.size || bytes > file.size - region.offset)
      throw refuse(region.location, "ends at " + std::to_string(file.size) + " bytes; bytes [" + std::to_string(region.offset) + ", " +
                                        std::to_string(region.offset) + " + " + std::to_string(bytes) + ") are asked for");
    return file.descriptor;
  }

 private:
  struct File {
    Descriptor descriptor;
    std::uint64_t size = 0;
  };

  const File& open(const std::string& location) {
    if (const auto found = files_.find(location); found != files_.end()) return found->second;
    const fs::path path(location);
    if (const auto zero = location.find('\0'); zero != std::string::npos)
      throw refuse(location.substr(0, zero), "goes on after a zero byte");
    if (location.empty() || path.is_absolute()) throw refuse(location, "is no relative path");
    Descriptor at;
    for (auto part = path.begin(); part != path.end(); ++part) {
      if (*part == "..") throw refuse(location, "leaves the folder of the model");
      const bool last = std::next(part) == path.end();
      const int flags = O_NOFOLLOW | O_CLOEXEC | (last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY);
      const int opened = ::openat(at.get() >= 0 ? at.get() : folder_.get(), part->c_str(), flags);
      if (opened < 0) throw os_error(location, errno);
      at = Descriptor(opened);
    }
    struct stat about{};
    if (::fstat(at.get(), &about) != 0) throw os_error(location, errno);
    if (!S_ISREG(about.st_mode)) throw refuse(location, "is no plain file");
    if (about.st_nlink != 1) throw refuse(location, "has several hard links");
    return files_.emplace(location, File{std::move(at), static_cast<std::uint64_t>(about.st_size)}).first->second;
  }

  Descriptor folder_;
  std::map<std::string, File> files_;
};

// Fills `out`; `failed` is told the error's number, 0 where the file ends before.
template <typename Failed>
void read_all(const Descriptor& file, std::uint64_t offset, std::span<std::byte> out, Failed&& failed) {
  while (!out.empty()) {
    const ssize_t count = ::pread(file.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) failed(count < 0 ? errno : 0);
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

Tensor read_tensor(DataFolder& folder, const onnx::TensorProto& tensor) {
  const Region region = region_of(tensor);
  const std::uint64_t bytes = bytes_needed(tensor);
  const Descriptor& file = folder.open(tensor, region, bytes);
  const auto buffer = std::make_shared_for_overwrite<std::byte[]>(bytes);
  read_all(file, region.offset, {buffer.get(), bytes}, [&](int number) {
    throw number == 0 ? refuse(region.location, "became shorter while it was read") : os_error(region.location, number);
  });
  return Tensor::share(static_cast<DType>(tensor.data_type()), Shape(tensor.dims().begin(), tensor.dims().end()), buffer, buffer.get());
}

// The model's own file.
class ModelFile {
 public:
  ModelFile(const fs::path& file, const ModelLimits& limits) : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat about{};
    if (descriptor_.get() < 0 || ::fstat(descriptor_.get(), &about) != 0) fail(errno);
    size_ = static_cast<std::uint64_t>(about.st_size);
    proto::check_size(size_, limits);
    skeleton_ = proto::read_skeleton(size_, [&](std::uint64_t offset, std::span<std::byte> out) { read(offset, out); });
  }

  const proto::Skeleton& skeleton() const { return skeleton_; }

  Tensor tensor(const onnx::TensorProto& message, const proto::FileRange& range) const {
    const auto type = static_cast<DType>(message.data_type());
    Shape shape(message.dims().begin(), message.dims().end());
    if (const std::uint64_t bytes = bytes_needed(message); bytes != range.size)
      throw Error(ErrorCode::kCorrupt, std::to_string(range.size) + " bytes do not fill " + to_string(type) + to_string(shape),
                  "it needs " + std::to_string(bytes));
    const auto buffer = std::make_shared_for_overwrite<std::byte[]>(range.size);
    read(range.offset, {buffer.get(), range.size});
    return Tensor::share(type, std::move(shape), buffer, buffer.get());
  }

 private:
  void read(std::uint64_t offset, std::span<std::byte> out) const {
    read_all(descriptor_, offset, out, [](int number) { fail(number); });
  }

  [[noreturn]] static void fail(int number) {
    throw Error(ErrorCode::kIo,
                number == 0 ? std::string("it became shorter while it was read") : "cannot read it: " + std::string(std::strerror(number)));
  }

  Descriptor descriptor_;
  std::uint64_t size_ = 0;
  proto::Skeleton skeleton_;
};

// Calls work(tensor) with each tensor message of the graph, sub-graphs included.
template <typename Work>
void each_tensor(const onnx::GraphProto& graph, Work&& work) {
  for (const auto& tensor : graph.initializer()) work(tensor);
  for (const auto& node : graph.node())
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_t()) work(attribute.t());
      for (const auto& tensor : attribute.tensors()) work(tensor);
      if (attribute.has_g()) each_tensor(attribute.g(), work);
      for (const auto& inner : attribute.graphs()) each_tensor(inner, work);
    }
}

// Regions may overlap, so a small file can ask for any amount of memory: the sum is checked before the first byte is read.
void check_external_total(const onnx::ModelProto& model, const ModelLimits& limits, const ModelFile* opened) {
  std::uint64_t total = 0;
  const auto count = [&](const onnx::TensorProto& tensor) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL || (opened && opened->skeleton().range_of(tensor))) return;
    if (__builtin_add_overflow(total, bytes_needed(tensor), &total) || total > limits.external_bytes)
      throw Error(ErrorCode::kResourceExhausted,
                  "the model asks for more than " + std::to_string(limits.external_bytes) + " bytes of external data");
  };
  each_tensor(model.graph(), count);
  for (const auto& info : model.training_info()) each_tensor(info.algorithm(), count);
}

Model read_model(std::string_view bytes, const fs::path& file, const ModelLimits& limits, const ModelFile* opened = nullptr) {
  onnx::ModelProto message = proto::parse(bytes, limits);
  check_external_total(message, limits, opened);
  DataFolder folder(file.has_parent_path() ? file.parent_path() : fs::path("."));
  return proto::model_from(std::move(message), [&](const onnx::TensorProto& tensor) {
    const auto range = opened ? opened->skeleton().range_of(tensor) : std::nullopt;
    return range ? opened->tensor(tensor, *range) : read_tensor(folder, tensor);
  });
}

// --- writing -------------------------------------------------------------------------------------------------------

// Where a tensor may begin in the data file. Mapping needs pages; for large tensors ONNX Runtime takes the 64 KiB that Windows asks for.
constexpr std::size_t kLargestAlignment = 65536;

std::size_t alignment_of(std::size_t bytes) { return bytes >= (1U << 20U) ? kLargestAlignment : bytes >= 4096 ? 4096 : 64; }

std::size_t weight_bytes(const Model& model) {
  std::size_t total = 0;
  for (const auto* list : {&model.graph.initializers, &model.training_tensors})
    for (const auto& [name, tensor] : *list) total += tensor.size_bytes();
  return total;
}

// The weights one after the other. The file's name says what is inside, so a save that is cut short can never leave
// the old model beside new weights.
class DataFile {
 public:
  DataFile(const Model& model, std::size_t bytes_each) {
    for (const auto* list : {&model.graph.initializers, &model.training_tensors})
      for (const auto& [name, tensor] : *list)
        if (tensor.size_bytes() >= std::max<std::size_t>(bytes_each, 1)) add(tensor);
  }

  std::string name_beside(const fs::path& file) const {
    Sha256 hash;
    for (const std::string_view piece : pieces_) hash.update(piece);
    return file.filename().string() + "." + hash.hex().substr(0, kHashDigits) + ".data";
  }
  std::span<const std::string_view> pieces() const { return pieces_; }

  bool place(const Tensor& tensor, const std::string& location, onnx::TensorProto& message) const {
    const auto found = offsets_.find({tensor.bytes().data(), tensor.size_bytes()});
    if (found == offsets_.end()) return false;
    message.set_data_location(onnx::TensorProto::EXTERNAL);
    proto::set_external(message, "location", location);
    proto::set_external(message, "offset", std::to_string(found->second));
    proto::set_external(message, "length", std::to_string(tensor.size_bytes()));
    return true;
  }

  static constexpr std::size_t kHashDigits = 16;

 private:
  void add(const Tensor& tensor) {
    const auto [at, fresh] = offsets_.try_emplace({tensor.bytes().data(), tensor.size_bytes()}, 0);
    if (!fresh) return;
    static const std::string kZeros(kLargestAlignment, '\0');
    const std::size_t alignment = alignment_of(tensor.size_bytes());
    put(std::string_view(kZeros).substr(0, (alignment - size_ % alignment) % alignment));
    at->second = size_;
    put({reinterpret_cast<const char*>(tensor.bytes().data()), tensor.size_bytes()});
  }

  void put(std::string_view piece) {
    pieces_.push_back(piece);
    size_ += piece.size();
  }

  std::map<std::pair<const void*, std::size_t>, std::size_t> offsets_;  // of memory that is in the file already
  std::vector<std::string_view> pieces_;                                // where the weights lie, and zeros between them
  std::size_t size_ = 0;
};

// The data, then the model that refers to it. Data that was not there before goes again where the model cannot be written.
void write_both(const fs::path& data_file, const DataFile& data, const fs::path& file, const proto::Pieces& message) {
  const bool fresh = !fs::exists(data_file);
  write_file(data_file, data.pieces());
  try {
    write_file(file, message.views);
  } catch (const Error&) {
    std::error_code ignored;
    if (fresh) fs::remove(data_file, ignored);
    throw;
  }
}

}  // namespace

void proto::set_external(onnx::TensorProto& message, const std::string& key, const std::string& value) {
  auto* entry = message.add_external_data();
  entry->set_key(key);
  entry->set_value(value);
}

Model load_onnx(const fs::path& file, const ModelLimits& limits) {
  return in_context("model " + file.string(), [&] {
    if (!fs::is_regular_file(file)) return read_model(read_file(file, limits.file_bytes), file, limits);  // a pipe; or it is not there
    const ModelFile opened(file, limits);
    return read_model(opened.skeleton().bytes, file, limits, &opened);
  });
}

void remove_old_data(const fs::path& file, const std::string& keep) {
  const std::string start = file.filename().string() + ".";
  const std::size_t size = start.size() + DataFile::kHashDigits + std::string_view(".data").size();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(file.has_parent_path() ? file.parent_path() : fs::path("."), ignored)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name.size() == size && name.starts_with(start) && name.ends_with(".data") &&
                      name.find_first_not_of("0123456789abcdef", start.size()) == start.size() + DataFile::kHashDigits;
    if (ours && name != keep) fs::remove(entry.path(), ignored);
  }
}

std::string save_onnx(const Model& model, const fs::path& file, const ExternalData& external) {
  return in_context("model " + file.string(), [&] {
    std::string data_name;
    if (weight_bytes(model) <= external.beyond_bytes) {
      write_file(file, proto::pieces_of(model).views);
    } else {
      const DataFile data(model, external.bytes_each);
      if (!data.pieces().empty()) data_name = data.name_beside(file);
      const proto::Pieces message =
          proto::pieces_of(model, [&](const Tensor& tensor, onnx::TensorProto& into) { return data.place(tensor, data_name, into); });
      if (data_name.empty()) write_file(file, message.views);
      else write_both(fs::path(file).replace_filename(data_name), data, file, message);
    }
    remove_old_data(file, data_name);
    return data_name;
  });
}

}  // namespace upkeep
