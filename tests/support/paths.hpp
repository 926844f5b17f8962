#pragma once
// Where tests find programs and test vectors. Any thread.

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace thalamus::test {

/// A program of this build, by its name: in $THALAMUS_PROGRAMS if that is set, else in the build
/// folder.
std::filesystem::path program_path(const std::string& name);

/// A file of this repository, by its path from the top folder.
std::filesystem::path source_path(const std::string& name);

/// A folder of test vectors that others wrote: $THALAMUS_SHARED/vectors/NAME, by default
/// ../shared/vectors/NAME beside the repository. A user's clone does not have it.
std::filesystem::path vectors_path(const std::string& name);

/// A suite that needs a folder of test vectors. Its tests are skipped, with one line that names the
/// folder, where the folder does not exist.
class vectors_test : public testing::Test {
protected:
    explicit vectors_test(const std::string& name) : folder_(vectors_path(name)) {}

    void SetUp() override {
        if (!std::filesystem::is_directory(folder_))
            GTEST_SKIP() << "no test vectors in " << folder_.string();
    }
    std::ifstream open(const std::string& file) const {
        std::ifstream in(folder_ / file);
        EXPECT_TRUE(in) << (folder_ / file).string();
        return in;
    }

private:
    std::filesystem::path folder_;
};

} // namespace thalamus::test
