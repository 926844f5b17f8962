#include "store/link_breaker.hpp"

namespace thalamus::store {

bool breaker::failed(unsigned n) {
    failures_ += n;
    if (!closed_ || failures_ < opens_after) return false;
    closed_ = false;
    mute_probes_ = 0;
    return true;
}

bool breaker::probe_succeeded() {
    failures_ = mute_probes_ = 0;
    if (closed_) return false;
    closed_ = true;
    return true;
}

} // namespace thalamus::store
