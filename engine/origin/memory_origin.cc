#include "engine/origin/memory_origin.h"

#include <map>
#include <mutex>

namespace tessera::origin {
namespace {

struct Store {
  std::mutex mutex;
  std::map<std::string, std::vector<uint8_t>, std::less<>> objects;
};

std::shared_ptr<Store> shared_store(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<Store>> stores;
  const std::lock_guard lock(mutex);
  auto& store = stores[name];
  if (!store) store = std::make_shared<Store>();
  return store;
}

class MemoryOrigin final : public Origin {
 public:
  explicit MemoryOrigin(std::string name) : name_(std::move(name)), store_(shared_store(name_)) {}

  Result<Put> put_once(std::string_view name, Bytes data, std::string_view) override {
    TESSERA_TRY(check(name));
    const std::lock_guard lock(store_->mutex);
    const bool made = store_->objects.try_emplace(std::string(name), data.begin(), data.end()).second;
    return made ? Put::kCreated : Put::kExisted;
  }

  Result<void> replace(std::string_view name, Bytes data, std::string_view) override {
    TESSERA_TRY(check(name));
    const std::lock_guard lock(store_->mutex);
    store_->objects.insert_or_assign(std::string(name), std::vector<uint8_t>(data.begin(), data.end()));
    return {};
  }

  Result<std::vector<uint8_t>> get(std::string_view name) override {
    TESSERA_TRY(check(name));
    const std::lock_guard lock(store_->mutex);
    const auto found = store_->objects.find(name);
    if (found == store_->objects.end()) return fail(Errc::kBadInput, "origin:" + std::string(name), "not there");
    return found->second;
  }

  Result<bool> exists(std::string_view name) override {
    TESSERA_TRY(check(name));
    const std::lock_guard lock(store_->mutex);
    return store_->objects.contains(name);
  }

  Result<std::vector<std::string>> list(std::string_view folder) override {
    if (!folder.empty()) TESSERA_TRY(check(folder));
    const std::string prefix = folder.empty() ? "" : std::string(folder) + "/";
    std::vector<std::string> names;
    const std::lock_guard lock(store_->mutex);
    for (auto it = store_->objects.lower_bound(prefix); it != store_->objects.end(); ++it) {
      if (!it->first.starts_with(prefix)) break;
      names.push_back(it->first);
    }
    return names;
  }

  std::string describe() const override { return "memory:" + name_; }

 private:
  static Result<void> check(std::string_view name) {
    if (is_valid_name(name)) return {};
    return fail(Errc::kInternal, "origin", "\"" + std::string(name.substr(0, 600)) + "\" is no object name");
  }

  const std::string name_;
  const std::shared_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<Origin> open_memory_origin(const std::string& name) { return std::make_unique<MemoryOrigin>(name); }

}  // namespace tessera::origin
