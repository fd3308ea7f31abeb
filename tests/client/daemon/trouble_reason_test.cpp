#include "client/daemon/trouble_reason.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "common/error.hpp"

namespace shoal::daemon {
namespace {

TEST(TroubleReason, ComesFromTheSystemsError) {
    EXPECT_EQ(reason_of(ENOSPC), TroubleReason::kDiskFull);
    EXPECT_EQ(reason_of(EROFS), TroubleReason::kNotPermitted);
    EXPECT_EQ(reason_of(ENOENT), TroubleReason::kMissing);
    EXPECT_EQ(reason_of(EIO), TroubleReason::kFileSystem);
    EXPECT_EQ(reason_of(0), TroubleReason::kOther);
}

TEST(TroubleReason, ComesFromWhatWasThrown) {
    EXPECT_EQ(reason_of(file_error("/data/a", ENOSPC)), TroubleReason::kDiskFull);
    EXPECT_EQ(reason_of(Error(ExitCode::kFileSystem, "/data", "is a symbolic link")),
              TroubleReason::kFileSystem);
    EXPECT_EQ(reason_of(Error(ExitCode::kBadTorrent, "a", "not valid")), TroubleReason::kBadTorrent);
    EXPECT_EQ(reason_of(std::system_error(EACCES, std::generic_category())), TroubleReason::kNotPermitted);
    EXPECT_EQ(reason_of(std::runtime_error("odd")), TroubleReason::kOther);
}

}  // namespace
}  // namespace shoal::daemon
