#include "engine/origin/file_origin.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/origin/posix_file.h"
#include "engine/origin/temporary.h"

namespace tessera::origin {
namespace {

namespace fs = std::filesystem;

class FileOrigin final : public Origin {
 public:
  explicit FileOrigin(std::string root) : root_(std::move(root)) {}

  Result<Put> put_once(std::string_view name, Bytes data, std::string_view content_type) override;
  Result<void> replace(std::string_view name, Bytes data, std::string_view content_type) override;
  Result<std::vector<uint8_t>> get(std::string_view name) override;
  Result<bool> exists(std::string_view name) override;
  Result<std::vector<std::string>> list(std::string_view folder) override;
  std::string describe() const override { return root_; }

  Result<void> prepare_for_writing();

 private:
  std::string path_of(std::string_view name) const { return root_ + "/" + std::string(name); }
  std::string folder_of(std::string_view name) const {
    const size_t slash = name.find_last_of('/');
    return slash == std::string_view::npos ? root_ : path_of(name.substr(0, slash));
  }
  tl::unexpected<Error> not_written(std::string_view name, int error) const;
  int write(std::string_view name, Bytes data, int (Temporary::*give_name)(const std::string&)) const;
  Result<void> sync_folder_of(std::string_view name) const;

  const std::string root_;
};

tl::unexpected<Error> bad_name(std::string_view operation, std::string_view name) {
  return fail(
      Errc::kInternal, "origin." + std::string(operation),
      "\"" + std::string(name.substr(0, 600)) +
          "\" is no object name: wanted a relative path of [A-Za-z0-9._/-] with no empty, \".\" or \"..\" part, "
          "at most 512 bytes");
}

tl::unexpected<Error> FileOrigin::not_written(std::string_view name, int error) const {
  std::string doing = "write the object " + std::string(name) + " to " + root_;
  if (error == ENOTDIR) doing += " (a part of its path is a file, wanted a folder)";
  if (error == EISDIR) doing += " (there is a folder of that name, wanted a file or nothing)";
  auto failure = fail_errno("origin.put", doing, error);
  failure.value().detail += "; nothing was changed under that name";
  return failure;
}

/// Writes `data` in the object's folder, made on demand, and then gives it its name. 0 or an errno value.
int FileOrigin::write(std::string_view name, Bytes data, int (Temporary::*give_name)(const std::string&)) const {
  const std::string folder = folder_of(name);
  int error = 0;
  for (const auto named : {Temporary::Named::kAtTheEnd, Temporary::Named::kFromTheStart}) {
    Temporary file;
    error = file.open(folder, named);
    if (error == ENOENT) {
      error = make_folders(folder);
      if (error == 0) error = file.open(folder, named);
    }
    if (error == 0) error = write_and_sync(file.descriptor(), data);
    if (error == 0) error = (file.*give_name)(path_of(name));
    if (error != ENOTSUP) break;
  }
  return error;
}

Result<void> FileOrigin::sync_folder_of(std::string_view name) const {
  if (const int error = sync_folder(folder_of(name))) {
    return fail_errno("origin.put", "bring the folder of the object " + std::string(name) + " in " + root_ + " to disk",
                      error);
  }
  return {};
}

Result<Origin::Put> FileOrigin::put_once(std::string_view name, Bytes data, std::string_view) {
  if (!is_valid_name(name)) return bad_name("put", name);
  TESSERA_TRY_ASSIGN(const bool there, exists(name));
  Put outcome = Put::kExisted;
  if (!there) {
    const int error = write(name, data, &Temporary::name_new);
    if (error != 0 && error != EEXIST) return not_written(name, error);
    if (error == EEXIST) {
      TESSERA_TRY_ASSIGN(const bool is_object, exists(name));
      if (!is_object) return not_written(name, EISDIR);
    } else {
      outcome = Put::kCreated;
    }
  }
  // Also where it existed: another writer may have linked it and not have brought the entry to the disk yet.
  TESSERA_TRY(sync_folder_of(name));
  return outcome;
}

Result<void> FileOrigin::replace(std::string_view name, Bytes data, std::string_view) {
  if (!is_valid_name(name)) return bad_name("replace", name);
  if (const int error = write(name, data, &Temporary::replace)) return not_written(name, error);
  return sync_folder_of(name);
}

Result<std::vector<uint8_t>> FileOrigin::get(std::string_view name) {
  if (!is_valid_name(name)) return bad_name("get", name);
  const std::string doing = "read the object " + std::string(name) + " of " + root_;
  const Descriptor file(::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return fail(Errc::kBadInput, "origin:" + std::string(name), "not there");
    return fail_errno("origin.get", doing, errno);
  }
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return fail_errno("origin.get", doing, errno);
  if (!S_ISREG(found.st_mode)) return fail(Errc::kBadInput, "origin:" + std::string(name), "not there");
  std::vector<uint8_t> data(static_cast<size_t>(found.st_size));
  size_t done = 0;
  while (done < data.size()) {
    const ssize_t n = ::read(file.get(), data.data() + done, data.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("origin.get", doing, errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  data.resize(done);
  return data;
}

Result<bool> FileOrigin::exists(std::string_view name) {
  if (!is_valid_name(name)) return bad_name("exists", name);
  struct stat found {};
  if (::stat(path_of(name).c_str(), &found) == 0) return S_ISREG(found.st_mode);
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return fail_errno("origin.exists", "look for the object " + std::string(name) + " in " + root_, errno);
}

Result<std::vector<std::string>> FileOrigin::list(std::string_view folder) {
  if (!folder.empty() && !is_valid_name(folder)) return bad_name("list", folder);
  std::vector<std::string> names;
  const std::string start = folder.empty() ? root_ : path_of(folder);
  std::error_code error;
  fs::recursive_directory_iterator walk(start, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    std::error_code gone;
    if (!walk->is_regular_file(gone)) continue;
    std::string name = walk->path().string().substr(root_.size() + 1);
    if (is_valid_name(name)) names.push_back(std::move(name));
  }
  if (error && error.value() != ENOENT && error.value() != ENOTDIR) {
    return fail_errno("origin.list", "list the objects of " + start, error.value());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> FileOrigin::prepare_for_writing() {
  if (const int error = make_folders(root_)) {
    return fail_errno("origin.open", "make the output folder " + root_, error);
  }
  Temporary probe;
  if (const int error = probe.open(root_)) {
    return fail_errno("origin.open", "write to the output folder " + root_, error);
  }
  remove_left_temporaries(root_);
  return {};
}

}  // namespace

Result<std::unique_ptr<Origin>> open_file_origin(const std::string& root, Access access) {
  std::error_code error;
  std::string path = fs::absolute(root, error).lexically_normal().string();
  if (error) return fail_errno("origin.open", "resolve the path " + root, error.value());
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path == "/") return fail(Errc::kUnreachable, "origin.open", "the root folder \"/\" can't be an origin");
  auto origin = std::make_unique<FileOrigin>(path);
  if (access == Access::kWrite) {
    TESSERA_TRY(origin->prepare_for_writing());
  } else {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return fail_errno("origin.open", "open the folder " + path, errno);
  }
  return origin;
}

}  // namespace tessera::origin
