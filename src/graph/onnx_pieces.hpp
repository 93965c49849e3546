// The bytes of a model in pieces, those of large weights where they lie in memory: writing a model copies no weight. Seen by this folder
// only.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "graph/onnx_proto.hpp"

namespace upkeep::proto {

struct Pieces {
  std::vector<std::string_view> views;  // one after the other; valid while this is, and the model
  std::size_t size = 0;

  void add(std::string text) { view(texts_.emplace_back(std::move(text))); }
  void view(std::string_view bytes);
  void append(Pieces pieces);

 private:
  std::list<std::string> texts_;
};

// The message of a model; `place` says of tensors whether their data is kept elsewhere. Throws Error{kResourceExhausted}: more bytes than
// protobuf can count.
Pieces pieces_of(const Model& model, const PlaceData& place = {});
std::string joined(const Pieces& pieces);

}  // namespace upkeep::proto
