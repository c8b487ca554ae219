#include "engine/package/lint.h"

#include <httplib.h>

#include "cli/commands.h"
#include "engine/origin/origin.h"

namespace tessera::cli {
namespace {

constexpr int kFound = 1;
constexpr size_t kMaxObjectBytes = size_t{1} << 30;

/// Splits "http://host:port/base" after the host.
std::pair<std::string, std::string> split_url(const std::string& url) {
  const size_t host = url.find("://") + 3;
  const size_t path = url.find('/', host);
  if (path == std::string::npos) return {url, "/"};
  return {url.substr(0, path), url.substr(path) + (url.ends_with('/') ? "" : "/")};
}

Result<std::vector<uint8_t>> fetch(httplib::Client& client, const std::string& path, const std::string& name) {
  std::vector<uint8_t> data;
  const auto take = [&](const char* bytes, size_t n) {
    if (data.size() + n > kMaxObjectBytes) return false;
    data.insert(data.end(), bytes, bytes + n);
    return true;
  };
  const auto response = client.Get(path.c_str(), take);
  if (!response) {
    return fail(Errc::kUnreachable, "lint:" + name,
                "can't be fetched: the HTTP client says \"" + httplib::to_string(response.error()) + "\"", true);
  }
  if (response->status != 200) {
    return fail(Errc::kBadInput, "lint:" + name, "the server answers " + std::to_string(response->status));
  }
  return data;
}

Result<package::ReadObject> reader_of(const std::string& place) {
  if (place.starts_with("http://") || place.starts_with("https://")) {
    const auto [host, base] = split_url(place);
    const auto client = std::make_shared<httplib::Client>(host);
    if (!client->is_valid()) return fail(Errc::kUsage, "lint", "no URL of a server");
    client->set_follow_location(true);
    client->set_keep_alive(true);
    client->set_connection_timeout(10);
    client->set_read_timeout(30);
    return [client, base = base](const std::string& name) { return fetch(*client, base + name, name); };
  }
  TESSERA_TRY_ASSIGN(std::shared_ptr<origin::Origin> origin, origin::open_origin(place, origin::Access::kRead));
  return [origin](const std::string& name) { return origin->get(name); };
}

Result<int> lint(const std::string& place, Context& context) {
  TESSERA_TRY_ASSIGN(const package::ReadObject read, reader_of(place));
  TESSERA_TRY_ASSIGN(const auto findings, package::lint(read));
  std::string text;
  for (const std::string& finding : findings) text += finding + "\n";
  TESSERA_TRY(print(text));
  context.log->info("linted", {{"findings", std::to_string(findings.size())}});
  return findings.empty() ? 0 : kFound;
}

}  // namespace

void add_lint(CLI::App& app, Context& context) {
  const auto place = std::make_shared<std::string>();
  CLI::App& command = add_command(
      app, context, {"lint", kMake, "checks a published ladder against the HLS and DASH rules", "tessera lint live/"});
  command.add_option("DIR-or-URL", *place, "the folder or http(s) URL below which job.json lies")->required();
  on_run(command, context, [place](Context& c) { return lint(*place, c); });
}

}  // namespace tessera::cli
