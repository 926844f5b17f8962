#pragma once
// The four services of the demo shop. Their data is in memory and made from fixed lists, so that
// the services agree with each other: customer 7 of orders is user 7 of users, whose account_id is an
// account of payments. Amounts are in cents.

#include "demo/service.hpp"

#include <memory>
#include <string>

namespace thalamus::demo {

/// "users", "orders", "payments" or "notifications"; null for another name. `instance` is the
/// name that /healthz and /whoami report, such as "users-1".
std::unique_ptr<service> make_shop_service(const std::string& kind, const std::string& instance);

} // namespace thalamus::demo
