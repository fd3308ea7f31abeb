#include "common/http/message.hpp"

#include <algorithm>

namespace shoal::http {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
    for (const Header& header : headers) {
        if (equal_ignoring_case(header.name, name)) return header.value;
    }
    return {};
}

void Request::header_lines(std::string_view name, std::vector<std::string_view>& values) const {
    for (const Header& header : headers) {
        if (equal_ignoring_case(header.name, name)) values.push_back(header.value);
    }
}

void Response::clear() {
    status = 200;
    content_type = "text/plain; charset=utf-8";
    body.clear();
    headers.clear();
    close = false;
    events.reset();
}

}  // namespace shoal::http
