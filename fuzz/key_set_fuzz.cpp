// Key sets: whatever an issuer publishes, a key that is taken can verify.

#include "policies/auth/jwk.hpp"

#include <cstdlib>

using namespace thalamus::auth;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto parsed = parse_key_set({reinterpret_cast<const char*>(data), size});
    const auto* set = std::get_if<key_set>(&parsed);
    if (!set) return 0;
    for (const auto& key : set->keys) {
        bool fits = false;
        for (const auto& each : all_algorithms) {
            if (!key.fits(each.id)) continue;
            fits = true;
            if (key.verify(each.id, "text", std::string(64, 's'))) std::abort();
        }
        if (!fits) std::abort();
    }
    return 0;
}
