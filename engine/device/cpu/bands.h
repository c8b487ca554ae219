#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/device/expand.h"

namespace tessera::device::cpu {

/// The order in which one thread works off a plan: from the top of the picture to its bottom in bands, each band
/// through all batches, so that what one batch wrote is still in the cache when the next reads it. Every row is made
/// once and from the same rows as batch by batch. Thread-safety: one caller at a time.
class Bands {
 public:
  /// Runs rows [row0, row1) of a job, counted from its rect's top.
  using Run = std::function<void(const PlaneJob& job, int row0, int row1)>;

  /// @param rows of the tallest plane in a band
  explicit Bands(int rows) : rows_(rows) {}

  /// @param jobs of all batches, in order
  /// @param batch_ends one past the last job of each batch
  void run(std::span<const PlaneJob> jobs, std::span<const size_t> batch_ends, const Run& run);

 private:
  static constexpr size_t kNone = ~size_t{0};

  struct Job {
    const PlaneJob* job;
    size_t batch;
    Rect rect;                      ///< of the plane it writes
    std::array<size_t, 3> sources;  ///< planes of this plan that it reads, or kNone
    size_t next_writer = kNone;     ///< the next job that writes the same plane
    int done = 0;                   ///< rows
  };
  struct Plane {
    const uint8_t* data;
    int height;
    size_t first_writer = kNone, last_writer = kNone;
    bool read = false;
  };

  void connect(std::span<const PlaneJob> jobs, std::span<const size_t> batch_ends);
  size_t written_plane(const uint8_t* data) const;
  /// Whether some job overwrites what a job of an earlier batch reads.
  bool reuses_planes() const;
  /// Makes the first `rows` rows of a plane, as far as batches before `batch` do.
  void ensure(size_t plane, int rows, size_t batch, const Run& run);
  void advance(Job& job, int rows, const Run& run);

  int rows_;
  std::vector<Job> jobs_;
  std::vector<Plane> planes_;
};

}  // namespace tessera::device::cpu
