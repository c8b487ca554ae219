#include "bench/model.h"

#include <algorithm>
#include <utility>

#include "engine/compose/compositor.h"

namespace tessera::bench {
namespace {

constexpr double kPixelsOf1080p = 1920.0 * 1080.0;
constexpr int64_t kBytesOf420 = 3;  // half bytes a pixel

int64_t picture_bytes(int64_t width, int64_t height) { return width * height * kBytesOf420 / 2; }

scene::Rect64 pixels(int x, int y, int w, int h) {
  return {x * scene::kPixel, y * scene::kPixel, w * scene::kPixel, h * scene::kPixel};
}

Result<media::FrameRef> picture(const media::FrameFormat& format) {
  TESSERA_TRY_ASSIGN(auto frame, media::allocate_frame(format));
  return media::FrameRef(std::move(frame));
}

void add_layer(scene::DrawList& list, scene::Source::Kind kind, const media::FrameRef& shown,
               const scene::Rect64& dst) {
  scene::Layer layer;
  layer.source.kind = kind;
  layer.crop = pixels(0, 0, shown->format.width, shown->format.height);
  layer.dst = dst;
  list.layers.push_back(layer);
}

/// The show's 2x2 grid: each guest covers its tile, so what is cropped lies outside the tile's shape.
scene::Rect64 crop_of(const ModelSettings& s, int tile_w, int tile_h) {
  const int w = std::min(s.guest_width, s.guest_height * tile_w / tile_h);
  const int h = std::min(s.guest_height, s.guest_width * tile_h / tile_w);
  return pixels((s.guest_width - w) / 2, (s.guest_height - h) / 2, w, h);
}

double encode_rate(const EngineRates& r, const std::string& preset) {
  return preset == "p1" ? r.encode_p1 : preset == "p5" ? r.encode_p5 : preset == "p7" ? r.encode_p7 : r.encode_p3;
}

double ladder_pixels() {
  double sum = 0;
  for (const Rung& r : kLadder) sum += static_cast<double>(r.width) * r.height;
  return sum;
}

}  // namespace

int64_t FrameBytes::compose() const {
  int64_t sum = 0;
  for (const BatchBytes& b : plan) sum += b.read + b.written;
  return sum;
}

int64_t FrameBytes::compose_once() const {
  int64_t sum = 0;
  for (const BatchBytes& b : plan) sum += b.read_once + b.written;
  return sum;
}

Result<FrameBytes> count_show(const ModelSettings& s) {
  PlanRecorder recorder;
  compose::ComposeSettings settings{media::canvas_format(kWidth, kHeight, 8), {}, kernels::Filter::kLanczos3, true};
  FrameBytes bytes;
  for (const Rung& r : kLadder) {
    settings.renditions.push_back({r.width, r.height, true});
    bytes.renditions += picture_bytes(r.width, r.height);
  }
  bytes.encoder_reads = bytes.renditions;
  scene::DrawList list{kWidth, kHeight, 0x101014, {}};
  std::vector<media::FrameRef> pictures;
  media::FrameFormat decoded = media::canvas_format(s.guest_width, s.guest_height, 8);
  decoded.semi_planar = true;  // NV12
  constexpr int kTileWidth = kWidth / 2, kTileHeight = kHeight / 2;
  for (int i = 0; i < kGuests; ++i) {
    TESSERA_TRY_ASSIGN(pictures.emplace_back(), picture(decoded));
    add_layer(list, scene::Source::Kind::kTake, pictures.back(),
              pixels(i % 2 * kTileWidth, i / 2 * kTileHeight, kTileWidth, kTileHeight));
    list.layers.back().crop = crop_of(s, kTileWidth, kTileHeight);
    bytes.map_copies += 2 * picture_bytes(s.guest_width, s.guest_height);
  }
  if (s.overlay) {
    media::FrameFormat overlay = media::canvas_format(kOverlaySide, kOverlaySide, 8);
    overlay.chroma_shift_x = overlay.chroma_shift_y = 0;  // as pictures with alpha are kept
    overlay.has_alpha = true;
    TESSERA_TRY_ASSIGN(pictures.emplace_back(), picture(overlay));
    add_layer(list, scene::Source::Kind::kImage, pictures.back(),
              pixels(kOverlayX, kOverlayY, kOverlaySide, kOverlaySide));
  }
  TESSERA_TRY_ASSIGN(const auto compositor, compose::Compositor::create(recorder, settings));
  TESSERA_TRY(compositor->compose(list, pictures));
  // The second frame: what is made once and kept, such as masks, is there.
  TESSERA_TRY(compositor->compose(list, pictures));
  TESSERA_TRY_ASSIGN(bytes.plan, count_bytes(recorder.plans().back()));
  return bytes;
}

Capacity predict(const Gpu& gpu, const ModelSettings& s, const FrameBytes& bytes) {
  Capacity c;
  c.gpu = &gpu;
  constexpr double kGiga = 1e9;
  const double guests = kGuests * static_cast<double>(s.guest_width) * s.guest_height;
  c.decode = gpu.decoders * gpu.rates.decode * kPixelsOf1080p / (guests * kFps);
  c.memory = gpu.memory_gb_s * kGiga * s.memory_share / (static_cast<double>(bytes.total()) * kFps);
  if (gpu.encoders > 0) {
    c.encode = gpu.encoders * encode_rate(gpu.rates, s.preset) * kPixelsOf1080p / (ladder_pixels() * kFps);
  } else {
    c.pcie = gpu.pcie_gb_s * kGiga * s.pcie_share / (static_cast<double>(bytes.renditions) * kFps);
  }
  if (gpu.session_cap) c.sessions = static_cast<double>(kCappedSessions) / static_cast<double>(kLadder.size());
  c.programmes = c.memory;
  c.limit = "memory";
  const auto bound = [&](const std::optional<double>& programmes, const char* what) {
    if (!programmes || *programmes >= c.programmes) return;
    c.programmes = *programmes;
    c.limit = what;
  };
  bound(c.decode, "NVDEC");
  bound(c.encode, "NVENC");
  bound(c.pcie, "PCIe");
  bound(c.sessions, "encoder sessions");
  return c;
}

}  // namespace tessera::bench
