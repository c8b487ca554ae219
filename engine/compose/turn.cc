#include "engine/compose/turn.h"

#include <utility>

namespace tessera::compose {
namespace {

media::Siting mirrored(media::Siting siting) {
  switch (siting) {
    case media::Siting::kCosited:
      return media::Siting::kCositedLast;
    case media::Siting::kCositedLast:
      return media::Siting::kCosited;
    case media::Siting::kCentred:
      break;
  }
  return siting;
}

/// Where the last sample, first after mirroring, sits when measured from the other edge.
int mirrored(int site, int shift, int luma_samples) {
  const int samples = (luma_samples + (1 << shift) - 1) >> shift;
  return 64 * luma_samples - (64 << shift) * (samples - 1) - site;
}

void mirror_x(Turned& t) {
  t.sites.x = mirrored(t.sites.x, t.format.chroma_shift_x, t.format.width);
  t.format.siting_x = mirrored(t.format.siting_x);
}

void mirror_y(Turned& t) {
  t.sites.y = mirrored(t.sites.y, t.format.chroma_shift_y, t.format.height);
  t.format.siting_y = mirrored(t.format.siting_y);
}

void transpose(Turned& t) {
  std::swap(t.format.width, t.format.height);
  std::swap(t.format.chroma_shift_x, t.format.chroma_shift_y);
  std::swap(t.format.siting_x, t.format.siting_y);
  std::swap(t.sites.x, t.sites.y);
}

}  // namespace

int first_site(media::Siting siting, int shift) {
  if (shift == 0) return 32;
  switch (siting) {
    case media::Siting::kCosited:
      return 32;
    case media::Siting::kCositedLast:
      return 96;
    case media::Siting::kCentred:
      break;
  }
  return 64;
}

Sites sites_of(const media::FrameFormat& format) {
  return {first_site(format.siting_x, format.chroma_shift_x), first_site(format.siting_y, format.chroma_shift_y)};
}

Turned turned(const media::FrameFormat& format, media::Orientation orientation) {
  Turned t{format, sites_of(format)};
  t.format.semi_planar = false;
  t.format.msb_shift = 0;
  if ((orientation & 4) != 0) mirror_x(t);
  const int quarters = orientation & 3;
  if (quarters == 1 || quarters == 2) mirror_y(t);
  if (quarters == 2 || quarters == 3) mirror_x(t);
  if (quarters == 1 || quarters == 3) transpose(t);
  return t;
}

}  // namespace tessera::compose
