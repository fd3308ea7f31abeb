#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Asks HTTP servers, by libcurl.
namespace shoal::fetch {

struct HttpRequest {
    std::string method = "GET";
    std::string body;                  ///< sent along where the method is not GET
    std::string url;                   ///< http or https
    std::vector<std::string> headers;  ///< "Name: value", beside the usual ones
    /// "aws:amz:REGION:SERVICE": signed with AWS's Signature Version 4; empty: not.
    std::string sigv4;
    std::string credentials;                              ///< "ID:SECRET", of the signature
    std::string advice = "check the URL and its server";  ///< where that cannot be reached
    bool redirects = true;                                ///< followed, to http and https only
    bool proxy = true;                                    ///< as http_proxy and its like say; false: none
    /// For all of it; zero: as long as bytes come. A server that is silent for 20 s is stuck in any case.
    std::chrono::milliseconds timeout{0};
};

/// What stands before the body of the last answer, behind all redirects.
struct HttpHead {
    long status = 0;
    std::string reason;  ///< "404 Not Found"
    std::string url;     ///< that answered
    std::optional<std::uint64_t> length;
    std::string etag;
    std::string last_modified;
    std::string content_range;
    std::string content_encoding;
    std::string accept_ranges;
};

/// What becomes of an answer. Each may be empty.
struct HttpSink {
    /// Before the first byte of the body; false: the body is not wanted, and send() returns.
    std::function<bool(const HttpHead&)> head;
    /// Some bytes of the body; false: no more are wanted, and send() returns.
    std::function<bool(std::string_view)> body;
    /// Asked now and then; true ends it.
    std::function<bool()> stopped;
};

/// One request; the answer is returned whatever its status is. Throws Error: kUsage for what is no URL,
/// kNoPeer where the server cannot be reached, stops sending or breaks off, kInterrupted once `stopped` says
/// so, kFailed for all else (TLS, too many redirects). What `head` and `body` throw comes through.
HttpHead send(const HttpRequest& request, const HttpSink& sink);

/// An answer that fits into memory.
struct HttpAnswer {
    HttpHead head;
    std::string body;
};

/// With a body of at most `most` bytes. Throws Error as send(), and kFailed for a larger body.
HttpAnswer send_for_answer(const HttpRequest& request, std::size_t most);

/// The whole body, of at most `most` bytes, of an answer with a status below 300. Throws Error as
/// send_for_answer(), and kFailed for another status.
std::string get_text(const HttpRequest& request, std::size_t most);

}  // namespace shoal::fetch
