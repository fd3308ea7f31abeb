#include "common/file_io.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "common/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal {
namespace {

using test::TemporaryFolder;

std::size_t entries(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(WriteFileAtomically, WritesAllOfTheContent) {
    TemporaryFolder folder;
    const std::string content("a\0b\n", 4);
    write_file_atomically(folder / "f", content, Overwrite::kNo);
    EXPECT_EQ(read_file(folder / "f", 100), content);
    EXPECT_EQ(entries(folder.path()), 1u) << "the temporary name must be gone";
}

TEST(WriteFileAtomically, KeepsAnExistingFileUnlessAskedTo) {
    TemporaryFolder folder;
    write_file_atomically(folder / "f", "old", Overwrite::kNo);
    try {
        write_file_atomically(folder / "f", "new", Overwrite::kNo);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kFileSystem);
        EXPECT_NE(std::string(error.what()).find("--force"), std::string::npos) << error.what();
    }
    EXPECT_EQ(read_file(folder / "f", 100), "old");
    write_file_atomically(folder / "f", "new", Overwrite::kYes);
    EXPECT_EQ(read_file(folder / "f", 100), "new");
    EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(WriteFileAtomically, ASecretIsItsOwnersAlone) {
    TemporaryFolder folder;
    write_file_atomically(folder / "f", "secret", Overwrite::kNo, 0600);
    EXPECT_EQ(std::filesystem::status(folder / "f").permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(WriteFileAtomically, NamesAFolderThatIsNotThere) {
    TemporaryFolder folder;
    try {
        write_file_atomically(folder / "no" / "f", "x", Overwrite::kYes);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kFileSystem);
        EXPECT_NE(std::string(error.what()).find("no/f: No such file"), std::string::npos) << error.what();
    }
}

TEST(WriteFileAtomically, ReportsAFullDisk) {
    EXPECT_THROW(write_file_atomically("/dev/full/x", "x", Overwrite::kYes), Error);
}

TEST(ReadFile, RefusesAFolderAMissingFileAndAHugeOne) {
    TemporaryFolder folder;
    EXPECT_THROW(read_file(folder.path(), 100), Error);
    EXPECT_THROW(read_file(folder / "missing", 100), Error);
    write_file_atomically(folder / "f", std::string(101, 'x'), Overwrite::kNo);
    EXPECT_THROW(read_file(folder / "f", 100), Error);
    EXPECT_EQ(read_file(folder / "f", 101).size(), 101u);
}

TEST(Error, StaysOnOneLine) {
    const Error error(ExitCode::kBadTorrent, "a\nb\x1b[31m", "why");
    EXPECT_STREQ(error.what(), "a\\x0ab\\x1b[31m: why");
}

}  // namespace
}  // namespace shoal
