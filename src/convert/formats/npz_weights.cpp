// The weights alone as NumPy's archive: an array for each, "dense/kernel", in Keras's layout. numpy.load reads it, numpy.savez writes it.

#include "convert/formats/format.hpp"
#include "convert/formats/shared/weights.hpp"
#include "data/sources/npz.hpp"

namespace upkeep::formats {

namespace {

constexpr std::uint64_t kHeaderBytes = 1 << 16;  // of one .npy array, at most

Weights load_npz_weights(const std::filesystem::path& file, const LayeredModel& layered) {
  WeightTaker taker(layered.architecture);
  const auto check = [&](std::string_view name, std::uint64_t bytes) { taker.expect_bytes(name, bytes, kHeaderBytes); };
  for (const auto& [name, array] : sources::read_npz(file, check)) taker.take(name, array);
  return taker.finish();
}

}  // namespace

void add_npz_weights(FormatCatalog& catalog) {
  catalog.add({.name = "npz",
               .aliases = {},
               .extensions = {".npz"},
               .help = "NumPy's archive of arrays: the weights alone, by \"LAYER/WEIGHT\"; read with --weights",
               .settings = {},
               .sniff = nullptr,
               .of_layers = true,
               .load = nullptr,
               .save =
                   [](const Model& model, const std::filesystem::path& file) {
                     const Weights weights = weights_of(model);
                     if (weights.empty()) throw Error(ErrorCode::kInvalidArgument, "the model has no weights to write");
                     sources::write_npz(weights, file);
                   },
               .load_weights = load_npz_weights});
}

}  // namespace upkeep::formats
