#include "data/sources/shared/npy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/format.hpp"
#include "base/utf8.hpp"
#include "upkeep/error.hpp"

namespace upkeep::sources {

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::uint32_t kMostHeaderBytes = 1 << 16;
constexpr std::size_t kMostAxes = 64;  // NumPy's own limit

Error corrupt(std::string what) { return Error(ErrorCode::kCorrupt, std::move(what)); }

struct Header {
  char order = '|';      // '<', '>', '|'
  char kind = 0;         // b i u f c U S
  std::size_t item = 0;  // bytes of one element
  bool fortran = false;
  Shape shape;
};

// --- the header's Python literal: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } -----------------------

class Literal {
 public:
  explicit Literal(std::string_view text) : text_(text) {}

  void expect(char c) {
    if (!take(c)) throw corrupt(upkeep::format("the header of the array is not what NumPy writes (no '{}')", c));
  }
  bool take(char c) {
    skip_space();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool at(char c) {
    skip_space();
    return !text_.empty() && text_.front() == c;
  }
  std::string_view string() {
    const char quote = at('"') ? '"' : '\'';
    expect(quote);
    const std::size_t end = std::min(text_.find(quote), text_.size());
    const std::string_view inside = text_.substr(0, end);
    text_.remove_prefix(end);
    expect(quote);
    return inside;
  }
  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text_.starts_with(word)) {
        text_.remove_prefix(word.size());
        return value;
      }
    throw corrupt("the header of the array is not what NumPy writes (fortran_order is neither True nor False)");
  }
  std::int64_t integer() {
    skip_space();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) throw corrupt("the header of the array holds no valid dimension");
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }
  Shape tuple() {
    Shape shape;
    expect('(');
    while (!take(')')) {
      shape.push_back(integer());
      if (shape.size() > kMostAxes) throw corrupt("the array has too many axes");
      if (!at(')')) expect(',');
    }
    return shape;
  }

 private:
  void skip_space() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size())); }

  std::string_view text_;
};

void read_descr(std::string_view descr, Header& header) {
  if (descr.size() < 2) throw corrupt(upkeep::format("\"{}\" is no element type", descr));
  header.order = descr[0];
  header.kind = descr[1];
  if (header.kind == 'O')
    throw Error(ErrorCode::kUnsupported, "the array holds Python objects (pickle), which are code and are not loaded",
                "save numbers or strings: numpy.savez(file, x=x.astype(float))");
  const std::string_view digits = descr.substr(2);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), header.item);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::string_view("<>|=").contains(header.order))
    throw Error(ErrorCode::kUnsupported, upkeep::format("elements of NumPy's type \"{}\" are not read", descr),
                "numbers, truth values and strings are");
  if (header.kind == 'U' && __builtin_mul_overflow(header.item, std::size_t{4}, &header.item)) throw corrupt("the strings are too long");
}

Header parse_header(std::string_view text) {
  Header header;
  Literal literal(text);
  int seen = 0;
  literal.expect('{');
  while (!literal.take('}')) {
    const std::string_view key = literal.string();
    literal.expect(':');
    if (key == "descr") {
      if (literal.at('[')) throw Error(ErrorCode::kUnsupported, "the array has named fields", "save each field as an array of its own");
      read_descr(literal.string(), header);
    } else if (key == "fortran_order") {
      header.fortran = literal.boolean();
    } else if (key == "shape") {
      header.shape = literal.tuple();
    } else {
      throw corrupt(upkeep::format("the header of the array has an unknown key \"{}\"", key));
    }
    ++seen;
    if (!literal.at('}')) literal.expect(',');
  }
  if (seen != 3 || header.kind == 0) throw corrupt("the header of the array is not complete");
  return header;
}

// --- elements -------------------------------------------------------------------------------------------------------

struct NumberType {
  char kind;
  std::size_t item;
  DType dtype;
};
constexpr std::array kNumberTypes = {
    NumberType{'b', 1, DType::kBool},      NumberType{'i', 1, DType::kInt8},       NumberType{'i', 2, DType::kInt16},
    NumberType{'i', 4, DType::kInt32},     NumberType{'i', 8, DType::kInt64},      NumberType{'u', 1, DType::kUInt8},
    NumberType{'u', 2, DType::kUInt16},    NumberType{'u', 4, DType::kUInt32},     NumberType{'u', 8, DType::kUInt64},
    NumberType{'f', 2, DType::kFloat16},   NumberType{'f', 4, DType::kFloat32},    NumberType{'f', 8, DType::kFloat64},
    NumberType{'c', 8, DType::kComplex64}, NumberType{'c', 16, DType::kComplex128}};

DType dtype_of(const Header& header) {
  if (header.kind == 'U' || header.kind == 'S') return DType::kString;
  for (const NumberType& one : kNumberTypes)
    if (one.kind == header.kind && one.item == header.item) return one.dtype;
  throw Error(ErrorCode::kUnsupported, upkeep::format("elements of NumPy's type \"{}{}\" are not read", header.kind, header.item),
              "numbers of up to 64 bits, truth values and strings are");
}

void swap_bytes(std::span<std::byte> bytes, std::size_t width) {
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) std::ranges::reverse(bytes.subspan(at, width));
}

// What of an element is swapped as a whole: a part of a complex number, a character of a unicode string.
std::size_t swap_width(const Header& header) {
  if (header.kind == 'U') return 4;
  if (header.kind == 'S') return 1;
  return header.kind == 'c' ? header.item / 2 : header.item;
}

// Elements that lie with the first axis fastest, in row-major order.
std::shared_ptr<std::byte[]> from_fortran(const std::byte* from, const Shape& shape, std::size_t item) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  auto to = std::make_shared_for_overwrite<std::byte[]>(count * item);
  std::vector<std::size_t> strides(shape.size());
  std::size_t stride = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    strides[axis] = stride;
    stride *= static_cast<std::size_t>(shape[axis]);
  }
  std::vector<std::int64_t> place(shape.size());
  std::size_t source = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(&to[static_cast<std::ptrdiff_t>(i * item)], from + source * item, item);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      source += strides[axis];
      if (++place[axis] < shape[axis]) break;
      source -= strides[axis] * static_cast<std::size_t>(shape[axis]);
      place[axis] = 0;
    }
  }
  return to;
}

void append_character(std::string& text, std::uint32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) throw corrupt(upkeep::format("a string holds {:#x}, which is no character", c));
  append_utf8(text, c);
}

std::string read_text(std::span<const std::byte> cell, char kind) {
  std::string text;
  if (kind == 'S') {
    text.assign(reinterpret_cast<const char*>(cell.data()), cell.size());
  } else {
    for (std::size_t at = 0; at < cell.size(); at += 4) {
      std::uint32_t c = 0;
      std::memcpy(&c, cell.data() + at, 4);
      append_character(text, c);
    }
  }
  text.resize(text.find_last_not_of('\0') + 1);  // padding
  return text;
}

Tensor texts(const Header& header, const std::byte* bytes) {
  const auto count = static_cast<std::size_t>(element_count(header.shape));
  std::vector<std::string> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back(read_text({bytes + i * header.item, header.item}, header.kind));
  return Tensor(header.shape, std::move(out));
}

Header read_header(std::uint64_t size, std::uint64_t& used, const std::function<void(std::span<std::byte>)>& read) {
  std::array<std::uint8_t, 12> start{};
  const auto next = [&](std::span<std::uint8_t> into) {
    used += into.size();
    if (used > size) throw corrupt("the array ends within its header");
    read(std::as_writable_bytes(into));
  };
  next(std::span(start).first(10));
  if (std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0) throw corrupt("this is no .npy array (the magic word is missing)");
  const int version = start[6];
  if (version < 1 || version > 3)
    throw Error(ErrorCode::kUnsupported, upkeep::format("version {} of .npy is not known", version), "1, 2 and 3 are");
  if (version > 1) next(std::span(start).subspan(10, 2));
  const std::uint32_t length =
      version == 1 ? start[8] | std::uint32_t{start[9]} << 8U
                   : start[8] | std::uint32_t{start[9]} << 8U | std::uint32_t{start[10]} << 16U | std::uint32_t{start[11]} << 24U;
  if (length > kMostHeaderBytes) throw corrupt(upkeep::format("the header of the array claims {} bytes", length));
  std::vector<std::uint8_t> text(length);
  next(text);
  return parse_header({reinterpret_cast<const char*>(text.data()), text.size()});
}

std::size_t promised_bytes(const Header& header) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::size_t>(element_count(header.shape)), header.item, &bytes))
    throw corrupt("the array has more bytes than 64 bits can count");
  return bytes;
}

}  // namespace

Tensor read_npy(std::uint64_t size, const std::function<void(std::span<std::byte>)>& read) {
  std::uint64_t used = 0;
  const Header header = read_header(size, used, read);
  const DType dtype = dtype_of(header);
  const std::size_t bytes = promised_bytes(header);
  if (bytes != size - used)
    throw corrupt(upkeep::format("an array of shape {} needs {} bytes, the file has {}", to_string(header.shape), bytes, size - used));
  if (header.item == 0 && element_count(header.shape) > static_cast<std::int64_t>(kMostHeaderBytes))
    throw corrupt("the array promises elements of no size");
  auto data = std::make_shared_for_overwrite<std::byte[]>(bytes);
  read({data.get(), bytes});
  if (header.order == '>' && swap_width(header) > 1) swap_bytes({data.get(), bytes}, swap_width(header));
  if (header.kind == 'b')
    std::ranges::transform(std::span(data.get(), bytes), data.get(), [](std::byte one) { return std::byte{one != std::byte{0}}; });
  if (header.fortran && header.shape.size() > 1) data = from_fortran(data.get(), header.shape, header.item);
  if (dtype == DType::kString) return texts(header, data.get());
  return Tensor::share(dtype, header.shape, data, data.get());
}

// --- writing --------------------------------------------------------------------------------------------------------

namespace {

// Code points of UTF-8 text; a malformed byte becomes U+FFFD.
std::vector<std::uint32_t> code_points(std::string_view text) {
  std::vector<std::uint32_t> points;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : (lead >> 5U) == 6 ? 2 : (lead >> 4U) == 14 ? 3 : (lead >> 3U) == 30 ? 4 : 0;
    std::uint32_t point = length == 1 ? lead : length == 0 ? 0xFFFD : lead & (0x7FU >> length);
    const std::size_t step = std::max<std::size_t>(length, 1);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : std::uint8_t{0};
      if ((next & 0xC0U) != 0x80U) {
        point = 0xFFFD;
        break;
      }
      point = point << 6U | (next & 0x3FU);
    }
    points.push_back(point);
    at = std::min(at + step, text.size());
  }
  return points;
}

Npy text_npy(const Tensor& values, const std::function<std::string(const std::string&)>& header) {
  std::vector<std::vector<std::uint32_t>> cells;
  std::size_t width = 1;
  for (const std::string& text : values.strings()) {
    cells.push_back(code_points(text));
    width = std::max(width, cells.back().size());
  }
  constexpr std::size_t kMost = std::size_t{1} << 30;
  if (width > kMost / std::max<std::size_t>(cells.size(), 1))
    throw Error(ErrorCode::kResourceExhausted,
                upkeep::format("{} texts of up to {} characters are too much for NumPy's fixed width", cells.size(), width),
                "save as .parquet");
  std::vector<std::uint32_t> all(cells.size() * width);
  for (std::size_t i = 0; i < cells.size(); ++i) std::ranges::copy(cells[i], all.begin() + static_cast<std::ptrdiff_t>(i * width));
  const auto count = static_cast<std::int64_t>(all.size());
  return {header(upkeep::format("<U{}", width)), Tensor({count}, std::move(all))};
}

std::string header_text(const std::string& descr, const Shape& shape) {
  std::string tuple;
  for (const std::int64_t dim : shape) tuple += upkeep::format("{}, ", dim);
  if (shape.size() > 1) tuple.resize(tuple.size() - 2);  // "(3, 4)", "(3,)"
  else if (shape.size() == 1) tuple.pop_back();
  std::string text = upkeep::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, tuple);
  const bool longer = text.size() > 65'000;
  const std::size_t start = longer ? 12 : 10;
  text.append(63 - (start + text.size()) % 64, ' ');  // the elements start at a multiple of 64
  text += '\n';
  std::string header(kMagic);
  header += longer ? '\2' : '\1';
  header += '\0';
  for (std::size_t i = 0; i < start - 8; ++i) header += static_cast<char>(text.size() >> (8 * i) & 0xFFU);
  return header + text;
}

}  // namespace

Npy to_npy(const Tensor& values) {
  if (values.dtype() == DType::kString)
    return text_npy(values, [&](const std::string& descr) { return header_text(descr, values.shape()); });
  if (values.dtype() == DType::kBFloat16) return to_npy(values.cast(DType::kFloat32));
  for (const NumberType& one : kNumberTypes)
    if (one.dtype == values.dtype())
      return {header_text(upkeep::format("{}{}{}", one.item == 1 ? '|' : '<', one.kind, one.item), values.shape()), values};
  throw Error(ErrorCode::kUnsupported, upkeep::format("NumPy has no elements of type {}", to_string(values.dtype())),
              "convert them to float32");
}

}  // namespace upkeep::sources
