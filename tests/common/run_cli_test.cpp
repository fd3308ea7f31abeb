#include "common/cli/run_cli.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "common/error.hpp"

namespace shoal {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Ending {
    int code = 0;
    std::string errors;
};

/// Of a program whose only command does this.
Ending run(const std::function<void()>& act) {
    std::string program = "program";
    std::string command = "act";
    char* arguments[] = {program.data(), command.data(), nullptr};
    testing::internal::CaptureStderr();
    Ending ending;
    ending.code = run_cli(2, arguments, "program", "For a test",
                          [&](CLI::App& app) { app.add_subcommand("act", "Act")->callback(act); });
    ending.errors = testing::internal::GetCapturedStderr();
    return ending;
}

TEST(RunCli, EndsWithTheCodeOfAnError) {
    const Ending ending = run([] { throw Error(ExitCode::kMismatch, "a.bin", "differs", "get it again"); });
    EXPECT_EQ(ending.code, static_cast<int>(ExitCode::kMismatch));
    EXPECT_THAT(ending.errors, StartsWith("program: a.bin: differs"));
}

TEST(RunCli, TellsOfAFileThatWentAwayAsOfAnyOther) {
    const Ending ending = run([] {
        throw std::filesystem::filesystem_error("cannot make canonical path", "/srv/gone",
                                                std::error_code(ENOENT, std::generic_category()));
    });
    EXPECT_EQ(ending.code, static_cast<int>(ExitCode::kFileSystem));
    EXPECT_EQ(ending.errors, std::string("program: ") + file_error("/srv/gone", ENOENT).what() + "\n");
}

TEST(RunCli, SaysWhatItDidNotExpect) {
    const Ending ending = run([] { throw std::runtime_error("a riddle"); });
    EXPECT_EQ(ending.code, static_cast<int>(ExitCode::kFailed));
    EXPECT_THAT(ending.errors, HasSubstr("unexpected failure: a riddle"));
}

}  // namespace
}  // namespace shoal
