#include "engine/spec/words.h"

namespace tessera::spec {

Word<LayoutKind> layout_words() {
  return {{{"solo", LayoutKind::kSolo},
           {"grid", LayoutKind::kGrid},
           {"panel", LayoutKind::kPanel},
           {"pip", LayoutKind::kPip},
           {"split", LayoutKind::kSplit},
           {"match", LayoutKind::kMatch},
           {"custom", LayoutKind::kCustom}}};
}

Word<Placeholder> placeholder_words() {
  return {{{"avatar", Placeholder::kAvatar}, {"blur", Placeholder::kBlur}, {"color", Placeholder::kColor}}};
}

Word<LostTake> lost_take_words() { return {{{"fail", LostTake::kFail}, {"placeholder", LostTake::kPlaceholder}}}; }

Word<VideoCodec> codec_words() {
  return {{{"h264", VideoCodec::kH264}, {"hevc", VideoCodec::kHevc}, {"av1", VideoCodec::kAv1}}};
}

Word<EncoderChoice> encoder_words() {
  return {{{"auto", EncoderChoice::kAuto}, {"software", EncoderChoice::kSoftware}, {"nvenc", EncoderChoice::kNvenc}}};
}

Word<CustomRect::Fit> fit_words() {
  return {
      {{"fill", CustomRect::Fit::kFill}, {"cover", CustomRect::Fit::kCover}, {"contain", CustomRect::Fit::kContain}}};
}

Word<Moderate::Action> action_words() {
  return {{{"blur", Moderate::Action::kBlur},
           {"pixelate", Moderate::Action::kPixelate},
           {"blackout", Moderate::Action::kBlackout}}};
}

std::vector<std::string_view> encoder_presets() {
  return {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
          "veryslow",  "placebo",   "p1",       "p2",     "p3",   "p4",     "p5",   "p6",
          "p7",        "0",         "1",        "2",      "3",    "4",      "5",    "6",
          "7",         "8",         "9",        "10",     "11",   "12",     "13"};
}

std::string_view layout_name(LayoutKind kind) {
  for (const auto& [name, value] : layout_words().words) {
    if (value == kind) return name;
  }
  return "unknown";
}

}  // namespace tessera::spec
