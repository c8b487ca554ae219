#include "kernels/colour.h"

#include <cmath>

namespace tessera::kernels {
namespace {

/// Steps from black to white, and from the lowest to the highest chroma, of samples of `src_depth` brought to `depth`.
struct Scale {
  double luma, chroma;
};

Scale scale_of(const ColourModel& model, int src_depth, int depth) {
  if (!model.full_range) return {static_cast<double>(219 << (depth - 8)), static_cast<double>(224 << (depth - 8))};
  const double full =
      static_cast<double>((1 << src_depth) - 1) * static_cast<double>(1 << depth) / static_cast<double>(1 << src_depth);
  return {full, full};
}

int32_t fixed(double v) { return static_cast<int32_t>(std::floor(v * 16384.0 + 0.5)); }

int64_t round_div(int64_t a, int64_t b) { return a >= 0 ? (2 * a + b) / (2 * b) : -((-2 * a + b) / (2 * b)); }

}  // namespace

int black_of(const ColourModel& model, int depth) { return model.full_range ? 0 : 16 << (depth - 8); }

ConvertMatrix convert_matrix(const ColourModel& src, int src_depth, const ColourModel& dst, int depth) {
  const double kr = src.red / 10000.0, kb = src.blue / 10000.0, kg = 1.0 - kr - kb;
  const double lr = dst.red / 10000.0, lb = dst.blue / 10000.0, lg = 1.0 - lr - lb;
  // Of each primary, the share of Cb and Cr: R = Y + r_v Cr, B = Y + b_u Cb, G = Y + g_u Cb + g_v Cr.
  const double r_v = 2.0 * (1.0 - kr), b_u = 2.0 * (1.0 - kb);
  const double g_u = -kb * b_u / kg, g_v = -kr * r_v / kg;
  const double y_u = lg * g_u + lb * b_u, y_v = lr * r_v + lg * g_v;
  const double u = 2.0 * (1.0 - lb), v = 2.0 * (1.0 - lr);
  const Scale from = scale_of(src, src_depth, depth), to = scale_of(dst, depth, depth);
  ConvertMatrix m;
  m.y_y = fixed(to.luma / from.luma);
  m.y_u = fixed(y_u * to.luma / from.chroma);
  m.y_v = fixed(y_v * to.luma / from.chroma);
  m.u_u = fixed((b_u - y_u) / u * to.chroma / from.chroma);
  m.u_v = fixed(-y_v / u * to.chroma / from.chroma);
  m.v_u = fixed(-y_u / v * to.chroma / from.chroma);
  m.v_v = fixed((r_v - y_v) / v * to.chroma / from.chroma);
  m.src_black = black_of(src, depth);
  m.dst_black = black_of(dst, depth);
  m.grey = 128 << (depth - 8);
  return m;
}

std::array<uint16_t, 4> fill_value(uint32_t rgb, const ColourModel& model, int depth) {
  const int64_t r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255;
  const int64_t max = (int64_t{1} << depth) - 1;
  const int64_t luma_steps = model.full_range ? max : int64_t{219} << (depth - 8);
  const int64_t chroma_steps = model.full_range ? max : int64_t{224} << (depth - 8);
  const int64_t y = model.red * r + (10000 - model.red - model.blue) * g + model.blue * b;  // in 1 / (10000 * 255)
  const int64_t grey = int64_t{128} << (depth - 8);
  const auto chroma = [&](int64_t primary, int64_t weight) {
    const int64_t value = grey + round_div((10000 * primary - y) * chroma_steps, 2 * (10000 - weight) * 255);
    return static_cast<uint16_t>(value > max ? max : value);
  };
  return {static_cast<uint16_t>(black_of(model, depth) + round_div(y * luma_steps, int64_t{10000} * 255)),
          chroma(b, model.blue), chroma(r, model.red), static_cast<uint16_t>(max)};
}

}  // namespace tessera::kernels
