#include "engine/base/result.h"

namespace tessera {

int exit_code(Errc code) {
  switch (code) {
    case Errc::kUsage:
      return 2;
    case Errc::kBadInput:
      return 10;
    case Errc::kLimit:
      return 11;
    case Errc::kUnreachable:
      return 20;
    case Errc::kDevice:
      return 30;
    case Errc::kCapacity:
      return 31;
    case Errc::kDrained:
      return 75;
    case Errc::kInternal:
      return 70;
  }
  return 70;
}

std::string describe(const Error& error) { return error.where + ": " + error.detail; }

}  // namespace tessera
