#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/gift/animation.h"
#include "engine/spec/parse.h"
#include "engine/timeline/state.h"

namespace tessera::pipeline {

/// The assets of a show that move, by path.
using Animations = std::map<std::string, std::shared_ptr<const gift::Animation>>;

/// Opens the animations among the assets that overlays and gifts draw into any programme. What turns out to have one
/// frame only is a still picture and left out. Nothing is decoded.
/// @param cache_dir as gift::open_animation()
/// @retval kBadInput, kLimit one can't be read: names the asset's place in the job and its file
Result<Animations> open_animations(const spec::Show& show, const media::MediaLimits& limits,
                                   const std::string& cache_dir, Log& log);

/// How long each asset that can be drawn plays as a gift: an animation once, a still picture three seconds.
timeline::GiftLengths gift_lengths(const spec::Job& job, const Animations& animations);

/// The files of still pictures that a show draws: avatars, and assets of overlays and gifts.
std::vector<std::string> still_pictures(const spec::Show& show, const Animations& animations);

}  // namespace tessera::pipeline
