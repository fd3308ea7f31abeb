#include "client/webseed/web_seed_look.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <map>
#include <memory>
#include <string_view>

#include "client/webseed/web_seed_files.hpp"
#include "common/error.hpp"
#include "common/ip_address.hpp"
#include "common/units.hpp"
#include "common/version.hpp"
#include "torrentgen/hashing/merkle.hpp"

namespace shoal::webseed {
namespace {

using State = Finding::State;

constexpr long kConnectSeconds = 5;
constexpr long kSilenceSeconds = 8;  // without a byte
constexpr long kMaxRedirects = 5;    // as libtorrent

struct Answer {
    const Rules* rules = nullptr;
    const std::function<bool()>* stopped = nullptr;
    bool query = false;
    std::size_t most = 0;  ///< bytes of the body that are wanted
    std::string body;
    std::map<std::string, std::string> headers;  ///< of the last answer, by name in small letters
    std::string forbidden;                       ///< why its address may not be asked
    CURLcode code = CURLE_OK;
    long status = 0;
    std::string landed;  ///< its URL, behind all redirects
    std::string detail;
};

std::size_t take_body(const char* data, std::size_t size, std::size_t count, void* user) {
    auto& answer = *static_cast<Answer*>(user);
    const std::size_t bytes = size * count;
    const std::size_t room = answer.most - answer.body.size();
    answer.body.append(data, std::min(bytes, room));
    return bytes > room ? 0 : bytes;  // a server without ranges sends all of a file
}

std::size_t take_header(const char* data, std::size_t size, std::size_t count, void* user) {
    auto& answer = *static_cast<Answer*>(user);
    const std::string_view line(data, size * count);
    if (line.starts_with("HTTP/")) answer.headers.clear();
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return line.size();
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front())) != 0)
        value.remove_prefix(1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back())) != 0)
        value.remove_suffix(1);
    answer.headers[name] = value;
    return line.size();
}

int check_stop(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return (*static_cast<Answer*>(user)->stopped)() ? 1 : 0;
}

std::optional<IpAddress> address_of(const sockaddr* from) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    // sockaddr is made to be looked at as what its family says.
    if (from->sa_family == AF_INET)
        bytes = &reinterpret_cast<const sockaddr_in*>(from)->sin_addr;
    else if (from->sa_family == AF_INET6)
        bytes = &reinterpret_cast<const sockaddr_in6*>(from)->sin6_addr;
    if (bytes == nullptr || ::inet_ntop(from->sa_family, bytes, text.data(), text.size()) == nullptr)
        return std::nullopt;
    return IpAddress::parse(text.data());
}

bool is_private(const IpAddress& address) {
    static const std::array<IpNetwork, 8> networks{
        *IpNetwork::parse("10.0.0.0/8"),     *IpNetwork::parse("172.16.0.0/12"),
        *IpNetwork::parse("192.168.0.0/16"), *IpNetwork::parse("127.0.0.0/8"),
        *IpNetwork::parse("169.254.0.0/16"), *IpNetwork::parse("fc00::/7"),
        *IpNetwork::parse("fe80::/10"),      *IpNetwork::parse("::1/128")};
    return std::any_of(networks.begin(), networks.end(),
                       [&](const IpNetwork& network) { return network.contains(address); });
}

/// Before anything is sent: whatever a name or a redirect leads to, only what the rules allow is dialled.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* to) {
    auto& answer = *static_cast<Answer*>(user);
    const auto address = address_of(&to->addr);
    const auto& networks = answer.rules->networks;
    if (address && !networks.empty() &&
        std::none_of(networks.begin(), networks.end(),
                     [&](const IpNetwork& network) { return network.contains(*address); })) {
        answer.forbidden = address->to_string() + " is outside of --peers-from";
        return CURL_SOCKET_BAD;
    }
    if (address && answer.rules->strangers && answer.query && is_private(*address)) {
        answer.forbidden = "with --profile internet no private address is asked with a query";
        return CURL_SOCKET_BAD;
    }
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

Answer ask(const FilePart& part, const Rules& rules, const std::function<bool()>& stopped) {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
    if (global != CURLE_OK || !curl) throw Error(ExitCode::kFailed, part.url, "libcurl does not start");
    Answer answer;
    answer.rules = &rules;
    answer.stopped = &stopped;
    answer.query = part.url.find('?') != std::string::npos;
    answer.most = part.length;
    std::array<char, CURL_ERROR_SIZE> detail{};
    const std::string range = fmt::format("{}-{}", part.offset, part.offset + part.length - 1);
    const std::string agent = fmt::format("shoal/{}", version());
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#endif
    set(CURLOPT_URL, part.url.c_str());
    set(CURLOPT_RANGE, range.c_str());
    set(CURLOPT_USERAGENT, agent.c_str());
    set(CURLOPT_PROXY, "");  // a download uses none either
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kMaxRedirects);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
    set(CURLOPT_ERRORBUFFER, detail.data());
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, &answer);
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, &answer);
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_OPENSOCKETDATA, &answer);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &check_stop);
    set(CURLOPT_XFERINFODATA, &answer);
    answer.code = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    char* landed = nullptr;
    curl_easy_getinfo(curl.get(), CURLINFO_EFFECTIVE_URL, &landed);
    answer.landed = landed == nullptr ? part.url : landed;
    answer.detail = detail[0] != '\0' ? detail.data() : curl_easy_strerror(answer.code);
    // All that was wanted came, and the rest was not waited for.
    if (answer.code == CURLE_WRITE_ERROR && answer.body.size() == answer.most) answer.code = CURLE_OK;
    return answer;
}

std::string header(const Answer& answer, const char* name) {
    const auto found = answer.headers.find(name);
    return found == answer.headers.end() ? std::string() : found->second;
}

/// Of the whole file, as far as the answer tells.
std::optional<std::uint64_t> size_told(const Answer& answer) {
    std::string text = header(answer, "content-length");
    if (answer.status == 206 || answer.status == 416) {
        text = header(answer, "content-range");
        const auto slash = text.find('/');
        text = slash == std::string::npos ? "" : text.substr(slash + 1);
    }
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return size;
}

/// "404 Not Found": what servers write there is theirs, so the well-known ones are ours.
std::string status_text(long status) {
    static const std::map<long, const char*> known{{401, "Unauthorized"},      {403, "Forbidden"},
                                                   {404, "Not Found"},         {410, "Gone"},
                                                   {429, "Too Many Requests"}, {500, "Internal Server Error"},
                                                   {502, "Bad Gateway"},       {503, "Service Unavailable"}};
    const auto found = known.find(status);
    return found == known.end() ? std::to_string(status) : fmt::format("{} {}", status, found->second);
}

Finding bad(std::string why, std::string advice) {
    return {State::kBad, std::move(why), std::move(advice), {}};
}

Finding judge_failure(const Answer& answer) {
    if (!answer.forbidden.empty())
        return bad("is not asked: " + answer.forbidden, "allow its network, or leave the web seed out");
    switch (answer.code) {
        case CURLE_ABORTED_BY_CALLBACK:
            return {State::kUnclear, "was not looked at", "", {}};
        case CURLE_TOO_MANY_REDIRECTS:
            return bad(fmt::format("redirects more than {} times, perhaps in a circle", kMaxRedirects),
                       "name the URL where the file is");
        case CURLE_PARTIAL_FILE:
        case CURLE_GOT_NOTHING:
        case CURLE_RECV_ERROR:
            return bad("closes the connection before it has sent what it promised: " + answer.detail,
                       "look into the server's log");
        default:
            return bad("cannot be asked: " + answer.detail,
                       "check the URL, its server and the firewalls between");
    }
}

Finding judge_size(const Answer& answer, const FilePart& part) {
    const auto size = size_told(answer);
    const std::string type = header(answer, "content-type");
    if (answer.status == 200 && type.find("html") != std::string::npos && size != part.file_size)
        return bad("answers with a web page instead of the file, perhaps to log in",
                   "name a URL that needs no login, as an object store's signed one");
    if (size && *size != part.file_size)
        return bad(fmt::format("has a file of {} bytes there, the torrent's has {}", *size, part.file_size),
                   "put the torrent's version of the content there");
    if (answer.status == 416)
        return bad(fmt::format("has fewer bytes than the torrent's {}", part.file_size),
                   "put the torrent's version of the content there");
    if (const std::string coding = header(answer, "content-encoding");
        !coding.empty() && coding != "identity" && coding != "aws-chunked")
        return bad(fmt::format("sends it as {}, though nobody asked for that", coding),
                   "switch compression off for these files");
    if (answer.body.size() < part.length)
        return bad(fmt::format("sent {} of {} bytes", answer.body.size(), part.length),
                   "look into the server's log");
    return {size ? State::kGood : State::kUnclear, size ? "" : "does not tell the size of its file", "", {}};
}

Finding judge(const Answer& answer, const FilePart& part) {
    if (answer.code != CURLE_OK) return judge_failure(answer);
    if (answer.status == 200 || answer.status == 206 || answer.status == 416) return judge_size(answer, part);
    return bad(fmt::format("answers HTTP {}", status_text(answer.status)),
               answer.status == 401 || answer.status == 403
                   ? "let everybody read it, or name a signed URL that has not expired"
               : answer.status == 404 || answer.status == 410 ? "check that the URL names the content"
                                                              : "look into the server's log");
}

/// The bytes of a piece, padding included; nothing where it did not come whole.
std::optional<std::string> fetch(const std::vector<FilePart>& parts, const Rules& rules,
                                 const std::function<bool()>& stopped) {
    std::string piece;
    for (const FilePart& part : parts) {
        if (part.pad) {
            piece.append(part.length, '\0');
            continue;
        }
        const Answer answer = ask(part, rules, stopped);
        if (judge(answer, part).bad()) return std::nullopt;
        if (answer.status == 200 && part.offset > 0) return std::nullopt;  // no ranges: from the beginning
        piece += answer.body;
    }
    return piece;
}

template <typename Digest>
Digest digest_of(std::string_view bytes, const EVP_MD* kind) {
    Digest digest{};
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, kind, nullptr);
    return digest;
}

/// The root over the blocks of a piece (BEP 52). The tree of a file of one piece is only as wide as it needs.
hashing::Sha256Digest root_of(std::string_view piece, std::uint32_t piece_size, bool whole_file) {
    std::vector<hashing::Sha256Digest> leaves;
    for (std::size_t at = 0; at < piece.size(); at += hashing::kBlockBytes)
        leaves.push_back(
            digest_of<hashing::Sha256Digest>(piece.substr(at, hashing::kBlockBytes), EVP_sha256()));
    const std::size_t width =
        whole_file ? std::bit_ceil(leaves.size()) : piece_size / std::size_t{hashing::kBlockBytes};
    return hashing::merkle_root(hashing::portable_kernel(hashing::Algorithm::kSha256), leaves, width, {});
}

/// Is this piece of the web seed other than the manifest's? False also where that can't be told.
bool has_other_bytes(const std::string& web_seed, const manifest::Manifest& manifest,
                     const manifest::ExpectedHashes& expected, std::uint32_t piece, const Rules& rules,
                     const std::function<bool()>& stopped) {
    const bool v1 = !expected.v1.empty();
    if (piece >= (v1 ? expected.v1.size() : expected.v2.size())) return false;
    if (!v1 && !expected.v2[piece]) return false;
    const std::vector<FilePart> parts = parts_of_piece(web_seed, manifest, piece);
    const auto bytes = parts.empty() ? std::nullopt : fetch(parts, rules, stopped);
    if (!bytes) return false;
    if (v1) return digest_of<hashing::Sha1Digest>(*bytes, EVP_sha1()) != expected.v1[piece];
    const bool whole_file = parts.front().file_size <= manifest.piece_size;
    return root_of(*bytes, manifest.piece_size, whole_file) != *expected.v2[piece];
}

}  // namespace

Finding look_at(const std::string& web_seed, std::string_view manifest_bytes,
                std::optional<std::uint32_t> piece, const Rules& rules,
                const std::function<bool()>& stopped) {
    const manifest::Manifest manifest = manifest::parse_manifest(manifest_bytes, web_seed);
    Finding finding{State::kGood, "", "", web_seed};
    std::optional<std::string> base;
    for (const FilePart& part : samples(web_seed, manifest)) {
        const Answer answer = ask(part, rules, stopped);
        Finding one = judge(answer, part);
        if (one.state != State::kGood) {
            one.url = web_seed;
            if (one.bad()) return one;
            finding = one;
        }
        if (manifest.single_file || answer.landed == part.url) continue;
        // libtorrent stops in the middle of a folder whose files are redirected one by one.
        const auto moved = moved_base(answer.landed, part.path);
        if (!moved || (base && *base != *moved))
            return {State::kBad,
                    "redirects each file of the folder to a place of its own, which no download follows",
                    "name the server that has the folder itself", web_seed};
        base = moved;
    }
    if (base) finding.url = *base;
    if (!piece) return finding;
    const manifest::ExpectedHashes expected = manifest::read_hashes(manifest_bytes, web_seed);
    if (has_other_bytes(finding.url, manifest, expected, *piece, rules, stopped))
        return {State::kBad, fmt::format("has other bytes than the torrent: piece {} of it is wrong", *piece),
                "put the torrent's version of the content there", web_seed, true};
    return finding;
}

}  // namespace shoal::webseed
