#include "client/daemon/hook_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "common/hook_variables.hpp"

namespace shoal::daemon {
namespace {

using testing::Contains;
using testing::Not;
using testing::StartsWith;

HookFacts facts() {
    HookFacts facts;
    facts.event = "done";
    facts.name = "model.bin";
    facts.size = 5;
    facts.id = 3;
    return facts;
}

TEST(HookFacts, HaveAPrefixOfTheirOwn) {
    const HookVariables variables = hook_variables(facts());
    EXPECT_EQ(variables.at("SHOAL_HOOK_NAME"), "model.bin");
    EXPECT_EQ(variables.at("SHOAL_HOOK_ID"), "3");
    for (const auto& [name, value] : variables) EXPECT_THAT(name, StartsWith(std::string(kHookPrefix)));
    EXPECT_FALSE(variables.contains("SHOAL_HOOK_SECONDS")) << "the daemon does not know";
    EXPECT_FALSE(variables.contains("SHOAL_HOOK_ERROR"));
}

TEST(HookFacts, KeepTheirOldNamesForOneVersion) {
    const HookVariables old = old_hook_variables(facts());
    EXPECT_EQ(old.size(), kOldHookVariables.size());
    for (const std::string_view name : kOldHookVariables)
        EXPECT_TRUE(old.contains(std::string(name))) << name;
    EXPECT_EQ(old.at("SHOAL_NAME"), "model.bin");
}

TEST(HookFacts, OfAHookThatStartedUsAreNotPassedOn) {
    ::setenv("SHOAL_HOOK_EVENT", "error", 1);
    ::setenv("SHOAL_HOOK_ERROR", "of another torrent", 1);
    ::setenv("SHOAL_NAME", "another", 1);
    ::setenv("SHOAL_GET_OUTPUT", "/srv", 1);
    const auto lines = environment_with(hook_variables(facts()));
    for (const char* name : {"SHOAL_HOOK_EVENT", "SHOAL_HOOK_ERROR", "SHOAL_NAME", "SHOAL_GET_OUTPUT"})
        ::unsetenv(name);
    EXPECT_THAT(lines, Contains("SHOAL_HOOK_EVENT=done"));
    EXPECT_THAT(lines, Not(Contains(StartsWith("SHOAL_HOOK_ERROR="))));
    EXPECT_THAT(lines, Not(Contains(StartsWith("SHOAL_NAME="))));
    EXPECT_THAT(lines, Contains("SHOAL_GET_OUTPUT=/srv")) << "an option stays one";
}

}  // namespace
}  // namespace shoal::daemon
