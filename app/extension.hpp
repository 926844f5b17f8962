#pragma once
// Calls that a build adds to the admin port. The program itself has none; tests/support links
// another definition that can end actors (see tests/support/test_extension.cpp).

#include "actors/admin/admin.hpp"

namespace thalamus::app {

class gateway;

/// `node` is set before the first call can arrive.
actors::admin_calls extra_admin_calls(gateway*& node);

} // namespace thalamus::app
