#include "kernels/taps.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <mutex>
#include <optional>

#include "kernels/simd/layout.h"

namespace tessera::kernels {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// sin(pi * x). libm's sin differs between platforms in the last bit; this does not.
double sin_pi(double x) {
  const double turns = std::floor(x + 0.5);
  const double r = (x - turns) * kPi;  // within +-pi/2, and sin_pi(x) = +-sin(r)
  const double r2 = r * r;
  double sum = 0.0;
  for (int n = 21; n >= 3; n -= 2) sum = (1.0 - sum) * r2 / static_cast<double>(n * (n - 1));
  const double sine = r * (1.0 - sum);
  const bool odd = turns - 2.0 * std::floor(turns * 0.5) != 0.0;
  return odd ? -sine : sine;
}

double lanczos3(double x) {
  if (x == 0.0) return 1.0;
  if (x <= -3.0 || x >= 3.0) return 0.0;
  return 3.0 * sin_pi(x) * sin_pi(x / 3.0) / (kPi * kPi * x * x);
}

double catmull_rom(double x) {
  const double a = x < 0.0 ? -x : x;
  if (a < 1.0) return (1.5 * a - 2.5) * a * a + 1.0;
  if (a < 2.0) return ((-0.5 * a + 2.5) * a - 4.0) * a + 2.0;
  return 0.0;
}

double bilinear(double x) {
  const double a = x < 0.0 ? -x : x;
  return a < 1.0 ? 1.0 - a : 0.0;
}

double b_spline(double x) {
  const double a = x < 0.0 ? -x : x, b = 2.0 - a;
  if (a < 1.0) return ((3.0 * a - 6.0) * a * a + 4.0) / 6.0;
  if (a < 2.0) return b * b * b / 6.0;
  return 0.0;
}

struct Kernel {
  double (*weight)(double);
  int support;
};

Kernel kernel_of(Filter filter) {
  switch (filter) {
    case Filter::kCatmullRom:
      return {catmull_rom, 2};
    case Filter::kBilinear:
      return {bilinear, 1};
    case Filter::kBSpline:
      return {b_spline, 2};
    case Filter::kLanczos3:
      break;
  }
  return {lanczos3, 3};
}

int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// The source samples that the crop touches, both ends included.
struct Span {
  int lo, hi;
};

Span touched(const AxisSpec& s) {
  const int64_t unit = int64_t{64} << s.src_shift;
  const int64_t lo = floor_div(s.crop_start, unit);
  const int64_t hi = floor_div(int64_t{s.crop_start} + s.crop_size - 1, unit);
  const int64_t last = s.src_samples - 1;
  return {static_cast<int>(std::clamp<int64_t>(lo, 0, last)), static_cast<int>(std::clamp<int64_t>(hi, 0, last))};
}

/// Centre of destination sample i in source samples: whole part and fraction.
struct Centre {
  int64_t whole;
  double fraction;
};

Centre centre_of(const AxisSpec& s, int i) {
  const int64_t position = (int64_t{i} << (6 + s.dst_shift)) + s.dst_site;
  const int64_t numerator =
      (int64_t{s.crop_start} - s.src_site) * s.dst_size + (position - s.dst_start) * int64_t{s.crop_size};
  const int64_t denominator = int64_t{s.dst_size} << (6 + s.src_shift);
  const int64_t whole = floor_div(numerator, denominator);
  return {whole, static_cast<double>(numerator - whole * denominator) / static_cast<double>(denominator)};
}

/// How far the kernel is widened: the downscale ratio, at most the crop's own length.
double widening(const AxisSpec& s, int samples) {
  const double ratio = static_cast<double>(int64_t{s.crop_size} << s.dst_shift) /
                       static_cast<double>(int64_t{s.dst_size} << s.src_shift);
  return std::clamp(ratio, 1.0, static_cast<double>(samples));
}

/// Integer taps for samples centre - half + 1 .. centre + half, not yet clamped to the crop.
void quantise(const Kernel& kernel, double fraction, double scale, int half, std::vector<double>& weights,
              std::vector<int>& taps) {
  double sum = 0.0;
  for (int k = 0; k < 2 * half; ++k) {
    const double distance = static_cast<double>(k - half + 1) - fraction;
    weights[static_cast<size_t>(k)] = kernel.weight(distance / scale);
    sum += weights[static_cast<size_t>(k)];
  }
  int total = 0;
  for (size_t k = 0; k < weights.size(); ++k) {
    taps[k] = static_cast<int>(std::floor(weights[k] * kTapOne / sum + 0.5));
    total += taps[k];
  }
  taps[static_cast<size_t>(half - 1)] += kTapOne - total;
}

/// An output's taps over the samples [first, first + taps.size()), with no zeros at the ends.
struct Output {
  int first = 0;
  std::vector<int16_t> taps;
};

Output fold(const std::vector<int>& taps, int64_t base, Span span, std::vector<int>& row) {
  row.assign(static_cast<size_t>(span.hi - span.lo + 1), 0);
  for (size_t k = 0; k < taps.size(); ++k) {
    const int64_t at = std::clamp<int64_t>(base + static_cast<int64_t>(k), span.lo, span.hi);
    row[static_cast<size_t>(at - span.lo)] += taps[k];
  }
  size_t begin = 0, end = row.size();
  while (begin + 1 < end && row[begin] == 0) ++begin;
  while (end > begin + 1 && row[end - 1] == 0) --end;
  Output out{span.lo + static_cast<int>(begin), {}};
  for (size_t k = begin; k < end; ++k) out.taps.push_back(static_cast<int16_t>(row[k]));
  return out;
}

/// One table from all outputs: as few taps an output as all of them allow, window starts that never fall.
Taps pack(std::vector<Output>& outputs, int hi) {
  Taps table;
  table.first.resize(outputs.size());
  int lowest = hi;
  for (size_t i = outputs.size(); i-- > 0;) {
    lowest = std::min(lowest, outputs[i].first);
    table.first[i] = lowest;
    const int end = outputs[i].first + static_cast<int>(outputs[i].taps.size());
    table.size = std::max(table.size, end - lowest);
  }
  table.stride = (table.size + 7) / 8 * 8;
  table.taps.assign(outputs.size() * static_cast<size_t>(table.stride), 0);
  for (size_t i = 0; i < outputs.size(); ++i) {
    table.first[i] = std::min(table.first[i], hi - table.size + 1);
    int16_t* row = table.taps.data() + i * static_cast<size_t>(table.stride);
    std::copy(outputs[i].taps.begin(), outputs[i].taps.end(), row + (outputs[i].first - table.first[i]));
  }
  return table;
}

}  // namespace

struct Taps::Kept {
  std::once_flag once;
  std::optional<TapLayout> layout;
};

TapTable Taps::view() const {
  return {first.data(), taps.data(), static_cast<int>(first.size()), size, stride, nullptr};
}

TapTable Taps::laid_out() const {
  TapTable table = view();
  if (kept_ == nullptr) return table;
  std::call_once(kept_->once, [&] { kept_->layout.emplace(table); });
  table.layout = &*kept_->layout;
  return table;
}

namespace {

/// The outputs of an axis one by one.
class Outputs {
 public:
  explicit Outputs(const AxisSpec& spec)
      : spec_(spec),
        kernel_(kernel_of(spec.filter)),
        span_(touched(spec)),
        scale_(widening(spec, span_.hi - span_.lo + 1)),
        half_(static_cast<int>(std::ceil(kernel_.support * scale_))),
        weights_(static_cast<size_t>(2 * half_)),
        taps_(weights_.size()) {}

  Output at(int i) {
    const Centre centre = centre_of(spec_, i);
    quantise(kernel_, centre.fraction, scale_, half_, weights_, taps_);
    return fold(taps_, centre.whole - half_ + 1, span_, row_);
  }

 private:
  const AxisSpec spec_;
  const Kernel kernel_;
  const Span span_;
  const double scale_;
  const int half_;
  std::vector<double> weights_;
  std::vector<int> taps_, row_;
};

/// The mean of two outputs: halves are carried to the next tap, so that the sum stays exact.
Output mean_of(const Output& a, const Output& b) {
  const auto end = [](const Output& o) { return o.first + static_cast<int>(o.taps.size()); };
  const auto tap = [&](const Output& o, int at) {
    return at < o.first || at >= end(o) ? 0 : o.taps[static_cast<size_t>(at - o.first)];
  };
  Output mean{std::min(a.first, b.first), {}};
  int carry = 0;
  for (int at = mean.first; at < std::max(end(a), end(b)); ++at) {
    const int sum = tap(a, at) + tap(b, at) + carry;
    mean.taps.push_back(static_cast<int16_t>(sum >> 1));
    carry = sum & 1;
  }
  return mean;
}

}  // namespace

Taps make_taps(const AxisSpec& spec) {
  assert(spec.crop_size > 0 && spec.dst_size > 0 && spec.src_samples > 0 && spec.count > 0);
  assert(!spec.paired || (spec.src_shift == 0 && spec.dst_shift == 1));
  AxisSpec each = spec;
  if (spec.paired) {
    each.dst_shift = 0;
    each.dst_site = each.src_site;
  }
  Outputs axis(each);
  std::vector<Output> outputs;
  outputs.reserve(static_cast<size_t>(spec.count));
  for (int i = spec.first; i < spec.first + spec.count; ++i) {
    outputs.push_back(spec.paired ? mean_of(axis.at(2 * i), axis.at(2 * i + 1)) : axis.at(i));
  }
  Taps table = pack(outputs, touched(each).hi);
  table.kept_ = std::make_shared<Taps::Kept>();
  return table;
}

}  // namespace tessera::kernels
