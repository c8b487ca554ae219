#include "cli/file_server.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "cli/web_files.h"
#include "engine/origin/origin.h"

namespace tessera::cli {
namespace {

constexpr size_t kThreads = 16;  // browsers keep about six connections open, each holds a thread
constexpr size_t kReadBytes = 256 * 1024;

/// Other sites' pages must not read what is served here through a name of theirs that leads to this machine.
bool is_local_host(const std::string& host) {
  const size_t colon = host.find_last_of(':');
  const std::string name = host.ends_with(']') ? host : host.substr(0, colon);
  return name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

/// Objects named by their bytes never change; the few that are replaced are asked for every time.
const char* cache_control(std::string_view name) {
  const bool replaced =
      name.ends_with("/master.m3u8") || name.ends_with(".mpd") || name.ends_with(".json") || name.ends_with(".m3u8");
  return replaced ? "no-cache" : "public, max-age=31536000, immutable";
}

struct OpenFile {
  explicit OpenFile(const std::string& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat found {};
    if (fd >= 0 && ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) size = static_cast<size_t>(found.st_size);
    is_file = fd >= 0 && S_ISREG(found.st_mode);
  }
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const int fd;
  size_t size = 0;
  bool is_file = false;
};

bool send_part(const OpenFile& file, size_t offset, size_t length, httplib::DataSink& sink) {
  std::array<char, kReadBytes> buffer;
  const ssize_t n = ::pread(file.fd, buffer.data(), std::min(length, buffer.size()), static_cast<off_t>(offset));
  return n > 0 && sink.write(buffer.data(), static_cast<size_t>(n));
}

void answer_with_object(const std::string& folder, const std::string& name, httplib::Response& response) {
  if (!origin::is_valid_name(name)) {
    response.status = 404;
    return;
  }
  const auto file = std::make_shared<OpenFile>(folder + "/" + name);
  if (!file->is_file) {
    response.status = 404;
    return;
  }
  const std::string type(origin::content_type_of(name));
  response.set_header("Cache-Control", cache_control(name));
  response.set_header("Accept-Ranges", "bytes");
  if (file->size == 0) return response.set_content("", type.c_str());
  response.set_content_provider(file->size, type, [file](size_t offset, size_t length, httplib::DataSink& sink) {
    return send_part(*file, offset, length, sink);
  });
}

/// The page's own files are asked for with a '~', which no object's name contains.
void answer_with_page(const std::string& name, httplib::Response& response) {
  for (const WebFile& file : web_files()) {
    if (file.name != name) continue;
    response.set_header("Cache-Control", "no-cache");
    response.set_header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; media-src 'self' blob:");
    return response.set_content(file.text.data(), file.text.size(), std::string(origin::content_type_of(name)));
  }
  response.status = 404;
}

}  // namespace

struct FileServer::Impl {
  httplib::Server server;
  int port = 0;
  std::atomic<bool> stopping = false, ended = false;
};

Result<std::unique_ptr<FileServer>> FileServer::open(const std::string& folder, int port) {
  auto impl = std::make_unique<Impl>();
  httplib::Server& server = impl->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_keep_alive_max_count(10'000);
  server.set_tcp_nodelay(true);
  // Without the library's SO_REUSEPORT, with which two servers share a port in silence.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
    if (is_local_host(request.get_header_value("Host"))) return httplib::Server::HandlerResponse::Unhandled;
    response.status = 403;
    return httplib::Server::HandlerResponse::Handled;
  });
  server.Get("/(.*)", [folder](const httplib::Request& request, httplib::Response& response) {
    const std::string name = request.matches[1];
    if (name.empty()) return answer_with_page("index.html", response);
    if (name.front() == '~') return answer_with_page(name.substr(1), response);
    answer_with_object(folder, name, response);
  });
  constexpr const char* kHost = "127.0.0.1";
  if (port == 0) {
    impl->port = server.bind_to_any_port(kHost);
  } else {
    impl->port = server.bind_to_port(kHost, port) ? port : -1;
  }
  if (impl->port <= 0) {
    return fail(Errc::kUnreachable, "serve",
                "port " + std::to_string(port) + " can't be had; --port 0 takes any free one");
  }
  return std::unique_ptr<FileServer>(new FileServer(std::move(impl)));
}

FileServer::FileServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FileServer::~FileServer() = default;

std::string FileServer::url() const { return "http://127.0.0.1:" + std::to_string(impl_->port) + "/"; }

void FileServer::run() {
  if (!impl_->stopping) impl_->server.listen_after_bind();
  impl_->ended = true;
}

void FileServer::stop() {
  impl_->stopping = true;
  // The library forgets a stop that comes before it listens.
  while (!impl_->server.is_running() && !impl_->ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  impl_->server.stop();
}

}  // namespace tessera::cli
