#include "bench/gpu_ops.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <random>

#include "bench/frame_bytes.h"
#include "bench/show.h"
#include "kernels/taps.h"

namespace tessera::bench {
namespace {

using device::Operation;
using device::Rect;
using device::SurfaceRef;
using media::FrameFormat;

constexpr int64_t kBytesALaunch = int64_t{256} << 20;  // more than any cache so far
constexpr int64_t kMostOperations = 64;
constexpr int kWarmUp = 3, kLaunches = 20;

constexpr int kGuestWidth = 720, kGuestHeight = 1280;

Result<media::FrameRef> noise(const FrameFormat& format) {
  TESSERA_TRY_ASSIGN(auto frame, media::allocate_frame(format));
  std::minstd_rand random(1);
  const uint32_t most = (1u << format.depth) - 1;
  for (const media::Plane& p : frame->planes) {
    for (int y = 0; y < p.height; ++y) {
      uint8_t* const row = p.data + y * p.stride;
      for (int x = 0; x < p.width; ++x) {
        const auto value = static_cast<uint16_t>((random() >> 8 & most) << format.msb_shift);
        if (format.depth > 8) {
          reinterpret_cast<uint16_t*>(row)[x * p.step] = value;
        } else {
          row[x * p.step] = static_cast<uint8_t>(value);
        }
      }
    }
  }
  return media::FrameRef(std::move(frame));
}

/// Makes surfaces on the device, and pictures there.
class Surfaces {
 public:
  Surfaces(device::Device& device, int depth) : device_(device), depth_(depth) {}

  int depth() const { return depth_; }
  FrameFormat planar(int width, int height) const { return media::canvas_format(width, height, depth_); }
  FrameFormat decoded(int width, int height) const {
    FrameFormat f = planar(width, height);
    f.semi_planar = true;
    if (depth_ > 8) f.msb_shift = 6;
    return f;
  }
  Result<SurfaceRef> make(const FrameFormat& format) { return device_.surface(format); }
  Result<SurfaceRef> picture(const FrameFormat& format) {
    TESSERA_TRY_ASSIGN(SurfaceRef surface, device_.surface(format));
    if (host_ == nullptr || !(host_->format == format)) {
      TESSERA_TRY_ASSIGN(host_, noise(format));
    }
    device::FramePlan plan;
    plan.batches.push_back({{device::Copy{host_, surface, {0, 0, format.width, format.height}}}});
    TESSERA_TRY(device_.execute(plan));
    return surface;
  }

 private:
  device::Device& device_;
  int depth_;
  media::FrameRef host_;  // of the last picture
};

Rect whole(const SurfaceRef& surface) { return {0, 0, surface->format.width, surface->format.height}; }

device::TapsRef taps(int from, int to, bool horizontal, bool chroma) {
  kernels::AxisSpec s;
  s.crop_size = from * 64;
  s.dst_size = to * 64;
  s.src_samples = chroma ? (from + 1) / 2 : from;
  s.count = chroma ? (to + 1) / 2 : to;
  if (chroma) {
    s.src_shift = s.dst_shift = 1;
    s.src_site = s.dst_site = horizontal ? 32 : 64;
  }
  return std::make_shared<const kernels::Taps>(kernels::make_taps(s));
}

Operation resample(const SurfaceRef& from, const SurfaceRef& to) {
  const FrameFormat &a = from->format, &b = to->format;
  return device::Resample{from,
                          to,
                          whole(to),
                          taps(a.width, b.width, true, false),
                          taps(a.height, b.height, false, false),
                          taps(a.width, b.width, true, true),
                          taps(a.height, b.height, false, true)};
}

/// One operation on surfaces of its own.
using Make = std::function<Result<Operation>(Surfaces&)>;

Make scaling(int from_w, int from_h, int to_w, int to_h, bool decoded) {
  return [=](Surfaces& s) -> Result<Operation> {
    TESSERA_TRY_ASSIGN(const SurfaceRef from,
                       s.picture(decoded ? s.decoded(from_w, from_h) : s.planar(from_w, from_h)));
    TESSERA_TRY_ASSIGN(const SurfaceRef to, s.make(s.planar(to_w, to_h)));
    return resample(from, to);
  };
}

Make blending(bool alpha, bool masked) {
  return [=](Surfaces& s) -> Result<Operation> {
    FrameFormat format = s.planar(kWidth, kHeight);
    TESSERA_TRY_ASSIGN(const SurfaceRef to, s.picture(format));
    format.has_alpha = alpha;
    TESSERA_TRY_ASSIGN(const SurfaceRef from, s.picture(format));
    SurfaceRef mask;
    if (masked) {
      TESSERA_TRY_ASSIGN(mask, s.picture(media::canvas_format(kWidth, kHeight, 8)));
    }
    const int black = 16 << (s.depth() - 8), grey = 128 << (s.depth() - 8);
    return device::Blend{from, to, mask, whole(to), 900, {black, grey, grey}};
  };
}

Result<Operation> converting(Surfaces& s) {
  TESSERA_TRY_ASSIGN(const SurfaceRef from, s.picture(s.planar(kWidth, kHeight)));
  TESSERA_TRY_ASSIGN(const SurfaceRef to, s.make(s.planar(kWidth, kHeight)));
  kernels::ConvertMatrix matrix{15000, 900, -1200, 16000, 700, -500, 16100};
  matrix.grey = 128 << (s.depth() - 8);
  return device::Convert{from, to, whole(to), matrix};
}

Result<Operation> copying(Surfaces& s) {
  TESSERA_TRY_ASSIGN(const SurfaceRef from, s.picture(s.planar(kWidth, kHeight)));
  TESSERA_TRY_ASSIGN(const SurfaceRef to, s.make(s.planar(kWidth, kHeight)));
  return device::Copy{from, to, whole(to)};
}

Result<Operation> laying_out(Surfaces& s) {
  TESSERA_TRY_ASSIGN(const SurfaceRef from, s.picture(s.planar(kWidth, kHeight)));
  TESSERA_TRY_ASSIGN(const SurfaceRef to, s.make(s.decoded(kWidth, kHeight)));
  return device::Copy{from, to, whole(to)};
}

Result<Operation> turning(Surfaces& s) {
  TESSERA_TRY_ASSIGN(const SurfaceRef from, s.picture(s.decoded(kGuestHeight, kGuestWidth)));
  TESSERA_TRY_ASSIGN(const SurfaceRef to, s.make(s.planar(kGuestWidth, kGuestHeight)));
  return device::Rotate{from, to, whole(to), 1};
}

Result<Operation> filling(Surfaces& s) {
  TESSERA_TRY_ASSIGN(const SurfaceRef to, s.make(s.planar(kWidth, kHeight)));
  return device::Fill{to, whole(to), {16, 128, 128, 0}};
}

Result<Operation> masking(Surfaces& s) {
  TESSERA_TRY_ASSIGN(const SurfaceRef to, s.make(media::canvas_format(kWidth, kHeight, 8)));
  return device::Mask{to, whole(to), {0, 0, kWidth * 64, kHeight * 64, 64 * 48}};
}

struct Case {
  const char* name;
  Make make;
  int depth;
};

std::vector<Case> cases() {
  const std::vector<std::pair<const char*, Make>> all{
      {"resample/guest to tile", scaling(kGuestWidth, kGuestHeight, kWidth / 2, kHeight / 2, true)},
      {"resample/guest enlarged", scaling(kGuestWidth, kGuestHeight, kWidth, kHeight, true)},
      {"resample/1080p to 720p", scaling(kWidth, kHeight, 720, 1280, false)},
      {"resample/1080p to 360p", scaling(kWidth, kHeight, 360, 640, false)},
      {"blend/opacity", blending(false, false)},
      {"blend/alpha", blending(true, false)},
      {"blend/alpha and mask", blending(true, true)},
      {"convert", converting},
      {"copy/planar", copying},
      {"copy/to NV12 or P010", laying_out},
      {"rotate/90", turning},
      {"fill", filling},
      {"mask", masking}};
  std::vector<Case> cases;
  for (const auto& [name, make] : all) {
    for (const int depth : {8, 10}) {
      if (depth == 8 || std::string(name) != "mask") cases.push_back({name, make, depth});
    }
  }
  return cases;
}

Result<GpuOperation> time_case(const Case& c, device::Device& device, GpuTimer& timer, bool quick) {
  GpuOperation result{std::string(c.name) + "/" + std::to_string(c.depth) + "bit", 0, 0, 0};
  Surfaces surfaces(device, c.depth);
  device::FramePlan plan;
  device::Batch& batch = plan.batches.emplace_back();
  TESSERA_TRY_ASSIGN(Operation first, c.make(surfaces));
  batch.operations.push_back(std::move(first));
  const auto bytes_of = [&]() -> Result<int64_t> {
    TESSERA_TRY_ASSIGN(const auto counted, count_bytes(plan));
    return counted.front().read + counted.front().written;
  };
  TESSERA_TRY_ASSIGN(const int64_t each, bytes_of());
  const int64_t wanted =
      quick ? 1 : std::clamp<int64_t>(kBytesALaunch / std::max<int64_t>(1, each), 1, kMostOperations);
  while (static_cast<int64_t>(batch.operations.size()) < wanted) {
    TESSERA_TRY_ASSIGN(Operation more, c.make(surfaces));
    batch.operations.push_back(std::move(more));
  }
  result.operations = static_cast<int>(batch.operations.size());
  TESSERA_TRY_ASSIGN(result.bytes, bytes_of());
  for (int i = 0; i < (quick ? 0 : kWarmUp); ++i) TESSERA_TRY(device.execute(plan));
  const int launches = quick ? 1 : kLaunches;
  TESSERA_TRY(timer.start());
  for (int i = 0; i < launches; ++i) TESSERA_TRY(device.execute(plan));
  TESSERA_TRY_ASSIGN(const double ms, timer.stop());
  result.milliseconds = ms / launches;
  return result;
}

}  // namespace

Result<std::vector<GpuOperation>> time_operations(device::Device& device, GpuTimer& timer, bool quick) {
  std::vector<GpuOperation> results;
  for (const Case& c : cases()) {
    TESSERA_TRY_ASSIGN(results.emplace_back(), time_case(c, device, timer, quick));
  }
  return results;
}

}  // namespace tessera::bench
