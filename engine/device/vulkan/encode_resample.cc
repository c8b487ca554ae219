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
  for (const int known : {3, 4, 5, 6, 8, 11, kMostWords}) {
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

/// What a program for so many words takes for a source row of eight columns, in about instructions.
int64_t cost_of(int words) { return words == 0 ? 2000 : 60 + 10 * words; }

/// Which samples the sources have, as shaders/resample.comp knows it.
int kinds_of_source(bool bytes, bool wide) { return bytes && wide ? 2 : wide ? 1 : 0; }

/// How many at the beginning are as `predicate` says.
template <class T, class F>
size_t count_first(std::span<T> all, F&& predicate) {
  return static_cast<size_t>(std::find_if_not(all.begin(), all.end(), predicate) - all.begin());
}

}  // namespace

/// Where to cut resamples, sorted by their number of taps, so that two programs take least. 0: one does as well.
size_t Encoder::best_split(std::span<const Resampling> all) {
  const auto work = [](const Resampling& r) { return int64_t{r.rows->entries} * r.params.rect.w; };
  const auto cost = [&](std::span<const Resampling> some) {
    int64_t sum = 0;
    for (const Resampling& r : some) sum += work(r);
    return some.empty() ? 0 : sum * cost_of(program_words(some.back().columns->words));
  };
  size_t best = 0;
  int64_t least = cost(all) * 19 / 20;  // a dispatch is not free
  for (size_t at = 1; at < all.size(); ++at) {
    const int64_t sum = cost(all.first(at)) + cost(all.subspan(at));
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

/// Sources of bytes and sources of 16 bit samples have programs of their own, and so may those with many taps and those
/// with few, while there are dispatches to spare; else all results of one width share one.
void Encoder::encode_sorted(std::span<Resampling> all) {
  const auto key = [&](const Resampling& r) {
    const int words = program_words(r.columns->words);
    return std::tuple(r.params.dst.depth > 8, r.wide_source(), words == 0 ? kMostWords + 1 : words);
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  while (!all.empty()) {
    const auto same_result = [&](const Resampling& r) {
      return (r.params.dst.depth > 8) == (all.front().params.dst.depth > 8);
    };
    const auto same_source = [&](const Resampling& r) {
      return same_result(r) && r.wide_source() == all.front().wide_source();
    };
    const size_t results = count_first(all, same_result), sources = count_first(all, same_source);
    const bool apart = sources == results || spare_ > 0;
    if (sources != results && apart) --spare_;
    const std::span<const Resampling> some = all.first(apart ? sources : results);
    const size_t split = apart && spare_ > 0 ? best_split(some) : 0;
    if (split != 0) {
      --spare_;
      encode_class(some.first(split));
    }
    encode_class(some.subspan(split));
    all = all.subspan(some.size());
  }
}

}  // namespace tessera::device::vulkan
