#pragma once

#include "engine/package/model.h"

namespace tessera::package {

/// A programme of two renditions at 30 fps with 4 s segments and one AAC mix, 10 s long; sizes chosen so that rates
/// are easy to work out by hand.
inline Presentation sample_presentation() {
  Presentation p;
  p.id = "portrait";
  p.folder = "portrait";
  p.duration = {10, 1};
  Track high;
  high.id = "1080p";
  high.codecs = "avc1.640028";
  high.timescale = 90000;
  high.first_tick = 90000;
  high.init = "media/h-init.mp4";
  high.width = 1080;
  high.height = 1920;
  high.fps = {30, 1};
  // 4,000,000 and 5,000,000 bit/s; the last 2 s at 6,000,000.
  high.segments = {
      {"media/h0.m4s", 2'000'000, 360000}, {"media/h1.m4s", 2'500'000, 360000}, {"media/h2.m4s", 1'500'000, 180000}};
  Track low = high;
  low.id = "360p";
  low.codecs = "avc1.64001e";
  low.init = "media/l-init.mp4";
  low.width = 360;
  low.height = 640;
  low.segments = {
      {"media/l0.m4s", 300'000, 360000}, {"media/l1.m4s", 250'000, 360000}, {"media/l2.m4s", 100'000, 180000}};
  p.video = {high, low};
  Track audio;
  audio.id = "main";
  audio.video = false;
  audio.codecs = "mp4a.40.2";
  audio.timescale = 48000;
  audio.first_tick = 48000 - 1024;
  audio.init = "media/a-init.mp4";
  audio.lang = "en";
  audio.channels = 2;
  audio.sample_rate = 48000;
  audio.segments = {
      {"media/a0.m4s", 64'512, 189 * 1024}, {"media/a1.m4s", 63'488, 187 * 1024}, {"media/a2.m4s", 32'256, 94 * 1024}};
  p.audio = {audio};
  return p;
}

}  // namespace tessera::package
