#include "kernels/tone.h"

#include <cmath>

#include "kernels/ref/tone.h"

// Doubles with + - * / and floor only, no contraction: no platform's libm matters.
namespace tessera::kernels {
namespace {

constexpr double kLn2 = 0.693147180559945309417;

/// ln(x) of a positive number: 2 artanh((m - 1) / (m + 1)) after halving or doubling to m near 1.
double logarithm(double x) {
  int halvings = 0;
  for (; x > 1.4142135623730951; x *= 0.5) ++halvings;
  for (; x < 0.7071067811865476; x *= 2) --halvings;
  const double t = (x - 1) / (x + 1), square = t * t;
  double sum = 0;
  for (int k = 23; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return 2 * t * sum + halvings * kLn2;
}

/// e^x: Taylor after reduction to +-ln(2)/2.
double exponential(double x) {
  const double halves = std::floor(x / kLn2 + 0.5), r = x - halves * kLn2;
  double sum = 1;
  for (int k = 16; k >= 1; --k) sum = 1 + sum * r / k;
  for (double n = halves; n > 0; --n) sum *= 2;
  for (double n = halves; n < 0; ++n) sum *= 0.5;
  return sum;
}

double power(double x, double exponent) { return x > 0 ? exponential(exponent * logarithm(x)) : 0; }

double unit(double v) { return v < 0 ? 0 : v > 1 ? 1 : v; }

// BT.2100, PQ.
constexpr double kM1 = 2610.0 / 16384, kM2 = 2523.0 / 4096 * 128;
constexpr double kC1 = 3424.0 / 4096, kC2 = 2413.0 / 4096 * 32, kC3 = 2392.0 / 4096 * 32;

double pq_nits(double signal) {
  const double p = power(signal, 1 / kM2), above = p - kC1;
  return above > 0 ? 10000 * power(above / (kC2 - kC3 * p), 1 / kM1) : 0;
}

double pq_signal(double nits) {
  const double p = power(nits / 10000, kM1);
  return power((kC1 + kC2 * p) / (1 + kC3 * p), kM2);
}

// BT.2100, HLG: the inverse of its OETF, scene light 0..1.
double hlg_scene(double signal) {
  constexpr double kA = 0.17883277, kB = 0.28466892, kC = 0.55991073;
  return signal <= 0.5 ? signal * signal / 3 : (exponential((signal - kC) / kA) + kB) / 12;
}

constexpr double kWhiteNits = 203;  // BT.2408: what SDR's white stands for
constexpr double kHlgNits = 1000;

/// BT.2390's EETF, from a black of 0 to a black of 0 and from `peak_nits` to kWhiteNits.
double compressed(double nits, double peak_nits) {
  const double peak = pq_signal(peak_nits), most = pq_signal(kWhiteNits) / peak, knee = 1.5 * most - 0.5;
  const double e = unit(pq_signal(nits) / peak);
  if (e <= knee) return nits;
  const double t = (e - knee) / (1 - knee), t2 = t * t, t3 = t2 * t;
  return pq_nits(((2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (3 * t2 - 2 * t3) * most) * peak);
}

/// Light of the result, 1 being its white, of a component of the source's signal.
double light_of(double signal, HdrTransfer transfer, double peak_nits) {
  if (transfer == HdrTransfer::kPq) return compressed(pq_nits(signal), peak_nits) / kWhiteNits;
  return compressed(kHlgNits * power(hlg_scene(signal), 1.2), kHlgNits) / kWhiteNits;
}

double rounded(double v) { return std::floor(v + 0.5); }

}  // namespace

ToneTables make_tone_tables(HdrTransfer transfer, int peak_nits) {
  ToneTables tables;
  for (int i = 0; i <= ref::kToneSignal; ++i) {
    const double light = unit(light_of(static_cast<double>(i) / ref::kToneSignal, transfer, peak_nits));
    tables.light.push_back(static_cast<int32_t>(rounded(light * ref::kToneLight)));
  }
  const auto display = [&](double light) {
    const double signal = power(unit(light / ref::kToneLight), 1 / 2.4);
    tables.display.push_back(static_cast<int16_t>(rounded(signal * ref::kToneDisplay)));
  };
  constexpr int kStep = 1 << ref::kToneCoarseBits;
  for (int i = 0; i < ref::kToneFine; ++i) display(i);
  for (int i = ref::kToneFine; i < ref::kToneLight; i += kStep) display(i + (kStep - 1) / 2.0);  // the middle of those
  for (int i = 0; i < 2; ++i) display(ref::kToneLight);  // one more, for reads of four bytes
  return tables;
}

}  // namespace tessera::kernels
