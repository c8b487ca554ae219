#include "engine/compose/boards.h"

#include <algorithm>

namespace tessera::compose {

Result<device::SurfaceRef> ScratchBoards::place(const Rect& rect, bool has_alpha) {
  for (Board& board : boards_) {
    if (board.surface->format.has_alpha != has_alpha) continue;
    if (std::any_of(board.taken.begin(), board.taken.end(), [&](const Rect& r) { return overlaps(r, rect); })) continue;
    board.taken.push_back(rect);
    return board.surface;
  }
  media::FrameFormat format = canvas_;
  format.has_alpha = has_alpha;
  TESSERA_TRY_ASSIGN(device::SurfaceRef surface, device_.surface(format));
  boards_.push_back({surface, {rect}});
  return surface;
}

bool MaskBoards::find(const kernels::Shape& shape, const Rect& rect, Placed& out) {
  for (Board& board : boards_) {
    for (Entry& entry : board.entries) {
      if (entry.shape != shape || !(entry.rect == rect)) continue;
      entry.frame = frame_;
      out = {board.surface, true};
      return true;
    }
  }
  return false;
}

Result<MaskBoards::Placed> MaskBoards::place(const kernels::Shape& shape, const Rect& rect) {
  Placed placed;
  if (find(shape, rect, placed)) return placed;
  for (Board& board : boards_) {
    const bool taken = std::any_of(board.entries.begin(), board.entries.end(),
                                   [&](const Entry& e) { return e.frame == frame_ && overlaps(e.rect, rect); });
    if (taken) continue;
    std::erase_if(board.entries, [&](const Entry& e) { return overlaps(e.rect, rect); });
    board.entries.push_back({shape, rect, frame_});
    return Placed{board.surface, false};
  }
  TESSERA_TRY_ASSIGN(device::SurfaceRef surface, device_.surface(media::canvas_format(width_, height_, 8)));
  boards_.push_back({surface, {{shape, rect, frame_}}});
  return Placed{surface, false};
}

}  // namespace tessera::compose
