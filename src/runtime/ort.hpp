// What this folder needs of ONNX Runtime's API. Seen by this folder only.
#pragma once

#include <onnxruntime_cxx_api.h>

#include <string>
#include <vector>

#include "graph/onnx.hpp"
#include "runtime/session.hpp"

namespace upkeep::runtime {

// ONNX Runtime's library, loaded on the first call. Throws Error{kNotFound} where there is none, and looks again the next time.
const OrtApiBase& library();

// One per process, shared by all sessions. It is never destroyed: sessions in static storage may outlive main.
Ort::Env& environment();

inline constexpr std::size_t kSharedBytes = 64 << 10;  // weights from this size on are not copied into the runtime

int thread_count(const SessionOptions& options);
Ort::SessionOptions session_options(const SessionOptions& options);
// Has a session that is made with `options` read these weights where they are. `held` keeps them alive, as long as the session.
void share_weights(const ModelWithoutWeights& parts, Ort::SessionOptions& options, std::vector<Tensor>& held);

Error translate(std::string message, const Ort::Exception& error);

// Runs `work`; an exception of the runtime becomes an Error.
template <typename Work>
void ort_call(const char* message, Work&& work) {
  try {
    work();
  } catch (const Ort::Exception& error) {
    throw translate(message, error);
  }
}

// A value over memory of somebody else. Strings are copied in.
Ort::Value view(const Tensor& tensor);
Ort::Value view(DType dtype, const Shape& shape, void* data);

// The value as a tensor that owns it; the elements of a sequence as "NAME.0", "NAME.1", ... Throws Error{kUnsupported} for a map and for an
// optional value that is absent.
void take(const std::string& name, Ort::Value&& value, Tensors& into);

}  // namespace upkeep::runtime
