#include "torrentgen/hashing/lane_hasher.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "tests/torrentgen/reference_hash.hpp"

namespace shoal::hashing {

void PrintTo(const LaneKernel& kernel, std::ostream* out) {
    *out << kernel.name << " of " << kernel.lanes << " lanes,"
         << (kernel.algorithm == Algorithm::kSha1 ? " SHA-1" : " SHA-256");
}

namespace {

using test::random_bytes;
using test::reference_hash;

std::vector<LaneKernel> all_kernels() {
    std::vector<LaneKernel> kernels;
    for (const Algorithm algorithm : {Algorithm::kSha1, Algorithm::kSha256}) {
        for (const LaneKernel& kernel : usable_kernels(algorithm)) kernels.push_back(kernel);
    }
    return kernels;
}

/// Every kernel that this machine can run, against OpenSSL's EVP.
class EveryKernel : public ::testing::TestWithParam<LaneKernel> {
  protected:
    void expect_equal(const std::vector<Message>& messages) {
        const std::size_t bytes = digest_bytes(GetParam().algorithm);
        std::vector<std::uint8_t> digests(bytes * messages.size());
        hash_messages(GetParam(), messages, digests.data());
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const std::vector<std::uint8_t> digest(&digests[i * bytes], &digests[i * bytes] + bytes);
            ASSERT_EQ(digest, reference_hash(GetParam().algorithm, messages[i].data, messages[i].size))
                << "message " << i << " of " << messages[i].size << " bytes";
        }
    }
};

TEST_P(EveryKernel, HashesTheStandardsExample) {
    const std::string_view abc = "abc";
    expect_equal({{reinterpret_cast<const std::byte*>(abc.data()), abc.size()}});
}

TEST_P(EveryKernel, AgreesOnEveryLengthAroundTheEdgesOfACompressionAndOfABlock) {
    const auto data = random_bytes(kBlockBytes + 200, 1);
    std::vector<Message> messages;
    for (std::size_t size = 0; size <= 260; ++size) messages.push_back({data.data() + size % 7, size});
    for (std::size_t size = kBlockBytes - 130; size <= kBlockBytes + 130; ++size) {
        messages.push_back({data.data() + size % 5, size});
    }
    expect_equal(messages);
}

TEST_P(EveryKernel, AgreesForEveryNumberOfMessages) {
    const auto data = random_bytes(4096, 2);
    for (std::size_t count = 0; count <= 2 * kMaxLanes + 1; ++count) {
        std::vector<Message> messages;
        for (std::size_t i = 0; i < count; ++i) messages.push_back({data.data() + i, 1000 + 64 * (i % 3)});
        expect_equal(messages);
    }
}

TEST_P(EveryKernel, AgreesOnRandomMixesOfLengths) {
    std::mt19937_64 random(3);
    const auto data = random_bytes(70'000, 3);
    for (int round = 0; round < 60; ++round) {
        std::vector<Message> messages(random() % 40);
        for (Message& message : messages) {
            message.size = random() % (random() % 8 == 0 ? 65'000 : 500);
            message.data = data.data() + random() % (data.size() - message.size);
        }
        expect_equal(messages);
    }
}

TEST_P(EveryKernel, HashesMessagesThatArriveInSteps) {
    const LaneKernel& kernel = GetParam();
    const std::size_t bytes = digest_bytes(kernel.algorithm);
    for (unsigned count = 1; count <= kernel.lanes; ++count) {
        for (const std::size_t last : {0u, 1u, 55u, 56u, 63u, 64u, 65u, 119u, 120u, 128u, 1000u}) {
            constexpr std::size_t kStep = 192;
            constexpr std::size_t kSteps = 3;
            const std::size_t size = kSteps * kStep + last;
            const auto data = random_bytes(size * count, count + last);
            std::array<const std::byte*, kMaxLanes> pointers{};
            LaneHasher hasher(kernel);
            hasher.start(count);
            const auto lanes = std::span<const std::byte* const>(pointers).first(count);
            for (std::size_t step = 0; step <= kSteps; ++step) {
                for (unsigned i = 0; i < count; ++i) pointers[i] = data.data() + i * size + step * kStep;
                if (step < kSteps) hasher.update(lanes, kStep);
            }
            std::vector<std::uint8_t> digests(bytes * count);
            hasher.finish(lanes, last, digests.data());
            for (unsigned i = 0; i < count; ++i) {
                const std::vector<std::uint8_t> digest(&digests[i * bytes], &digests[i * bytes] + bytes);
                ASSERT_EQ(digest, reference_hash(kernel.algorithm, data.data() + i * size, size))
                    << "message " << i << " of " << count << ", " << size << " bytes";
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(OfThisMachine, EveryKernel, ::testing::ValuesIn(all_kernels()),
                         [](const auto& tested) {
                             std::string name(tested.param.name);
                             std::erase(name, '-');
                             name += std::to_string(tested.param.lanes);
                             return name + (tested.param.algorithm == Algorithm::kSha1 ? "Sha1" : "Sha256");
                         });

}  // namespace
}  // namespace shoal::hashing
