#pragma once
// Endpoints that a build adds to the admin port. The program itself adds none; the test build links
// another definition, which can end actors (tests/support/test_extension.cpp).

#include "actors/admin/admin.hpp"

namespace thalamus::app {

class gateway;

/// `node` is set before the first request can arrive.
actors::admin_calls extra_admin_calls(gateway*& node);

} // namespace thalamus::app
