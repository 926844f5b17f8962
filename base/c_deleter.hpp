#pragma once
// A deleter for objects of C libraries: std::unique_ptr<BIGNUM, c_deleter<BN_free>>.

namespace thalamus::base {

template <auto Free>
struct c_deleter {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

} // namespace thalamus::base
