#pragma once
// A client that parses H.264 itself (libavcodec's hwaccel) hands over slices and the values of the parameter sets, not
// the parameter sets. They are written anew here, so that libavcodec can decode the slices.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tests/simgpu/nvcuvid/cuvid.h"

namespace tessera::simgpu {

/// Why a picture cannot be written as a stream of its own (picture order count type 1, slice groups, ...); null if it
/// can.
const char* h264_obstacle(const CUVIDPICPARAMS& picture);

/// The sequence parameter set 0 of `picture`, with start code. `interlaced_frames`: frames may be MBAFF, which a field
/// picture's values do not say.
std::vector<uint8_t> h264_sequence(const CUVIDPICPARAMS& picture, bool interlaced_frames);

/// Its picture parameter set under the number `id`, with start code.
std::vector<uint8_t> h264_picture(const CUVIDPICPARAMS& picture, unsigned id);

/// The number of the picture parameter set that a slice (with start code) refers to.
std::optional<unsigned> h264_parameter_set_of(std::span<const uint8_t> slice);

}  // namespace tessera::simgpu
