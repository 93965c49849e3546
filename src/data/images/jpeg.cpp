// JPEG by libjpeg-turbo's own interface, which returns its errors (libjpeg's needs longjmp).

#include <turbojpeg.h>

#include <memory>

#include "data/images/decoders.hpp"

namespace upkeep::images {

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xFF\xD8\xFF"); }

Picture decode_jpeg(std::string_view bytes, int channels) {
  struct Destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
  };
  const std::unique_ptr<void, Destroy> decoder(tjInitDecompress());
  if (!decoder) throw Error(ErrorCode::kResourceExhausted, "libjpeg-turbo cannot start");
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0;
  int height = 0;
  int sampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &sampling, &colours) != 0)
    throw damaged("JPEG", tjGetErrorStr2(decoder.get()));
  if (width < 1 || height < 1) throw damaged("JPEG", "it ends before its picture");
  if (colours == TJCS_CMYK || colours == TJCS_YCCK)
    throw Error(ErrorCode::kUnsupported, "this JPEG file has the colours of print (CMYK)", "convert it to RGB");
  Picture picture = blank(height, width, channels);
  // A warning is data that is missing; a progressive file may not ask for endless scans.
  constexpr int kStrict = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT;
  const int format = channels == 1 ? TJPF_GRAY : TJPF_RGB;
  if (tjDecompress2(decoder.get(), data, bytes.size(), picture.pixels.data(), width, 0, height, format, kStrict) != 0)
    throw damaged("JPEG", tjGetErrorStr2(decoder.get()));
  return picture;
}

}  // namespace upkeep::images
