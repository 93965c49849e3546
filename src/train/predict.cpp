// Predictions of any model, layered or foreign: batches through a session, outputs joined along axis 0.

#include <algorithm>
#include <cstring>

#include "base/format.hpp"
#include "base/names.hpp"
#include "runtime/session.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

std::int64_t rows_of(const Tensors& inputs) {
  std::int64_t rows = -1;
  for (const auto& [name, tensor] : inputs) {
    if (tensor.rank() == 0)
      throw Error(ErrorCode::kInvalidArgument, "input \"" + name + "\" has no rows", "its first dimension is the row");
    if (rows >= 0 && tensor.dim(0) != rows)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("input \"{}\" has {} rows, another has {}", name, tensor.dim(0), rows));
    rows = tensor.dim(0);
  }
  if (rows <= 0) throw Error(ErrorCode::kInvalidArgument, "no rows to predict");
  return rows;
}

// Numbers in the model's own types. Names and shapes are left to the session, which says what is wrong with them.
Tensors converted(const Tensors& inputs, const std::vector<TensorSpec>& specs) {
  Tensors made = inputs;
  for (const TensorSpec& spec : specs) {
    const auto found = made.find(spec.name);
    if (found == made.end() || found->second.dtype() == spec.dtype) continue;
    if (size_bits(found->second.dtype()) >= 8 && size_bits(spec.dtype) >= 8) found->second = found->second.cast(spec.dtype);
  }
  return made;
}

// The batch that the model was made for, where it takes no other.
std::int64_t fixed_batch(const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs)
    if (!spec.dims.empty() && spec.dims[0].known()) return spec.dims[0].value;
  return 0;
}

Tensor padded_texts(const Tensor& part, const Shape& shape) {
  std::vector<std::string> texts = part.strings();
  const std::size_t row = texts.size() / static_cast<std::size_t>(part.dim(0));
  const std::vector<std::string> last(texts.end() - static_cast<std::ptrdiff_t>(row), texts.end());
  for (std::int64_t i = part.dim(0); i < shape[0]; ++i) texts.insert(texts.end(), last.begin(), last.end());
  return Tensor(shape, std::move(texts));
}

// Rows [begin, end), the last one repeated until there are `rows`.
Tensor padded(const Tensor& tensor, std::int64_t begin, std::int64_t end, std::int64_t rows) {
  const Tensor part = tensor.rows(begin, end);
  if (end - begin == rows) return part;
  Shape shape = part.shape();
  shape[0] = rows;
  if (part.dtype() == DType::kString) return padded_texts(part, shape);
  const std::size_t row_bytes = part.size_bytes() / static_cast<std::size_t>(end - begin);
  std::vector<std::byte> bytes(part.bytes().begin(), part.bytes().end());
  const std::vector<std::byte> last(bytes.end() - static_cast<std::ptrdiff_t>(row_bytes), bytes.end());
  while (bytes.size() < static_cast<std::size_t>(rows) * row_bytes) bytes.insert(bytes.end(), last.begin(), last.end());
  return Tensor::from_bytes(part.dtype(), shape, bytes);
}

Tensor joined(const std::string& name, const std::vector<Tensor>& parts) {
  if (parts.size() == 1) return parts[0];
  Shape shape = parts[0].shape();
  shape[0] = 0;
  std::vector<std::byte> bytes;
  std::vector<std::string> strings;
  for (const Tensor& part : parts) {
    if (part.rank() != shape.size() || !std::equal(shape.begin() + 1, shape.end(), part.shape().begin() + 1))
      throw Error(ErrorCode::kUnsupported, upkeep::format("output \"{}\" changes its shape from {} to {}", name,
                                                          to_string(parts[0].shape()), to_string(part.shape())));
    shape[0] += part.dim(0);
    if (part.dtype() == DType::kString) strings.insert(strings.end(), part.strings().begin(), part.strings().end());
    else bytes.insert(bytes.end(), part.bytes().begin(), part.bytes().end());
  }
  return parts[0].dtype() == DType::kString ? Tensor(shape, std::move(strings)) : Tensor::from_bytes(parts[0].dtype(), shape, bytes);
}

}  // namespace

Tensors predict(const Model& model, const Tensors& inputs, std::int64_t batch_size, int threads) {
  if (batch_size < 1) throw Error(ErrorCode::kInvalidArgument, upkeep::format("a batch of {} rows", batch_size), "give 1 or more");
  const std::int64_t rows = rows_of(inputs);
  const Session session(model, {.threads = threads});
  const Tensors data = converted(inputs, session.inputs());
  const std::int64_t fixed = fixed_batch(session.inputs());
  const std::int64_t size = fixed > 0 ? fixed : batch_size;
  std::map<std::string, std::vector<Tensor>> parts;
  for (std::int64_t begin = 0; begin < rows; begin += size) {
    const std::int64_t end = std::min(rows, begin + size);
    Tensors batch;
    for (const auto& [name, tensor] : data) batch.emplace(name, padded(tensor, begin, end, fixed > 0 ? fixed : end - begin));
    for (auto& [name, output] : session.run(batch)) {
      if (output.rank() == 0 || output.dim(0) < end - begin)
        throw Error(ErrorCode::kUnsupported,
                    upkeep::format("output \"{}\" {} has not one row per input row", name, to_string(output.shape())));
      parts[name].push_back(output.rows(0, end - begin));
    }
  }
  Tensors outputs;
  for (const auto& [name, list] : parts) outputs.emplace(name, joined(name, list));
  return outputs;
}

}  // namespace upkeep
