#pragma once
// std::unique_ptr of what a C library makes and frees: std::unique_ptr<BIGNUM, freed_by<BN_free>>.

namespace thalamus::policies {

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* what) const {
        Free(what);
    }
};

} // namespace thalamus::policies
