#include "engine/device/cuda/plan_tables.h"

#include "kernels/cuda/tables.h"

namespace tessera::device::cuda {
namespace {

// Plans after which a table that was not used is forgotten.
constexpr int64_t kIdlePlans = 64;

}  // namespace

Result<const PlanTables::Entry*> PlanTables::entry(const TapsRef& taps, const Key& key, PlanMemory& memory,
                                                   std::vector<std::shared_ptr<const void>>& kept) {
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    const auto [pointer, bytes, step, lead] = key;
    Entry made;
    made.taps = taps;
    std::vector<uint32_t> words;
    if (bytes != 0) {
      auto table = kernels::cuda::make_columns(taps->view(), bytes, step, lead);
      made.size = table.words;
      words = std::move(table.data);
    } else {
      auto table = kernels::cuda::make_rows(taps->view());
      made.size = table.pairs;
      words = std::move(table.data);
    }
    TESSERA_TRY_ASSIGN(made.table, memory.upload(words));
    found = entries_.emplace(key, std::move(made)).first;
  }
  found->second.used = plan_;
  kept.push_back(found->second.table.owner);
  return &found->second;
}

Result<kernels::cuda::PlacedTaps> PlanTables::placed(const TapsRef& columns, const TapsRef& rows,
                                                     const kernels::ConstPlane& source, PlanMemory& memory,
                                                     std::vector<std::shared_ptr<const void>>& kept) {
  const kernels::cuda::RowLayout layout = kernels::cuda::row_layout(source);
  const Entry *across = nullptr, *down = nullptr;
  TESSERA_TRY_ASSIGN(across, entry(columns, Key{columns.get(), layout.bytes, layout.step, layout.lead}, memory, kept));
  TESSERA_TRY_ASSIGN(down, entry(rows, Key{rows.get(), 0, 0, 0}, memory, kept));
  return kernels::cuda::PlacedTaps{across->table.address, down->table.address, across->size, down->size};
}

void PlanTables::end_plan() {
  ++plan_;
  std::erase_if(entries_, [this](const auto& item) { return plan_ - item.second.used > kIdlePlans; });
}

}  // namespace tessera::device::cuda
