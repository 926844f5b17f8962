#include "observe/metrics.hpp"
#include "observe/shard_cells.hpp"

#include <utility>

namespace thalamus::observe {

metrics_shard::metrics_shard(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
metrics_shard::~metrics_shard() = default;

void metrics_shard::exchange_finished(const exchange_record& record) {
    impl_->cells.finished.add(1);
    shard_cells& cells = impl_->cells;
    const std::size_t index =
        record.route_index < cells.route_count() ? record.route_index : impl_->unmatched_route;
    const std::size_t status_class = code_class(record.status);

    route_cells& route = cells.route(index);
    route.requests[status_class].add(1);
    if (!record.complete) route.incomplete.add(1);
    route.bytes_in.add(record.bytes_in);
    route.bytes_out.add(record.bytes_out);
    route.total.observe(record.total);
    // Zero means that it was not measured; it would distort the histogram.
    if (record.own.count() > 0) route.own.observe(record.own);

    if (record.service_index >= cells.service_count()) return;
    service_cells& service = cells.service(record.service_index);
    service.requests[status_class].add(1);
    if (record.attempts > 0) service.upstream.observe(record.upstream);
}

void metrics_shard::add(gauge g, std::int64_t delta) {
    impl_->cells.gauges[static_cast<std::size_t>(g)].add(static_cast<std::uint64_t>(delta));
}

void metrics_shard::add(counter c, std::uint64_t n) {
    impl_->cells.counters[static_cast<std::size_t>(c)].add(n);
}

void metrics_shard::add(std::size_t service, service_gauge g, std::int64_t delta) {
    if (service >= impl_->cells.service_count()) return;
    impl_->cells.service(service).gauges[static_cast<std::size_t>(g)].add(
        static_cast<std::uint64_t>(delta));
}

void metrics_shard::add(std::size_t service, service_counter c, std::uint64_t n) {
    if (service >= impl_->cells.service_count()) return;
    impl_->cells.service(service).counters[static_cast<std::size_t>(c)].add(n);
}

void metrics_shard::add(std::size_t auth_method, auth_decision decision) {
    if (auth_method >= impl_->cells.auth_method_count()) return;
    impl_->cells.auth_method(auth_method).decisions[static_cast<std::size_t>(decision)].add(1);
}

void metrics_shard::add_refusal(std::size_t auth_method, std::size_t reason) {
    if (auth_method >= impl_->cells.auth_method_count() || reason >= impl_->cells.reason_count())
        return;
    impl_->cells.auth_method(auth_method).refusals[reason].add(1);
}

void metrics_shard::add(std::size_t limit, limit_decision decision) {
    if (limit >= impl_->cells.limit_count()) return;
    impl_->cells.limit(limit).decisions[static_cast<std::size_t>(decision)].add(1);
}

} // namespace thalamus::observe
