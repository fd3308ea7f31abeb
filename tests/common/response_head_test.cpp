#include "common/http/response_head.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "common/http/date.hpp"

namespace shoal::http {
namespace {

std::string date_of(std::int64_t unix_seconds) {
    return http_date(std::chrono::system_clock::time_point(std::chrono::seconds(unix_seconds)));
}

TEST(HttpDate, WritesAFixedWidthInGreenwichTime) {
    EXPECT_EQ(date_of(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");  // the example of RFC 9110
    EXPECT_EQ(date_of(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(date_of(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
    EXPECT_EQ(date_of(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(date_of(1735603200), "Tue, 31 Dec 2024 00:00:00 GMT");
    EXPECT_EQ(date_of(4294967296), "Sun, 07 Feb 2106 06:28:16 GMT");
    EXPECT_EQ(date_of(-1), "Wed, 31 Dec 1969 23:59:59 GMT");  // a clock that was never set
}

TEST(HttpDate, LeavesFractionsOfASecondOut) {
    const std::chrono::system_clock::time_point almost{std::chrono::milliseconds(784111777999)};
    EXPECT_EQ(http_date(almost), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(ResponseHead, TellsStatusDateSizeAndTheHandlersHeaders) {
    Response response;
    response.body = "hello";
    response.headers.emplace_back("X-Extra", "1");
    std::string head = "of the answer before";
    write_response_head(response, 11, true, "Sun, 06 Nov 1994 08:49:37 GMT", head);
    EXPECT_EQ(head,
              "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 5\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nX-Extra: 1\r\n\r\n");
}

TEST(ResponseHead, TellsWhetherTheConnectionStaysWhereTheVersionDoesNot) {
    const Response response;
    const auto says = [&](int version, bool keep_alive, const char* line) {
        std::string head;
        write_response_head(response, version, keep_alive, "", head);
        return head.find(line) != std::string::npos;
    };
    EXPECT_FALSE(says(11, true, "Connection:"));
    EXPECT_TRUE(says(11, false, "Connection: close\r\n"));
    EXPECT_TRUE(says(10, true, "Connection: keep-alive\r\n"));
    EXPECT_TRUE(says(10, false, "Connection: close\r\n"));
}

}  // namespace
}  // namespace shoal::http
