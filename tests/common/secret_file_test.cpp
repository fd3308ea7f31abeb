#include "common/secret_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal {
namespace {

class SecretFile : public ::testing::Test {
  protected:
    void TearDown() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }

    [[nodiscard]] std::filesystem::path write(const std::string& name, const std::string& content,
                                              ::mode_t mode = 0600) const {
        const std::filesystem::path path = folder_ / name;
        std::ofstream(path) << content;
        ::chmod(path.c_str(), mode);
        return path;
    }
    void refused(const std::filesystem::path& path, ExitCode code, const std::string& why) const {
        try {
            read_secret(path);
            FAIL() << "no error";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), code);
            EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
        }
    }

    test::TemporaryFolder folder_;
};

TEST_F(SecretFile, IsTheFirstLine) {
    EXPECT_EQ(read_secret(write("a", "s3cret\nmore\n")), "s3cret");
    EXPECT_EQ(read_secret(write("b", "\xef\xbb\xbfs3cret\r\n")), "s3cret");
    EXPECT_EQ(read_secret(write("c", "no line end", 0440)), "no line end");
}

TEST_F(SecretFile, MustHoldSomethingThatNotEverybodyMayRead) {
    refused(write("a", "s3cret\n", 0644), ExitCode::kUsage, "everybody");
    refused(write("b", " \n"), ExitCode::kUsage, "nothing");
    refused(folder_ / "none", ExitCode::kFileSystem, "none");
}

TEST_F(SecretFile, OfTheServiceManagerIsFoundWhereThereIsOne) {
    const std::filesystem::path token = write("shoal.rpc-token", "t\n");
    EXPECT_EQ(credential_file("shoal.rpc-token"), "");
    ::setenv("CREDENTIALS_DIRECTORY", folder_.path().c_str(), 1);
    EXPECT_EQ(credential_file("shoal.rpc-token"), token);
    EXPECT_EQ(credential_file("shoal.rpc-auth"), "");
    ::setenv("CREDENTIALS_DIRECTORY", "", 1);
    EXPECT_EQ(credential_file("shoal.rpc-token"), "");
}

}  // namespace
}  // namespace shoal
