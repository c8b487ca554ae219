#include "engine/pipeline/open_animations.h"

#include <algorithm>
#include <set>

namespace tessera::pipeline {
namespace {

constexpr Rational kStillGift{3, 1};  // seconds

/// Names of the assets that some programme draws.
std::set<std::string> drawn_assets(const spec::Show& show) {
  const auto& programmes = show.job.programmes;
  std::set<std::string> names;
  if (std::any_of(programmes.begin(), programmes.end(), [](const auto& p) { return p.burn_in.overlays; })) {
    for (const spec::Overlay& overlay : show.job.overlays) names.insert(overlay.asset);
  }
  if (std::any_of(programmes.begin(), programmes.end(), [](const auto& p) { return p.burn_in.gifts; })) {
    for (const spec::Event& event : show.events) {
      if (const auto* gift = std::get_if<spec::Gift>(&event.body)) names.insert(gift->asset);
    }
  }
  return names;
}

bool is_animation(const spec::Asset& asset) {
  const spec::AssetForm form = spec::form_of(asset);
  return form == spec::AssetForm::kAnimation ||
         (form == spec::AssetForm::kEither && media::may_be_animation(asset.uri));
}

Result<std::shared_ptr<const gift::Animation>> open(const std::string& path, const media::MediaLimits& limits,
                                                    const std::string& cache_dir, Log& log) {
  if (path.find("://") != std::string::npos) {
    return fail(Errc::kBadInput, path.substr(0, path.find("://")) + "://", "is fetched by nobody; wanted a file");
  }
  return gift::open_animation(path, limits, cache_dir, log);
}

}  // namespace

Result<Animations> open_animations(const spec::Show& show, const media::MediaLimits& limits,
                                   const std::string& cache_dir, Log& log) {
  Animations animations;
  for (const std::string& name : drawn_assets(show)) {
    const spec::Asset& asset = show.job.assets.at(name);
    if (animations.contains(asset.uri) || !is_animation(asset)) continue;
    auto animation = open(asset.uri, limits, cache_dir, log);
    if (!animation) {
      const Error& error = animation.error();
      return fail(error.code, "job:/assets/" + name, describe(error), error.retryable);
    }
    if ((*animation)->times().frames() > 1) animations[asset.uri] = *std::move(animation);
  }
  return animations;
}

timeline::GiftLengths gift_lengths(const spec::Job& job, const Animations& animations) {
  timeline::GiftLengths lengths;
  for (const auto& [name, asset] : job.assets) {
    const spec::AssetForm form = spec::form_of(asset);
    if (form == spec::AssetForm::kNotYet) continue;
    const auto animation = animations.find(asset.uri);
    const bool moves = form != spec::AssetForm::kPicture && animation != animations.end();
    lengths[name] = moves ? animation->second->times().length() : kStillGift;
  }
  return lengths;
}

std::vector<std::string> still_pictures(const spec::Show& show, const Animations& animations) {
  std::set<std::string> paths;
  for (const spec::Guest& guest : show.job.guests) {
    if (!guest.avatar.empty()) paths.insert(guest.avatar);
  }
  for (const std::string& name : drawn_assets(show)) {
    const spec::Asset& asset = show.job.assets.at(name);
    const spec::AssetForm form = spec::form_of(asset);
    if (form == spec::AssetForm::kNotYet) continue;
    if (form == spec::AssetForm::kPicture || !animations.contains(asset.uri)) paths.insert(asset.uri);
  }
  return {paths.begin(), paths.end()};
}

}  // namespace tessera::pipeline
