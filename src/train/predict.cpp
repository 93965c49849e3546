// Predictions of any model, layered or foreign: batches through a session, outputs joined along axis 0.

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"
#include "runtime/session.hpp"
#include "train/batches.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

// Numbers in the model's own types. Names and shapes are left to the session, which says what is wrong with them.
Tensors converted(const Tensors& inputs, const std::vector<TensorSpec>& specs) {
  Tensors made = inputs;
  for (const TensorSpec& spec : specs) {
    const auto found = made.find(spec.name);
    if (found == made.end() || found->second.dtype() == spec.dtype) continue;
    if (is_number_type(found->second.dtype()) && is_number_type(spec.dtype))
      found->second = in_context("input \"" + spec.name + "\"", [&] { return as_elements(found->second, spec.dtype); });
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

std::optional<std::int64_t> rows_of(const Tensors& inputs, const std::vector<TensorSpec>& specs) {
  std::map<std::string, std::int64_t> sizes;  // by the first axis's name
  std::set<std::int64_t> all;
  for (const auto& [name, tensor] : inputs) {
    if (tensor.rank() == 0) continue;
    all.insert(tensor.dim(0));
    const auto spec = std::ranges::find(specs, name, &TensorSpec::name);
    if (spec == specs.end() || spec->dims.empty() || spec->dims[0].symbol.empty()) continue;
    const auto [known, fresh] = sizes.try_emplace(spec->dims[0].symbol, tensor.dim(0));
    if (known->second != tensor.dim(0))
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("input \"{}\" has {} rows, another has {}", name, tensor.dim(0), known->second));
  }
  if (inputs.empty() || all.contains(0)) throw Error(ErrorCode::kInvalidArgument, "no rows to predict");
  return all.size() == 1 ? std::optional(*all.begin()) : std::nullopt;
}

void run_in_batches(const Session& session, const Tensors& inputs, std::int64_t batch_size, const BatchVisitor& visit) {
  const std::optional<std::int64_t> common = rows_of(inputs, session.inputs());
  const Tensors data = converted(inputs, session.inputs());
  if (!common) return visit(data, session.run(data), 0);
  const std::int64_t fixed = fixed_batch(session.inputs());
  const std::int64_t size = fixed > 0 ? fixed : batch_size;
  for (std::int64_t begin = 0; begin < *common; begin += size) {
    const std::int64_t end = std::min(*common, begin + size);
    Tensors batch;
    for (const auto& [name, tensor] : data)
      batch.emplace(name, tensor.rank() == 0 ? tensor : padded(tensor, begin, end, fixed > 0 ? fixed : end - begin));
    visit(batch, session.run(batch), end - begin);
  }
}

Tensors predict(const Model& model, const Tensors& inputs, std::int64_t batch_size, int threads) {
  if (batch_size < 1) throw Error(ErrorCode::kInvalidArgument, upkeep::format("a batch of {} rows", batch_size), "give 1 or more");
  const Session session(model, {.threads = threads});
  std::map<std::string, std::vector<Tensor>> parts;
  run_in_batches(session, inputs, batch_size, [&](const Tensors&, const Tensors& answers, std::int64_t rows) {
    for (const auto& [name, output] : answers) {
      if (rows > 0 && (output.rank() == 0 || output.dim(0) < rows))
        throw Error(ErrorCode::kUnsupported,
                    upkeep::format("output \"{}\" {} has not one row per input row", name, to_string(output.shape())));
      parts[name].push_back(rows > 0 ? output.rows(0, rows) : output);
    }
  });
  Tensors outputs;
  for (const auto& [name, list] : parts) outputs.emplace(name, joined(name, list));
  return outputs;
}

}  // namespace upkeep
