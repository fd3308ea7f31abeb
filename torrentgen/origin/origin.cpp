#include "torrentgen/origin/origin.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <exception>
#include <thread>

#include "common/error.hpp"
#include "common/fetch/http_request.hpp"
#include "common/file_descriptor.hpp"
#include "common/printable.hpp"
#include "common/units.hpp"
#include "torrentgen/origin/s3_object.hpp"

namespace shoal::origin {
namespace {

constexpr long kOk = 200;
constexpr long kPartialContent = 206;

bool is_s3(const std::string& url) {
    return url.starts_with("s3://");
}

std::string unescaped(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const char* const digits = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

Origin open_http(const OriginOptions& options) {
    if (options.presign)
        throw Error(ExitCode::kUsage, "--presign", "signs URLs of s3:// alone",
                    "name the object as s3://BUCKET/KEY, or give a URL that is signed already");
    const std::string& url = options.url;
    const auto host = url.find("://") + 3;
    const auto path = std::min(url.find_first_of("/?#", host), url.size());
    if (path == host)
        throw Error(ExitCode::kUsage, url, "names no server", "write it like https://host/file");
    if (url.substr(host, path - host).find('@') != std::string::npos)
        throw Error(ExitCode::kUsage, "the URL of the content",
                    "holds a name or a password, and the manifest would publish it",
                    "give a URL that everybody may read, or one that is signed for a while");
    if (url.find('#') != std::string::npos)
        throw Error(ExitCode::kUsage, url, "has a part behind '#', which no server sees", "leave it out");
    const std::string without_query = url.substr(0, std::min(url.find('?'), url.size()));
    const auto slash = without_query.rfind('/');
    Origin origin;
    origin.url = origin.web_seed = origin.label = url;
    if (slash >= host && slash + 1 < without_query.size())
        origin.name = unescaped(without_query.substr(slash + 1));
    else
        throw Error(ExitCode::kUsage, url, "names a folder",
                    "name one file; of a folder make the torrent from a copy, with --web-seed");
    return origin;
}

Origin open_s3(const OriginOptions& options, std::int64_t now) {
    S3Store store = s3_store_of_environment();
    if (!options.s3_endpoint.empty()) store.endpoint = options.s3_endpoint;
    if (!options.s3_region.empty()) store.region = options.s3_region;
    const S3Object object = parse_s3_url(options.url);
    Origin origin;
    origin.url = origin.web_seed = object_url(object, store);
    origin.label = options.url;
    origin.name = object.key.substr(object.key.rfind('/') + 1);
    if (options.presign) {
        constexpr std::chrono::milliseconds kMost = std::chrono::hours(7 * 24);
        if (store.access_key.empty())
            throw Error(ExitCode::kUsage, "--presign", "needs a key to sign with",
                        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        if (*options.presign < std::chrono::seconds(1) || *options.presign > kMost)
            throw Error(ExitCode::kUsage, "--presign", "a signature is valid for 1 second to 7 days",
                        "write it like 7d");
        // libtorrent's requests to web seeds name the host without its port, and the signature covers that
        // name.
        const auto begin = origin.url.find("://") + 3;
        const std::string host = origin.url.substr(begin, origin.url.find('/', begin) - begin);
        if (host.find(':') != std::string::npos && !host.ends_with(']'))
            throw Error(
                ExitCode::kUsage, "--presign",
                "a signed URL with a port in it is refused to hosts, who ask without naming the port",
                "reach the object store at port 443 or 80 (leave it out of the endpoint), or make the "
                "object public");
        const auto valid = std::chrono::duration_cast<std::chrono::seconds>(*options.presign);
        origin.web_seed = presigned_url(origin.url, store, now, valid);
        origin.warnings.push_back(
            fmt::format("the web seed's signature ends in {}: hosts that come later need other peers",
                        format_duration(valid)));
    }
    if (!store.access_key.empty()) {
        origin.sigv4 = fmt::format("aws:amz:{}:s3", store.region);
        origin.credentials = store.access_key + ":" + store.secret_key;
        origin.headers.emplace_back("x-amz-content-sha256: UNSIGNED-PAYLOAD");
        if (!store.session_token.empty())
            origin.headers.push_back("x-amz-security-token: " + store.session_token);
    }
    return origin;
}

/// By what a server tells one content from another.
struct Version {
    std::uint64_t length = 0;
    std::string etag;
    std::string last_modified;
};

/// What an object store says behind its status, or the status alone.
std::string refusal(const fetch::HttpHead& head, const std::string& body) {
    const auto code = body.find("<Code>");
    const auto end = body.find("</Code>");
    if (code == std::string::npos || end == std::string::npos || end < code) return printable(head.reason);
    constexpr std::size_t kTag = 6;
    return printable(fmt::format("{} ({})", head.reason, body.substr(code + kTag, end - code - kTag)));
}

void require_plain(const Origin& origin, const fetch::HttpHead& head) {
    if (head.content_encoding.empty() || head.content_encoding == "identity") return;
    throw Error(ExitCode::kFailed, origin.label,
                fmt::format("is sent with Content-Encoding {}", printable(head.content_encoding)),
                "a web seed must give the file's own bytes: switch that off at the server");
}

/// Asks the web seed for its first byte, as those that download from it will, without credentials.
Version look(const Origin& origin, const std::function<bool()>& stopped) {
    fetch::HttpRequest request;
    request.url = origin.web_seed;
    request.headers = {"Range: bytes=0-0"};
    std::string body;
    fetch::HttpSink sink;
    sink.stopped = stopped;
    sink.body = [&](std::string_view bytes) {
        constexpr std::size_t kMost = 4096;
        body += bytes.substr(0, kMost);
        return body.size() < kMost;
    };
    const fetch::HttpHead head = fetch::send(request, sink);
    constexpr long kForbidden = 403;
    constexpr long kNoRange = 416;
    if (head.status == kNoRange)
        throw Error(ExitCode::kFailed, origin.label,
                    "there is nothing in it to share, or the server gives no ranges",
                    "name a file with at least one byte");
    if (head.status == kForbidden && !origin.sigv4.empty() && origin.web_seed == origin.url)
        throw Error(ExitCode::kFailed, origin.label,
                    fmt::format("the web seed answers those who have no key {}", refusal(head, body)),
                    "make the object public, or pass --presign 7d for a URL that is signed for so long");
    if (head.status != kOk && head.status != kPartialContent)
        throw Error(ExitCode::kFailed, origin.label,
                    fmt::format("the server answers {}", refusal(head, body)),
                    "check the name, and who may read it");
    require_plain(origin, head);
    if (head.status == kOk)
        throw Error(
            ExitCode::kFailed, origin.label, "the server gives no ranges, only the whole file",
            "a web seed must answer Range requests (BEP 19): use another server or download the file");
    Version version{0, head.etag, head.last_modified};
    const auto slash = head.content_range.rfind('/');
    const std::string total = slash == std::string::npos ? "" : head.content_range.substr(slash + 1);
    const auto end = total.data() + total.size();
    if (total.empty() || std::from_chars(total.data(), end, version.length).ptr != end)
        throw Error(ExitCode::kFailed, origin.label, "the server names no length of the file",
                    "a web seed must say how long it is: 'Content-Range: bytes 0-0/LENGTH'");
    return version;
}

void require_same(const Origin& origin, const Version& before, const Version& now) {
    const auto changed = [&](const std::string& what, const std::string& old, const std::string& other) {
        throw Error(ExitCode::kMismatch, origin.label,
                    fmt::format("changed while it was read: {} was {}, and is {}", what, printable(old),
                                printable(other)),
                    "run again when nothing writes to it");
    };
    if (before.length != now.length)
        changed("its length", std::to_string(before.length), std::to_string(now.length));
    if (before.etag != now.etag) changed("its ETag", before.etag, now.etag);
    if (before.last_modified != now.last_modified)
        changed("Last-Modified", before.last_modified, now.last_modified);
}

/// Sends all; false where nobody reads any more.
bool write_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// Downloads all of it into `socket`.
/// @param over  set once nobody wants any more of it
void download(const Origin& origin, const Version& expected, int socket, const Tee& tee,
              const std::atomic<bool>& over) {
    fetch::HttpRequest request;
    request.url = origin.url;
    request.sigv4 = origin.sigv4;
    request.credentials = origin.credentials;
    request.headers = origin.headers;
    std::string refused;
    std::uint64_t received = 0;
    bool nobody_reads = false;
    long status = 0;
    fetch::HttpSink sink;
    sink.stopped = [&] { return over.load(); };
    sink.head = [&](const fetch::HttpHead& head) {
        status = head.status;
        if (head.status != kOk) return true;
        require_plain(origin, head);
        require_same(origin, expected,
                     {head.length.value_or(expected.length), head.etag, head.last_modified});
        return true;
    };
    sink.body = [&](std::string_view bytes) {
        if (status != kOk) {
            constexpr std::size_t kMost = 4096;
            refused += bytes.substr(0, kMost);
            return refused.size() < kMost;
        }
        received += bytes.size();
        if (tee) tee(bytes);
        nobody_reads = !write_all(socket, bytes);
        return !nobody_reads;
    };
    const fetch::HttpHead head = fetch::send(request, sink);
    if (head.status != kOk)
        throw Error(ExitCode::kFailed, origin.label,
                    fmt::format("the server answers {}", refusal(head, refused)),
                    "check the name, and who may read it");
    if (!nobody_reads && received != expected.length)
        throw Error(ExitCode::kNoPeer, origin.label,
                    fmt::format("{} bytes came of {}", received, expected.length), "run again");
}

}  // namespace

bool is_remote(const std::string& content) {
    return content.starts_with("http://") || content.starts_with("https://") || is_s3(content);
}

Origin open_origin(const OriginOptions& options, std::int64_t now) {
    return is_s3(options.url) ? open_s3(options, now) : open_http(options);
}

manifest::CreatedManifest create_manifest(manifest::CreateOptions options, const Origin& origin,
                                          const manifest::CreateProgressFunction& progress, const Tee& tee) {
    if (options.name.empty()) options.name = origin.name;
    options.web_seeds.insert(options.web_seeds.begin(), origin.web_seed);
    manifest::check_options(options);
    const auto stopped = [&] { return progress && !progress({0, 0}); };
    const Version version = look(origin, stopped);
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw file_error("a pair of sockets", errno);
    FileDescriptor reader(ends[0]);
    std::atomic<bool> over = false;
    std::exception_ptr failed;
    manifest::CreatedManifest created;
    {
        std::jthread downloading([&, writer = FileDescriptor(ends[1])]() mutable {
            try {
                download(origin, version, writer.get(), tee, over);
            } catch (...) {
                if (!over) failed = std::current_exception();
            }
            writer.close();  // the end of the stream
        });
        try {
            created = manifest::create_manifest_from_stream(
                options, reader.get(), [&](const manifest::CreateProgress& done) {
                    return !progress || progress({done.bytes_done, version.length});
                });
        } catch (...) {
            over = true;
            reader.close();
            downloading.join();
            // Content that broke off may look like none at all: why it did comes first.
            if (failed) std::rethrow_exception(failed);
            throw;
        }
    }
    if (failed) std::rethrow_exception(failed);
    require_same(origin, version, look(origin, stopped));
    created.warnings.insert(created.warnings.end(), origin.warnings.begin(), origin.warnings.end());
    return created;
}

}  // namespace shoal::origin
