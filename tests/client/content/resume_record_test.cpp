#include "client/content/resume_record.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace shoal::client {
namespace {

ResumeRecord example() {
    return {{true, false, true, true, false, false, false, true, true},
            std::string("d3:\0\xff:e", 7),
            {FileStamp{5, 7, -1, 1'700'000'000'123'456'789}, std::nullopt},
            {0, -2}};
}

TEST(ResumeRecord, ComesBackAsItWas) {
    const ResumeRecord record = example();
    const auto back = decode_resume_record(encode_resume_record(record));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->have, record.have);
    EXPECT_EQ(back->swarm_state, record.swarm_state);
    EXPECT_EQ(back->stamps, record.stamps);
    EXPECT_EQ(back->file_choices, record.file_choices);
}

TEST(ResumeRecord, OfNothingComesBackToo) {
    const auto back = decode_resume_record(encode_resume_record({}));
    ASSERT_TRUE(back);
    EXPECT_TRUE(back->have.empty());
    EXPECT_TRUE(back->stamps.empty());
}

TEST(ResumeRecord, IsNotBelievedWhenCutOrChanged) {
    const std::string whole = encode_resume_record(example());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(decode_resume_record(whole.substr(0, size))) << size;
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        EXPECT_FALSE(decode_resume_record(damaged)) << i;
    }
    EXPECT_FALSE(decode_resume_record(whole + "x"));
}

TEST(FileStamp, ChangesWithEveryWrite) {
    const test::TemporaryFolder folder;
    const auto path = folder / "file";
    EXPECT_FALSE(stamp_of(path));
    std::ofstream(path) << "one";
    const auto before = stamp_of(path);
    ASSERT_TRUE(before);
    EXPECT_EQ(before->size, 3u);
    EXPECT_EQ(stamp_of(path), before);
    std::ofstream(path) << "two!";
    EXPECT_NE(stamp_of(path), before);
}

}  // namespace
}  // namespace shoal::client
