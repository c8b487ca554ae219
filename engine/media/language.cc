#include "engine/media/language.h"

#include <algorithm>
#include <cctype>

namespace tessera::media {
namespace {

/// ISO 639-1 and ISO 639-2/T, pair after pair.
constexpr std::string_view kPairs =
    "aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul bhbih bibis bmbam bnben "
    "bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv cycym dadan dedeu dvdiv dzdzo eeewe elell eneng "
    "eoepo esspa etest eueus fafas ffful fifin fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv hahau heheb "
    "hihin hohmo hrhrv hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl itita iuiku jajpn jvjav "
    "kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas kukur kvkom kwcor kykir lalat lbltz lglug lilim "
    "lnlin lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa mtmlt mymya nanau nbnob ndnde nenep "
    "ngndo nlnld nnnno nonor nrnbl nvnav nynya ococi ojoji omorm orori ososs papan pipli plpol pspus ptpor quque rmroh "
    "rnrun roron rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv smsmo snsna sosom sqsqi srsrp ssssw stsot "
    "susun svswe swswa tatam tetel tgtgk ththa titir tktuk tltgl tntsn toton trtur tstso tttat twtwi tytah uguig ukukr "
    "ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid yoyor zazha zhzho zuzul ";
constexpr size_t kPairLength = 6;
static_assert(kPairs.size() % kPairLength == 0);

}  // namespace

std::string iso639_2(std::string_view bcp47) {
  std::string primary(bcp47.substr(0, bcp47.find('-')));
  const auto lower = [](unsigned char c) { return static_cast<char>(std::tolower(c)); };
  std::transform(primary.begin(), primary.end(), primary.begin(), lower);
  const bool letters = std::all_of(primary.begin(), primary.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (letters && primary.size() == 3) return primary;
  for (size_t at = 0; at < kPairs.size() && primary.size() == 2; at += kPairLength) {
    if (kPairs.substr(at, 2) == primary) return std::string(kPairs.substr(at + 2, 3));
  }
  return "und";
}

}  // namespace tessera::media
