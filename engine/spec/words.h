#pragma once

#include <string_view>
#include <vector>

#include "engine/spec/event.h"
#include "engine/spec/job.h"
#include "engine/spec/kinds.h"

/// The words of the format's enumerations. Private to engine/spec.
namespace tessera::spec {

Word<LayoutKind> layout_words();
Word<Placeholder> placeholder_words();
Word<LostTake> lost_take_words();
Word<VideoCodec> codec_words();
Word<EncoderChoice> encoder_words();
Word<CustomRect::Fit> fit_words();
Word<Moderate::Action> action_words();

/// x264's and x265's presets, NVENC's p1 to p7, and the numbers of SVT-AV1.
std::vector<std::string_view> encoder_presets();

/// The word for a value: layout_words() backwards.
std::string_view layout_name(LayoutKind kind);

}  // namespace tessera::spec
