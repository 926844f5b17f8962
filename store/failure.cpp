#include "store/store.hpp"

namespace thalamus::store {

std::string_view to_text(failure reason) {
    switch (reason) {
    case failure::timeout: return "no reply in time";
    case failure::unavailable: return "not available";
    case failure::refused: return "refused";
    }
    return "";
}

} // namespace thalamus::store
