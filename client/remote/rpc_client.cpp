#include "client/remote/rpc_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "common/error.hpp"
#include "common/ip_address.hpp"
#include "common/units.hpp"

namespace shoal::remote {
namespace {

using nlohmann::json;

constexpr std::string_view kSessionHeader = "X-Transmission-Session-Id:";
constexpr const char* kPath = "/transmission/rpc";
constexpr std::chrono::milliseconds kConnectPatience = std::chrono::seconds(10);
constexpr std::chrono::milliseconds kAnswerPatience = std::chrono::seconds(60);

std::size_t take_body(char* data, std::size_t, std::size_t size, void* target) {
    static_cast<std::string*>(target)->append(data, size);
    return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* target) {
    std::string_view line(data, size);
    if (line.size() > kSessionHeader.size() &&
        curl_strnequal(line.data(), kSessionHeader.data(), kSessionHeader.size()) != 0) {
        line.remove_prefix(kSessionHeader.size());
        while (!line.empty() && (line.front() == ' ')) line.remove_prefix(1);
        while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
        *static_cast<std::string*>(target) = line;
    }
    return size;
}

/// "HOST:PORT" of what people write; nothing for what is no address.
std::optional<std::string> host_and_port(const std::string& text) {
    constexpr std::string_view kPort = ":9091";  // Transmission's
    constexpr std::string_view kInNoHost = "/@?# \t";
    if (text.empty() || text.find_first_of(kInNoHost) != std::string::npos) return std::nullopt;
    if (IpAddress::parse(text)) {
        const bool v6 = text.find(':') != std::string::npos;
        return (v6 ? "[" + text + "]" : text) + std::string(kPort);
    }
    const auto colon = text.find(':', text.front() == '[' ? text.find(']') : 0);
    if (colon == std::string::npos)
        return text.front() == '[' && text.back() != ']' ? std::nullopt
                                                         : std::optional(text + std::string(kPort));
    if (!parse_port(std::string_view(text).substr(colon + 1))) return std::nullopt;
    return (colon == 0 ? "127.0.0.1" : "") + text;
}

}  // namespace

RpcAddress parse_rpc_address(const std::string& text) {
    RpcAddress address;
    address.name = text;
    std::error_code ignored;
    if (text.starts_with("unix:") || std::filesystem::is_socket(text, ignored)) {
        address.unix_socket = text.starts_with("unix:") ? text.substr(5) : text;
        address.url = std::string("http://localhost") + kPath;
    } else if (text.starts_with("http://") || text.starts_with("https://")) {
        address.url = text;
        if (text.find('/', text.find("://") + 3) == std::string::npos) address.url += kPath;
    } else if (const auto host = host_and_port(text)) {
        address.url = "http://" + *host + kPath;
    } else {
        throw Error(
            ExitCode::kUsage, "--rpc " + text, "not understood",
            "write it like node1, 127.0.0.1:9091, @FILE with one a line, unix:/run/shoal/control.sock "
            "or https://host/transmission/rpc");
    }
    return address;
}

struct RpcClient::Connection {
    RpcAddress address;
    CURL* curl = curl_easy_init();
    std::string session_id;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();

    ~Connection() { curl_easy_cleanup(curl); }

    [[nodiscard]] std::string name() const {
        return address.unix_socket.empty() ? address.url : address.unix_socket.string();
    }

    /// How long the next answer may take.
    [[nodiscard]] std::chrono::milliseconds patience() const {
        if (address.patience.count() == 0) return kAnswerPatience;
        const auto used =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
        if (used >= address.patience) out_of_time();
        return std::min(kAnswerPatience, address.patience - used);
    }

    [[noreturn]] void out_of_time() const {
        throw Error(ExitCode::kNoPeer, name(),
                    fmt::format("did not answer all within {}", format_duration(address.patience)));
    }

    /// The HTTP status; the answer's body in `body`.
    long post(const std::string& request, std::string& body) {
        const std::chrono::milliseconds patience = this->patience();
        body.clear();
        curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
        if (!session_id.empty()) {
            headers = curl_slist_append(headers, fmt::format("{} {}", kSessionHeader, session_id).c_str());
        }
        if (!address.token.empty())
            headers = curl_slist_append(headers, ("Authorization: Bearer " + address.token).c_str());
        curl_easy_setopt(curl, CURLOPT_URL, address.url.c_str());
        if (!address.unix_socket.empty())
            curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, address.unix_socket.c_str());
        if (!address.credentials.empty()) {
            curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
            curl_easy_setopt(curl, CURLOPT_USERPWD, address.credentials.c_str());
        }
        curl_easy_setopt(curl, CURLOPT_PROXY, "");  // the daemon is ours, not out on the web
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                         static_cast<long>(std::min(kConnectPatience, patience).count()));
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.data());
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, &session_id);
        const CURLcode code = curl_easy_perform(curl);
        curl_slist_free_all(headers);
        if (code == CURLE_OPERATION_TIMEDOUT && address.patience.count() > 0) out_of_time();
        if (code != CURLE_OK) {
            throw Error(ExitCode::kNoPeer, name(), curl_easy_strerror(code),
                        "is 'shoal daemon' running there? --rpc names another address");
        }
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        return status;
    }
};

RpcClient::RpcClient(RpcAddress address) {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);  // before any handle, in one thread
    connection_ = std::make_unique<Connection>();
    if (global != CURLE_OK || connection_->curl == nullptr)
        throw Error(ExitCode::kFailed, "libcurl", "cannot be started");
    connection_->address = std::move(address);
}

RpcClient::~RpcClient() = default;

std::string RpcClient::call(const std::string& method, const std::string& arguments) {
    const std::string request = json{{"method", method}, {"arguments", json::parse(arguments)}}.dump(
        -1, ' ', false, json::error_handler_t::replace);
    std::string body;
    long status = connection_->post(request, body);
    if (status == 409) status = connection_->post(request, body);  // now with the session id
    if (status == 401) {
        throw Error(ExitCode::kUsage, connection_->name(), "wants a user name and a password, or others",
                    "pass --rpc-auth-file, or SHOAL_RPC_AUTH=USER:PASSWORD in the environment");
    }
    if (status != 200)
        throw Error(ExitCode::kFailed, connection_->name(), fmt::format("HTTP status {}: {}", status, body));
    const json answer = json::parse(body, nullptr, false);
    if (!answer.is_object() || !answer.contains("result"))
        throw Error(ExitCode::kFailed, connection_->name(), "does not speak the Transmission RPC");
    if (answer["result"] != "success")
        throw Error(ExitCode::kFailed, method,
                    answer["result"].is_string() ? answer["result"].get<std::string>() : "refused");
    return answer.value("arguments", json::object()).dump();
}

}  // namespace shoal::remote
