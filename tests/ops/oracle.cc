#include "tests/ops/oracle.h"

#include <algorithm>
#include <cmath>

namespace tessera::kernels {
namespace {

double sinc(double x) { return x == 0 ? 1 : std::sin(M_PI * x) / (M_PI * x); }

double kernel(Filter filter, double x) {
  const double a = std::abs(x);
  switch (filter) {
    case Filter::kLanczos3:
      return a < 3 ? sinc(x) * sinc(x / 3) : 0;
    case Filter::kCatmullRom:
      if (a < 1) return (3 * a * a * a - 5 * a * a + 2) / 2;
      return a < 2 ? (-a * a * a + 5 * a * a - 8 * a + 4) / 2 : 0;
    case Filter::kBilinear:
      return a < 1 ? 1 - a : 0;
    case Filter::kBSpline:
      if (a < 1) return 2.0 / 3 - a * a + a * a * a / 2;
      return a < 2 ? std::pow(2 - a, 3) / 6 : 0;
  }
  return 0;
}

struct Clamp {
  int lo, hi;
};

Clamp clamp_of(const AxisSpec& s) {
  const double unit = 64 << s.src_shift;
  const int last = s.src_samples - 1;
  return {std::clamp(static_cast<int>(std::floor(s.crop_start / unit)), 0, last),
          std::clamp(static_cast<int>(std::ceil((s.crop_start + s.crop_size) / unit)) - 1, 0, last)};
}

double widening(const AxisSpec& s) {
  const Clamp c = clamp_of(s);
  const double ratio = static_cast<double>(s.crop_size) / s.dst_size * (1 << s.dst_shift) / (1 << s.src_shift);
  return std::min(std::max(ratio, 1.0), static_cast<double>(std::max(1, c.hi - c.lo + 1)));
}

int support(Filter filter) { return filter == Filter::kLanczos3 ? 3 : filter == Filter::kBilinear ? 1 : 2; }

}  // namespace

double oracle_tap_count(const AxisSpec& spec) { return 2 * std::ceil(support(spec.filter) * widening(spec)); }

std::vector<double> oracle_weights(const AxisSpec& s, int i) {
  // Destination sample -> luma position on the destination -> luma position in the source -> source sample.
  const double luma = (s.first + i) * (64.0 * (1 << s.dst_shift)) + s.dst_site;
  const double there = s.crop_start + (luma - s.dst_start) * s.crop_size / s.dst_size;
  const double centre = (there - s.src_site) / (64.0 * (1 << s.src_shift));
  const double scale = widening(s), reach = support(s.filter) * scale;
  const Clamp c = clamp_of(s);
  std::vector<double> weights(static_cast<size_t>(s.src_samples), 0.0);
  double sum = 0;
  for (int k = static_cast<int>(std::floor(centre - reach)) - 1; k <= centre + reach + 1; ++k) {
    const double w = kernel(s.filter, (k - centre) / scale);
    weights[static_cast<size_t>(std::clamp(k, c.lo, c.hi))] += w;
    sum += w;
  }
  for (double& w : weights) w /= sum;
  return weights;
}

std::vector<double> oracle_resample(const TestPlane& src, int src_depth, const AxisSpec& x, const AxisSpec& y,
                                    int dst_depth) {
  const auto columns = static_cast<size_t>(x.count), rows = static_cast<size_t>(src.height());
  std::vector<double> middle(columns * rows);
  for (size_t i = 0; i < columns; ++i) {
    const std::vector<double> w = oracle_weights(x, static_cast<int>(i));
    for (size_t k = 0; k < w.size(); ++k) {
      if (w[k] == 0) continue;
      for (size_t r = 0; r < rows; ++r)
        middle[r * columns + i] += w[k] * src.get(static_cast<int>(k), static_cast<int>(r));
    }
  }
  const double gain = std::pow(2.0, dst_depth - src_depth), max = (1 << dst_depth) - 1;
  std::vector<double> out(columns * static_cast<size_t>(y.count));
  for (size_t j = 0; j < static_cast<size_t>(y.count); ++j) {
    const std::vector<double> w = oracle_weights(y, static_cast<int>(j));
    double* const row = out.data() + j * columns;
    for (size_t r = 0; r < rows; ++r) {
      if (w[r] == 0) continue;
      for (size_t i = 0; i < columns; ++i) row[i] += w[r] * middle[r * columns + i];
    }
    for (size_t i = 0; i < columns; ++i) row[i] = std::clamp(row[i] * gain, 0.0, max);
  }
  return out;
}

TestPlane exact_resample(const TestPlane& src, int src_depth, const Taps& x, const Taps& y, int dst_depth) {
  const auto columns = static_cast<int>(x.first.size()), rows = static_cast<int>(y.first.size());
  const auto middle = [&](int i, int r) {
    int64_t sum = 0;
    for (int k = 0; k < x.size; ++k) {
      sum += int64_t{x.taps[static_cast<size_t>(i * x.stride + k)]} * src.get(x.first[static_cast<size_t>(i)] + k, r);
    }
    return static_cast<int64_t>(std::floor(static_cast<double>(sum) / (1 << src_depth) + 0.5));
  };
  TestPlane out(columns, rows, dst_depth);
  out.fill([&](int i, int j) {
    int64_t sum = 0;
    for (int k = 0; k < y.size; ++k) {
      sum += y.taps[static_cast<size_t>(j * y.stride + k)] * middle(i, y.first[static_cast<size_t>(j)] + k);
    }
    const double value =
        std::floor(static_cast<double>(sum) / static_cast<double>(int64_t{1} << (28 - dst_depth)) + 0.5);
    return static_cast<int>(std::clamp(value, 0.0, static_cast<double>((1 << dst_depth) - 1)));
  });
  return out;
}

}  // namespace tessera::kernels
