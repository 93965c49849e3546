#include "graph/onnx_skeleton.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "graph/onnx_wire.hpp"

namespace upkeep::proto {
namespace {

constexpr std::uint64_t kLeftOut = 1024;
constexpr std::size_t kAhead = 65536;  // read at once
constexpr const char* kKey = "upkeep.left_out";

constexpr std::uint64_t tag_of(int field, WireType type) { return static_cast<std::uint64_t>(field) << 3U | type; }

// The file from front to back, a piece at a time.
class Input {
 public:
  Input(std::uint64_t size, const ReadAt& read) : size_(size), read_(read) {}

  std::uint64_t at() const { return at_; }
  std::uint64_t size() const { return size_; }

  std::uint64_t varint(std::uint64_t end) {
    return read_varint([&] {
      if (at_ >= end) throw not_onnx("the bytes end inside a number");
      return next();
    });
  }

  // Where a field of `count` bytes from here ends.
  std::uint64_t end_of(std::uint64_t count, std::uint64_t end) const {
    if (count > end - at_) throw not_onnx("the bytes end inside a field");
    return at_ + count;
  }

  void skip_to(std::uint64_t place) { at_ = place; }

  void copy_to(std::uint64_t place, std::string& out) {
    const std::size_t before = out.size();
    out.resize(before + (place - at_));
    std::span<std::byte> rest = std::as_writable_bytes(std::span(out).subspan(before));
    const std::size_t ready =
        std::min<std::uint64_t>(rest.size(), at_ >= first_ && at_ < first_ + ahead_.size() ? first_ + ahead_.size() - at_ : 0);
    if (ready > 0) std::memcpy(rest.data(), ahead_.data() + (at_ - first_), ready);
    if (ready < rest.size()) read_(at_ + ready, rest.subspan(ready));
    at_ = place;
  }

 private:
  std::uint8_t next() {
    if (at_ < first_ || at_ >= first_ + ahead_.size()) {
      first_ = at_;
      ahead_.resize(std::min<std::uint64_t>(kAhead, size_ - at_));
      read_(first_, ahead_);
    }
    return static_cast<std::uint8_t>(ahead_[at_++ - first_]);
  }

  std::uint64_t size_;
  const ReadAt& read_;
  std::uint64_t at_ = 0;
  std::uint64_t first_ = 0;  // the place of what was read ahead
  std::vector<std::byte> ahead_;
};

void put(std::uint64_t number, std::string& out) {
  std::uint8_t bytes[10];
  const std::uint8_t* end = google::protobuf::io::CodedOutputStream::WriteVarint64ToArray(number, bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(end - bytes));
}

class Copy {
 public:
  Copy(Input& in, std::vector<FileRange>& left_out) : in_(in), left_out_(left_out) {}

  void model(std::uint64_t end, std::string& out) {
    fields(end, out, [&](std::uint64_t tag) {
      if (tag != tag_of(onnx::ModelProto::kGraphFieldNumber, kBytes)) return false;
      message(tag, end, out, [&](std::uint64_t inner_end, std::string& inner) { graph(inner_end, inner); });
      return true;
    });
  }

 private:
  void graph(std::uint64_t end, std::string& out) {
    fields(end, out, [&](std::uint64_t tag) {
      if (tag != tag_of(onnx::GraphProto::kInitializerFieldNumber, kBytes)) return false;
      message(tag, end, out, [&](std::uint64_t inner_end, std::string& inner) { tensor(inner_end, inner); });
      return true;
    });
  }

  // Of several raw_data fields the last one counts, as for protobuf.
  void tensor(std::uint64_t end, std::string& out) {
    std::optional<FileRange> raw;
    bool elsewhere = false;  // it says something of external data itself
    fields(end, out, [&](std::uint64_t tag) {
      elsewhere |= tag == tag_of(onnx::TensorProto::kExternalDataFieldNumber, kBytes);
      if (tag == tag_of(onnx::TensorProto::kDataLocationFieldNumber, kVarint)) {
        const std::uint64_t location = in_.varint(end);
        elsewhere |= location != onnx::TensorProto::DEFAULT;
        put(tag, out), put(location, out);
        return true;
      }
      if (tag != tag_of(onnx::TensorProto::kRawDataFieldNumber, kBytes)) return false;
      const std::uint64_t size = in_.varint(end);
      raw = {in_.at(), size};
      in_.skip_to(in_.end_of(size, end));
      return true;
    });
    if (!raw) return;
    if (raw->size >= kLeftOut && !elsewhere) return leave_out(*raw, out);
    put(tag_of(onnx::TensorProto::kRawDataFieldNumber, kBytes), out), put(raw->size, out);
    const std::uint64_t after = in_.at();
    in_.skip_to(raw->offset);
    in_.copy_to(raw->offset + raw->size, out);
    in_.skip_to(after);
  }

  void leave_out(const FileRange& range, std::string& out) {
    onnx::TensorProto where;
    where.set_data_location(onnx::TensorProto::EXTERNAL);
    auto* entry = where.add_external_data();
    entry->set_key(kKey);
    entry->set_value(std::to_string(left_out_.size()));
    where.AppendToString(&out);
    left_out_.push_back(range);
  }

  // Copies the fields that `special` does not see to.
  template <typename Special>
  void fields(std::uint64_t end, std::string& out, Special&& special) {
    int groups = 0;  // unknown groups that are open
    while (in_.at() < end) {
      const std::uint64_t tag = in_.varint(end);
      if (groups == 0 && special(tag)) continue;
      put(tag, out);
      switch (tag & 7U) {
        case kVarint: put(in_.varint(end), out); break;
        case kFixed64: in_.copy_to(in_.end_of(8, end), out); break;
        case kFixed32: in_.copy_to(in_.end_of(4, end), out); break;
        case kGroupStart: ++groups; break;
        case kGroupEnd: --groups; break;
        case kBytes: {
          const std::uint64_t size = in_.varint(end);
          put(size, out);
          in_.copy_to(in_.end_of(size, end), out);
          break;
        }
        default: throw not_onnx("a field has no valid type");
      }
    }
  }

  template <typename Content>
  void message(std::uint64_t tag, std::uint64_t end, std::string& out, Content&& content) {
    const std::uint64_t size = in_.varint(end);
    std::string inner;
    content(in_.end_of(size, end), inner);
    put(tag, out), put(inner.size(), out);
    out += inner;
  }

  Input& in_;
  std::vector<FileRange>& left_out_;
};

}  // namespace

std::optional<FileRange> Skeleton::range_of(const onnx::TensorProto& tensor) const {
  if (tensor.external_data_size() != 1 || tensor.external_data(0).key() != kKey) return std::nullopt;
  const std::string& text = tensor.external_data(0).value();
  std::size_t number = left_out.size();
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number < left_out.size() ? std::optional(left_out[number]) : std::nullopt;
}

Skeleton read_skeleton(std::uint64_t size, const ReadAt& read) {
  Skeleton made;
  Input in(size, read);
  Copy(in, made.left_out).model(size, made.bytes);
  return made;
}

}  // namespace upkeep::proto
