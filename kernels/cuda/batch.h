#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/cuda/jobs.h"
#include "kernels/ops.h"

/// From operations to job tables and launches. Runs on the host, needs no GPU.
namespace tessera::kernels::cuda {

/// A kernel's arguments as cuLaunchKernel takes them.
struct Arguments {
  uint64_t spans = 0, jobs = 0, extra = 0;
  int32_t span_count = 0;
  /// Valid as long as this object stays where it is.
  std::array<void*, 4> pointers() { return {&spans, &span_count, &jobs, &extra}; }
};

/// One launch.
struct Launch {
  const char* kernel = "";         ///< name in the module: "tessera_move", ...
  std::array<unsigned, 3> grid{};  ///< in blocks
  std::array<unsigned, 3> block{};
  size_t spans = 0, jobs = 0, extra = 0;  ///< where its tables begin among the parameters
  int32_t span_count = 0;

  /// @param parameters where they lie on the device: a multiple of 256
  Arguments arguments(uint64_t parameters) const {
    return {parameters + spans, parameters + jobs, parameters + extra, span_count};
  }
};

/// Job tables and launches.
struct Launches {
  std::vector<uint8_t> parameters;
  std::vector<Launch> launches;
};

/// How the rows of a source are read: what its table of columns depends on.
struct RowLayout {
  int bytes = 1;  ///< a sample
  int step = 1;   ///< samples from one to the next
  int lead = 0;   ///< samples from the first word of a row to its first
  bool operator==(const RowLayout&) const = default;
};
RowLayout row_layout(const ConstPlane& plane);

/// A resample's tables, on the device.
struct PlacedTaps {
  uint64_t columns = 0;  ///< address of a ColumnTable's data for row_layout(src)
  uint64_t rows = 0;     ///< address of a RowTable's data
  int words = 0, pairs = 0;
};

/// Bytes of device memory that a blur needs between its launches.
size_t blur_scratch(const BlurParams& p);

/// Operations that may run in any order or at once, except that blends on one plane apply in their order. Planes' data
/// are device addresses.
class Batch {
 public:
  void add(const FillParams& p);
  /// dst may be semi-planar and shifted: then the copy of V follows that of U.
  void add(const CopyParams& p);
  void add(const RotateParams& p);
  void add(const MaskParams& p);
  void add(const ResampleParams& p, const PlacedTaps& taps);
  void add(const ConvertParams& p);
  void add(const BlendParams& p);
  void add(const WarpParams& p);
  /// The tables, too, are on the device.
  void add(const ToneMapParams& p);
  void add(const PixelateParams& p);
  /// @param scratch device memory of blur_scratch(p) bytes, a multiple of 16, that is only this job's
  void add(const BlurParams& p, uint64_t scratch);

  /// Appends one launch for each kernel that has work (blurs: two), and begins anew.
  void take(Launches& out);

 private:
  /// The jobs of one kernel, in spans.
  template <class Job>
  struct Jobs {
    std::vector<Job> jobs;
    std::vector<Span> spans;
    int blocks = 0;
    uint64_t memory = 0;  ///< that the last span's jobs read
    int down = 0;         ///< tiles of the last span, one below the other
    void add(const Job& job, int across, int tiles_down, uint64_t reads);
    void clear();
  };
  template <class Job>
  static void launch(const char* kernel, Jobs<Job>& jobs, std::span<const BlendLayer> layers, Launches& out);
  void add_move(const MoveJob& job, uint64_t reads);
  void add_blends();
  /// Finds the tiles of pictures whose planes have all been added.
  template <class Job>
  static void place(std::vector<Job>& pictures, Jobs<Job>& out);

  Jobs<MoveJob> moves_;
  Jobs<ResampleJob> resamples_;
  std::vector<ConvertJob> converts_;
  Jobs<ConvertJob> placed_converts_;
  std::vector<ToneMapJob> tone_maps_;
  Jobs<ToneMapJob> placed_tone_maps_;
  Jobs<WarpJob> warps_;
  std::vector<BlendParams> blends_;
  Jobs<BlendJob> blend_jobs_;
  std::vector<BlendLayer> layers_;
  Jobs<ModerateJob> moderations_, columns_;  ///< columns of blurs begin when their rows are done
};

}  // namespace tessera::kernels::cuda
