#include "client/daemon/rpc/gate.hpp"

#include <gtest/gtest.h>

#include "common/base64.hpp"

namespace shoal::daemon {
namespace {

GateRules rules() {
    GateRules rules;
    rules.session_id = "id";
    return rules;
}

GateRequest request() {
    GateRequest request;
    request.method = "POST";
    request.host = "127.0.0.1:9091";
    request.session_id = "id";
    return request;
}

TEST(Gate, AsksForTheSessionId) {
    EXPECT_EQ(judge_rpc(rules(), request()).status, 200);
    GateRequest without = request();
    without.session_id = "";
    EXPECT_EQ(judge_rpc(rules(), without).status, 409);
    without.session_id = "idd";
    EXPECT_EQ(judge_rpc(rules(), without).status, 409);
}

TEST(Gate, KnowsItsNamesOnly) {
    GateRules named = rules();
    named.host_names = {"Seedbox.example"};
    GateRequest asked = request();
    for (const char* host : {"localhost", "LOCALHOST:9091", "localhost.", "10.0.0.1", "[::1]:9091",
                             "[fd00::1]", "seedbox.example:9091"}) {
        asked.host = host;
        EXPECT_EQ(judge_rpc(named, asked).status, 200) << host;
    }
    for (const char* host :
         {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[::1", ":9091"}) {
        asked.host = host;
        EXPECT_EQ(judge_rpc(named, asked).status, 421) << host;
    }
    named.local_socket = true;
    asked.host = "";
    EXPECT_EQ(judge_rpc(named, asked).status, 200);
}

TEST(Gate, RefusesWebPages) {
    GateRequest page = request();
    page.origin = "http://127.0.0.1:9091";
    EXPECT_EQ(judge_rpc(rules(), page).status, 403);
    page.origin = "null";
    EXPECT_EQ(judge_rpc(rules(), page).status, 403);
    page.origin = "";
    page.fetch_site = "cross-site";
    EXPECT_EQ(judge_rpc(rules(), page).status, 403);
    page.fetch_site = "none";
    EXPECT_EQ(judge_rpc(rules(), page).status, 200) << "typed into the address bar";
}

TEST(Gate, WantsTheCredentialsBeforeTheSessionId) {
    GateRules secret = rules();
    secret.credentials = "ann:pw";
    secret.token = "t0ken";
    GateRequest asked = request();
    asked.session_id = "";
    EXPECT_EQ(judge_rpc(secret, asked).status, 401) << "a stranger must not learn the session id";
    asked.session_id = "id";
    const std::string good = "Basic " + encode_base64("ann:pw");
    const std::string bad = "Basic " + encode_base64("ann:pW");
    const std::string longer = "Basic " + encode_base64("ann:pwann:pw");
    for (const std::string& authorization :
         {std::string("Basic !"), bad, longer, std::string("Bearer t0ke"), std::string("Bearer "),
          std::string("Basic "), std::string("Basic")}) {
        asked.authorization = authorization;
        EXPECT_EQ(judge_rpc(secret, asked).status, 401) << authorization;
    }
    for (const std::string& authorization : {good, std::string("bearer t0ken")}) {
        asked.authorization = authorization;
        EXPECT_EQ(judge_rpc(secret, asked).status, 200) << authorization;
    }
}

TEST(Gate, TakesOnlyTheRightVerb) {
    GateRequest asked = request();
    asked.method = "GET";
    EXPECT_EQ(judge_rpc(rules(), asked).status, 405);
    EXPECT_EQ(judge_page(rules(), asked).status, 200);
    EXPECT_EQ(judge_page(rules(), request()).status, 405);
}

}  // namespace
}  // namespace shoal::daemon
