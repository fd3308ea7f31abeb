#include "common/http/server.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "common/error.hpp"

namespace shoal::http {
namespace {

const Endpoint kLoopback{IpAddress::v4({127, 0, 0, 1}), 0};

/// A blocking client that sends raw bytes and reads until the server hangs up.
class Client {
  public:
    explicit Client(const Endpoint& server) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        timeval patience{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) ADD_FAILURE();
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(fd_); }

    void send(std::string_view text) const {
        EXPECT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
    [[nodiscard]] std::string read_until(std::string_view end) const {
        std::string all;
        char buffer[4096];
        while (end.empty() || !all.ends_with(end)) {
            const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
            if (n <= 0) break;
            all.append(buffer, static_cast<std::size_t>(n));
        }
        return all;
    }
    [[nodiscard]] std::string read_all() const { return read_until({}); }

  private:
    int fd_;
};

class HttpServerTest : public testing::Test {
  protected:
    static ServerOptions options() {
        ServerOptions options;
        options.listen = {kLoopback};
        options.header_limit = 2000;
        options.body_limit = 100;
        return options;
    }
    static void echo(const Request& request, Response& response) {
        if (request.path == "/throw") throw std::runtime_error("boom");
        response.body = std::string(request.method) + " " + std::string(request.path) + "?" +
                        std::string(request.query) + " " + std::string(request.header("x-test")) + " [" +
                        std::string(request.body) + "]";
    }
    std::string exchange(const std::string& text) {
        Client client(server.addresses().front());
        client.send(text);
        return client.read_all();
    }
    void SetUp() override { server.start(); }

    Server server{options(), echo};
};

TEST_F(HttpServerTest, AnswersAndClosesWhenAsked) {
    EXPECT_THAT(
        exchange("GET /a/b?c=d HTTP/1.1\r\nHost: x\r\nX-TEST: yes\r\nConnection: close\r\n\r\n"),
        testing::MatchesRegex("HTTP/1.1 200 OK\r\nDate: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
                              "[0-9:]{8} GMT\r\nContent-Length: 19\r\nContent-Type: text/plain; "
                              "charset=utf-8\r\nConnection: close\r\n\r\nGET /a/b\\?c=d yes \\[\\]"));
}

TEST_F(HttpServerTest, ClosesAfterHttp10UnlessAskedToStay) {
    EXPECT_TRUE(exchange("GET /1 HTTP/1.0\r\n\r\n").ends_with("Connection: close\r\n\r\nGET /1?  []"));
    const auto both = exchange("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    EXPECT_NE(both.find("Connection: keep-alive\r\n\r\nGET /1?  []"), std::string::npos) << both;
    EXPECT_TRUE(both.ends_with("Connection: close\r\n\r\nGET /2?  []")) << both;
}

TEST_F(HttpServerTest, KeepsPipelinedRequestsInOrder) {
    std::string all;
    for (int i = 0; i < 50; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    all += "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n";
    const std::string answer = exchange(all);
    std::size_t at = 0;
    for (int i = 0; i < 50; ++i) {
        at = answer.find("GET /" + std::to_string(i) + "?", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_TRUE(answer.ends_with("GET /last?  []"));
}

TEST_F(HttpServerTest, TakesARequestInSmallPieces) {
    Client client(server.addresses().front());
    for (const char c :
         std::string_view("POST /p HTTP/1.1\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"))
        client.send(std::string(1, c));
    EXPECT_TRUE(client.read_all().ends_with("POST /p?  [hello]"));
}

TEST_F(HttpServerTest, ReadsBodiesOfBothKinds) {
    EXPECT_TRUE(exchange("POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                    .ends_with("[abcde]"));
    Client client(server.addresses().front());
    client.send("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    EXPECT_TRUE(client.read_all().ends_with("[abc]"));
}

TEST_F(HttpServerTest, SendsNoBodyToHead) {
    const auto answer = exchange("HEAD /h HTTP/1.1\r\nConnection: close\r\n\r\n");
    EXPECT_NE(answer.find("Content-Length: 12\r\n"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
    for (const char* bad : {"\x13"
                            "BitTorrent protocol",
                            "garbage\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                            "GET / FTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n"}) {
        EXPECT_TRUE(exchange(bad).starts_with("HTTP/1.1 400 Bad Request\r\n")) << bad;
    }
}

TEST_F(HttpServerTest, LimitsHeadersAndBodies) {
    EXPECT_TRUE(
        exchange("GET /" + std::string(1900, 'a') + " HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(
        exchange("GET /" + std::string(9000, 'a') + " HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 431 "));
    EXPECT_TRUE(
        exchange("GET / HTTP/1.0\r\nX: " + std::string(9000, 'a') + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
    EXPECT_TRUE(exchange("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'b'))
                    .starts_with("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, UnderstandsTheAbsoluteForm) {
    EXPECT_TRUE(
        exchange("GET http://tracker:6969/announce?x=1 HTTP/1.0\r\n\r\n").ends_with("GET /announce?x=1  []"));
}

TEST_F(HttpServerTest, TurnsAnExceptionIntoA500) {
    const auto answer = exchange("GET /throw HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 Internal Server Error\r\n")) << answer;
    EXPECT_EQ(answer.find("boom"), std::string::npos) << "the inside is not the client's business";
}

TEST_F(HttpServerTest, StopsWithIdleConnectionsOpen) {
    Client idle(server.addresses().front());
    Client used(server.addresses().front());
    used.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(used.read_until("[]").ends_with("[]"));
    server.stop();
    EXPECT_EQ(used.read_all(), "");
    // One that never said anything is still the kernel's: it learns of the end when it speaks.
    idle.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(idle.read_all(), "");
}

TEST_F(HttpServerTest, AllowsALongerBodyToSomeRequests) {
    ServerOptions generous = options();
    generous.body_limit_of = [](const Request& request) -> std::size_t {
        return request.path == "/large" && request.header("x-test") == "please" ? 3'000'000 : 10;
    };
    Server large(generous, echo);
    large.start();
    const auto send = [&](const std::string& path, const std::string& head, const std::string& body) {
        Client client(large.addresses().front());
        client.send("POST " + path + " HTTP/1.1\r\nConnection: close\r\n" + head + "\r\n" + body);
        return client.read_all();
    };
    const std::string body(3'000'000, 'b');
    const auto length = [](std::size_t size) { return "Content-Length: " + std::to_string(size) + "\r\n"; };
    EXPECT_TRUE(send("/large", "X-Test: please\r\n" + length(body.size()), body).ends_with(body + "]"));
    EXPECT_TRUE(
        send("/large", "X-Test: please\r\n" + length(body.size() + 1), "").starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(send("/large", length(11), "").starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(send("/small", length(10), "0123456789").ends_with("[0123456789]"));
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    EXPECT_TRUE(send("/small", chunked, "a\r\n0123456789\r\n0\r\n\r\n").ends_with("[0123456789]"));
    EXPECT_TRUE(
        send("/small", chunked, "a\r\n0123456789\r\n1\r\n0\r\n0\r\n\r\n").starts_with("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, LetsTheProgramChooseTheFormOfARefusal) {
    ServerOptions formed = options();
    formed.on_refusal = [](const Request& request, Response& response) {
        response.body = "refused " + std::to_string(response.status) + " " + std::string(request.method) +
                        " " + std::string(request.path);
    };
    Server other(formed, echo);
    other.start();
    const auto ask = [&](const std::string& text) {
        Client client(other.addresses().front());
        client.send(text);
        return client.read_all();
    };
    using testing::EndsWith;
    EXPECT_THAT(ask("POST /a HTTP/1.1\r\nContent-Length: 101\r\n\r\n"), EndsWith("refused 413 POST /a"));
    EXPECT_THAT(ask("GET /a HTTP/1.1\r\nX: " + std::string(3000, 'x') + "\r\n\r\n"),
                EndsWith("refused 431 GET /a"));
    EXPECT_THAT(ask("GET /a HTTP/1.1\r\nno colon\r\n\r\n"), EndsWith("refused 400 GET /a"));
    EXPECT_THAT(ask("\x13"
                    "BitTorrent protocol\r\n\r\n"),
                EndsWith("refused 400  "));
    EXPECT_THAT(ask("GET /throw HTTP/1.1\r\nConnection: close\r\n\r\n"), EndsWith("refused 500 GET /throw"));
}

TEST_F(HttpServerTest, NamesTheAddressThatIsTaken) {
    ServerOptions second = options();
    second.listen = server.addresses();
    try {
        const Server other(second, echo);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find(server.addresses()[0].to_string()), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("in use"), std::string::npos);
    }
}

TEST_F(HttpServerTest, RefusesConnectionsOverItsLimit) {
    ServerOptions few = options();
    few.max_connections = 1;
    Server small(few, echo);
    small.start();
    Client first(small.addresses().front());
    first.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(first.read_until("[]").ends_with("[]"));
    Client second(small.addresses().front());
    EXPECT_EQ(second.read_all(), "");
    EXPECT_EQ(small.counters().refused, 1u);
}

TEST(HttpServer, ServesManyAtOnceOnSeveralThreads) {
    ServerOptions options;
    options.listen = {kLoopback};
    options.threads = 3;
    Server server(options, [](const Request&, Response& response) { response.body = "hi"; });
    server.start();
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&] {
            for (int n = 0; n < 50; ++n) {
                Client client(server.addresses().front());
                client.send("GET / HTTP/1.0\r\n\r\n");
                EXPECT_TRUE(client.read_all().ends_with("hi"));
            }
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(server.counters().requests, 400u);
}

}  // namespace
}  // namespace shoal::http
