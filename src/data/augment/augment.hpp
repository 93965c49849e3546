// Augmentation: members that change a training sample at random, as Keras's preprocessing layers do; what belongs to the image (mask,
// boxes, labels) follows it.
//
// A member draws all its chances from the Random it is given, which depends on seed, epoch, row and the member's place in the list only
// (sample_random): the same samples come out whatever the batch size and the number of threads. Members are immutable: any thread may use
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/random.hpp"

namespace upkeep::augment {

// Of one sample. A row of a table is 1 x 1 with its features as channels.
struct ImageShape {
  int height = 0;
  int width = 0;
  int channels = 0;
  std::size_t size() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  bool is_row() const { return height == 1 && width == 1; }
  bool operator==(const ImageShape&) const = default;
};
std::string to_string(const ImageShape& shape);  // "28 x 28 x 1"

struct Image {
  ImageShape shape;
  std::vector<float> pixels;  // [height, width, channels]
  bool empty() const { return pixels.empty(); }
  float* at(int y, int x) {
    return pixels.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width) + static_cast<std::size_t>(x)) *
                               static_cast<std::size_t>(shape.channels);
  }
  const float* at(int y, int x) const { return const_cast<Image*>(this)->at(y, x); }
};

// In pixels; the pixel in column x covers [x, x + 1).
struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  float label = 0;
  bool empty() const { return !(right > left && bottom > top); }
};

// What the data as a whole looks like.
struct DataFacts {
  double low = 0;  // smallest and largest value of all samples
  double high = 255;
  std::vector<float> deviations;  // standard deviation of each feature; of tables only
};

struct Sample {
  Image image;
  Image mask;  // classes by pixel; empty: none
  std::vector<Box> boxes;
  std::vector<float> labels;  // one-hot classes or numbers; empty: none, or such as cannot be mixed (class indices)
};

// How samples of a batch go together: a part of another one pasted in, or all of it laid over.
enum class Mixing { kNone, kPaste, kBlend };

class Augmenter {
 public:
  virtual ~Augmenter() = default;
  // The shape that comes out. Throws Error{kInvalidArgument} for samples that the member cannot take.
  virtual ImageShape output(const ImageShape& in) const { return in; }
  // Changes the sample in place.
  virtual void apply(Sample& sample, const DataFacts& facts, Random& random) const = 0;
  // For members that mix samples: called instead of apply() with another sample of the batch, as that was before any of the batch was
  // mixed.
  virtual Mixing mixing() const { return Mixing::kNone; }
  virtual void mix(Sample& sample, const Sample& other, Random& random) const;
  // Whether it also takes rows of tables.
  virtual bool takes_rows() const { return false; }
};

struct AugmenterEntry {
  std::string name;                  // "rotation"
  std::vector<std::string> aliases;  // "RandomRotation"
  std::string help;
  Settings settings;
  std::function<std::unique_ptr<Augmenter>(const Json& settings)> make;
};
using AugmenterCatalog = Catalog<AugmenterEntry>;
const AugmenterCatalog& catalog();

}  // namespace upkeep::augment
