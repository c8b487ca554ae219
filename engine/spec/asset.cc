#include <algorithm>
#include <array>
#include <string_view>

#include "engine/spec/job.h"

namespace tessera::spec {
namespace {

/// The ending of a uri's path in small letters, without the dot.
std::string ending_of(const std::string& uri) {
  const bool is_url = uri.find("://") != std::string::npos;
  const std::string_view path = std::string_view(uri).substr(0, is_url ? uri.find('?') : std::string::npos);
  const size_t dot = path.rfind('.');
  std::string ending(dot == std::string_view::npos ? "" : path.substr(dot + 1));
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return ending;
}

template <size_t N>
bool is_one_of(const std::string& word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

AssetForm form_of(const Asset& asset) {
  if (asset.kind == "image") return AssetForm::kPicture;
  if (asset.kind == "video") return AssetForm::kAnimation;
  if (asset.kind != "auto" && !asset.kind.empty()) return AssetForm::kNotYet;
  const std::string ending = ending_of(asset.uri);
  if (ending == "png") return AssetForm::kEither;
  if (is_one_of<4>(ending, {"jpg", "jpeg", "bmp", "webp"})) return AssetForm::kPicture;
  if (is_one_of<4>(ending, {"apng", "gif", "mov", "webm"})) return AssetForm::kAnimation;
  return AssetForm::kNotYet;
}

}  // namespace tessera::spec
