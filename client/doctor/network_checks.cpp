#include "client/doctor/network_checks.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <system_error>

#include "client/source/resolve.hpp"
#include "client/source/tracker_words.hpp"
#include "common/error.hpp"
#include "common/socket_address.hpp"
#include "common/version.hpp"

namespace shoal::doctor {
namespace {

using State = Check::State;

constexpr long kPatienceSeconds = 5;
constexpr std::size_t kMaxAnswer = 64 * 1024;
constexpr long kMaxRedirects = 5;  // as libtorrent
constexpr const char* kOwnKey = "use a URL whose path begins with /announce";
constexpr const char* kUnreachable = "check the address, its machine, and the firewalls between";

struct Answer {
    std::string body;
    std::string status;  ///< of the last answer: "404 Not Found"
    std::optional<std::int64_t> date;
};

std::size_t take_body(const char* data, std::size_t size, std::size_t count, void* user) {
    std::string& body = static_cast<Answer*>(user)->body;
    if (body.size() + size * count > kMaxAnswer) return 0;
    body.append(data, size * count);
    return size * count;
}

std::size_t take_header(const char* data, std::size_t size, std::size_t count, void* user) {
    const std::string line(data, size * count);
    if (line.starts_with("HTTP/")) {
        std::string& status = static_cast<Answer*>(user)->status;
        status = line.substr(std::min(line.size(), line.find(' ') + 1));
        status.resize(std::min(status.size(), status.find_last_not_of("\r\n ") + 1));
    }
    constexpr std::size_t kNameSize = 5;  // "Date:"
    if (line.size() > kNameSize && curl_strnequal(line.c_str(), "date:", kNameSize) != 0) {
        const std::time_t date = curl_getdate(line.c_str() + kNameSize, nullptr);
        if (date >= 0) static_cast<Answer*>(user)->date = date;
    }
    return size * count;
}

/// 40 hex digits -> %xx each.
std::string escaped_hash(const std::string& hex) {
    const std::string digits = hex.size() == 40 ? hex : std::string(40, '0');
    std::string escaped;
    for (std::size_t i = 0; i < digits.size(); i += 2) escaped += "%" + digits.substr(i, 2);
    return escaped;
}

/// The bencoded text behind `key`, taken apart no further than that.
std::string text_behind(const std::string& body, const std::string& key) {
    const auto at = body.find(fmt::format("{}:{}", key.size(), key));
    if (at == std::string::npos) return {};
    const auto length_at = at + std::to_string(key.size()).size() + 1 + key.size();
    const auto colon = body.find(':', length_at);
    if (colon == std::string::npos) return {};
    return body.substr(colon + 1, std::strtoul(body.c_str() + length_at, nullptr, 10));
}

/// Did the connection go to a loopback address?
bool is_this_machine(CURL* curl) {
    char* text = nullptr;
    curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &text);
    const auto address = text == nullptr ? std::nullopt : IpAddress::parse(text);
    return address && address->is_loopback();
}

std::string path_of(const std::string& url) {
    const auto host = url.find("://");
    const auto path = host == std::string::npos ? host : url.find('/', host + 3);
    return path == std::string::npos ? "" : url.substr(path);
}

/// What libtorrent takes for the query of a forged request.
bool has_announce_parameters(const std::string& url) {
    const auto query = url.find('?');
    if (query == std::string::npos) return false;
    std::istringstream parameters(url.substr(query + 1));
    for (std::string one; std::getline(parameters, one, '&');) {
        std::string name = one.substr(0, one.find('='));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        for (const char* known :
             {"info_hash", "event", "port", "left", "key", "uploaded", "downloaded", "corrupt", "peer_id"})
            if (name == known) return true;
    }
    return false;
}

TrackerCheck check_http(const std::string& url, const std::string& info_hash, bool strangers) {
    TrackerCheck result{{"tracker " + url, State::kOk, "answers", ""}, std::nullopt};
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
    if (global != CURLE_OK || !curl) throw Error(ExitCode::kFailed, url, "libcurl does not start");
    const std::string request = fmt::format(
        "{}{}info_hash={}&peer_id=-SH0000-doctor000000&port=6881&uploaded=0&downloaded=0&left=1&compact=1&"
        "event=stopped&numwant=0",
        url, url.find('?') == std::string::npos ? "?" : "&", escaped_hash(info_hash));
    Answer answer;
    const std::string agent = fmt::format("shoal/{}", version());
    std::array<char, CURL_ERROR_SIZE> detail{};
    curl_easy_setopt(curl.get(), CURLOPT_URL, request.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, agent.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kPatienceSeconds);
    // As a download asks it: redirects are followed, compressed answers are read, no proxy is used.
    curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, kMaxRedirects);
    curl_easy_setopt(curl.get(), CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
    const CURLcode code = curl_easy_perform(curl.get());
    result.clock = answer.date;
    if (code == CURLE_TOO_MANY_REDIRECTS) {
        result.check = {result.check.name, State::kFail, client::http_refusal(302, "302 Found"),
                        "name the URL that it redirects to in the end"};
        return result;
    }
    if (code != CURLE_OK && code != CURLE_WRITE_ERROR) {
        result.check = {result.check.name, State::kFail,
                        detail[0] != '\0' ? detail.data() : curl_easy_strerror(code), kUnreachable};
        return result;
    }
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    double took = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_TOTAL_TIME, &took);
    const std::string refusal = text_behind(answer.body, "failure reason");
    if (!refusal.empty()) {
        result.check.found = fmt::format("answers, and refuses: {}", refusal);
        if (!info_hash.empty()) {
            result.check.state = State::kFail;
            result.check.advice = "register the torrent with the tracker, or use the URL with your key";
        }
    } else if (status >= 300) {
        result.check = {result.check.name, State::kFail,
                        client::http_refusal(static_cast<int>(status), answer.status),
                        "check the URL, and the tracker's log"};
    } else if (answer.body.empty() || answer.body.front() != 'd') {
        result.check = {result.check.name, State::kFail, client::kNoAnnounceThere,
                        "the URL should end in /announce"};
    } else if (strangers && ((is_this_machine(curl.get()) && !path_of(url).starts_with("/announce")) ||
                             has_announce_parameters(url))) {
        result.check = {result.check.name, State::kFail, client::kForgedRequestRule, kOwnKey};
    } else {
        result.check.found = fmt::format("answers in {:.0f} ms", took * 1000);
    }
    return result;
}

/// Sends `packet` and waits for one that is told to be the answer; empty: none came.
std::string ask_by_udp(const Endpoint& endpoint, const std::string& packet) {
    const SocketAddress address(endpoint);
    const int fd = ::socket(address.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return {};
    std::string answer;
    constexpr int kTries = 3;  // a lost packet is no verdict
    constexpr int kWaitMilliseconds = 1500;
    // Connected: only the other end's packets come in, and an ICMP refusal ends the wait.
    bool connected = ::connect(fd, address.get(), address.size()) == 0;
    for (int i = 0; i < kTries && connected && answer.empty(); ++i) {
        if (::send(fd, packet.data(), packet.size(), 0) < 0) break;
        pollfd entry{fd, POLLIN, 0};
        if (::poll(&entry, 1, kWaitMilliseconds) <= 0) continue;
        std::array<char, 2048> buffer{};
        const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (n < 0) break;
        answer.assign(buffer.data(), static_cast<std::size_t>(n));
    }
    ::close(fd);
    return answer;
}

/// The answer of the first address that gives one.
std::string ask_by_udp(const std::string& host_and_port, const std::string& packet) {
    for (const Endpoint& endpoint : client::resolve(host_and_port)) {
        std::string answer = ask_by_udp(endpoint, packet);
        if (!answer.empty()) return answer;
    }
    return {};
}

TrackerCheck check_udp(const std::string& url) {
    using namespace std::string_literals;
    constexpr std::size_t kScheme = 6;  // "udp://"
    const std::string host = url.substr(kScheme, url.find('/', kScheme) - kScheme);
    // BEP 15: protocol id, action 0 (connect), a transaction id that comes back.
    const std::string packet = "\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0doct"s;
    TrackerCheck result{{"tracker " + url, State::kOk, "answers", ""}, std::nullopt};
    const std::string answer = ask_by_udp(host, packet);
    if (answer.size() < 16 || answer.substr(0, 8) != "\0\0\0\0doct"s)
        result.check = {result.check.name, State::kFail, "does not answer", kUnreachable};
    return result;
}

}  // namespace

TrackerCheck check_tracker(const std::string& url, const std::string& info_hash, bool strangers) {
    try {
        if (url.starts_with("udp://")) return check_udp(url);
        if (url.starts_with("http://") || url.starts_with("https://"))
            return check_http(url, info_hash, strangers);
    } catch (const Error& error) {
        return {{"tracker " + url, State::kFail, error.what(), kUnreachable}, std::nullopt};
    }
    return {{"tracker " + url, State::kFail, "not a tracker", "write it like http://host:6969/announce"},
            std::nullopt};
}

Check check_clock(const std::vector<std::int64_t>& theirs, std::int64_t ours) {
    constexpr std::int64_t kTolerance = 30;  // seconds; TLS and logs of a fleet mind more than that
    if (theirs.empty()) return {"clock", State::kOk, "not compared: no tracker told its time", ""};
    std::int64_t nearest = ours - theirs.front();
    for (const std::int64_t one : theirs) {
        if (std::abs(ours - one) < std::abs(nearest)) nearest = ours - one;
    }
    if (std::abs(nearest) <= kTolerance)
        return {"clock", State::kOk, fmt::format("within {} s of the tracker's", std::abs(nearest)), ""};
    return {"clock", State::kWarn,
            fmt::format("{} s {} the tracker's", std::abs(nearest), nearest > 0 ? "ahead of" : "behind"),
            "set one of the clocks (NTP): certificates and logs depend on it"};
}

Check check_dht_node(const std::string& node) {
    Check check{"DHT node " + node, State::kOk, "answers", ""};
    try {
        const std::string answer =
            ask_by_udp(node, "d1:ad2:id20:shoal-doctor-0000000e1:q4:ping1:t2:dr1:y1:qe");
        if (answer.find("1:y1:r") == std::string::npos)
            check = {check.name, State::kFail, "does not answer", kUnreachable};
    } catch (const Error& error) {
        check = {check.name, State::kFail, error.what(), kUnreachable};
    }
    return check;
}

Check check_web_seed(const std::string& url, std::string_view manifest, const webseed::Rules& rules) {
    Check check{"web seed " + url, State::kOk, "has the content", ""};
    const webseed::Finding finding = webseed::look_at(url, manifest, 0, rules, [] { return false; });
    if (finding.bad()) return {check.name, State::kFail, finding.why, finding.advice};
    if (finding.state == webseed::Finding::State::kUnclear)
        return {check.name, State::kWarn, finding.why, ""};
    if (finding.url != url) check.found += ", redirected to " + finding.url;
    return check;
}

}  // namespace shoal::doctor
