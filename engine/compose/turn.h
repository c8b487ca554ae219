#pragma once

#include "engine/media/frame.h"

namespace tessera::compose {

/// Where a plane's first sample sits along an axis, in 1/64 luma samples from the picture's edge.
int first_site(media::Siting siting, int shift);

/// A picture's chroma sites; luma's are always 32.
struct Sites {
  int x = 32, y = 64;
};

Sites sites_of(const media::FrameFormat& format);

/// A picture after turning: its size and subsampling, planar and not shifted, and where its chroma has come to lie.
/// (The siting words of the format cannot say it for odd sizes; the sites can.)
struct Turned {
  media::FrameFormat format;
  Sites sites;
};

Turned turned(const media::FrameFormat& format, media::Orientation orientation);

}  // namespace tessera::compose
