#include "engine/base/activity.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace tessera {
namespace {

struct Slot {
  char call[48];
  char said[208];
};
constexpr int kSlots = 64;
static_assert(sizeof(Slot) * kSlots == kActivityBytes);

Slot own_slots[kSlots];
std::atomic<Slot*> slots{own_slots};
std::atomic<uint64_t> taken{0};

/// A thread's slot, given back when it ends; -1 where all are taken.
class SlotOfThread {
 public:
  SlotOfThread() {
    uint64_t before = taken.load();
    while (~before != 0) {
      const int free = __builtin_ctzll(~before);
      if (!taken.compare_exchange_weak(before, before | uint64_t{1} << free)) continue;
      number = free;
      slots.load()[free] = {};
      return;
    }
  }
  ~SlotOfThread() {
    if (number < 0) return;
    slots.load()[number] = {};
    taken &= ~(uint64_t{1} << number);
  }
  int number = -1;
};

int own_slot() {
  thread_local const SlotOfThread slot;
  return slot.number;
}

template <size_t N>
void put(char (&to)[N], std::string_view text) {
  const size_t length = std::min(text.size(), N - 1);
  std::memcpy(to, text.data(), length);
  to[length] = 0;
}

template <size_t N>
std::string text_of(const char (&from)[N]) {
  std::string text(from, strnlen(from, N));
  // Another process wrote it, perhaps half.
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c > 0x7e; }, ' ');
  return text;
}

}  // namespace

Activity::Activity(std::string_view call) : slot_(own_slot()), before_{} {
  if (slot_ < 0) return;
  Slot& slot = slots.load()[slot_];
  std::memcpy(before_, slot.call, sizeof before_);
  put(slot.call, call);
}

Activity::~Activity() {
  if (slot_ >= 0) std::memcpy(slots.load()[slot_].call, before_, sizeof before_);
}

void keep_activities_in(void* memory) { slots = static_cast<Slot*>(memory); }

void note_last_words(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const int slot = own_slot();
  if (slot >= 0 && !text.empty()) put(slots.load()[slot].said, text);
}

std::string last_words() {
  const int slot = own_slot();
  return slot < 0 ? std::string() : text_of(slots.load()[slot].said);
}

void forget_last_words() {
  const int slot = own_slot();
  if (slot >= 0) slots.load()[slot].said[0] = 0;
}

std::string describe_activities(const void* memory) {
  std::string text;
  const auto* all = static_cast<const Slot*>(memory);
  for (int i = 0; i < kSlots; ++i) {
    const std::string call = text_of(all[i].call);
    if (call.empty()) continue;
    const std::string said = text_of(all[i].said);
    text += (text.empty() ? "" : "; ") + call + (said.empty() ? "" : " (" + said + ")");
  }
  return text;
}

}  // namespace tessera
