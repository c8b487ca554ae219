#include <algorithm>
#include <tuple>

#include "engine/device/vulkan/encoder_parts.h"

namespace tessera::device::vulkan {
namespace {

constexpr int kMostWords = 16;  // beyond, taps are fetched from memory for every sample
constexpr int kMostLoads = 4;   // beyond, columns fetch their own words
/// Software drivers end an invocation after 65535 rounds of all its loops.
constexpr int kMostRounds = 60000;

/// Words of a program for columns that read so many; 0: of the one for any number.
int program_words(int words) {
  for (const int known : {3, 4, 5, 6, 7, 8, 10, 12, kMostWords}) {
    if (words <= known) return known;
  }
  return 0;
}

/// Entries that a strip may have, so that its cluster stays below the rounds.
int most_entries(const ColumnTable& columns) {
  constexpr int kRowsAnEntry = 3, kWordsARound = 4;
  if (program_words(columns.words) != 0) return kMostRounds / 2;
  return kMostRounds / (kRowsAnEntry * ((columns.words + kWordsARound - 1) / kWordsARound) + 2);
}

/// Loads of eight words that hold all that eight neighbouring columns read.
int loads_of(const ColumnTable& columns) {
  const int loads = (columns.reach + columns.words + 7) / 8;
  return loads <= kMostLoads ? loads : 0;
}

/// Which samples the sources have, as shaders/resample.comp knows it.
int kinds_of_source(bool bytes, bool wide) { return bytes && wide ? 2 : wide ? 1 : 0; }

}  // namespace

/// What one program takes for all of them, in about instructions: the one with most taps decides, and whether there are
/// two kinds of sources.
int64_t Encoder::cost_of(std::span<const Resampling> all) {
  int64_t work = 0;
  int words = 0;
  bool wide = false, bytes = false;
  for (const Resampling& r : all) {
    work += int64_t{r.rows->entries} * r.params.rect.w;
    words = std::max(words, r.columns->words);
    (r.wide_source() ? wide : bytes) = true;
  }
  const int known = program_words(words);
  const int64_t each = known == 0 ? 2000 : 60 + 10 * known;
  return work * each * (wide && bytes ? 3 : 2) / 2;
}

/// Where to cut resamples, sorted by what programs differ in, so that two dispatches take least. 0: one does as well.
size_t Encoder::best_split(std::span<const Resampling> all) {
  size_t best = 0;
  int64_t least = cost_of(all) * 19 / 20;  // a dispatch is not free
  for (size_t at = 1; at < all.size(); ++at) {
    const int64_t sum = cost_of(all.first(at)) + cost_of(all.subspan(at));
    if (sum < least) {
      least = sum;
      best = at;
    }
  }
  return best;
}

/// One dispatch of resamples whose results have the same width of samples.
void Encoder::encode_class(std::span<const Resampling> all) {
  const bool wide = all.front().params.dst.depth > 8;
  const auto is_wide = [](const Resampling& r) { return r.wide_source(); };
  const int widths =
      kinds_of_source(!std::all_of(all.begin(), all.end(), is_wide), std::any_of(all.begin(), all.end(), is_wide));
  int loads = 1, most_words = 0;
  for (const Resampling& r : all) {
    const Target t = target_of(r.params.dst, r.params.rect);
    const int own = loads_of(*r.columns);
    loads = loads == 0 || own == 0 ? 0 : std::max(loads, own);
    const int lead = t.lead / t.bytes, across = (lead + r.params.rect.w + 8 * columns_ - 1) / (8 * columns_);
    const bool full_scale = r.params.full_scale && !r.wide_source() && wide;
    most_words = std::max(most_words, r.columns->words);
    const Job job{begin_job(), across * r.rows->strips};
    for (const int v : {word_of(r.params.src.data), static_cast<int>(r.params.src.stride / 4), t.word, t.stride,
                        r.params.rect.w, r.params.rect.h, lead, static_cast<int>(r.columns->block->offset() / 4),
                        static_cast<int>(r.rows->block->offset() / 4), across, r.rows->strip_rows, t.window,
                        full_scale ? 1 : 0, r.columns->pairs, t.absolute, r.wide_source() ? 1 : 0}) {
      put(v);
    }
    jobs_.push_back(job);
    edges_ |= t.edges;
  }
  const int words = program_words(most_words);
  if (words == 0) loads = 1;
  dispatch({Program::kResample, {edges_ ? 1 : 0, words, loads, widths, wide ? 1 : 0, columns_}});
}

Result<void> Encoder::encode_resamples(const Batch& batch, Tables& tables, Transfers& transfers) {
  std::vector<Resampling> all;
  for (const Operation& operation : batch.operations) {
    const auto& op = std::get<Resample>(operation);
    planes_.clear();
    TESSERA_TRY(expand(operation, planes_));
    for (size_t i = 0; i < planes_.size(); ++i) {
      const bool chroma = i == 1 || i == 2;
      Resampling r{std::get<kernels::ResampleParams>(planes_[i]), nullptr, nullptr};
      TESSERA_TRY_ASSIGN(r.columns, tables.columns(chroma ? op.chroma_x : op.luma_x, r.wide_source(), transfers));
      TESSERA_TRY_ASSIGN(r.rows, tables.rows(chroma ? op.chroma_y : op.luma_y, most_entries(*r.columns), transfers));
      out_->kept.push_back(r.columns->block);
      out_->kept.push_back(r.rows->block);
      all.push_back(r);
    }
  }
  encode_sorted(all);
  return {};
}

/// A dispatch for results of each width, and more while that pays and there are some to spare.
void Encoder::encode_sorted(std::span<Resampling> all) {
  const auto key = [](const Resampling& r) {
    return std::tuple(r.params.dst.depth > 8, r.wide_source(), r.columns->words);
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto wide = std::find_if(all.begin(), all.end(), [](const auto& r) { return r.params.dst.depth > 8; });
  const auto bytes = static_cast<size_t>(wide - all.begin());
  for (const std::span<const Resampling> some : {all.first(bytes), all.subspan(bytes)}) {
    if (!some.empty()) encode_split(some);
  }
}

void Encoder::encode_split(std::span<const Resampling> all) {
  const size_t split = spare_ > 0 ? best_split(all) : 0;
  if (split == 0) return encode_class(all);
  --spare_;
  encode_split(all.first(split));
  encode_split(all.subspan(split));
}

}  // namespace tessera::device::vulkan
