// A message of a few bytes may ask for hundreds of bytes of memory once it is parsed, and one that is nested deeply for a call stack as
// deep. So the bytes are walked first: what a field is comes from the descriptors of ONNX's own messages.
#include "graph/onnx_wire.hpp"

#include <google/protobuf/descriptor.h>
#include <onnx/onnx_pb.h>

#include "base/utf8.hpp"

namespace upkeep::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// A node of an honest model has some inputs, outputs, attributes and types; with them about this many pieces (messages and strings).
constexpr std::size_t kPiecesPerNode = 32;

Error beyond(const std::string& what, std::size_t limit) {
  return Error(ErrorCode::kResourceExhausted, "the model has more than " + std::to_string(limit) + " " + what);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool at_end() const { return bytes_.empty(); }

  std::uint64_t varint() {
    return read_varint([this] {
      if (bytes_.empty()) throw not_onnx("the bytes end inside a number");
      const auto byte = static_cast<std::uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      return byte;
    });
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size()) throw not_onnx("the bytes end inside a field");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

 private:
  std::string_view bytes_;
};

class Walk {
 public:
  explicit Walk(const ModelLimits& limits) : limits_(limits) {}

  void message(std::string_view bytes, const Descriptor* type, int depth, int graphs) {
    if (depth > limits_.protobuf_depth) throw beyond("levels of nested messages", static_cast<std::size_t>(limits_.protobuf_depth));
    if (graphs > limits_.graph_depth) throw beyond("levels of nested graphs", static_cast<std::size_t>(limits_.graph_depth));
    Reader in(bytes);
    int groups = 0;  // unknown groups that are open
    std::size_t rank = 0;
    while (!in.at_end()) {
      const std::uint64_t tag = in.varint();
      if (tag >> 3 == 0 || tag >> 32 != 0) throw not_onnx("a field has no valid number");
      const auto* field = groups ? nullptr : type->FindFieldByNumber(static_cast<int>(tag >> 3));
      const auto wire = static_cast<std::uint32_t>(tag & 7);
      if (wire == kGroupStart && depth + ++groups > limits_.protobuf_depth) throw beyond("levels of nested groups", 100);
      if (wire == kGroupEnd && --groups < 0) throw not_onnx("a group ends that was not begun");
      if (!field || wire == kBytes) piece();
      if (wire == kVarint) in.varint();
      else if (wire == kFixed64) in.take(8);
      else if (wire == kFixed32) in.take(4);
      else if (wire == kBytes) content(in.take(in.varint()), field, depth, graphs, rank);
      else if (wire > kFixed32) throw not_onnx("a field has no valid type");
      if (field && wire == kVarint && is_dims(field)) ++rank;
      if (rank > limits_.rank) throw beyond("dimensions in one tensor", limits_.rank);
    }
    if (groups) throw not_onnx("the bytes end inside a group");
  }

 private:
  void piece() {
    if (++pieces_ > kPiecesPerNode * limits_.nodes) throw beyond("parts", kPiecesPerNode * limits_.nodes);
  }

  static bool is_dims(const FieldDescriptor* field) { return field->is_repeated() && field->name() == "dims"; }

  void content(std::string_view bytes, const FieldDescriptor* field, int depth, int graphs, std::size_t& rank) {
    if (!field) return;
    if (const Descriptor* inner = field->message_type()) {
      if (inner == node_ && ++nodes_ > limits_.nodes) throw beyond("nodes", limits_.nodes);
      if (field->containing_type() == shape_) ++rank;
      message(bytes, inner, depth + 1, graphs + (field->containing_type() == attribute_ && inner == graph_ ? 1 : 0));
    } else if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (!valid_utf8(bytes)) throw not_onnx("field " + std::string(field->full_name()) + " is not UTF-8");
    } else if (is_dims(field)) {  // packed
      for (Reader list(bytes); !list.at_end(); ++rank) {
        list.varint();
        if (rank > limits_.rank) return;
      }
    }
  }

  const ModelLimits& limits_;
  const Descriptor* graph_ = onnx::GraphProto::descriptor();
  const Descriptor* node_ = onnx::NodeProto::descriptor();
  const Descriptor* attribute_ = onnx::AttributeProto::descriptor();
  const Descriptor* shape_ = onnx::TensorShapeProto::descriptor();
  std::size_t nodes_ = 0;
  std::size_t pieces_ = 0;
};

}  // namespace

Error not_onnx(std::string why) { return Error(ErrorCode::kCorrupt, "not an ONNX model", std::move(why)); }

void check_wire(std::string_view bytes, const ModelLimits& limits) { Walk(limits).message(bytes, onnx::ModelProto::descriptor(), 1, 0); }

}  // namespace upkeep::proto
