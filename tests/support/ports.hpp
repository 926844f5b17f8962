#pragma once
// Ports that a program under test will open itself. The gateway binds with SO_REUSEPORT, so two
// tests that picked the same free port would share it without noticing: each port is therefore held
// by a lock file while its owner lives. They lie below the range of outgoing connections.

#include <cstdint>

namespace thalamus::test {

class reserved_port {
public:
    reserved_port();
    ~reserved_port();
    reserved_port(const reserved_port&) = delete;
    std::uint16_t number() const { return number_; }

private:
    std::uint16_t number_ = 0;
    int lock_ = -1;
};

} // namespace thalamus::test
