#include "actors/health_report.hpp"

#include "cluster/wire.hpp"

namespace thalamus::actors {

namespace {
enum field : std::uint32_t { service = 1, target = 2, unhealthy = 3, ejected_for = 4 };
}

std::string to_payload(const health_report& what) {
    cluster::wire_writer out;
    out.text(field::service, what.service);
    out.text(field::target, what.target);
    out.number(field::unhealthy, what.healthy ? 0 : 1);
    out.number(field::ejected_for, static_cast<std::uint64_t>(what.ejected_for.count()));
    return out.take();
}

std::optional<health_report> from_payload(std::string_view payload,
                                          std::type_identity<health_report>) {
    health_report what;
    cluster::wire_reader in(payload);
    while (in.next()) switch (in.field()) {
        case field::service: what.service = in.text(); break;
        case field::target: what.target = in.text(); break;
        case field::unhealthy: what.healthy = in.number() == 0; break;
        case field::ejected_for:
            // An ejection lasts five minutes at most.
            what.ejected_for =
                std::chrono::milliseconds(std::min<std::uint64_t>(in.number(), 300'000));
            break;
        default: break;
        }
    if (in.failed()) return std::nullopt;
    return what;
}

} // namespace thalamus::actors
