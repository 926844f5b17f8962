#pragma once
// The counters of one store. Written on its reactor, read by any thread.

#include "observe/histogram.hpp"
#include "store/store.hpp"

namespace thalamus::store {

namespace bounds {
using namespace std::chrono_literals;
inline constexpr observe::bucket_bounds<12> round_trip{
    {50us, 100us, 200us, 500us, 1ms, 2ms, 5ms, 10ms, 20ms, 50ms, 100ms, 500ms}};
} // namespace bounds

struct counters {
    using count = observe::single_writer_count;

    count calls;                         ///< calls of the interface
    count timeout, unavailable, refused; ///< failed calls, by store::failure
    count connected, lost; ///< connections that became ready for commands; those that then broke
    count opened;          ///< times that a breaker opened
    count scripts_sent;    ///< because the server did not have them
    count redirected;      ///< by MOVED or ASK
    observe::histogram<bounds::round_trip> round_trip; ///< of commands that got a reply

    void failed(failure reason) {
        switch (reason) {
        case failure::timeout: timeout.add(1); break;
        case failure::unavailable: unavailable.add(1); break;
        case failure::refused: refused.add(1); break;
        }
    }
};

} // namespace thalamus::store
