#include "app/extension.hpp"

namespace thalamus::app {

actors::admin_calls extra_admin_calls(gateway*&) { return {}; }

} // namespace thalamus::app
