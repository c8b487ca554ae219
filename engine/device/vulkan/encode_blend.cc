#include <algorithm>
#include <array>

#include "engine/device/vulkan/encoder_parts.h"

namespace tessera::device::vulkan {
namespace {

using kernels::BlendParams;

/// The words and rows of a plane that some blends touch, cut into tiles: a cluster each.
struct Tiles {
  int first_column = 0, across = 0, first_row = 0, down = 0, end_row = 0;

  int count() const { return across * down; }
};

constexpr int kTileWords = 8;

Tiles tiles_of(std::span<const BlendParams* const> blends) {
  int left = blends[0]->rect.x, right = left, top = blends[0]->rect.y, bottom = top;
  for (const BlendParams* p : blends) {
    left = std::min(left, p->rect.x);
    right = std::max(right, p->rect.x + p->rect.w);
    top = std::min(top, p->rect.y);
    bottom = std::max(bottom, p->rect.y + p->rect.h);
  }
  const int bytes = bytes_of(blends[0]->dst.depth);
  const int first = left * bytes / 4, end = (right * bytes + 3) / 4;
  return {first, (end - first + kTileWords - 1) / kTileWords, top, strips_of(bottom - top), bottom};
}

int64_t area_of(std::span<const BlendParams* const> blends) {
  int64_t sum = 0;
  for (const BlendParams* p : blends) sum += int64_t{p->rect.w} * p->rect.h;
  return sum;
}

/// Whether a blend touches a tile.
bool touches(const BlendParams& p, const Tiles& tiles, int tile) {
  const int bytes = bytes_of(p.dst.depth);
  const int x = (tiles.first_column + tile % tiles.across * kTileWords) * 4 / bytes;
  const int y = tiles.first_row + tile / tiles.across * kStripRows;
  return p.rect.x < x + kTileWords * 4 / bytes && x < p.rect.x + p.rect.w && p.rect.y < y + kStripRows &&
         y < p.rect.y + p.rect.h;
}

}  // namespace

int Encoder::add_blend(const BlendParams& p) {
  const int at = begin_job();
  const bool alpha = p.alpha.data != nullptr, mask = p.mask.data != nullptr;
  for (const int v : {word_of(p.src.data), static_cast<int>(p.src.stride / 4), alpha ? word_of(p.alpha.data) : 0,
                      static_cast<int>(p.alpha.stride / 4), mask ? word_of(p.mask.data) : 0,
                      static_cast<int>(p.mask.stride / 4), p.rect.x, p.rect.x + p.rect.w, p.rect.y, p.rect.y + p.rect.h,
                      p.opacity, p.offset, p.chroma ? 1 : 0, p.alpha.width, p.alpha.height, 0}) {
    put(v);
  }
  return at;
}

Encoder::Job Encoder::add_blends(std::span<const BlendParams* const> blends) {
  const Tiles tiles = tiles_of(blends);
  std::vector<int> at;
  for (const BlendParams* p : blends) at.push_back(add_blend(*p));
  // For each tile that is touched the blends that do, in order; then for each where it is and where its list is.
  std::vector<std::array<int, 4>> lists;
  for (int tile = 0; tile < tiles.count(); ++tile) {
    const auto start = static_cast<int>(out_->words.size());
    for (size_t k = 0; k < blends.size(); ++k) {
      if (touches(*blends[k], tiles, tile)) put(at[k]);
    }
    const int count = static_cast<int>(out_->words.size()) - start;
    if (count == 0) continue;
    lists.push_back({tiles.first_column + tile % tiles.across * kTileWords,
                     tiles.first_row + tile / tiles.across * kStripRows, start, count});
  }
  const int table = begin_job();
  for (const auto& list : lists) {
    for (const int v : list) put(v);
  }
  const kernels::Plane& dst = blends[0]->dst;
  const Target t = target_of(dst, {0, 0, dst.width, dst.height});
  const Job job{begin_job(), static_cast<int>(lists.size())};
  for (const int v : {t.word, t.absolute, t.stride, t.window, table, tiles.end_row, job.clusters, 0}) put(v);
  return job;
}

/// One dispatch of blends, all of one depth.
void Encoder::encode_some(std::span<const BlendParams*> all) {
  const bool wide = all.front()->dst.depth > 8;
  bool alphas = false, masks = false;
  for (const BlendParams* p : all) {
    alphas |= p->alpha.data != nullptr;
    masks |= p->mask.data != nullptr;
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const BlendParams* a, const BlendParams* b) { return std::less<>{}(a->dst.data, b->dst.data); });
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin;
    while (end < all.size() && all[end]->dst.data == all[begin]->dst.data) ++end;
    jobs_.push_back(add_blends(all.subspan(begin, end - begin)));
    begin = end;
  }
  // All blends on a plane are one job, so no word is shared between jobs.
  dispatch({Program::kBlend, {0, wide ? 1 : 0, alphas ? 1 : 0, masks ? 1 : 0}});
}

void Encoder::encode_blends(bool wide) {
  std::vector<const BlendParams*> all;
  for (const PlaneJob& plane : planes_) {
    const auto* p = std::get_if<BlendParams>(&plane);
    if (p != nullptr && (p->dst.depth > 8) == wide) all.push_back(p);
  }
  if (all.empty()) return;
  // Pictures without alpha, which are below those with it as a rule, are cheaper to blend on their own where they are
  // many: a program for alpha fetches twice as much.
  const auto first_alpha =
      std::find_if(all.begin(), all.end(), [](const BlendParams* p) { return p->alpha.data != nullptr; });
  const std::span<const BlendParams*> below(all.begin(), first_alpha), rest(first_alpha, all.end());
  const bool split = spare_ > 0 && !rest.empty() && area_of(below) > area_of(rest) / 2;
  if (split) {
    --spare_;
    encode_some(below);
  }
  encode_some(split ? rest : all);
}

}  // namespace tessera::device::vulkan
