// In the program with test hooks: its host's clock is wrong by $THALAMUS_TEST_CLOCK_OFF seconds.
// How long things take is not.

#include <cstdlib>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

/// In the place of the C library's.
extern "C" int clock_gettime(clockid_t which, timespec* into) noexcept {
    static const long off = [] {
        const char* text = std::getenv("THALAMUS_TEST_CLOCK_OFF");
        return text ? std::atol(text) : 0;
    }();
    const auto failed = ::syscall(SYS_clock_gettime, which, into);
    if (failed == 0 && which == CLOCK_REALTIME) into->tv_sec += off;
    return static_cast<int>(failed);
}
