#include "torrentgen/manifest/lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::manifest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Manifest ordinary() {
    Manifest manifest;
    manifest.name = std::string("f");
    manifest.info_hash_v1 = std::string(40, 'a');
    manifest.piece_size = 5u << 20;
    manifest.piece_count = 100;
    manifest.total_size = 500u << 20;
    manifest.trackers = {{"http://tracker:6969/announce"}};
    manifest.files = {{"a.bin", 500u << 20, false, false, ""}};
    return manifest;
}

Manifest with_file(const std::string& path) {
    Manifest manifest = ordinary();
    manifest.files.push_back({path, 1, false, false, ""});
    return manifest;
}

TEST(Lint, FindsNothingInAnOrdinaryManifest) {
    EXPECT_THAT(lint(ordinary()), IsEmpty());
}

TEST(Lint, FindsSwarmsThatNobodyFinds) {
    Manifest manifest = ordinary();
    manifest.trackers.clear();
    EXPECT_THAT(lint(manifest), ElementsAre(HasSubstr("no tracker and no DHT node")));
    manifest.dht_nodes = {"router:6881"};
    EXPECT_THAT(lint(manifest), IsEmpty());
    manifest.is_private = true;
    EXPECT_THAT(lint(manifest), ElementsAre(HasSubstr("private, yet it names DHT nodes"),
                                            HasSubstr("nobody can find a peer")));
}

TEST(Lint, FindsUrlsThatClientsCannotUse) {
    Manifest manifest = ordinary();
    manifest.trackers = {
        {"wss://tracker/"}, {"HTTP://localhost:1/announce"}, {"http://[::1]:1/a", "udp://user@127.0.0.9:1"}};
    manifest.web_seeds = {"file:///etc"};
    EXPECT_THAT(
        lint(manifest),
        ElementsAre(HasSubstr("tracker wss://tracker/: clients speak http, https, udp"),
                    HasSubstr("localhost:1/announce: only this machine"),
                    HasSubstr("[::1]:1/a: only this machine"), HasSubstr("127.0.0.9:1: only this machine"),
                    HasSubstr("web seed file:///etc: clients speak http, https")));
}

TEST(Lint, FindsPiecesThatAreManyOddOrHuge) {
    Manifest manifest = ordinary();
    manifest.piece_count = 20'001;
    manifest.piece_size = 5'000'000;
    EXPECT_THAT(lint(manifest), ElementsAre(HasSubstr("20001 pieces"), HasSubstr("no multiple of 16KiB")));
    manifest = ordinary();
    manifest.piece_size = 32u << 20;
    EXPECT_THAT(lint(manifest), ElementsAre(HasSubstr("more than 16MiB")));
    manifest = ordinary();
    manifest.files.push_back({".pad/1", 400u << 20, true, false, ""});
    EXPECT_THAT(lint(manifest), ElementsAre(HasSubstr("400.00 MiB of padding")));
    manifest = ordinary();
    manifest.info_hash_v2 = std::string(64, 'b');
    EXPECT_THAT(lint(manifest), ElementsAre(HasSubstr("hybrid: Transmission before 4.0")));
    manifest.info_hash_v1.clear();
    EXPECT_THAT(lint(manifest), ElementsAre(HasSubstr("v2 only")));
}

TEST(Lint, FindsNamesThatWindowsRefuses) {
    for (const auto* path : {"a:b", "what?", "dir./x", "x ", "CON", "nul.txt", "d/Com1.log", "a|b"}) {
        EXPECT_THAT(lint(with_file(path)), ElementsAre(HasSubstr("Windows refuses"))) << path;
    }
    for (const auto* path : {"console", "com", "com10", "a.b", ".x", "com0"}) {
        EXPECT_THAT(lint(with_file(path)), IsEmpty()) << path;
    }
    Manifest renamed = ordinary();
    renamed.name = "what?";
    EXPECT_THAT(lint(renamed), ElementsAre(HasSubstr("'what?' holds a '?': Windows refuses")));
    renamed.single_file = true;  // its one file is called what the manifest is
    renamed.files.front().path = renamed.name;
    EXPECT_THAT(lint(renamed), ElementsAre(HasSubstr("'what?' holds a '?': Windows refuses")));
    std::string path(200, 'd');
    path += '/';
    path.append(60, 'f');
    EXPECT_THAT(lint(with_file(path)), ElementsAre(HasSubstr("Windows takes about 240")));
}

TEST(Lint, FindsNamesThatDifferOnlyInCase) {
    EXPECT_THAT(lint(with_file("A.BIN")), ElementsAre(HasSubstr("'a.bin' and 'A.BIN'")));
}

}  // namespace
}  // namespace shoal::manifest
