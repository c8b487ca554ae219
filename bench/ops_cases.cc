#include "bench/ops_cases.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "kernels/colour.h"
#include "kernels/ops.h"
#include "kernels/taps.h"
#include "kernels/tone.h"

namespace tessera::bench {
namespace {

using kernels::Ops;
using kernels::Rect;
using kernels::Taps;

/// A plane of noise.
class Picture {
 public:
  Picture(int width, int height, int depth, int step = 1)
      : width_(width), height_(height), depth_(depth), step_(step), stride_((width * step * bytes() + 63) / 64 * 64) {
    memory_.resize(static_cast<size_t>(stride_) * static_cast<size_t>(height));
    std::minstd_rand random(1);
    for (size_t i = 0; i < memory_.size(); ++i) {
      const bool high = depth > 8 && i % 2 == 1;
      memory_[i] = static_cast<uint8_t>(random() >> 16 & (high ? 3 : 255));
    }
  }
  kernels::ConstPlane reader() const { return {memory_.data(), stride_, width_, height_, step_, depth_, 0}; }
  kernels::Plane writer() { return {memory_.data(), stride_, width_, height_, depth_}; }
  Rect rect() const { return {0, 0, width_, height_}; }
  double size() const { return static_cast<double>(width_) * height_ * bytes(); }  ///< bytes of samples

 private:
  int bytes() const { return depth_ > 8 ? 2 : 1; }
  int width_, height_, depth_, step_;
  ptrdiff_t stride_;
  std::vector<uint8_t> memory_;
};

/// One way to run an operation: made once per level and depth, then called over and over.
struct Work {
  std::function<void()> run;
  double bytes = 0;  ///< read and written by a call, each sample counted once
};
using Make = std::function<Work(const Ops&, int depth)>;

Taps scaling(int from, int to) {
  kernels::AxisSpec s;
  s.crop_size = from * 64;
  s.dst_size = to * 64;
  s.src_samples = from;
  s.count = to;
  return kernels::make_taps(s);
}

struct Free {
  void operator()(uint8_t* p) const { ::operator delete[](p, std::align_val_t{64}); }
};

Make resample(int from_w, int from_h, int to_w, int to_h) {
  return [=](const Ops& ops, int depth) {
    struct State {
      Picture src, dst;
      Taps x, y;
      std::unique_ptr<uint8_t[], Free> scratch;
    };
    auto s = std::make_shared<State>(State{Picture(from_w, from_h, depth), Picture(to_w, to_h, depth),
                                           scaling(from_w, to_w), scaling(from_h, to_h), nullptr});
    const kernels::ResampleParams p{s->src.reader(), s->dst.writer(), s->dst.rect(),
                                    s->x.laid_out(), s->y.view(),     false};
    s->scratch.reset(static_cast<uint8_t*>(::operator new[](ops.resample_scratch(p), std::align_val_t{64})));
    return Work{[s, p, &ops] { ops.resample(p, 0, p.rect.h, s->scratch.get()); }, s->src.size() + s->dst.size()};
  };
}

struct BlendCase {
  bool alpha = false, mask = false, chroma = false;
  int opacity = 1024;
};

Make blend(const BlendCase& c) {
  return [=](const Ops& ops, int depth) {
    struct State {
      Picture src, dst, alpha, mask;
    };
    const int w = c.chroma ? 540 : 1080, h = c.chroma ? 960 : 1920;
    auto s = std::make_shared<State>(
        State{Picture(w, h, depth), Picture(w, h, depth), Picture(1080, 1920, depth), Picture(w, h, 8)});
    kernels::BlendParams p;
    p.src = s->src.reader();
    p.dst = s->dst.writer();
    if (c.alpha) p.alpha = s->alpha.reader();
    if (c.mask) p.mask = s->mask.reader();
    p.rect = s->dst.rect();
    p.opacity = c.opacity;
    p.offset = (c.chroma ? 128 : 16) << (depth - 8);
    p.chroma = c.chroma;
    const double bytes = 3 * s->src.size() + (c.alpha ? s->alpha.size() : 0) + (c.mask ? s->mask.size() : 0);
    return Work{[s, p, &ops] { ops.blend(p, 0, p.rect.h); }, bytes};
  };
}

Make convert(int plane) {
  return [=](const Ops& ops, int depth) {
    struct State {
      Picture y, u, v, dst;
    };
    const Picture chroma(540, 960, depth), luma(1080, 1920, depth);
    auto s = std::make_shared<State>(State{luma, chroma, chroma, plane == 0 ? luma : chroma});
    const auto matrix = kernels::convert_matrix({2990, 1140, false}, depth, {2126, 722, false}, depth);
    const kernels::ConvertParams p{s->y.reader(), s->u.reader(), s->v.reader(), s->dst.writer(),
                                   s->dst.rect(), plane,         matrix};
    return Work{[s, p, &ops] { ops.convert(p, 0, p.rect.h); },
                (plane == 0 ? s->y.size() : 0) + 2 * s->u.size() + s->dst.size()};
  };
}

Make mask(bool chroma) {
  return [=](const Ops& ops, int) {
    auto dst = std::make_shared<Picture>(chroma ? 270 : 540, chroma ? 480 : 960, 8);
    const kernels::MaskParams p{dst->writer(), dst->rect(), {20, 30, 539 * 64, 958 * 64, 24 * 64}, 540, 960, chroma};
    return Work{[dst, p, &ops] { ops.mask(p, 0, p.rect.h); }, dst->size()};
  };
}

struct Pair {
  Picture src, dst;
};

Make copy(int step) {
  return [=](const Ops& ops, int depth) {
    auto s = std::make_shared<Pair>(Pair{Picture(720, 1280, depth, step), Picture(720, 1280, depth)});
    const kernels::CopyParams p{s->src.reader(), s->dst.writer(), s->dst.rect(), 0, 0};
    return Work{[s, p, &ops] { ops.copy(p, 0, p.rect.h); }, (step + 1) * s->dst.size()};
  };
}

Make rotate(int orientation) {
  return [=](const Ops& ops, int depth) {
    const bool quarter = orientation % 2 != 0;
    auto s = std::make_shared<Pair>(
        Pair{Picture(1280, 720, depth), Picture(quarter ? 720 : 1280, quarter ? 1280 : 720, depth)});
    const kernels::RotateParams p{s->src.reader(), s->dst.writer(), s->dst.rect(), orientation};
    return Work{[s, p, &ops] { ops.rotate(p, 0, p.rect.h); }, 2 * s->dst.size()};
  };
}

Make fill() {
  return [](const Ops& ops, int depth) {
    auto dst = std::make_shared<Picture>(1080, 1920, depth);
    const kernels::FillParams p{dst->writer(), dst->rect(), 100};
    return Work{[dst, p, &ops] { ops.fill(p, 0, p.rect.h); }, dst->size()};
  };
}

Make pixelate(int block) {
  return [=](const Ops& ops, int depth) {
    auto s = std::make_shared<Pair>(Pair{Picture(720, 1280, depth), Picture(720, 1280, depth)});
    const kernels::PixelateParams p{s->src.reader(), s->dst.writer(), s->dst.rect(), block, block};
    return Work{[s, p, &ops] { ops.pixelate(p, 0, p.rect.h); }, 2 * s->dst.size()};
  };
}

Make blur(int radius) {
  return [=](const Ops& ops, int depth) {
    struct State {
      Pair planes;
      std::unique_ptr<uint8_t[], Free> scratch;
    };
    auto s = std::make_shared<State>(State{{Picture(720, 1280, depth), Picture(720, 1280, depth)}, nullptr});
    const kernels::BlurParams p{s->planes.src.reader(), s->planes.dst.writer(), s->planes.dst.rect(), radius};
    s->scratch.reset(static_cast<uint8_t*>(::operator new[](ops.blur_scratch(p), std::align_val_t{64})));
    return Work{[s, p, &ops] { ops.blur(p, 0, p.rect.h, s->scratch.get()); }, 2 * s->planes.dst.size()};
  };
}

/// Turned by 30 degrees about the middle.
Make warp(bool chroma) {
  return [=](const Ops& ops, int depth) {
    auto s =
        std::make_shared<Pair>(Pair{Picture(512, 512, depth), Picture(chroma ? 256 : 512, chroma ? 256 : 512, depth)});
    kernels::WarpParams p;
    p.src = s->src.reader();
    p.dst = s->dst.writer();
    p.rect = s->dst.rect();
    p.from = {56756, 32768, -32768, 56756, -6161 * 1024, 10615 * 1024};
    p.nothing = (chroma ? 128 : 16) << (depth - 8);
    p.chroma = chroma;
    p.width = p.height = 512;
    return Work{[s, p, &ops] { ops.warp(p, 0, p.rect.h); }, s->src.size() + s->dst.size()};
  };
}

Make tone_map(int plane) {
  return [=](const Ops& ops, int depth) {
    struct State {
      Picture y, u, v, dst;
      kernels::ToneTables tables;
    };
    const int w = plane == 0 ? 1080 : 540, h = plane == 0 ? 1920 : 960;
    auto s = std::make_shared<State>(State{Picture(1080, 1920, 10), Picture(540, 960, 10), Picture(540, 960, 10),
                                           Picture(w, h, depth),
                                           kernels::make_tone_tables(kernels::HdrTransfer::kPq, 1000)});
    const kernels::ToneMapParams p{s->y.reader(), s->u.reader(), s->v.reader(),   s->dst.writer(),
                                   s->dst.rect(), plane,         s->tables.view()};
    return Work{[s, p, &ops] { ops.tone_map(p, 0, p.rect.h); }, s->y.size() + 2 * s->u.size() + s->dst.size()};
  };
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void run_case(benchmark::State& state, const Make& make, const Ops* ops, int depth, double bandwidth) {
  const Work work = make(*ops, depth);
  const double before = cpu_seconds();
  for (auto _ : state) {
    work.run();
    benchmark::ClobberMemory();
  }
  const double moved = work.bytes * static_cast<double>(state.iterations());
  state.SetBytesProcessed(static_cast<int64_t>(moved));
  state.counters["memory_%"] = 100 * moved / bandwidth / (cpu_seconds() - before);
}

}  // namespace

void register_operations(double bandwidth) {
  const std::pair<const char*, Make> cases[] = {
      {"resample/tile", resample(720, 1280, 540, 960)},
      {"resample/720p", resample(1080, 1920, 720, 1280)},
      {"resample/540p", resample(1080, 1920, 540, 960)},
      {"resample/360p", resample(1080, 1920, 360, 640)},
      {"resample/enlarge", resample(360, 640, 540, 960)},
      {"blend/fade", blend({false, false, false, 512})},
      {"blend/mask", blend({false, true, false, 1024})},
      {"blend/alpha", blend({true, false, false, 1024})},
      {"blend/alpha-mask-chroma", blend({true, true, true, 900})},
      {"convert/luma", convert(0)},
      {"convert/chroma", convert(1)},
      {"mask/luma", mask(false)},
      {"mask/chroma", mask(true)},
      {"rotate/90", rotate(1)},
      {"rotate/180", rotate(2)},
      {"copy/planar", copy(1)},
      {"copy/interleaved", copy(2)},
      {"fill/canvas", fill()},
      {"pixelate/24", pixelate(24)},
      {"blur/20", blur(20)},
      {"warp/luma", warp(false)},
      {"warp/chroma", warp(true)},
      {"tone_map/luma", tone_map(0)},
      {"tone_map/chroma", tone_map(1)},
  };
  for (const auto& [name, make] : cases) {
    for (const int depth : {8, 10}) {
      if (depth == 10 && std::strncmp(name, "mask", 4) == 0) continue;  // masks are bytes
      for (const Ops* ops : kernels::implementations()) {
        const std::string full = std::string(name) + "/" + std::to_string(depth) + "bit/" + ops->name;
        benchmark::RegisterBenchmark(full.c_str(), run_case, make, ops, depth, bandwidth)
            ->Unit(benchmark::kMicrosecond);
      }
    }
  }
}

}  // namespace tessera::bench
