#pragma once
// One NVDEC session: decode surfaces, a fixed pool of output surfaces, and for clients that parse by themselves the
// decoder of their slices. Thread-safe.
#include <map>
#include <mutex>
#include <vector>

#include "tests/simgpu/nvcuvid/picture.h"
#include "tests/simgpu/nvcuvid/stream_decoder.h"

namespace tessera::simgpu {

/// The device memory of a session: outputs that a client maps, and the decoder's own surfaces, which only count. Queued
/// work holds it, so it ends with the last of them.
struct DecoderMemory {
  CUcontext context = nullptr;
  std::vector<CUdeviceptr> outputs;
  CUdeviceptr surfaces = 0;

  DecoderMemory() = default;
  DecoderMemory(const DecoderMemory&) = delete;
  DecoderMemory& operator=(const DecoderMemory&) = delete;
  ~DecoderMemory();
};

class Decoder {
 public:
  /// In the current context. On failure null, and `failure` says why.
  static std::unique_ptr<Decoder> create(const CUVIDDECODECREATEINFO& info, CUresult* failure);
  ~Decoder();

  CUresult decode(const CUVIDPICPARAMS& params);
  /// The device failed to decode a picture: its surface holds nothing, which is no fault of the client's.
  void lose(int index);
  CUresult map(int index, unsigned long long* address, unsigned* pitch, const CUVIDPROCPARAMS& params);
  CUresult unmap(unsigned long long address);
  CUresult reconfigure(const CUVIDRECONFIGUREDECODERINFO& info);
  CUresult status(int index, CUVIDGETDECODESTATUS* out);
  CUcontext context() const { return context_; }

 private:
  struct Surface {
    std::shared_ptr<Picture> picture;
    int order[2] = {0, 0};  ///< picture order counts of a client that parses by itself
    bool failed = false;
  };
  struct Output {
    CUdeviceptr address = 0;
    int mapped = -1;  ///< the surface's number
    CUstream stream = nullptr;
    uint64_t freed = 0;  ///< when it was given back
  };
  struct Sent {  ///< parameter sets that the slices' decoder has
    std::vector<uint8_t> sequence;
    std::map<unsigned, std::vector<uint8_t>> pictures;
    bool interlaced_frames = false;
  };

  Decoder() = default;
  CUresult allocate(unsigned outputs);
  CUresult decode_slices(const CUVIDPICPARAMS& params, Surface& surface);
  void check_references(const CUVIDPICPARAMS& params);
  std::vector<uint8_t> access_unit(const CUVIDPICPARAMS& params);
  Output* take_output();
  void poison(const Output& output, bool at_once);

  std::mutex mutex_;
  CUcontext context_ = nullptr;
  CUVIDDECODECREATEINFO info_ = {};
  SurfaceLayout layout_ = {};
  std::vector<Surface> surfaces_;
  std::vector<Output> outputs_;
  std::shared_ptr<DecoderMemory> memory_;
  std::unique_ptr<StreamDecoder> slices_;
  Sent sent_;
  uint64_t clock_ = 0;
};

}  // namespace tessera::simgpu
