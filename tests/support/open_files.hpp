#pragma once
// Tests with many connections need many open files.

#include <cstddef>
#include <sys/resource.h>

namespace thalamus::test {

/// Allows this process as many as the system lets it have, and tells how many that are.
inline std::size_t allow_open_files() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur;
}

} // namespace thalamus::test
