// The one file that sees OpenCV; see data/images/opencv.hpp. Built as a library by itself: it may use nothing else of ours.

#include "data/images/opencv.hpp"

#include <cmath>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

namespace {

template <typename Work>
const char* guarded(const Work& work) {
  static thread_local std::string problem;
  try {
    work();
    return nullptr;
  } catch (const std::exception& error) {
    problem = error.what();
    return problem.c_str();
  }
}

const char* blur(float* values, int height, int width, double sigma) {
  return guarded([&] {
    cv::Mat image(height, width, CV_32F, values);
    const int reach = static_cast<int>(std::ceil(4 * sigma));
    const cv::Mat kernel = cv::getGaussianKernel(2 * reach + 1, sigma, CV_32F);
    cv::sepFilter2D(image, image, CV_32F, kernel, kernel, cv::Point(-1, -1), 0, cv::BORDER_REFLECT);
  });
}

const char* resize(const std::uint8_t* from, int height, int width, int channels, std::uint8_t* to, int to_height, int to_width) {
  return guarded([&] {
    const cv::Mat source(height, width, CV_8UC(channels), const_cast<std::uint8_t*>(from));
    cv::Mat target(to_height, to_width, CV_8UC(channels), to);
    const bool shrinks = to_height < height || to_width < width;
    cv::resize(source, target, target.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  });
}

const char* text(std::uint8_t* pixels, int height, int width, int channels, int x, int y, double scale, std::uint8_t grey,
                 const char* words) {
  return guarded([&] {
    cv::Mat image(height, width, CV_8UC(channels), pixels);
    cv::putText(image, words, {x, y}, cv::FONT_HERSHEY_SIMPLEX, scale, cv::Scalar::all(grey), 1, cv::LINE_AA);
  });
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const upkeep::images::OpencvModule* upkeep_opencv_1() {
  static const upkeep::images::OpencvModule table = [] {
    cv::setNumThreads(0);  // our threads are the loader's
    return upkeep::images::OpencvModule{blur, resize, text};
  }();
  return &table;
}
