#include "common/http/request_parser.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <cstdint>
#include <limits>

namespace shoal::http {

namespace http = beast::http;

namespace {

// A body's memory that is worth keeping for the next request of a connection.
constexpr std::size_t kSpareBody = 64 * 1024;

/// RFC 9112, 3.2.2: a server must also take the absolute form, `http://host/path?query`.
std::string_view origin_form(std::string_view target) {
    if (target.starts_with('/')) return target;
    const auto authority = target.find("://");
    if (authority == std::string_view::npos) return target;
    const auto path = target.find('/', authority + 3);
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

void RequestStorage::clear() {
    text.clear();
    spans.clear();
    method_size = 0;
    target_size = 0;
    body.clear();
    if (body.capacity() > kSpareBody) body = {};
    headers.clear();
    version = 11;
    expects_continue = false;
}

Request RequestStorage::view() {
    Request request;
    const std::string_view all(text);
    request.method = all.substr(0, method_size);
    const std::string_view target = origin_form(all.substr(method_size, target_size));
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    headers.clear();
    for (const Span& span : spans) {
        headers.push_back(
            {all.substr(span.name, span.value - span.name), all.substr(span.value, span.end - span.value)});
    }
    request.headers = headers;
    request.body = body;
    return request;
}

RequestParser::RequestParser(RequestStorage& storage, const ServerOptions& options)
    : storage_(storage), options_(options), body_limit_(options.body_limit) {
    header_limit(static_cast<std::uint32_t>(options.header_limit));
    // on_header_impl() and append() hold the limit. "None" would refuse every body in Boost 1.74.
    body_limit(std::numeric_limits<std::uint64_t>::max());
    eager(true);
}

void RequestParser::on_request_impl(http::verb, string_view method, string_view target, int version,
                                    error_code& ec) {
    if (version != 10 && version != 11) {
        ec = http::error::bad_version;
        return;
    }
    storage_.text.append(method.data(), method.size());
    storage_.text.append(target.data(), target.size());
    storage_.method_size = method.size();
    storage_.target_size = target.size();
    storage_.version = version;
}

void RequestParser::on_field_impl(http::field name, string_view name_text, string_view value, error_code&) {
    const std::size_t at = storage_.text.size();
    storage_.text.append(name_text.data(), name_text.size());
    storage_.text.append(value.data(), value.size());
    storage_.spans.push_back({at, at + name_text.size(), storage_.text.size()});
    if (name == http::field::expect && beast::iequals(value, "100-continue"))
        storage_.expects_continue = true;
}

void RequestParser::on_header_impl(error_code& ec) {
    const auto length = content_length();
    if (!length && !chunked()) return;
    if (options_.body_limit_of) body_limit_ = options_.body_limit_of(storage_.view());
    if (length && *length > body_limit_) ec = http::error::body_limit;
}

std::size_t RequestParser::on_body_impl(string_view body, error_code& ec) {
    return append(body, ec);
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) {
    return append(body, ec);
}

std::size_t RequestParser::append(string_view body, error_code& ec) {
    if (body.size() > body_limit_ - storage_.body.size()) {
        ec = http::error::body_limit;
        return 0;
    }
    storage_.body.append(body.data(), body.size());
    return body.size();
}

}  // namespace shoal::http
