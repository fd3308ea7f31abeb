#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "common/http/message.hpp"
#include "common/http/server.hpp"

namespace shoal::http {

namespace beast = boost::beast;

/// Where a request's text is kept. It belongs to the connection and is reused, so that a request costs no
/// allocation once the strings have grown.
struct RequestStorage {
    struct Span {
        std::size_t name, value, end;  ///< offsets into `text`
    };
    std::string text;
    std::vector<Span> spans;
    std::size_t method_size = 0;
    std::size_t target_size = 0;
    std::string body;
    std::vector<Header> headers;
    int version = 11;  ///< 10 or 11
    bool expects_continue = false;

    void clear();
    /// Views into this storage, as far as the message has been read.
    [[nodiscard]] Request view();
};

class RequestParser final : public beast::http::basic_parser<true> {
  public:
    RequestParser(RequestStorage& storage, const ServerOptions& options);

  private:
    using string_view = beast::string_view;
    using error_code = beast::error_code;

    void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                         error_code& ec) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(beast::http::field name, string_view name_text, string_view value,
                       error_code& ec) override;
    void on_header_impl(error_code& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override;
    void on_finish_impl(error_code&) override {}

    std::size_t append(string_view body, error_code& ec);

    RequestStorage& storage_;
    const ServerOptions& options_;
    std::size_t body_limit_ = 0;
};

}  // namespace shoal::http
