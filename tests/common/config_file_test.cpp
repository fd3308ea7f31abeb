#include "common/cli/config_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "common/cli/run_cli.hpp"
#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal {
namespace {

struct Options {
    std::string name = "none";
    int count = 0;
    double share = 0;
    bool quiet = false;
    std::vector<std::string> sites;
    std::string list_name;
    bool listed = false;
};

/// A program with options of its own and two commands.
void set_up(CLI::App& app, Options& options) {
    app.add_option("-n,--name,--title", options.name);
    app.add_option("--count", options.count)->check(CLI::Range(0, 9));
    app.add_option("--share", options.share);
    app.add_flag("--quiet", options.quiet);
    app.add_option("--site", options.sites)->allow_extra_args(false);
    app.add_flag("--check")->configurable(false);
    CLI::App* list = app.add_subcommand("list");
    list->add_option("--list-name", options.list_name);
    list->callback([&options] { options.listed = true; });
    app.add_subcommand("show")->add_option("--width", options.count);
}

class ConfigFileTest : public testing::Test {
  protected:
    Options read(const std::string& text, std::vector<std::string> arguments = {}) {
        const auto file = folder_ / "a.toml";
        std::ofstream(file) << text;
        arguments.insert(arguments.begin(), {"--config", file.native()});
        Options options;
        parse_cli_again(std::move(arguments), "test", [&](CLI::App& app) { set_up(app, options); });
        return options;
    }

    /// What reading the text fails with, from the line's number on.
    std::string error_of(const std::string& text, ConfigFile::Tables tables = ConfigFile::Tables::kKnown) {
        const auto file = folder_ / "a.toml";
        std::ofstream(file) << text;
        CLI::App app;
        Options options;
        app.set_config("--config");
        app.config_formatter(std::make_shared<ConfigFile>(app, tables));
        set_up(app, options);
        try {
            app.parse(std::vector<std::string>{file.native(), "--config"});  // CLI11 takes them from the back
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::kUsage);
            const std::string what = error.what();
            const std::string place = file.native() + ":";
            EXPECT_TRUE(what.starts_with(place)) << what;
            return what.substr(std::min(what.size(), place.size()));
        }
        return "";
    }

    test::TemporaryFolder folder_;
};

TEST_F(ConfigFileTest, ReadsEveryKindOfValue) {
    const Options options = read(
        "# a comment\n"
        "name = \"a, b # c\"  # a comment\n"
        "count = 0x5\n"
        "share = 0.5\n"
        "quiet = true\n"
        "site = [\n  \"x=10.0.0.0/8,11.0.0.0/8\",  # one\n  'y=12.0.0.0/8',\n]\n"
        "[list]\n"
        "list-name = \"[brackets]\"\n");
    EXPECT_EQ(options.name, "a, b # c");
    EXPECT_EQ(options.count, 5);
    EXPECT_EQ(options.share, 0.5);
    EXPECT_TRUE(options.quiet);
    EXPECT_EQ(options.sites, (std::vector<std::string>{"x=10.0.0.0/8,11.0.0.0/8", "y=12.0.0.0/8"}));
    EXPECT_EQ(options.list_name, "[brackets]");
    EXPECT_FALSE(options.listed) << "a table does not choose the command";
}

TEST_F(ConfigFileTest, TakesOneValueForAListAndAnEmptyListForNone) {
    EXPECT_EQ(read("site = \"x=10.0.0.0/8\"\n").sites, std::vector<std::string>{"x=10.0.0.0/8"});
    EXPECT_TRUE(read("site = []\n").sites.empty());
    EXPECT_FALSE(read("quiet = false\n").quiet);
}

TEST_F(ConfigFileTest, StandsBelowCommandLineAndEnvironment) {
    const std::string file = "name = \"file\"\ncount = 1\nshare = 1\n";
    ASSERT_EQ(::setenv("SHOAL_NAME", "environment", 1), 0);
    ASSERT_EQ(::setenv("SHOAL_SHARE", "", 1), 0);
    const Options options = read(file, {"--count", "2"});
    ::unsetenv("SHOAL_NAME");
    ::unsetenv("SHOAL_SHARE");
    EXPECT_EQ(options.name, "environment");
    EXPECT_EQ(options.count, 2);
    EXPECT_EQ(options.share, 1) << "an empty variable says nothing";
}

TEST_F(ConfigFileTest, TheEnvironmentWinsUnderAnOptionsOtherNameToo) {
    ASSERT_EQ(::setenv("SHOAL_NAME", "environment", 1), 0);
    const Options options = read("title = \"file\"\n");
    ::unsetenv("SHOAL_NAME");
    EXPECT_EQ(options.name, "environment");
}

TEST_F(ConfigFileTest, NamesUnknownKeysWithTheNearestOne) {
    EXPECT_EQ(error_of("\ncuont = 1\n"), "2: there is no option 'cuont': did you mean 'count'?");
    EXPECT_EQ(error_of("tile = 1\n"), "1: there is no option 'tile': did you mean 'title'?");
    EXPECT_EQ(error_of("[list]\nlist_name = 1\n"),
              "2: there is no option 'list_name': did you mean 'list-name'?");
    EXPECT_EQ(error_of("weather = 1\n"),
              "1: there is no option 'weather': a key is the long name of an option without its dashes, see "
              "--help");
    EXPECT_EQ(
        error_of("n = 1\n"),
        "1: there is no option 'n': a key is the long name of an option without its dashes, see --help");
}

TEST_F(ConfigFileTest, SaysWhereAKeyOfAnotherSectionBelongs) {
    EXPECT_EQ(error_of("width = 1\n"), "1: there is no option 'width': write it below a line [show]");
    EXPECT_EQ(error_of("[list]\nwidth = 1\n"), "2: there is no option 'width': write it below a line [show]");
    EXPECT_EQ(error_of("[list]\n\ncount = 1\n"),
              "3: there is no option 'count': write it above all [tables]");
}

TEST_F(ConfigFileTest, NamesUnknownTables) {
    EXPECT_EQ(error_of("name = \"a\"\n[shwo]\n"), "2: there is no command 'shwo': did you mean [show]?");
    EXPECT_EQ(error_of("[tracker]\n"), "1: there is no command 'tracker': the tables are [list], [show]");
    EXPECT_EQ(error_of("[tracker]\nx = 1\n", ConfigFile::Tables::kAny), "")
        << "skipped where it is asked for";
}

TEST_F(ConfigFileTest, RefusesWhatIsNoToml) {
    for (const char* line : {"count = 5s", "name = none", "name = \"open", "nonsense", "count: 5", "[list",
                             "count =", "count = 1", "\"count\" = 2", "name = 'a' 'b'"}) {
        const std::string error = error_of("count = 1\n" + std::string(line) + "\n");
        EXPECT_TRUE(error.starts_with("2: ")) << line << ": " << error;
        EXPECT_NE(error.find("key = \"text\""), std::string::npos) << error;
        EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    }
}

TEST_F(ConfigFileTest, RefusesValuesOfAnotherKind) {
    EXPECT_EQ(error_of("quiet = \"yes\"\n"),
              "1: 'quiet' is switched on or off: write true or false, without quotes");
    EXPECT_EQ(error_of("quiet = 1\n"),
              "1: 'quiet' is switched on or off: write true or false, without quotes");
    EXPECT_EQ(error_of("name = true\n"), "1: 'name' takes a text or a number: write a text in \"quotes\"");
    EXPECT_EQ(error_of("name = 2026-01-01\n"),
              "1: 'name' takes a text or a number: write a text in \"quotes\"");
    EXPECT_EQ(error_of("site = [\"a\", {b = 1}]\n"),
              "1: 'site' takes a text or a number: write a text in \"quotes\"");
    EXPECT_EQ(error_of("count = [1, 2]\n"), "1: 'count' takes one value: write it without the brackets");
    EXPECT_EQ(error_of("check = true\n"), "1: 'check' cannot be set in a file: give it on the command line");
}

TEST_F(ConfigFileTest, PlacesTheErrorsOfOptions) {
    EXPECT_EQ(error_of("\n\ncount = 10\n"), "3: --count: Value 10 not in range 0 to 9");
    EXPECT_EQ(error_of("count = \"many\"\n"), "1: --count: Value many not in range 0 to 9");
    EXPECT_EQ(error_of("share = \"much\"\n"), "1: Could not convert: --share = much");
    EXPECT_EQ(error_of("[show]\nwidth = \"wide\"\n"), "2: Could not convert: --width = wide")
        << "also of a command that does not run";
}

TEST_F(ConfigFileTest, KnowsWhereAValueCameFrom) {
    const auto path = folder_ / "a.toml";
    std::ofstream(path) << "count = 1\nname = \"x\"\n[list]\nlist-name = \"y\"\n[show]\nwidth = 3\n";
    CLI::App app;
    Options options;
    app.set_config("--config");
    const auto file = std::make_shared<ConfigFile>(app, ConfigFile::Tables::kKnown);
    app.config_formatter(file);
    set_up(app, options);
    app.parse(std::vector<std::string>{"list", "5", "--count", path.native(), "--config"});
    EXPECT_EQ(file->place_of("--name: too short"), path.native() + ":2");
    EXPECT_EQ(file->place_of("--list-name excludes --name"), path.native() + ":4");
    EXPECT_EQ(file->place_of("--count: from the command line"), "");
    EXPECT_EQ(file->place_of("--width: of another command"), "");
    EXPECT_EQ(file->place_of("--names: another option"), "");
    EXPECT_EQ(file->place_of("name: no option"), "");
}

}  // namespace
}  // namespace shoal
