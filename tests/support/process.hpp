#pragma once
// A child process whose output is kept. Threads read its pipes; the destructor kills it.

#include "tests/support/waiting.hpp"

#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace thalamus::test {

class process {
public:
    /// `environment` is added to this process's own.
    process(const std::vector<std::string>& command,
            const std::map<std::string, std::string>& environment = {});
    ~process();
    process(const process&) = delete;

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    /// The exit code (128 + signal if one killed it); empty if it still runs at the deadline.
    std::optional<int> wait_exit(deadline until);
    bool running() { return !wait_exit(0ms).has_value(); }

    std::string standard_output() const;
    std::string standard_error() const;
    /// Whether both pipes have ended: all was read, and no one is left who could write.
    bool output_complete() const;

    std::size_t resident_bytes() const; ///< VmRSS
    std::size_t descriptors() const;    ///< open ones

private:
    struct pipe_reader {
        std::string text; // under mutex_
        bool ended = false;
        std::thread thread;
    };
    void read_all(int descriptor, pipe_reader& into);

    pid_t pid_ = -1;
    std::optional<int> exit_;
    mutable std::mutex mutex_;
    pipe_reader out_, error_;
};

/// Runs a command to its end. @throws timed_out after 20 s
struct finished {
    int exit = 0;
    std::string out, error;
};
finished run(const std::vector<std::string>& command,
             const std::map<std::string, std::string>& environment = {});

} // namespace thalamus::test
