#include "common/fetch/http_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <memory>
#include <utility>

#include "common/error.hpp"
#include "common/fetch/curl_handle.hpp"

namespace shoal::fetch {
namespace {

struct Transfer {
    const HttpSink& sink;
    CURL* curl = nullptr;
    HttpHead head;
    bool head_given = false;
    bool enough = false;        ///< the sink wants no more
    std::exception_ptr failed;  ///< of the sink: libcurl is C, and must not be thrown through

    /// True where the body is wanted.
    bool give_head() {
        if (head_given) return true;
        head_given = true;
        char* url = nullptr;
        curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &url);
        head.url = url == nullptr ? "" : url;
        enough = sink.head && !sink.head(head);
        return !enough;
    }
};

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin));
}

void take_field(HttpHead& head, std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string name(line.substr(0, colon));
    const std::string value = trimmed(line.substr(colon + 1));
    const auto is = [&](const char* known) { return curl_strequal(name.c_str(), known) != 0; };
    if (is("Content-Length")) {
        std::uint64_t length = 0;
        const auto end = value.data() + value.size();
        if (const auto read = std::from_chars(value.data(), end, length); read.ptr == end)
            head.length = length;
    } else if (is("ETag")) {
        head.etag = value;
    } else if (is("Last-Modified")) {
        head.last_modified = value;
    } else if (is("Content-Range")) {
        head.content_range = value;
    } else if (is("Content-Encoding")) {
        head.content_encoding = value;
    } else if (is("Accept-Ranges")) {
        head.accept_ranges = value;
    }
}

std::size_t take_header(const char* data, std::size_t, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const std::string_view line(data, size);
    if (line.starts_with("HTTP/")) {  // another answer: what redirected is forgotten
        transfer.head = {};
        transfer.head.reason = trimmed(line.substr(std::min(line.size(), line.find(' '))));
        std::from_chars(transfer.head.reason.data(),
                        transfer.head.reason.data() + transfer.head.reason.size(), transfer.head.status);
    } else {
        take_field(transfer.head, line);
    }
    return size;
}

std::size_t take_body(const char* data, std::size_t, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    try {
        if (!transfer.give_head()) return 0;  // anything but `size` ends the transfer
        if (transfer.sink.body && !transfer.sink.body({data, size})) transfer.enough = true;
    } catch (...) {
        transfer.failed = std::current_exception();
        return 0;
    }
    return transfer.enough ? 0 : size;
}

int check_stop(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& stopped = static_cast<Transfer*>(user)->sink.stopped;
    return stopped && stopped() ? 1 : 0;
}

ExitCode code_of(CURLcode result) {
    switch (result) {
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return ExitCode::kUsage;
        case CURLE_COULDNT_CONNECT:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_PARTIAL_FILE:
        case CURLE_GOT_NOTHING:
            return ExitCode::kNoPeer;
        default:
            return ExitCode::kFailed;
    }
}

}  // namespace

HttpHead send(const HttpRequest& request, const HttpSink& sink) {
    const CurlHandle curl = open_curl(request.url);
    Transfer transfer{sink, curl.get(), {}, false, false, nullptr};
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, &curl_slist_free_all);
    for (const std::string& header : request.headers)
        headers.reset(curl_slist_append(headers.release(), header.c_str()));
    // Otherwise libcurl asks first whether a large body may come, and waits a second for the answer.
    if (request.method != "GET") headers.reset(curl_slist_append(headers.release(), "Expect:"));
    std::array<char, CURL_ERROR_SIZE> detail{};
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
    set(CURLOPT_HTTPHEADER, headers.get());
    if (request.method != "GET") {
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(CURLOPT_POSTFIELDS, request.body.data());
    }
    if (!request.sigv4.empty()) {
        set(CURLOPT_AWS_SIGV4, request.sigv4.c_str());
        set(CURLOPT_USERPWD, request.credentials.c_str());
    }
    if (!request.proxy) set(CURLOPT_PROXY, "");
    set(CURLOPT_FOLLOWLOCATION, request.redirects ? 1L : 0L);
    if (request.timeout.count() > 0) set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    set(CURLOPT_ERRORBUFFER, detail.data());
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &check_stop);
    set(CURLOPT_XFERINFODATA, &transfer);

    const CURLcode result = curl_easy_perform(curl.get());
    if (transfer.failed) std::rethrow_exception(transfer.failed);
    if (result == CURLE_ABORTED_BY_CALLBACK) throw Error(ExitCode::kInterrupted, request.url, "interrupted");
    if (result != CURLE_OK && !transfer.enough) {
        throw Error(code_of(result), request.url,
                    detail[0] != '\0' ? detail.data() : curl_easy_strerror(result), request.advice);
    }
    transfer.give_head();  // of an answer without a body
    return transfer.head;
}

HttpAnswer send_for_answer(const HttpRequest& request, std::size_t most) {
    HttpAnswer answer;
    bool too_large = false;
    HttpSink sink;
    sink.body = [&](std::string_view bytes) {
        too_large = bytes.size() > most - answer.body.size();
        if (!too_large) answer.body += bytes;
        return !too_large;
    };
    answer.head = send(request, sink);
    if (too_large) throw Error(ExitCode::kFailed, request.url, fmt::format("has more than {} bytes", most));
    return answer;
}

std::string get_text(const HttpRequest& request, std::size_t most) {
    constexpr long kFirstRefusal = 300;
    HttpAnswer answer = send_for_answer(request, most);
    if (answer.head.status >= kFirstRefusal)
        throw Error(ExitCode::kFailed, request.url, fmt::format("answers {}", answer.head.reason),
                    "check the URL");
    return std::move(answer.body);
}

}  // namespace shoal::fetch
