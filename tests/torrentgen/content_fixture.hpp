#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace shoal::manifest::test {

inline std::string noise(std::size_t size, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>(random());
    return out;
}

inline void write(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// root/ with files of many sizes in folders whose order differs between plain and element-wise sorting.
inline std::filesystem::path make_tree(const shoal::test::TemporaryFolder& folder) {
    const auto root = folder / "root";
    write(root / "b", noise(100'000, 1));
    write(root / "a" / "z", noise(70'000, 2));
    write(root / "a.txt", noise(16'384, 3));
    write(root / "a" / "sub" / "ünï", noise(1, 4));
    write(root / "empty", "");
    write(root / "Z", noise(65'536, 5));
    write(root / "z" / "last", noise(200'001, 6));
    return root;
}

}  // namespace shoal::manifest::test
