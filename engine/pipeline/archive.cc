#include "engine/pipeline/archive.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/media/box.h"
#include "engine/pipeline/ledger.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

/// A folder of our own under the system's temporary folder, removed with its content.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "tessera-mp4-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A file's bytes without reading them into memory.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd >= 0 && ::fstat(fd, &info) == 0 && info.st_size > 0) {
      size_ = static_cast<size_t>(info.st_size);
      data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    if (fd >= 0) ::close(fd);
  }
  ~MappedFile() {
    if (data_ != MAP_FAILED) ::munmap(data_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  bool ok() const { return data_ != MAP_FAILED; }
  Bytes bytes() const { return {static_cast<const uint8_t*>(data_), size_}; }

 private:
  void* data_ = MAP_FAILED;
  size_t size_ = 0;
};

std::string record_name(const std::vector<const package::Track*>& tracks) {
  Sha256Hasher hasher;
  hasher.add("tessera archive\n");
  for (const package::Track* track : tracks) {
    hasher.add(track->init + " " + track->lang + "\n");
    for (const package::Segment& segment : track->segments) hasher.add(segment.name + "\n");
  }
  return "ledger/" + hasher.finish().hex() + ".json";
}

/// What stream a published track is, read from its own init segment and the packets it gives.
Result<media::Mp4Track> mp4_track(const package::Track& track, const std::vector<uint8_t>& init) {
  TESSERA_TRY_ASSIGN(media::StreamInfo info, media::stream_info(init));
  info.initial_padding =
      track.video ? 0 : static_cast<int>(media::kTimelineOriginSeconds * track.timescale - track.first_tick);
  return media::Mp4Track{std::move(info), track.lang};
}

Result<void> write_all(const std::vector<const package::Track*>& tracks, origin::Origin& origin,
                       const std::string& path) {
  std::vector<std::vector<uint8_t>> inits;
  std::vector<media::Mp4Track> outputs;
  for (const package::Track* track : tracks) {
    TESSERA_TRY_ASSIGN(auto init, origin.get(track->init));
    TESSERA_TRY_ASSIGN(auto output, mp4_track(*track, init));
    inits.push_back(std::move(init));
    outputs.push_back(std::move(output));
  }
  TESSERA_TRY_ASSIGN(auto writer, media::Mp4Writer::create(path, outputs));
  size_t segments = 0;
  for (const package::Track* track : tracks) segments = std::max(segments, track->segments.size());
  for (size_t s = 0; s < segments; ++s) {
    for (size_t t = 0; t < tracks.size(); ++t) {
      if (s >= tracks[t]->segments.size()) continue;
      TESSERA_TRY_ASSIGN(const auto segment, origin.get(tracks[t]->segments[s].name));
      TESSERA_TRY_ASSIGN(const auto packets, media::unbox(inits[t], segment));
      for (const media::Packet& packet : packets) TESSERA_TRY(writer->add(static_cast<int>(t), packet));
    }
  }
  return writer->finish();
}

/// The archive a record names, where both are there.
Result<std::string> known_archive(const std::string& record, origin::Origin& origin) {
  TESSERA_TRY_ASSIGN(const bool there, origin.exists(record));
  if (!there) return std::string();
  TESSERA_TRY_ASSIGN(const auto text, origin.get(record));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("name") || !json["name"].is_string()) return std::string();
  const std::string name = json["name"];
  if (!origin::is_valid_name(name)) return std::string();
  TESSERA_TRY_ASSIGN(const bool complete, origin.exists(name));
  return complete ? name : std::string();
}

}  // namespace

Result<std::string> put_archive(const package::Presentation& presentation, origin::Origin& origin) {
  std::vector<const package::Track*> tracks{&presentation.video.front()};
  for (const package::Track& mix : presentation.audio) tracks.push_back(&mix);
  const std::string record = record_name(tracks);
  TESSERA_TRY_ASSIGN(std::string name, known_archive(record, origin));
  if (!name.empty()) return name;

  const TemporaryFolder folder;
  if (folder.path().empty()) return fail(Errc::kCapacity, "publish.mp4", "no temporary folder can be made", true);
  const std::string path = folder.path() + "/archive.mp4";
  TESSERA_TRY(write_all(tracks, origin, path));
  const MappedFile file(path);
  if (!file.ok()) return fail(Errc::kCapacity, "publish.mp4", "the archive can't be read back from " + path, true);
  TESSERA_TRY_ASSIGN(name, put_object(origin, file.bytes(), ".mp4"));
  const std::string text = nlohmann::json{{"version", 1}, {"kind", "archive"}, {"name", name}}.dump(1) + "\n";
  TESSERA_TRY(origin.replace(record, as_bytes(text), "application/json"));
  return name;
}

}  // namespace tessera::pipeline
