#pragma once

/// The body of `rotate`: where a turned sample comes from.
namespace tessera::kernels::ref {

struct Point {
  int x, y;
};

/// The source sample that lands on (x, y) of the turned plane.
/// @param width,height of the source plane
constexpr Point turned_from(int x, int y, int width, int height, int orientation) {
  Point from{x, y};
  switch (orientation & 3) {
    case 1:
      from = {y, height - 1 - x};
      break;
    case 2:
      from = {width - 1 - x, height - 1 - y};
      break;
    case 3:
      from = {width - 1 - y, x};
      break;
    default:
      break;
  }
  if ((orientation & 4) != 0) from.x = width - 1 - from.x;
  return from;
}

}  // namespace tessera::kernels::ref
