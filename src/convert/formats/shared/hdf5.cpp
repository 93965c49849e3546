#include "convert/formats/shared/hdf5.hpp"

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/contained.hpp"
#include "upkeep/error.hpp"

namespace upkeep::hdf5 {

// What a file may hand over. Each text, name and dataset takes its own bytes of the file, and is asked for once: what is far more than the
// file was read from the same place again and again.
class Allowance {
 public:
  Allowance(const Limits& limits, std::uint64_t file_bytes) : limits_(limits), file_bytes_(file_bytes) {}

  const Limits& limits() const { return limits_; }
  std::uint64_t file_bytes() const { return file_bytes_; }
  bool covers(std::uint64_t bytes) const { return bytes <= 2 * file_bytes_ - taken_; }
  void take(std::uint64_t bytes) {  // as they are in the file
    if (!covers(bytes))
      throw Error(ErrorCode::kResourceExhausted,
                  upkeep::format("with it, {} bytes would be read from a file of {}", taken_ + bytes, file_bytes_),
                  "many names in the file lead to the same place");
    taken_ += bytes;
  }

 private:
  Limits limits_;
  std::uint64_t file_bytes_;
  std::uint64_t taken_ = 0;
};

namespace {

// A text's reference as opaque bytes: those of the file.
herr_t keep_reference(hid_t from, hid_t to, H5T_cdata_t* about, std::size_t, std::size_t, std::size_t, void*, void*, hid_t) {
  about->need_bkg = H5T_BKG_NO;
  return about->command != H5T_CONV_INIT || H5Tget_size(from) == H5Tget_size(to) ? 0 : -1;
}

Id variable_string() {
  Id type(H5Tcopy(H5T_C_S1), H5Tclose);
  if (type.get() < 0 || H5Tset_size(type.get(), H5T_VARIABLE) < 0) throw Error(ErrorCode::kInternal, "HDF5: no string type");
  return type;
}

// No plug-ins; and the references of texts can be read, which say how long the texts are.
bool prepare_library() {
  if (H5open() < 0 || H5PLset_loading_state(0) < 0) return false;
  const Id references(H5Tcreate(H5T_OPAQUE, 1), H5Tclose);
  return H5Tregister(H5T_PERS_SOFT, "text reference", variable_string().get(), references.get(), keep_reference) >= 0;
}

// The library in order for one user, and errors that come to us instead of going to stderr.
class Library {
 public:
  Library() {
    static const bool prepared = prepare_library();
    if (!prepared) throw Error(ErrorCode::kInternal, "the HDF5 library does not start");
    H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Library() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
};

// The innermost of the library's stacked messages.
std::string library_message() {
  std::string message;
  const auto take = [](unsigned, const H5E_error2_t* error, void* into) -> herr_t {
    if (error->desc) *static_cast<std::string*>(into) = error->desc;
    return 1;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &message);
  H5Eclear2(H5E_DEFAULT);
  return message;
}

// Refuses a negative answer of the library.
template <typename T>
T checked(T answer, std::string_view what) {
  if (answer >= 0) return answer;
  const std::string message = library_message();
  throw Error(ErrorCode::kCorrupt, upkeep::format("HDF5: {}{}{}", what, message.empty() ? "" : ": ", message));
}

Id owned(hid_t id, Id::Close close, std::string_view what) { return Id(checked(id, what), close); }

std::size_t checked_product(std::size_t a, std::size_t b, std::string_view what) {
  if (b != 0 && a > std::numeric_limits<std::size_t>::max() / b)
    throw Error(ErrorCode::kResourceExhausted, upkeep::format("{} is too large", what));
  return a * b;
}

void expect_at_most(std::size_t bytes, std::size_t limit, std::string_view what) {
  if (bytes > limit) throw Error(ErrorCode::kResourceExhausted, upkeep::format("{} takes {} bytes; the limit is {}", what, bytes, limit));
}

// --- strings -------------------------------------------------------------------------------------------------------

// A reference begins with the text's length, in four bytes. The library would make the texts, all of them, before it says how long they
// are.
std::uint64_t bytes_of_variable_strings(hid_t attribute, std::size_t count) {
  const std::size_t width = H5Aget_storage_size(attribute) / count;
  if (width < sizeof(std::uint32_t)) throw Error(ErrorCode::kCorrupt, "its texts are nowhere");
  const Id reference = owned(H5Tcreate(H5T_OPAQUE, width), H5Tclose, "no opaque type");
  std::vector<unsigned char> references(width * count);
  checked(H5Aread(attribute, reference.get(), references.data()), "cannot read text");
  std::uint64_t bytes = references.size();
  for (std::size_t at = 0; at < references.size(); at += width)
    for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i) bytes += std::uint64_t{references[at + i]} << 8U * i;
  return bytes;
}

std::vector<std::string> read_variable_strings(hid_t attribute, hid_t type, hid_t space, std::size_t count) {
  const Id memory = variable_string();
  checked(H5Tset_cset(memory.get(), H5Tget_cset(type)), "unknown character set");
  std::vector<char*> pointers(count, nullptr);
  const herr_t answer = H5Aread(attribute, memory.get(), pointers.data());
  std::vector<std::string> values;
  if (answer >= 0)
    for (const char* text : pointers) values.emplace_back(text ? text : "");
  H5Treclaim(memory.get(), space, H5P_DEFAULT, pointers.data());
  checked(answer, "cannot read text");
  return values;
}

std::string trimmed(std::string_view padded, H5T_str_t padding) {
  if (padding == H5T_STR_SPACEPAD) {
    const std::size_t last = padded.find_last_not_of(' ');
    return std::string(padded.substr(0, last == std::string_view::npos ? 0 : last + 1));
  }
  return std::string(padded.substr(0, padded.find('\0')));
}

std::vector<std::string> read_fixed_strings(hid_t attribute, hid_t type, std::size_t count, Allowance& allowance) {
  const std::size_t width = H5Tget_size(type);
  const std::size_t bytes = checked_product(width, count, "an attribute");
  expect_at_most(bytes, std::min<std::size_t>(allowance.limits().attribute_bytes, H5Aget_storage_size(attribute)), "an attribute");
  allowance.take(bytes);
  std::string buffer(bytes, '\0');
  checked(H5Aread(attribute, type, buffer.data()), "cannot read text");
  std::vector<std::string> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(trimmed(std::string_view(buffer).substr(i * width, width), H5Tget_strpad(type)));
  return values;
}

// --- datasets ------------------------------------------------------------------------------------------------------

template <std::size_t N>
bool is_one_of(hid_t type, const std::array<hid_t, N>& known) {
  return std::ranges::any_of(known, [&](hid_t one) { return H5Tequal(type, one) > 0; });
}

bool is_float(hid_t type) {
  return is_one_of(type, std::array{H5T_IEEE_F16LE, H5T_IEEE_F16BE, H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE});
}

bool is_integer(hid_t type) {
  return is_one_of(
      type, std::array{H5T_STD_I8LE, H5T_STD_I8BE, H5T_STD_U8LE, H5T_STD_U8BE, H5T_STD_I16LE, H5T_STD_I16BE, H5T_STD_U16LE, H5T_STD_U16BE,
                       H5T_STD_I32LE, H5T_STD_I32BE, H5T_STD_U32LE, H5T_STD_U32BE, H5T_STD_I64LE, H5T_STD_I64BE});
}

Shape shape_of(hid_t space) {
  if (H5Sget_simple_extent_type(space) == H5S_NULL) return {0};
  const int rank = checked(H5Sget_simple_extent_ndims(space), "a dataset without a shape");
  std::array<hsize_t, H5S_MAX_RANK> dims{};
  checked(H5Sget_simple_extent_dims(space, dims.data(), nullptr), "a dataset without a shape");
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    if (dims.at(static_cast<std::size_t>(axis)) > static_cast<hsize_t>(std::numeric_limits<std::int64_t>::max()))
      throw Error(ErrorCode::kResourceExhausted, "a dataset's dimension is too large");
    shape.push_back(static_cast<std::int64_t>(dims.at(static_cast<std::size_t>(axis))));
  }
  return shape;
}

void check_filters(hid_t properties) {
  const int filters = checked(H5Pget_nfilters(properties), "unknown filters");
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter =
        checked(H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config), "unknown filter");
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
      throw Error(ErrorCode::kUnsupported, upkeep::format("a dataset is packed by filter {}", filter),
                  "gzip, shuffle and fletcher32 can be read");
  }
}

void check_chunks(hid_t properties, std::size_t width, const Limits& limits) {
  std::array<hsize_t, H5S_MAX_RANK> dims{};
  const int rank = checked(H5Pget_chunk(properties, H5S_MAX_RANK, dims.data()), "a chunked dataset without chunks");
  std::size_t bytes = width;
  for (int axis = 0; axis < rank; ++axis) bytes = checked_product(bytes, dims.at(static_cast<std::size_t>(axis)), "a chunk");
  expect_at_most(bytes, limits.chunk_bytes, "a chunk");
  check_filters(properties);
}

// Refuses what would read other files, and what claims more than its stored bytes can hold (deflate packs 1032 : 1 at best).
void check_storage(hid_t dataset, std::size_t width, std::size_t bytes, Allowance& allowance) {
  const Id properties = owned(H5Dget_create_plist(dataset), H5Pclose, "a dataset without properties");
  if (H5Pget_external_count(properties.get()) != 0)
    throw Error(ErrorCode::kUnsupported, "a dataset whose values are in another file is refused");
  const H5D_layout_t layout = H5Pget_layout(properties.get());
  if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
    throw Error(ErrorCode::kUnsupported, "a virtual dataset is refused: its values are in other files");
  if (layout == H5D_CHUNKED) check_chunks(properties.get(), width, allowance.limits());
  const hsize_t stored = H5Dget_storage_size(dataset);
  if (stored > allowance.file_bytes() || bytes > checked_product(stored, layout == H5D_CHUNKED ? 1032 : 1, "a dataset"))
    throw Error(ErrorCode::kCorrupt,
                upkeep::format("a dataset of {} bytes has {} bytes in a file of {}", bytes, stored, allowance.file_bytes()));
  allowance.take(stored);
}

template <typename T>
Tensor read_values(hid_t dataset, hid_t memory_type, Shape shape, std::size_t count) {
  std::vector<T> values(count);
  if (count > 0) checked(H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "cannot read a dataset");
  return Tensor(std::move(shape), std::move(values));
}

// Two opaque bytes: how NumPy, and so Keras, writes a bfloat16, which is the upper half of a float32.
bool is_bfloat16(hid_t type) { return H5Tget_class(type) == H5T_OPAQUE && H5Tget_size(type) == 2; }

Tensor read_bfloat16(hid_t dataset, hid_t type, Shape shape, std::size_t count) {
  std::vector<std::uint16_t> halves(count);
  if (count > 0) checked(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, halves.data()), "cannot read a dataset");
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::bit_cast<float>(static_cast<std::uint32_t>(halves[i]) << 16U);
  return Tensor(std::move(shape), std::move(values));
}

Tensor read_dataset(hid_t dataset, Allowance& allowance) {
  const Id type = owned(H5Dget_type(dataset), H5Tclose, "a dataset without a type");
  const bool bfloat16 = is_bfloat16(type.get());
  const bool floating = bfloat16 || is_float(type.get());
  if (!floating && !is_integer(type.get())) throw Error(ErrorCode::kUnsupported, "the values are neither IEEE floats nor integers");
  const Id space = owned(H5Dget_space(dataset), H5Sclose, "a dataset without a shape");
  Shape shape = shape_of(space.get());
  std::size_t count = 1;
  for (const std::int64_t dim : shape) count = checked_product(count, static_cast<std::size_t>(dim), "a dataset");
  expect_at_most(checked_product(count, floating ? sizeof(float) : sizeof(std::int64_t), "a dataset"), allowance.limits().dataset_bytes,
                 "a dataset");
  const std::size_t width = H5Tget_size(type.get());
  check_storage(dataset, width, checked_product(count, width, "a dataset"), allowance);
  if (bfloat16) return read_bfloat16(dataset, type.get(), std::move(shape), count);
  if (floating) return read_values<float>(dataset, H5T_NATIVE_FLOAT, std::move(shape), count);
  return read_values<std::int64_t>(dataset, H5T_NATIVE_INT64, std::move(shape), count);
}

}  // namespace

std::unique_lock<std::mutex> exclusive() {
  static std::mutex mutex;
  return std::unique_lock(mutex);
}

// --- reading -------------------------------------------------------------------------------------------------------

std::string Group::where(const std::string& path) const { return path_.empty() ? path : path_ + "/" + path; }

bool Group::has_attribute(const std::string& name) const {
  return checked(H5Aexists(id_.get(), name.c_str()), "cannot look up an attribute") > 0;
}

std::vector<std::string> Group::strings(const std::string& attribute) const {
  if (!has_attribute(attribute)) throw Error(ErrorCode::kNotFound, upkeep::format("no attribute \"{}\"", where(attribute)));
  return in_contained_context(upkeep::format("attribute \"{}\"", where(attribute)), [&] {
    const Id opened = owned(H5Aopen(id_.get(), attribute.c_str(), H5P_DEFAULT), H5Aclose, "cannot open it");
    const Id space = owned(H5Aget_space(opened.get()), H5Sclose, "it has no shape");
    const auto count = static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space.get()), "it has no size"));
    if (count == 0) return std::vector<std::string>();
    if (count > allowance_->limits().names)
      throw Error(ErrorCode::kResourceExhausted, upkeep::format("{} texts; the limit is {}", count, allowance_->limits().names));
    const Id type = owned(H5Aget_type(opened.get()), H5Tclose, "it has no type");
    if (H5Tget_class(type.get()) != H5T_STRING) throw Error(ErrorCode::kCorrupt, "it is not text");
    if (H5Tis_variable_str(type.get()) <= 0) return read_fixed_strings(opened.get(), type.get(), count, *allowance_);
    allowance_->take(bytes_of_variable_strings(opened.get(), count));
    return read_variable_strings(opened.get(), type.get(), space.get(), count);
  });
}

std::string Group::text(const std::string& attribute) const {
  const std::vector<std::string> values = strings(attribute);
  if (values.size() != 1)
    throw Error(ErrorCode::kCorrupt, upkeep::format("attribute \"{}\" holds {} texts instead of one", where(attribute), values.size()));
  return values.front();
}

std::vector<std::string> Group::names_in(const std::string& attribute) const {
  std::vector<std::string> names = strings(attribute);
  for (const std::string& name : names)
    in_context(upkeep::format("attribute \"{}\"", where(attribute)),
               [&] { expect_at_most(name.size(), allowance_->limits().name_bytes, "a name"); });
  return names;
}

std::vector<std::string> Group::texts(const std::string& attribute) const {
  if (has_attribute(attribute) || !has_attribute(attribute + "0")) return names_in(attribute);
  std::vector<std::string> all;
  for (std::size_t part = 0; has_attribute(attribute + std::to_string(part)); ++part) {
    std::ranges::move(names_in(attribute + std::to_string(part)), std::back_inserter(all));
    if (all.size() > allowance_->limits().names)
      throw Error(ErrorCode::kResourceExhausted, upkeep::format("attribute \"{}\" has too many parts", where(attribute)));
  }
  return all;
}

bool Group::has(const std::string& path) const {
  return checked(H5Lexists(id_.get(), path.c_str(), H5P_DEFAULT), "cannot look up a name") > 0;
}

// Part by part, so that no link on the way leads elsewhere.
Id Group::open(const std::string& path) const {
  const ContainedPlace place(upkeep::format("\"{}\"", where(path)));
  Id current;
  const auto at = [&] { return current.get() >= 0 ? current.get() : id_.get(); };
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" is no name", where(path)));
    if (H5Iget_type(at()) != H5I_GROUP)
      throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" leads through something that is no group", where(path)));
    if (checked(H5Lexists(at(), part.c_str(), H5P_DEFAULT), "cannot look up a name") <= 0)
      throw Error(ErrorCode::kNotFound, upkeep::format("no \"{}\"", where(path)));
    H5L_info2_t link;
    checked(H5Lget_info2(at(), part.c_str(), &link, H5P_DEFAULT), "cannot look up a link");
    if (link.type != H5L_TYPE_HARD)
      throw Error(ErrorCode::kUnsupported, upkeep::format("\"{}\" is a soft or external link, which is refused", where(path)));
    current = owned(H5Oopen(at(), part.c_str(), H5P_DEFAULT), H5Oclose, upkeep::format("cannot open \"{}\"", where(path)));
  }
  return current;
}

Group Group::group(const std::string& path) const {
  Id opened = open(path);
  if (H5Iget_type(opened.get()) != H5I_GROUP) throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" is no group", where(path)));
  return Group(std::move(opened), where(path), allowance_);
}

bool Group::is_group(const std::string& path) const {
  const Id opened = open(path);
  return H5Iget_type(opened.get()) == H5I_GROUP;
}

std::string Group::identity() const {
  H5O_info2_t about;
  checked(H5Oget_info3(id_.get(), &about, H5O_INFO_BASIC), "cannot look at a group");
  return {reinterpret_cast<const char*>(&about.token), sizeof(about.token)};
}

namespace {

struct Listing {
  const Allowance* allowance;
  std::vector<std::string> names = {};
  std::uint64_t bytes = 0;
};

// Ends the listing where the names become too many.
herr_t add_name(hid_t, const char* name, const H5L_info2_t*, void* into) {
  auto& listing = *static_cast<Listing*>(into);
  listing.names.emplace_back(name);
  listing.bytes += listing.names.back().size() + 1;
  return listing.allowance->covers(listing.bytes) ? 0 : 1;
}

}  // namespace

std::vector<std::string> Group::names() const {
  return in_contained_context(upkeep::format("group \"/{}\"", path_), [&] {
    const Limits& limits = allowance_->limits();
    H5G_info_t about;
    checked(H5Gget_info(id_.get(), &about), "cannot list it");
    if (about.nlinks > limits.names)
      throw Error(ErrorCode::kResourceExhausted, upkeep::format("it has {} names; the limit is {}", about.nlinks, limits.names));
    Listing listing{.allowance = allowance_};
    checked(H5Literate2(id_.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_name, &listing), "cannot list it");
    allowance_->take(listing.bytes);
    for (const std::string& name : listing.names) expect_at_most(name.size(), limits.name_bytes, "a name");
    std::ranges::sort(listing.names);
    return std::move(listing.names);
  });
}

Tensor Group::tensor(const std::string& path) const {
  const Id opened = open(path);
  return in_contained_context(upkeep::format("dataset \"{}\"", where(path)), [&] {
    if (H5Iget_type(opened.get()) != H5I_DATASET) throw Error(ErrorCode::kCorrupt, "it is no dataset");
    return read_dataset(opened.get(), *allowance_);
  });
}

struct Reader::State {
  State(const Limits& limits, std::uint64_t file_bytes) : allowance(limits, file_bytes) {
    expect_at_most(file_bytes, limits.file_bytes, "the file");
  }

  Library library;
  Allowance allowance;
  std::string bytes;  // where the file is in memory
  Id file;

  void open(const Id& access, const char* name) {
    checked(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), "no way to close a file");
    file = owned(H5Fopen(name, H5F_ACC_RDONLY, access.get()), H5Fclose, "cannot open the file");
  }
};

namespace {

// The memory driver works on bytes that it owns; here it borrows the reader's.
void* lend(std::size_t, H5FD_file_image_op_t, void* image) { return image; }
void* keep(void* to, const void*, std::size_t, H5FD_file_image_op_t, void*) { return to; }
herr_t leave(void*, H5FD_file_image_op_t, void*) { return 0; }
void* same(void* image) { return image; }
herr_t stay(void*) { return 0; }

}  // namespace

Reader::Reader(const std::filesystem::path& file, const Limits& limits) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) throw Error(ErrorCode::kNotFound, error.message());
  state_ = std::make_unique<State>(limits, size);
  const Id access = owned(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "no access list");
  checked(H5Pset_fapl_sec2(access.get()), "no file driver");
  checked(H5Pset_file_locking(access.get(), false, true), "no way to read without a lock");
  state_->open(access, file.c_str());
}

Reader::Reader(std::string bytes, const Limits& limits) : state_(std::make_unique<State>(limits, bytes.size())) {
  state_->bytes = std::move(bytes);
  const Id access = owned(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "no access list");
  checked(H5Pset_fapl_core(access.get(), std::size_t{1} << 20U, false), "no memory driver");
  H5FD_file_image_callbacks_t borrowed{.image_malloc = lend,
                                       .image_memcpy = keep,
                                       .image_realloc = nullptr,
                                       .image_free = leave,
                                       .udata_copy = same,
                                       .udata_free = stay,
                                       .udata = state_->bytes.data()};
  checked(H5Pset_file_image_callbacks(access.get(), &borrowed), "no way to read from memory");
  checked(H5Pset_file_image(access.get(), state_->bytes.data(), state_->bytes.size()), "cannot read from memory");
  state_->open(access, "in-memory.h5");
}

Reader::~Reader() = default;

Group Reader::root() const {
  return Group(owned(H5Gopen2(state_->file.get(), "/", H5P_DEFAULT), H5Gclose, "no root group"), "", &state_->allowance);
}

// --- writing -------------------------------------------------------------------------------------------------------

struct Writer::State {
  Library library;
  Id file;
  Id links;  // creation properties: missing groups above are made

  Id group(const std::string& path) const {
    if (path.empty()) return owned(H5Gopen2(file.get(), "/", H5P_DEFAULT), H5Gclose, "no root group");
    return owned(H5Gopen2(file.get(), path.c_str(), H5P_DEFAULT), H5Gclose, "no group \"" + path + "\"");
  }
  void attribute(const std::string& path, const std::string& name, hid_t space, const std::vector<const char*>& values) const {
    const Id type = variable_string();
    checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), "no string type");
    const Id at = group(path);
    const Id made =
        owned(H5Acreate2(at.get(), name.c_str(), type.get(), space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, "cannot write an attribute");
    if (!values.empty()) checked(H5Awrite(made.get(), type.get(), values.data()), "cannot write an attribute");
  }
};

Writer::Writer() : state_(std::make_unique<State>()) {
  const Id access = owned(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "no access list");
  checked(H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false), "no memory driver");
  state_->file = owned(H5Fcreate("upkeep-in-memory.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose, "cannot start a file");
  state_->links = owned(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "no link properties");
  checked(H5Pset_create_intermediate_group(state_->links.get(), 1), "no link properties");
}

Writer::~Writer() = default;

void Writer::group(const std::string& path) {
  owned(H5Gcreate2(state_->file.get(), path.c_str(), state_->links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose,
        "cannot make group \"" + path + "\"");
}

void Writer::text(const std::string& group, const std::string& attribute, const std::string& value) {
  const Id space = owned(H5Screate(H5S_SCALAR), H5Sclose, "no scalar");
  state_->attribute(group, attribute, space.get(), {value.c_str()});
}

void Writer::texts(const std::string& group, const std::string& attribute, const std::vector<std::string>& values) {
  constexpr std::size_t kEntryBytes = 16;                     // a variable-length text in an attribute is a reference of 16 bytes
  constexpr std::size_t kPerAttribute = 64512 / kEntryBytes;  // an attribute lies in its object's header, which holds 64 KiB
  for (std::size_t begin = 0, part = 0; begin == 0 || begin < values.size(); begin += kPerAttribute, ++part) {
    std::vector<const char*> pointers;
    for (std::size_t i = begin; i < std::min(values.size(), begin + kPerAttribute); ++i) pointers.push_back(values[i].c_str());
    const hsize_t count = pointers.size();
    const Id space = owned(H5Screate_simple(1, &count, nullptr), H5Sclose, "no list");
    state_->attribute(group, values.size() > kPerAttribute ? attribute + std::to_string(part) : attribute, space.get(), pointers);
  }
}

void Writer::tensor(const std::string& path, const Tensor& tensor) {
  if (tensor.dtype() != DType::kFloat32 && tensor.dtype() != DType::kInt64)
    throw Error(ErrorCode::kUnsupported, upkeep::format("cannot write \"{}\" of type {}", path, to_string(tensor.dtype())),
                "float32 and int64 can be written");
  const bool floating = tensor.dtype() == DType::kFloat32;
  const std::vector<hsize_t> dims(tensor.shape().begin(), tensor.shape().end());
  const Id space = dims.empty() ? owned(H5Screate(H5S_SCALAR), H5Sclose, "no scalar")
                                : owned(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose, "no shape");
  const Id properties = owned(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "no dataset properties");
  checked(H5Pset_obj_track_times(properties.get(), false), "no dataset properties");
  const Id dataset = owned(H5Dcreate2(state_->file.get(), path.c_str(), floating ? H5T_IEEE_F32LE : H5T_STD_I64LE, space.get(),
                                      state_->links.get(), properties.get(), H5P_DEFAULT),
                           H5Dclose, "cannot make dataset \"" + path + "\"");
  checked(H5Dwrite(dataset.get(), floating ? H5T_NATIVE_FLOAT : H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.bytes().data()),
          "cannot write dataset \"" + path + "\"");
}

std::string Writer::finish() {
  checked(H5Fflush(state_->file.get(), H5F_SCOPE_GLOBAL), "cannot finish the file");
  const auto size = checked(H5Fget_file_image(state_->file.get(), nullptr, 0), "cannot finish the file");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  checked(H5Fget_file_image(state_->file.get(), bytes.data(), bytes.size()), "cannot finish the file");
  state_->file = Id();
  return bytes;
}

}  // namespace upkeep::hdf5
