#include "demo/shop_services.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <optional>

namespace thalamus::demo {

namespace {

using json = nlohmann::ordered_json;

constexpr int user_count = 100;
constexpr int item_count = 20;
constexpr int first_orders = 300;
constexpr std::size_t most_records = 10'000; ///< posted orders or payments; the oldest are dropped

std::optional<std::int64_t> to_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_user(std::int64_t id) { return id >= 1 && id <= user_count; }
bool is_item(std::int64_t id) { return id >= 1 && id <= item_count; }

std::string account_of(std::int64_t user) { return "acc-" + std::to_string(user); }

/// The owner of an account; nullopt if there is no such account.
std::optional<std::int64_t> owner_of(std::string_view account) {
    if (!account.starts_with("acc-")) return std::nullopt;
    const auto number = to_number(account.substr(4));
    if (!number || !is_user(*number)) return std::nullopt;
    return *number;
}

json item(std::int64_t id) {
    constexpr std::array<const char*, item_count> names{
        "kettle",  "teapot", "toaster", "lamp", "clock",  "radio",  "mirror",
        "rug",     "chair",  "shelf",   "vase", "candle", "basket", "pillow",
        "blanket", "tray",   "jug",     "bowl", "plate",  "cup"};
    return {{"id", id},
            {"name", names[static_cast<std::size_t>(id - 1)]},
            {"price", 450 + (id * 737) % 9000},
            {"currency", "EUR"}};
}

std::string day(std::int64_t n) {
    char text[40];
    std::snprintf(text, sizeof text, "2024-%02d-%02dT%02d:%02d:00Z", static_cast<int>(1 + n % 12),
                  static_cast<int>(1 + n % 28), static_cast<int>(n % 24),
                  static_cast<int>(n * 7 % 60));
    return text;
}

/// Reads members of a JSON body and collects the errors.
class checked_body {
public:
    explicit checked_body(const request& request)
        : value_(json::parse(request.body, nullptr, false)) {
        if (value_.is_discarded()) errors_.push_back("the body is not JSON");
        else if (!value_.is_object()) errors_.push_back("the body must be an object");
    }
    std::int64_t integer(const char* name, std::int64_t least, std::int64_t most) {
        const auto* found = member(name);
        if (found && found->is_number_integer() &&
            found->get<double>() >= static_cast<double>(least) &&
            found->get<double>() <= static_cast<double>(most))
            return found->get<std::int64_t>();
        complain(name, "must be an integer from " + std::to_string(least) + " to " +
                           std::to_string(most));
        return least;
    }
    std::string text(const char* name, std::size_t longest) {
        const auto* found = member(name);
        if (found && found->is_string()) {
            auto value = found->get<std::string>();
            if (!value.empty() && value.size() <= longest) return value;
        }
        complain(name, "must be a text of 1 to " + std::to_string(longest) + " bytes");
        return {};
    }
    void complain(const std::string& name, const std::string& problem) {
        if (value_.is_object()) errors_.push_back(name + " " + problem);
    }
    bool good() const { return errors_.empty(); }
    reply refusal() const {
        const bool unreadable = !value_.is_object();
        auto response = unreadable ? error_reply(400, "bad_request", errors_.front())
                                   : error_reply(422, "invalid", "the body has invalid members");
        if (!unreadable) response.body["errors"] = errors_;
        return response;
    }

private:
    const json* member(const char* name) const {
        if (!value_.is_object()) return nullptr;
        const auto found = value_.find(name);
        return found == value_.end() ? nullptr : &*found;
    }
    json value_;
    std::vector<std::string> errors_;
};

/// Records in the order of their ids. Beyond a bound, the oldest posted ones are dropped.
class table {
public:
    json& add(json record) {
        record["id"] = next_++;
        if (records_.size() >= most_records + first_orders) records_.pop_front();
        return records_.emplace_back(std::move(record));
    }
    const json* find(std::string_view id) const {
        const auto number = to_number(id);
        if (!number || records_.empty()) return nullptr;
        const auto first = records_.front()["id"].get<std::int64_t>();
        if (*number < first || *number >= next_) return nullptr;
        return &records_[static_cast<std::size_t>(*number - first)];
    }
    const std::deque<json>& all() const { return records_; }

private:
    std::deque<json> records_;
    std::int64_t next_ = 1;
};

/// /healthz and /whoami, which all services have.
class shop_service : public service {
public:
    explicit shop_service(std::string instance) : service(std::move(instance)) {
        on("GET", "/healthz", [this](const request&) {
            return reply{.body = {{"status", "ok"}, {"service", name()}}};
        });
        on("GET", "/whoami", [this](const request& request) { return whoami(request); });
        on("POST", "/whoami", [this](const request& request) { return whoami(request); });
    }

private:
    /// Returns the request as it arrived, to show how a gateway has rewritten it.
    reply whoami(const request& request) const {
        json headers = json::array();
        for (const auto& [field, value] : request.headers) headers.push_back({field, value});
        return {.body = {{"service", name()},
                         {"method", request.method},
                         {"target", request.target},
                         {"headers", headers},
                         {"body_bytes", request.body.size()}}};
    }
};

class users_service : public shop_service {
public:
    explicit users_service(std::string instance) : shop_service(std::move(instance)) {
        constexpr std::array first{"Ada",     "Alan",  "Barbara", "Claude",   "Edsger",
                                   "Frances", "Grace", "John",    "Margaret", "Niklaus"};
        constexpr std::array last{"Lovelace", "Turing", "Liskov", "Shannon",  "Dijkstra",
                                  "Allen",    "Hopper", "Backus", "Hamilton", "Wirth"};
        for (std::size_t id = 1; id <= user_count; ++id) {
            const std::string given = first[(id - 1) % 10],
                              family = last[(id - 1 + (id - 1) / 10) % 10];
            users_.push_back(
                {{"id", id},
                 {"name", given + " " + family},
                 {"email", given + "." + family + std::to_string(id) + "@shop.example"},
                 {"account_id", account_of(static_cast<std::int64_t>(id))},
                 {"tier", id % 10 == 0  ? "gold"
                          : id % 3 == 0 ? "silver"
                                        : "basic"}});
        }
        on("GET", "/users", [this](const request& request) { return page(request); });
        on("GET", "/users/{}", [this](const request& request) {
            const auto* user = find(request.captures[0]);
            return user ? reply{.body = *user} : missing(request);
        });
        on("PUT", "/users/{}", [this](const request& request) { return change(request); });
    }

private:
    reply page(const request& request) const {
        std::int64_t limit = 20, offset = 0;
        if (const auto given = request.query.find("limit"); given != request.query.end())
            limit = to_number(given->second).value_or(-1);
        if (const auto given = request.query.find("offset"); given != request.query.end())
            offset = to_number(given->second).value_or(-1);
        if (limit < 1 || limit > user_count || offset < 0)
            return error_reply(400, "bad_request", "limit is 1 to 100, offset 0 or more");
        json users = json::array();
        for (auto i = offset; i < std::min<std::int64_t>(offset + limit, user_count); ++i)
            users.push_back(users_[static_cast<std::size_t>(i)]);
        return {.body = {{"users", users}, {"total", user_count}}};
    }
    json* find(const std::string& id) {
        const auto number = to_number(id);
        return number && is_user(*number) ? &users_[static_cast<std::size_t>(*number - 1)]
                                          : nullptr;
    }
    static reply missing(const request& request) {
        return error_reply(404, "not_found", "no user " + request.captures[0]);
    }
    reply change(const request& request) {
        auto* user = find(request.captures[0]);
        if (!user) return missing(request);
        checked_body body(request);
        auto name = body.text("name", 100), email = body.text("email", 200);
        if (!email.empty() && email.find('@') == std::string::npos)
            body.complain("email", "must hold an @");
        if (!body.good()) return body.refusal();
        (*user)["name"] = std::move(name);
        (*user)["email"] = std::move(email);
        return {.body = *user};
    }
    std::vector<json> users_;
};

class orders_service : public shop_service {
public:
    explicit orders_service(std::string instance) : shop_service(std::move(instance)) {
        for (std::int64_t n = 1; n <= first_orders; ++n) {
            auto& order =
                add(1 + (n * 7) % user_count, 1 + (n * 3) % item_count, 1 + n % 3, day(n));
            order["status"] = n % 4 == 0 ? "open" : "shipped";
        }
        on("GET", "/orders", [this](const request& request) { return list(request); });
        on("GET", "/orders/{}", [this](const request& request) {
            const auto* order = orders_.find(request.captures[0]);
            return order ? reply{.body = *order}
                         : error_reply(404, "not_found", "no order " + request.captures[0]);
        });
        on("POST", "/orders", [this](const request& request) { return create(request); });
        on("GET", "/items/{}", [](const request& request) {
            const auto id = to_number(request.captures[0]);
            return id && is_item(*id)
                       ? reply{.body = item(*id)}
                       : error_reply(404, "not_found", "no item " + request.captures[0]);
        });
    }

private:
    json& add(std::int64_t customer, std::int64_t item_id, std::int64_t quantity,
              std::string placed) {
        return orders_.add({{"id", 0},
                            {"customer", customer},
                            {"item_id", item_id},
                            {"quantity", quantity},
                            {"amount", item(item_id)["price"].get<std::int64_t>() * quantity},
                            {"currency", "EUR"},
                            {"status", "open"},
                            {"placed_at", std::move(placed)}});
    }
    reply list(const request& request) const {
        const auto given = request.query.find("customer");
        if (given == request.query.end())
            return error_reply(400, "bad_request", "say whose orders: /orders?customer=7");
        const auto customer = to_number(given->second);
        if (!customer || !is_user(*customer))
            return error_reply(404, "not_found", "no customer " + given->second.substr(0, 50));
        json found = json::array();
        for (auto order = orders_.all().rbegin();
             order != orders_.all().rend() && found.size() < 50; ++order)
            if ((*order)["customer"] == *customer) found.push_back(*order);
        return {.body = found};
    }
    reply create(const request& request) {
        checked_body body(request);
        const auto customer = body.integer("customer", 1, user_count);
        const auto item_id = body.integer("item_id", 1, item_count);
        const auto quantity = body.integer("quantity", 1, 100);
        if (!body.good()) return body.refusal();
        const auto& order = add(customer, item_id, quantity, day(customer + item_id));
        return {.status = 201,
                .body = order,
                .headers = {{"Location", "/orders/" + order["id"].dump()}}};
    }
    table orders_;
};

class payments_service : public shop_service {
public:
    explicit payments_service(std::string instance) : shop_service(std::move(instance)) {
        for (std::int64_t id = 1; id <= user_count; ++id)
            balance_.push_back(5'000 + (id * 7919) % 500'000);
        on("GET", "/accounts/{}", [this](const request& request) {
            const auto owner = owner_of(request.captures[0]);
            return owner ? reply{.body = account(*owner)}
                         : error_reply(404, "not_found", "no account " + request.captures[0]);
        });
        on("GET", "/payments/{}", [this](const request& request) {
            const auto* payment = payments_.find(request.captures[0]);
            return payment ? reply{.body = *payment}
                           : error_reply(404, "not_found", "no payment " + request.captures[0]);
        });
        on("POST", "/payments", [this](const request& request) { return pay(request); });
    }

private:
    std::int64_t& balance(std::int64_t owner) {
        return balance_[static_cast<std::size_t>(owner - 1)];
    }
    json account(std::int64_t owner) {
        return {{"id", account_of(owner)},
                {"owner", owner},
                {"amount", balance(owner)},
                {"currency", "EUR"}};
    }
    reply pay(const request& request) {
        checked_body body(request);
        const auto account = body.text("account", 40);
        const auto amount = body.integer("amount", 1, 100'000'000);
        const auto order = body.integer("order", 1, 1'000'000'000);
        const auto owner = owner_of(account);
        if (!account.empty() && !owner) body.complain("account", "is not known");
        if (!body.good()) return body.refusal();
        if (balance(*owner) < amount)
            return error_reply(402, "insufficient_funds", "the account holds less than the amount");
        balance(*owner) -= amount;
        const auto& payment = payments_.add({{"id", 0},
                                             {"account", account},
                                             {"order", order},
                                             {"amount", amount},
                                             {"currency", "EUR"},
                                             {"status", "booked"}});
        return {.status = 201,
                .body = payment,
                .headers = {{"Location", "/payments/" + payment["id"].dump()}}};
    }
    std::vector<std::int64_t> balance_;
    table payments_;
};

class notifications_service : public shop_service {
public:
    explicit notifications_service(std::string instance) : shop_service(std::move(instance)) {
        on("GET", "/notes", [](const request& request) {
            std::int64_t user = 1;
            if (const auto given = request.query.find("user"); given != request.query.end())
                user = to_number(given->second).value_or(0);
            if (!is_user(user)) return error_reply(404, "not_found", "no such user");
            json notes = json::array();
            for (std::int64_t n = 1; n <= 1 + user % 4; ++n) notes.push_back(note(user * 10 + n));
            const auto unread = std::count_if(notes.begin(), notes.end(), [](const json& one) {
                return !one["read"].get<bool>();
            });
            return reply{.body = {{"unread", unread}, {"notes", notes}}};
        });
        on("GET", "/events", [](const request&) { return reply{.events = true}; });
    }
    json event(std::uint64_t n) override { return note(static_cast<std::int64_t>(n)); }

private:
    static json note(std::int64_t n) {
        constexpr std::array texts{"your order was shipped", "your payment was booked",
                                   "an item on your list is back", "welcome to the shop"};
        return {{"id", n},
                {"text", texts[static_cast<std::size_t>(n % 4)]},
                {"read", n % 3 == 0},
                {"at", day(n)}};
    }
};

} // namespace

std::unique_ptr<service> make_shop_service(const std::string& kind, const std::string& instance) {
    if (kind == "users") return std::make_unique<users_service>(instance);
    if (kind == "orders") return std::make_unique<orders_service>(instance);
    if (kind == "payments") return std::make_unique<payments_service>(instance);
    if (kind == "notifications") return std::make_unique<notifications_service>(instance);
    return nullptr;
}

} // namespace thalamus::demo
