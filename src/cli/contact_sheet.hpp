// A sheet of pictures to look at: what augmentation makes of samples.
#pragma once

#include <string>
#include <vector>

#include "data/augment/augment.hpp"
#include "data/images/picture.hpp"

namespace upkeep {

struct SheetCell {
  augment::Image image;  // 3 channels are colours; of any other number the first is shown, in grey
  std::string caption;
};

struct ContactSheet {
  std::vector<std::string> headings;         // one for each column
  std::vector<std::vector<SheetCell>> rows;  // each as long as the headings; the first column stands apart
  double low = 0;                            // shown black
  double high = 255;                         // shown white
};

// Small images are enlarged by whole pixels, large ones reduced.
images::Picture draw(const ContactSheet& sheet);

// One image on the scale of the sheet: low is black, high white.
images::Picture to_picture(const augment::Image& image, double low, double high);

}  // namespace upkeep
