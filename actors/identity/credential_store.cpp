#include "actors/identity/credential_store.hpp"

#include "actors/identity/jwks_messages.hpp"
#include "base/hex.hpp"
#include "base/secret_bytes.hpp"

#include <array>

namespace thalamus::actors {

namespace {

using namespace std::chrono_literals;
using auth::revocation;
using std::chrono::system_clock;

constexpr cluster::topic<set_entry> revocation_topic{3}, key_topic_of_consumers{4};
constexpr std::uint32_t revocations_method = 3, issued_keys_method = 4;
constexpr auto sweep_every = 1min;
/// Long enough for every node and the store to have dropped a revoked key.
constexpr auto key_revocations_kept = std::chrono::hours(24 * 30);

template <std::size_t Bytes>
std::string random_hex() {
    std::array<unsigned char, Bytes> random;
    base::fill_with_secret(random);
    std::string text;
    base::append_hex(random, text);
    return text;
}

} // namespace

credential_store::credential_store(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context) {}

caf::behavior credential_store::make_behavior() {
    auto& credential_state = context_.node.credential_state;
    revoked_ = std::make_unique<replicated_set>(
        context_, replicated_set::settings{"revocations", revocation_topic, revocations_method},
        [this, &credential_state](std::string_view member, system_clock::time_point expires) {
            const auto what = auth::revocation_of(member, expires);
            if (!what) return true; // an entry of a later version
            credential_state.revoked.add(*what);
            if (what->type == revocation::kind::key)
                if (const auto key = credential_state.keys.remove(what->name); key && keys_)
                    keys_->forget(key->member);
            return true;
        },
        [this] { learned(); });
    keys_ = std::make_unique<replicated_set>(
        context_, replicated_set::settings{"api_keys", key_topic_of_consumers, issued_keys_method},
        [&credential_state](std::string_view member, system_clock::time_point) {
            const auto what = auth::issued_key_of(member);
            if (!what) return true;
            if (credential_state.revoked.covers_key(what->id, system_clock::now())) return false;
            credential_state.keys.add(*what);
            return true;
        },
        [this] { learned(); });
    sweep_timer_.emplace(context_.home.timers(), base::bind<&credential_store::sweep>(this));
    sweep();
    if (context_.node.cluster) context_.node.cluster->subscribe(caf::actor_cast<caf::actor>(this));
    return {
        [this](const authenticator_started& what) {
            if (context_.node.credential_state.known) caf::anon_send(what.who, access_known{});
            else waiting_.push_back(what.who);
        },
        [this](const revoke_access& what) {
            revoked_->add(auth::to_member(what.what), what.what.expires, what.then);
        },
        [this](const issue_key& what) {
            const auto key = "tk_" + random_hex<32>();
            const auth::issued_key made{random_hex<8>(), what.consumer, base::sha256(key),
                                        system_clock::now(), what.groups};
            keys_->add(
                auth::to_member(made), system_clock::time_point::max(),
                [then = what.then, made, key](replicated_set::added how) { then(how, made, key); });
        },
        [this](const revoke_key& what) {
            const revocation gone{revocation::kind::key,
                                  what.what.id,
                                  {},
                                  system_clock::now() + key_revocations_kept};
            revoked_->add(auth::to_member(gone), gone.expires, what.then);
        },
        [this](const cluster::view_changed&) { look_around(); },
    };
}

void credential_store::on_exit() {
    revoked_.reset();
    keys_.reset();
    sweep_timer_.reset();
    waiting_.clear();
}

void credential_store::learned() {
    if (!revoked_ || !keys_) return;
    context_.node.credential_state.complete = revoked_->complete() && keys_->complete();
    if (!revoked_->settled() || !keys_->settled()) return;
    context_.node.credential_state.known = true;
    for (const auto& each : std::exchange(waiting_, {})) caf::anon_send(each, access_known{});
}

void credential_store::look_around() {
    const auto fresh = peers_.update(*context_.node.cluster->current());
    revoked_->see(peers_.names(), fresh);
    keys_->see(peers_.names(), fresh);
}

void credential_store::sweep() {
    context_.node.credential_state.revoked.sweep(system_clock::now());
    sweep_timer_->arm(context_.home.now() + sweep_every);
}

} // namespace thalamus::actors
