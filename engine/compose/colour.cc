#include "engine/compose/colour.h"

namespace tessera::compose {

kernels::ColourModel model_of(const media::Colour& colour) {
  const bool full = colour.range == media::Range::kFull;
  switch (colour.matrix) {
    case media::Matrix::kBt601:
      return {2990, 1140, full};
    case media::Matrix::kBt2020:
      return {2627, 593, full};
    case media::Matrix::kBt709:
      break;
  }
  return {2126, 722, full};
}

Result<void> check_shown(const media::Colour& colour) {
  if (colour.transfer == media::Transfer::kSdr) return {};
  const char* name = colour.transfer == media::Transfer::kPq ? "PQ" : "HLG";
  return fail(Errc::kBadInput, "compose.colour",
              std::string("HDR (") + name + ") sources are not shown yet; convert the take to SDR (BT.709) first");
}

}  // namespace tessera::compose
