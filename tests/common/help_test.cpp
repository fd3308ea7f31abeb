#include "common/cli/help.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <optional>

namespace shoal {
namespace {

using testing::HasSubstr;
using testing::Not;

class Help : public testing::Test {
  protected:
    Help() {
        use_help_pages(app);
        app.require_subcommand(1);
        CLI::App* list = app.add_subcommand("list", "Show torrents");
        list->alias("ls");
        get = app.add_subcommand("get", "Download");
        get->add_option("TORRENT", torrents, "A file, or a link; several go on side by side")->required();
        get->add_option("-o,--output", output, "The folder: it is made where it is missing")
            ->type_name("DIR");
        get->add_option("--peers", peers, "How many")->check(CLI::Range(1, 9))->capture_default_str();
        get->add_option("--tracker,--announce", tracker, "Ask this one")->type_name("URL")->group("Network");
        get->add_flag("--force", force, "Replace");
        get->footer("A note.\nExamples:\n  shoal get a\n  shoal get b\n  shoal get c");
        for (CLI::App* command : app.get_subcommands({})) command->fallthrough();
    }
    std::string page(const std::string& line) {
        try {
            app.parse(line);
        } catch (const CLI::CallForHelp&) {
            return app.help();
        } catch (const CLI::CallForAllHelp&) {
            return app.help("", CLI::AppFormatMode::All);
        }
        return "no help";
    }
    std::string slip(const std::string& line) {
        try {
            app.parse(line);
        } catch (const CLI::ParseError&) {
        }
        return unknown_word(app);
    }

    CLI::App app{"Puts files on machines", "shoal"};
    CLI::App* get = nullptr;
    std::vector<std::string> torrents;
    std::string output, tracker;
    int peers = 3;
    bool force = false;
};

TEST_F(Help, ExplainsWhatIsUsedMostAndNamesTheRest) {
    show_in_help(*get, {"--output", "--peers"});
    EXPECT_EQ(page("get --help"),
              "Usage: shoal get [OPTION]... TORRENT...\n"
              "Download\n"
              "\n"
              "  TORRENT...          A file, or a link\n"
              "  -o, --output DIR    The folder\n"
              "      --peers NUMBER  How many [3]\n"
              "Also, explained by --help-all: --tracker, --force\n"
              "\n"
              "Examples:\n"
              "  shoal get a\n"
              "  shoal get b\n");
}

TEST_F(Help, ExplainsAllWithoutAChoice) {
    EXPECT_THAT(page("get --help"), HasSubstr("--tracker URL"));
    EXPECT_THAT(page("get --help"), Not(HasSubstr("Also")));
}

TEST_F(Help, TheFullPageHasGroupsNamesAndNotes) {
    show_in_help(*get, {"--output"});
    const std::string all = page("get --help-all");
    EXPECT_THAT(all, HasSubstr("\nNetwork:\n      --tracker, --announce URL  Ask this one\n"));
    EXPECT_THAT(all, HasSubstr("The folder: it is made where it is missing"));
    EXPECT_THAT(all, HasSubstr("--an-option is SHOAL_GET_AN_OPTION."));
    EXPECT_THAT(all, HasSubstr("A note."));
    EXPECT_THAT(all, HasSubstr("shoal get c"));
}

TEST_F(Help, OfAProgramNamesItsCommands) {
    const std::string shown = page("--help");
    EXPECT_THAT(shown, HasSubstr("  list, ls  Show torrents\n  get       Download\n"));
    EXPECT_THAT(shown, HasSubstr("'shoal help COMMAND' explains one."));
}

TEST_F(Help, ASlipGetsTheNearestWord) {
    EXPECT_EQ(slip("lst"), "there is no command 'lst': did you mean 'list'?");
    EXPECT_EQ(slip("gte a"), "there is no command 'gte': did you mean 'get'?");
    EXPECT_EQ(slip("weather"), "there is no command 'weather'");
    EXPECT_EQ(slip("get a --otuput=b"), "there is no option '--otuput': did you mean '--output'?");
    EXPECT_EQ(slip("get a --announec b"), "there is no option '--announec': did you mean '--announce'?");
    EXPECT_EQ(slip("ls --weather"), "there is no option '--weather'");
    EXPECT_EQ(slip("ls more"), "'more' is one argument too many");
    EXPECT_EQ(slip("get a"), "");
}

TEST_F(Help, TheHelpCommandIsTheHelpOption) {
    using Words = std::vector<std::string>;
    EXPECT_EQ(without_help_command({"help"}), (Words{"--help"}));
    EXPECT_EQ(without_help_command({"help", "get"}), (Words{"get", "--help"}));
    EXPECT_EQ(without_help_command({"get", "help"}), (Words{"get", "help"})) << "a torrent of that name";
    EXPECT_EQ(without_help_command({}), Words{});
}

}  // namespace
}  // namespace shoal
