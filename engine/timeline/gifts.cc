#include "engine/timeline/gifts.h"

#include <algorithm>

#include "engine/timeline/exact.h"

namespace tessera::timeline {

GiftPlays::GiftPlays(const spec::Show& show, const GiftLengths& lengths) {
  for (size_t i = 0; i < show.events.size(); ++i) {
    const auto* gift = std::get_if<spec::Gift>(&show.events[i].body);
    const auto length = gift == nullptr ? lengths.end() : lengths.find(gift->asset);
    if (length == lengths.end()) continue;
    const Rational start = Rational::from_micros(show.events[i].t);
    plays_.push_back({{static_cast<int>(i), start}, add_times(start, length->second)});
    longest_ = std::max(longest_, length->second);
  }
}

std::vector<PlayedGift> GiftPlays::at(const Rational& t) const {
  // What began more than the longest gift ago is over.
  const Rational earliest = sub_times(t, longest_);
  auto play = std::lower_bound(plays_.begin(), plays_.end(), earliest,
                               [](const Play& p, const Rational& x) { return p.gift.start < x; });
  std::vector<PlayedGift> gifts;
  for (; play != plays_.end() && play->gift.start <= t; ++play) {
    if (t < play->end) gifts.push_back(play->gift);
  }
  return gifts;
}

std::vector<Rational> GiftPlays::changes() const {
  std::vector<Rational> times;
  for (const Play& play : plays_) {
    times.push_back(play.gift.start);
    times.push_back(play.end);
  }
  return times;
}

}  // namespace tessera::timeline
