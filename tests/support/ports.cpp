#include "tests/support/ports.hpp"

#include "tests/support/socket.hpp"

#include <fcntl.h>
#include <filesystem>
#include <random>
#include <sys/file.h>
#include <unistd.h>

namespace thalamus::test {
namespace {

bool is_free(std::uint16_t port) {
    try {
        socket::listen(port);
        return true;
    } catch (const test_error&) {
        return false;
    }
}

} // namespace

reserved_port::reserved_port() {
    auto folder = std::filesystem::temp_directory_path() / "thalamus-test-ports";
    std::filesystem::create_directories(folder);
    std::mt19937 random(std::random_device{}());
    std::uniform_int_distribution<int> any(20000, 31999);
    for (int attempts = 0; attempts < 1000; ++attempts) {
        auto port = static_cast<std::uint16_t>(any(random));
        auto file = (folder / std::to_string(port)).string();
        lock_ = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
        if (lock_ < 0) throw test_error("cannot open " + file);
        if (::flock(lock_, LOCK_EX | LOCK_NB) == 0 && is_free(port)) {
            number_ = port;
            return;
        }
        ::close(lock_);
    }
    throw test_error("no free port");
}

reserved_port::~reserved_port() { ::close(lock_); }

} // namespace thalamus::test
