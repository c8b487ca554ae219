#pragma once

#include <vector>

#include "engine/spec/parse.h"
#include "engine/timeline/state.h"

/// Which gifts play when. For this folder only.
namespace tessera::timeline {

class GiftPlays {
 public:
  GiftPlays() = default;
  GiftPlays(const spec::Show& show, const GiftLengths& lengths);

  /// As State::gifts wants them.
  std::vector<PlayedGift> at(const Rational& t) const;
  /// Begins and ends.
  std::vector<Rational> changes() const;

 private:
  struct Play {
    PlayedGift gift;
    Rational end;
  };
  std::vector<Play> plays_;  ///< by start
  Rational longest_;
};

}  // namespace tessera::timeline
