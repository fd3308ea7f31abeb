#include "common/display_width.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "common/file_descriptor.hpp"

namespace shoal {
namespace {

TEST(DisplayWidth, CountsColumnsAsATerminalDoes) {
    EXPECT_EQ(display_width("model.bin"), 9u);
    EXPECT_EQ(display_width("Größe"), 5u);
    EXPECT_EQ(display_width("模型.bin"), 8u) << "two columns each";
    EXPECT_EQ(display_width("データ"), 6u);
    EXPECT_EQ(display_width("e\xcc\x81"), 1u) << "a combining accent takes none";
    EXPECT_EQ(display_width("🐟"), 2u);
    EXPECT_EQ(display_width("\xff"), 1u) << "no UTF-8";
    EXPECT_EQ(display_width(""), 0u);
}

TEST(DisplayWidth, CutsBetweenLetters) {
    EXPECT_EQ(fit("Größe", 5), "Größe");
    EXPECT_EQ(fit("Größen", 5), "Größ…");
    EXPECT_EQ(fit("模型数据", 8), "模型数据");
    EXPECT_EQ(fit("模型数据", 7), "模型数…");
    EXPECT_EQ(fit("模型数据", 6), "模型…") << "the third would be halved";
    EXPECT_EQ(fit("模型", 1), "…");
    EXPECT_EQ(fit("abc", 0), "");
    EXPECT_EQ(front_columns("模型", 3), "模");
}

TEST(DisplayWidth, KeepsTheTerminalSafe) {
    EXPECT_EQ(fit("\x1b[2Jx\n", 20), "\\x1b[2Jx\\x0a");
}

TEST(TerminalColumns, AreThoseOfTheEnvironmentWhereThereIsNoTerminal) {
    int ends[2] = {};
    ASSERT_EQ(::pipe(ends), 0);
    const FileDescriptor reads(ends[0]);
    const FileDescriptor writes(ends[1]);
    ::setenv("COLUMNS", "60", 1);
    EXPECT_EQ(terminal_columns(ends[1]), 60u);
    ::setenv("COLUMNS", "wide", 1);
    EXPECT_EQ(terminal_columns(ends[1]), 0u);
    ::unsetenv("COLUMNS");
    EXPECT_EQ(terminal_columns(ends[1]), 0u);
}

}  // namespace
}  // namespace shoal
