#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "channel/publication.hpp"
#include "common/error.hpp"

namespace shoal::channel::test {

inline constexpr UnixSeconds kNow = 1'800'000'000;

/// The same key for the same number.
inline SecretKey key(std::uint8_t number) {
    KeyId id{};
    Ed25519Seed seed{};
    id.fill(number);
    seed.fill(number);
    return {id, seed};
}

/// Root key 1; key 2 publishes and signs heads.
inline Root plain_root() {
    Root root;
    root.name = "camera/latest";
    root.expires = kNow + 1000;
    root.lifetime = 100;
    root.trackers = {"http://10.0.0.1:6969/announce"};
    root.root_keys = {key(1).public_key()};
    root.publish_keys = {key(2).public_key()};
    root.head_keys = {key(2).public_key()};
    return root;
}

inline Release plain_release(std::int64_t number = 1) {
    Release release;
    release.channel = "camera/latest";
    release.number = number;
    release.info_hash_v1.emplace().fill(7);
    release.size = 1000;
    if (number > 1) release.previous.emplace().fill(9);
    release.note = "the morning";
    return release;
}

inline Head head_of(const SignedRelease& release, std::int64_t sequence) {
    return {release.release.channel, sequence, release.release.number, sha256(release.bytes), kNow + 100};
}

inline SignedHead signed_head(std::int64_t sequence, std::uint8_t by = 2) {
    return sign_head(head_of(sign_release(plain_release(), key(2)), sequence), key(by));
}

inline std::string refusal(const std::function<void()>& action, ExitCode code = ExitCode::kRefused) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.what();
    }
    return "it was taken";
}

/// Every byte of `good` with each of its bits turned, each beginning of it, and some more behind it: `read`
/// must throw Error for all of them.
inline void expect_only(const std::string& good, const std::function<void(std::string_view)>& read,
                        ExitCode code = ExitCode::kRefused) {
    const auto refused = [&](const std::string& bad) {
        return refusal([&] { read(bad); }, code) != "it was taken";
    };
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
            ASSERT_TRUE(refused(bad)) << "byte " << at << ", bit " << bit;
        }
        ASSERT_TRUE(refused(good.substr(0, at))) << "cut to " << at;
    }
    for (const char more : {'e', '0', '\0', '\n'}) ASSERT_TRUE(refused(good + more));
}

}  // namespace shoal::channel::test
