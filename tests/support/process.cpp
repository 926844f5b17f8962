#include "tests/support/process.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace thalamus::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (auto& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry; ++entry) {
        std::string text = *entry;
        if (!added.contains(text.substr(0, text.find('=')))) all.push_back(text);
    }
    for (auto& [name, value] : added) all.push_back(name + "=" + value);
    return all;
}

} // namespace

process::process(const std::vector<std::string>& command,
                 const std::map<std::string, std::string>& environment) {
    int out[2], error[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(error, O_CLOEXEC) != 0) throw test_error("pipe2");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, error[1], 2);
    auto arguments = command;
    auto variables = merged_environment(environment);
    int failed = ::posix_spawnp(&pid_, command.at(0).c_str(), &actions, nullptr,
                                pointers(arguments).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(error[1]);
    if (failed != 0) {
        ::close(out[0]);
        ::close(error[0]);
        throw test_error(command.at(0) + ": " + std::strerror(failed));
    }
    out_.thread = std::thread([this, end = out[0]] { read_all(end, out_); });
    error_.thread = std::thread([this, end = error[0]] { read_all(end, error_); });
}

process::~process() {
    if (pid_ < 0) return;
    if (running()) {
        signal(SIGKILL);
        wait_exit(10s);
    }
    out_.thread.join();
    error_.thread.join();
}

void process::signal(int number) const {
    if (!exit_) ::kill(pid_, number);
}

std::optional<int> process::wait_exit(deadline until) {
    eventually(
        [this] {
            int status = 0;
            if (!exit_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
                exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            return exit_.has_value();
        },
        until);
    return exit_;
}

void process::read_all(int descriptor, pipe_reader& into) {
    char buffer[65536];
    for (ssize_t got; (got = ::read(descriptor, buffer, sizeof buffer)) > 0;) {
        std::lock_guard lock(mutex_);
        into.text.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(descriptor);
    std::lock_guard lock(mutex_);
    into.ended = true;
}

bool process::output_complete() const {
    std::lock_guard lock(mutex_);
    return out_.ended && error_.ended;
}

std::string process::standard_output() const {
    std::lock_guard lock(mutex_);
    return out_.text;
}

std::string process::standard_error() const {
    std::lock_guard lock(mutex_);
    return error_.text;
}

std::size_t process::resident_bytes() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6)) * 1024;
    throw test_error("no VmRSS: the process has ended");
}

std::size_t process::descriptors() const {
    std::filesystem::directory_iterator all("/proc/" + std::to_string(pid_) + "/fd"), end;
    return static_cast<std::size_t>(std::distance(all, end));
}

finished run(const std::vector<std::string>& command,
             const std::map<std::string, std::string>& environment) {
    finished result;
    process child(command, environment);
    auto exit = child.wait_exit(20s);
    if (!exit) throw timed_out(command.at(0) + " does not end");
    result.exit = *exit;
    eventually([&] { return child.output_complete(); }, 2s, 1ms);
    result.out = child.standard_output();
    result.error = child.standard_error();
    return result;
}

} // namespace thalamus::test
