#include "channel/root.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/channel/channel_fixture.hpp"

namespace shoal::channel {
namespace {

using test::expect_only;
using test::key;
using test::plain_root;
using test::refusal;
using testing::HasSubstr;

SignedRoot read_back(const SignedRoot& root) {
    return read_signed_root(write_signed_root(root), "camera.channel");
}

TEST(Root, SurvivesItsFile) {
    const SignedRoot made = sign_root(plain_root(), {key(1)});
    const SignedRoot read = read_back(made);
    EXPECT_EQ(read.bytes, made.bytes);
    EXPECT_EQ(read.root.name, "camera/latest");
    EXPECT_EQ(read.root.trackers, plain_root().trackers);
    EXPECT_EQ(read.root.publish_keys, plain_root().publish_keys);
    EXPECT_EQ(write_signed_root(read), write_signed_root(made));
}

TEST(Root, EveryChangedBitIsRefused) {
    expect_only(write_signed_root(sign_root(plain_root(), {key(1)})),
                [](std::string_view bytes) { read_signed_root(bytes, "it"); });
}

TEST(Root, NeedsAsManyOfItsKeysAsItSays) {
    Root root = plain_root();
    root.root_keys = {key(1).public_key(), key(3).public_key(), key(4).public_key()};
    root.threshold = 2;
    read_back(sign_root(root, {key(4), key(1)}));
    EXPECT_THAT(refusal([&] { sign_root(root, {key(1)}); }, ExitCode::kUsage),
                HasSubstr("needs 2 of its root keys"));
    SignedRoot short_of_one = sign_root(root, {key(1), key(3)});
    short_of_one.signatures.pop_back();
    EXPECT_THAT(refusal([&] { read_back(short_of_one); }),
                HasSubstr("1 of its own root keys have signed it, 2 must"));
    short_of_one.signatures.push_back(short_of_one.signatures.front());
    EXPECT_THAT(refusal([&] { read_back(short_of_one); }), HasSubstr("1 of its own"))
        << "one key that signs twice is one key";
    short_of_one.signatures.back() = sign_file(short_of_one.bytes, "x", key(2));
    EXPECT_THAT(refusal([&] { read_back(short_of_one); }), HasSubstr("1 of its own"))
        << "a publisher's is none";
}

TEST(Root, ANewOneNeedsTheOldOnesKeys) {
    const SignedRoot first = sign_root(plain_root(), {key(1)});
    Root next = plain_root();
    next.version = 2;
    next.root_keys = {key(5).public_key()};
    check_successor(first, sign_root(next, {key(5), key(1)}));
    EXPECT_THAT(refusal([&] { check_successor(first, sign_root(next, {key(5)})); }),
                HasSubstr("0 of the old root's root keys have signed it"));
    next.version = 3;
    EXPECT_THAT(refusal([&] {
                    check_successor(first, sign_root(next, {key(5), key(1)}));
                }),
                HasSubstr("after root 1 comes 2"));
    next.version = 1;
    EXPECT_NE(refusal([&] { check_successor(first, sign_root(next, {key(5), key(1)})); }), "it was taken");
    next.version = 2;
    next.name = "camera/other";
    EXPECT_THAT(refusal([&] {
                    check_successor(first, sign_root(next, {key(5), key(1)}));
                }),
                HasSubstr("the channel is 'camera/latest'"));
}

TEST(Root, RefusesWhatMakesNoSense) {
    const auto refused = [](auto change) {
        Root root = plain_root();
        change(root);
        return refusal([&] { sign_root(root, {key(1)}); }, ExitCode::kUsage);
    };
    EXPECT_THAT(refused([](Root& root) { root.name = "../etc"; }), HasSubstr("the name"));
    EXPECT_THAT(refused([](Root& root) { root.keep = 1; }), HasSubstr("'keep'"));
    EXPECT_THAT(refused([](Root& root) { root.threshold = 2; }), HasSubstr("threshold"));
    EXPECT_THAT(refused([](Root& root) { root.threshold = 0; }), HasSubstr("threshold"));
    EXPECT_THAT(refused([](Root& root) { root.lifetime = 0; }), HasSubstr("expire"));
    EXPECT_THAT(refused([](Root& root) { root.trackers.clear(); }), HasSubstr("trackers"));
    EXPECT_THAT(refused([](Root& root) { root.trackers = {"udp://a:1"}; }), HasSubstr("URL"));
    EXPECT_THAT(refused([](Root& root) { root.trackers = {"http://a/\nb"}; }), HasSubstr("URL"));
    EXPECT_THAT(refused([](Root& root) { root.head_keys.clear(); }), HasSubstr("keys"));
    EXPECT_THAT(refused([](Root& root) { root.head_keys.push_back(root.head_keys.front()); }),
                HasSubstr("twice"));
    EXPECT_THAT(refused([](Root& root) { root.version = 0; }), HasSubstr("version"));
}

}  // namespace
}  // namespace shoal::channel
