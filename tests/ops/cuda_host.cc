#include "tests/ops/cuda_host.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "kernels/cuda/tables.h"
#include "kernels/ref/tone.h"

extern "C" {
void tessera_host_tessera_move(const unsigned grid[3], const unsigned block[3], void** args);
void tessera_host_tessera_resample(const unsigned grid[3], const unsigned block[3], void** args);
void tessera_host_tessera_convert(const unsigned grid[3], const unsigned block[3], void** args);
void tessera_host_tessera_blend(const unsigned grid[3], const unsigned block[3], void** args);
void tessera_host_tessera_moderate(const unsigned grid[3], const unsigned block[3], void** args);
void tessera_host_tessera_warp(const unsigned grid[3], const unsigned block[3], void** args);
void tessera_host_tessera_tone_map(const unsigned grid[3], const unsigned block[3], void** args);
}

namespace tessera::kernels::testing {
namespace {

constexpr size_t kGuard = 64;
constexpr uint8_t kPattern = 0xCD;

int bytes_of(int depth) { return depth > 8 ? 2 : 1; }

}  // namespace

uint8_t* DeviceMemory::make(int rows, int row_bytes, int lead, bool written, size_t& pitch) {
  const bool aligned = layout_ == Layout::kAligned;
  const auto row = static_cast<size_t>(row_bytes + lead);
  pitch = aligned ? (row + 15) / 16 * 16 + 16 * (blocks_.size() % 3) : row + 2 * (blocks_.size() % 5);
  Block b;
  // Without alignment a block begins anywhere that its samples may, and ends with the last of them.
  const size_t start = kGuard + (aligned ? 0 : 2 * (blocks_.size() % 8));
  b.size = start + pitch * static_cast<size_t>(rows - 1) + (aligned ? pitch : row) + (written ? kGuard : 0);
  b.memory = std::make_unique<uint8_t[]>(b.size + 16);
  const size_t off = (16 - reinterpret_cast<uintptr_t>(b.memory.get()) % 16) % 16;
  // The slack goes before what is read, so that a sanitizer sees any read beyond its end.
  uint8_t* base = b.memory.get() + off;
  std::memset(b.memory.get(), kPattern, b.size + 16);
  b.begin = base + start + static_cast<size_t>(lead);
  b.pitch = pitch;
  b.rows = rows;
  b.row_bytes = row_bytes;
  b.written = written;
  blocks_.push_back(std::move(b));
  return blocks_.back().begin;
}

ConstPlane DeviceMemory::put(const ConstPlane& plane) {
  if (plane.data == nullptr) return plane;
  const int bytes = bytes_of(plane.depth);
  const int lead = plane.step > 1 ? static_cast<int>(blocks_.size() % 2) * bytes : 0;  // U or V
  const int row_bytes = ((plane.width - 1) * plane.step + 1) * bytes;
  size_t pitch = 0;
  uint8_t* to = make(plane.height, row_bytes, lead, false, pitch);
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) {
      const size_t at = static_cast<size_t>(x * plane.step * bytes);
      std::memcpy(to + static_cast<size_t>(y) * pitch + at, plane.data + y * plane.stride + static_cast<ptrdiff_t>(at),
                  static_cast<size_t>(bytes));
    }
  }
  ConstPlane out = plane;
  out.data = to;
  out.stride = static_cast<ptrdiff_t>(pitch);
  return out;
}

Plane DeviceMemory::put(const Plane& plane) {
  const int bytes = bytes_of(plane.depth), row_bytes = ((plane.width - 1) * plane.step + 1) * bytes;
  size_t pitch = 0;
  uint8_t* to = make(plane.height, row_bytes, 0, true, pitch);
  for (int y = 0; y < plane.height; ++y)
    std::memcpy(to + static_cast<size_t>(y) * pitch, plane.data + y * plane.stride, static_cast<size_t>(row_bytes));
  Plane out = plane;
  out.data = to;
  out.stride = static_cast<ptrdiff_t>(pitch);
  return out;
}

uint64_t DeviceMemory::put(const std::vector<uint32_t>& words) {
  auto memory = std::make_unique<uint8_t[]>(words.size() * 4 + 16);
  const size_t off = (16 - reinterpret_cast<uintptr_t>(memory.get()) % 16) % 16;
  uint8_t* at = memory.get() + off;
  std::memcpy(at, words.data(), words.size() * 4);
  blocks_.push_back(
      {std::move(memory), at, words.size() * 4, words.size() * 4, 1, static_cast<int>(words.size() * 4), false});
  return reinterpret_cast<uintptr_t>(at);
}

ToneTable DeviceMemory::put(const ToneTable& tables) {
  const auto copied = [this](const void* values, size_t bytes) {
    std::vector<uint32_t> words((bytes + 3) / 4);
    std::memcpy(words.data(), values, bytes);
    return put(words);
  };
  return {reinterpret_cast<const int32_t*>(copied(tables.light, (ref::kToneSignal + 1) * sizeof(int32_t))),
          reinterpret_cast<const int16_t*>(copied(tables.display, (ref::kToneEntries + 1) * sizeof(int16_t)))};
}

bool DeviceMemory::guards_intact() const {
  for (const Block& b : blocks_) {
    if (!b.written) continue;
    const uint8_t *end = b.memory.get() + b.size, *at = b.memory.get();
    for (int y = 0; y <= b.rows; ++y) {
      const uint8_t* row = y < b.rows ? b.begin + static_cast<size_t>(y) * b.pitch : end;
      for (; at < row; ++at) {
        if (*at != kPattern) return false;
      }
      at = row + b.row_bytes;
    }
  }
  return true;
}

cuda::PlacedTaps place_taps(const ResampleParams& p, DeviceMemory& memory) {
  const cuda::RowLayout layout = cuda::row_layout(p.src);
  const auto columns = cuda::make_columns(p.x, layout.bytes, layout.step, layout.lead);
  const auto rows = cuda::make_rows(p.y);
  return {memory.put(columns.data), memory.put(rows.data), columns.words, rows.pairs};
}

void run(const cuda::Launches& launches) {
  std::vector<uint8_t> memory(launches.parameters.size() + 256);
  uint8_t* at = memory.data() + (256 - reinterpret_cast<uintptr_t>(memory.data()) % 256) % 256;
  std::memcpy(at, launches.parameters.data(), launches.parameters.size());
  using Entry = void (*)(const unsigned*, const unsigned*, void**);
  const std::map<std::string, Entry> entries{
      {"tessera_move", tessera_host_tessera_move},         {"tessera_resample", tessera_host_tessera_resample},
      {"tessera_convert", tessera_host_tessera_convert},   {"tessera_blend", tessera_host_tessera_blend},
      {"tessera_moderate", tessera_host_tessera_moderate}, {"tessera_warp", tessera_host_tessera_warp},
      {"tessera_tone_map", tessera_host_tessera_tone_map}};
  for (const cuda::Launch& launch : launches.launches) {
    cuda::Arguments arguments = launch.arguments(reinterpret_cast<uintptr_t>(at));
    entries.at(launch.kernel)(launch.grid.data(), launch.block.data(), arguments.pointers().data());
  }
}

namespace {

using Layout = DeviceMemory::Layout;

void move_in(FillParams&, DeviceMemory&) {}
void move_in(MaskParams&, DeviceMemory&) {}
void move_in(ConvertParams& p, DeviceMemory& memory) {
  p.y = memory.put(p.y);
  p.u = memory.put(p.u);
  p.v = memory.put(p.v);
}
void move_in(ToneMapParams& p, DeviceMemory& memory) {
  p.y = memory.put(p.y);
  p.u = memory.put(p.u);
  p.v = memory.put(p.v);
  p.table = memory.put(p.table);
}
void move_in(BlendParams& p, DeviceMemory& memory) {
  p.src = memory.put(p.src);
  p.alpha = memory.put(p.alpha);
  p.mask = memory.put(p.mask);
}
template <class P>
void move_in(P& p, DeviceMemory& memory) {
  p.src = memory.put(p.src);
}

/// The whole operation on copies, of which the rows asked for are copied back.
template <Layout kLayout, class P>
void execute(const P& params, int row0, int row1) {
  DeviceMemory memory(kLayout);
  P p = params;
  move_in(p, memory);
  p.dst = memory.put(params.dst);
  cuda::Batch batch;
  if constexpr (std::is_same_v<P, ResampleParams>) {
    batch.add(p, place_taps(p, memory));
  } else if constexpr (std::is_same_v<P, BlurParams>) {
    batch.add(p, memory.put(std::vector<uint32_t>(cuda::blur_scratch(p) / 4, 0xEEEEEEEE)));
  } else {
    batch.add(p);
  }
  cuda::Launches launches;
  batch.take(launches);
  run(launches);
  EXPECT_TRUE(memory.guards_intact());
  const int bytes = bytes_of(p.dst.depth) * p.dst.step;
  for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
    for (int x = p.rect.x; x < p.rect.x + p.rect.w; ++x) {
      std::memcpy(params.dst.data + y * params.dst.stride + x * bytes, p.dst.data + y * p.dst.stride + x * bytes,
                  static_cast<size_t>(bytes_of(p.dst.depth)));
    }
  }
}

size_t no_scratch(const ResampleParams&) { return 0; }

template <Layout kLayout>
void execute_resample(const ResampleParams& p, int row0, int row1, uint8_t*) {
  execute<kLayout>(p, row0, row1);
}

size_t no_blur_scratch(const BlurParams&) { return 0; }

template <Layout kLayout>
void execute_blur(const BlurParams& p, int row0, int row1, uint8_t*) {
  execute<kLayout>(p, row0, row1);
}

template <Layout kLayout>
constexpr Ops kOps{kLayout == Layout::kAligned ? "cuda, on the CPU" : "cuda, on the CPU, rows anywhere",
                   execute<kLayout, FillParams>,
                   execute<kLayout, CopyParams>,
                   execute<kLayout, RotateParams>,
                   no_scratch,
                   execute_resample<kLayout>,
                   execute<kLayout, ConvertParams>,
                   execute<kLayout, MaskParams>,
                   execute<kLayout, BlendParams>,
                   execute<kLayout, PixelateParams>,
                   no_blur_scratch,
                   execute_blur<kLayout>,
                   execute<kLayout, WarpParams>,
                   execute<kLayout, ToneMapParams>};

}  // namespace

const Ops& cuda_ops(Layout layout) { return layout == Layout::kAligned ? kOps<Layout::kAligned> : kOps<Layout::kOdd>; }

}  // namespace tessera::kernels::testing
