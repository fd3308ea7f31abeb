#include "client/content/letter_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::client {
namespace {

using ::testing::HasSubstr;

manifest::Manifest of(const std::vector<std::string>& paths) {
    manifest::Manifest manifest;
    manifest.name = "headers";
    for (const std::string& path : paths) manifest.files.push_back({path, 1, false, false, {}});
    return manifest;
}

bool tells(const std::filesystem::path&) {
    return true;
}
bool tells_not(const std::filesystem::path&) {
    return false;
}

TEST(LetterCase, MattersOnlyWhereTwoNamesNeedIt) {
    EXPECT_NO_THROW(require_letter_case(of({"xt_MARK.h", "xt_mark.h"}), "/x", tells));
    EXPECT_NO_THROW(require_letter_case(of({"a", "b/a", "b/c"}), "/x", tells_not));
    for (const auto& [one, other] :
         {std::pair{"xt_MARK.h", "xt_mark.h"}, std::pair{"a/x", "A/y"}, std::pair{"a", "A/y"}}) {
        try {
            require_letter_case(of({one, other}), "/x", tells_not);
            ADD_FAILURE() << one;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kFileSystem);
            EXPECT_THAT(error.what(), HasSubstr("for one name"));
        }
    }
}

TEST(LetterCase, AsksTheFileSystemAndLeavesNothing) {
    test::TemporaryFolder folder;
    require_letter_case(of({"a", "A"}), folder.path());  // those of tests tell them apart
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace shoal::client
