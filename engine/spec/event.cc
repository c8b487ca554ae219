#include "engine/spec/event.h"

#include <type_traits>

namespace tessera::spec {

bool is_drawn(const EventBody& body, const Job& job) {
  return std::visit(
      [&](const auto& b) {
        using B = std::decay_t<decltype(b)>;
        if constexpr (std::is_same_v<B, LayoutSet>) {
          return b.layout != LayoutKind::kPanel && b.layout != LayoutKind::kMatch;
        } else if constexpr (std::is_same_v<B, Gift>) {
          const auto asset = job.assets.find(b.asset);
          return asset != job.assets.end() && form_of(asset->second) != AssetForm::kNotYet;
        } else {
          return std::is_same_v<B, GuestJoin> || std::is_same_v<B, GuestLeave> || std::is_same_v<B, GuestMute> ||
                 std::is_same_v<B, GuestUnmute> || std::is_same_v<B, GuestFocus> || std::is_same_v<B, Retract>;
        }
      },
      body);
}

}  // namespace tessera::spec
