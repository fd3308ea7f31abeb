#include "common/cli/environment.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace shoal {
namespace {

class Environment : public testing::Test {
  protected:
    void TearDown() override {
        for (const char* name : {"SHOAL_GET_NAME", "SHOAL_NAME", "SHOAL_LIMIT", "SHOAL_HOOK_EVENT"})
            ::unsetenv(name);
    }
    /// What --name of `shoal get` is.
    static std::string name_of_get(const char* option = "--name") {
        CLI::App app("", "shoal");
        CLI::App* get = app.add_subcommand("get");
        std::string value;
        get->add_option(option, value);
        bind_environment(app, "shoal");
        app.parse("get");
        return value;
    }
};

TEST_F(Environment, NamesAreThoseOfOneCommand) {
    EXPECT_EQ(environment_name("shoal", "get", "limit-up"), "SHOAL_GET_LIMIT_UP");
    EXPECT_EQ(environment_name("shoal-tracker", "", "interval"), "SHOAL_TRACKER_INTERVAL");
    EXPECT_EQ(environment_name("torrentgen", "create", "name"), "SHOAL_TORRENTGEN_CREATE_NAME");
    EXPECT_EQ(old_environment_name("limit-up"), "SHOAL_LIMIT_UP");
}

TEST_F(Environment, TheNewNameWinsOverTheOldOne) {
    ::setenv("SHOAL_NAME", "old", 1);
    EXPECT_EQ(name_of_get(), "old");
    ::setenv("SHOAL_GET_NAME", "new", 1);
    EXPECT_EQ(name_of_get(), "new");
}

TEST_F(Environment, AHooksFactsAreNoOptions) {
    ::setenv("SHOAL_HOOK_EVENT", "done", 1);
    ::setenv("SHOAL_NAME", "model.bin", 1);
    EXPECT_EQ(name_of_get(), "");
    ::setenv("SHOAL_LIMIT", "5", 1);
    EXPECT_EQ(name_of_get("--limit"), "5") << "no fact has this name";
    ::setenv("SHOAL_GET_NAME", "mine", 1);
    EXPECT_EQ(name_of_get(), "mine");
}

}  // namespace
}  // namespace shoal
