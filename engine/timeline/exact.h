#pragma once

#include "engine/base/rational.h"

/// Sums and linear maps of media times that can't overflow, whatever time bases a media file claims.
///
/// Each result is exact where its lowest denominator is at most 10^12 (any show rate with any microsecond time gives
/// that), else the nearest nanosecond, halves up; beyond +-290 years it is that bound. Pure, the same everywhere.
namespace tessera::timeline {

Rational add_times(const Rational& a, const Rational& b);
Rational sub_times(const Rational& a, const Rational& b);

/// The line through (x0, y0) and (x1, y1) at x. Where x1 == x0 the slope is 1. |x0|, |x1|, |y0|, |y1| up to 10^13.
Rational map_time(const Rational& x, Micros x0, Micros x1, Micros y0, Micros y1);

}  // namespace tessera::timeline
