#pragma once

#include <string>
#include <string_view>

namespace tessera::media {

/// The ISO 639-2/T code that MP4 tracks carry for a BCP 47 tag: "deu" for "de-AT", "und" where there is none.
std::string iso639_2(std::string_view bcp47);

}  // namespace tessera::media
