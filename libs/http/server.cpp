// SPDX-License-Identifier: Apache-2.0
// The accept loop and the set of sessions. Sessions share ownership of the Service, because their
// last steps may still be queued in the event loop when the server is destroyed.
#include "http/server.hpp"

#include "base/log_bounded.hpp"
#include "http/listener.hpp"
#include "http/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>

namespace http {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr base::Duration accept_pause = std::chrono::milliseconds(100);
// Interval of admit() while connections wait for a slot. After the interval, other connections may
// be old enough to be dropped.
constexpr base::Duration admit_pause = std::chrono::milliseconds(50);
constexpr auto full_log_pause = std::chrono::seconds(10);

struct State {
    State(Listener open, std::shared_ptr<Service> shared)
        : listener(std::move(open)), service(std::move(shared)),
          again(listener.acceptor.get_executor()), changed(listener.acceptor.get_executor())
    {
    }

    Listener listener;
    std::shared_ptr<Service> service;
    std::map<Session::Id, std::shared_ptr<Session>> sessions;
    asio::steady_timer again;   // next admit() while connections wait for a slot
    asio::steady_timer changed; // stop() waits on it; cancelled when the last session has ended
    bool looks_again = false;   // `again` is armed
    bool looks_soon = false;    // admit() runs in the next turn of the event loop
    bool accepting = true;
    std::array<Clock::time_point, limit_kinds> full_logged;
    bool empty() const { return sessions.empty() && !accepting; }
};

std::string text(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "not a std::exception";
    }
}

std::string_view event_of(Limit limit)
{
    switch (limit) {
    case Limit::connections_of_address:
        return "connections_of_address_full";
    case Limit::handshakes_of_address:
        return "handshakes_of_address_full";
    case Limit::handshakes:
        return "handshakes_full";
    case Limit::connections:
        break;
    }
    return "connections_full";
}

void log_full(State& state, Limit limit, const ConnectionFigures& figures)
{
    const auto& service = *state.service;
    const auto waiting = figures.now.at(static_cast<std::size_t>(Phase::waiting));
    base::log(
        base::Level::warning, event_of(limit),
        {{"door", service.name},
         {"limit", std::to_string(service.limiter.value_of(limit))},
         {"waiting", std::to_string(waiting)},
         {"busiest_address", figures.busiest_address},
         {"of_address", std::to_string(figures.of_address)},
         {"busiest_certificate", figures.busiest_certificate},
         {"of_certificate", std::to_string(figures.of_certificate)},
         {"act", "operator: if these clients are yours, raise " + service.name + "." +
                     std::string(key_of(limit)) + "; else block them before this host"}}
    );
}

// Logs each limit for which connections wait, the clients that hold most connections, and the key
// that raises the limit.
void log_shortages(State& state)
{
    const auto now = Clock::now();
    const auto& limiter = state.service->limiter;
    for (const auto limit : limiter.short_of(now)) {
        auto& logged = state.full_logged.at(static_cast<std::size_t>(limit));
        if (now - logged < full_log_pause) continue;
        logged = now;
        log_full(state, limit, limiter.figures());
    }
}

void drop(State& state, Session::Id id)
{
    const auto found = state.sessions.find(id);
    if (found == state.sessions.end()) return;
    base::log_bounded(
        base::Level::info, "connection_dropped",
        {{"door", state.service->name},
         {"remote", found->second->remote()},
         {"phase", std::string(to_text(state.service->limiter.phase(id)))},
         {"reason", "another connection needed its slot"}}
    );
    found->second->cancel();
}

void admit(const std::shared_ptr<State>& state)
{
    auto& limiter = state->service->limiter;
    for (const auto& decision : limiter.admit(Clock::now())) {
        for (const auto id : decision.dropped)
            drop(*state, id);
        state->sessions.at(decision.admitted)->admitted();
    }
    if (!limiter.has_ready()) return;
    log_shortages(*state);
    if (std::exchange(state->looks_again, true)) return;
    state->again.expires_after(admit_pause);
    state->again.async_wait([held = std::weak_ptr(state)](const error_code& error) {
        const auto alive = held.lock();
        if (!alive) return;
        alive->looks_again = false;
        if (!error) admit(alive);
    });
}

// Runs admit() once in the next turn of the event loop. A hundred connections whose first octet
// arrives in one turn then cost one admit().
void admit_soon(const std::shared_ptr<State>& state)
{
    if (std::exchange(state->looks_soon, true)) return;
    asio::post(state->again.get_executor(), [held = std::weak_ptr(state)] {
        const auto alive = held.lock();
        if (!alive) return;
        alive->looks_soon = false;
        admit(alive);
    });
}

void finish(
    const std::shared_ptr<State>& state, const std::shared_ptr<Session>& session,
    const std::exception_ptr& failure
)
{
    if (failure && !session->cancelled())
        base::log(base::Level::error, "session_failed", {{"reason", text(failure)}});
    state->service->limiter.leave(session->id());
    state->sessions.erase(session->id());
    if (state->empty()) state->changed.cancel();
    if (state->accepting) admit_soon(state);
}

// Starts a session for an accepted connection at once, also on a full server. If connections stayed
// in the kernel's queue, their addresses would be unknown, and no client could be preferred.
void take(const std::shared_ptr<State>& state, Socket socket)
{
    auto executor = socket.get_executor();
    auto session = std::make_shared<Session>(state->service, std::move(socket));
    state->sessions.emplace(session->id(), session);
    auto done = [state, session](const std::exception_ptr& failure) {
        finish(state, session, failure);
    };
    asio::co_spawn(
        executor, Session::run(session),
        asio::bind_cancellation_slot(session->slot(), std::move(done))
    );
    if (const auto excess = state->service->limiter.excess()) drop(*state, *excess);
}

asio::awaitable<void> accept_loop(std::shared_ptr<State> state)
{
    auto& acceptor = state->listener.acceptor;
    asio::steady_timer pause(acceptor.get_executor());
    while (acceptor.is_open()) {
        auto [error, socket] = co_await acceptor.async_accept(as_result);
        if (!error) {
            take(state, std::move(socket));
            continue;
        }
        if (!acceptor.is_open()) break;
        // Most likely the process has no free file descriptor. An immediate retry would only waste
        // processor time.
        base::log(base::Level::warning, "accept_failed", {{"reason", error.message()}});
        pause.expires_after(accept_pause);
        co_await pause.async_wait(as_result);
    }
}

void stop_accepting(State& state)
{
    state.service->stopping = true;
    error_code ignored;
    state.listener.acceptor.close(ignored);
    state.again.cancel();
    if (state.listener.socket.empty()) return;
    // Removing the name does not affect open connections.
    std::error_code missing;
    std::filesystem::remove(std::exchange(state.listener.socket, {}), missing);
}

void cancel_sessions(const State& state, bool idle_only)
{
    const auto sessions = state.sessions; // a copy, because the set changes while sessions end
    for (const auto& [id, session] : sessions)
        if (!idle_only || session->idle_since()) session->cancel();
}

class ListeningServer final : public Server {
public:
    explicit ListeningServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
    ListeningServer(const ListeningServer&) = delete;
    ListeningServer& operator=(const ListeningServer&) = delete;
    ~ListeningServer() override
    {
        stop_accepting(*state_);
        cancel_sessions(*state_, false);
    }
    std::uint16_t port() const override { return state_->listener.port; }
    ConnectionFigures figures() const override
    {
        auto figures = state_->service->limiter.figures();
        figures.refused = state_->service->refused;
        figures.refused_certificates = state_->service->refused_certificates;
        return figures;
    }
    asio::awaitable<void> stop(base::Duration limit) override;

private:
    std::shared_ptr<State> state_;
};

asio::awaitable<void> ListeningServer::stop(base::Duration limit)
{
    const auto state = state_;
    stop_accepting(*state);
    cancel_sessions(*state, true);
    state->changed.expires_after(limit);
    if (!state->empty()) co_await state->changed.async_wait(as_result);
    cancel_sessions(*state, false);
    // Wait for handlers that cannot be interrupted: they use objects that the caller is about to
    // destroy.
    while (!state->empty()) {
        state->changed.expires_at(Clock::time_point::max());
        co_await state->changed.async_wait(as_result);
    }
}

} // namespace

base::Result<std::unique_ptr<Server>> Server::start(
    asio::any_io_executor executor, Listen listen_on, const ServerLimits& limits, Handler handler
)
{
    auto listener = listen(executor, listen_on.address);
    if (!listener) return listener.error();
    auto service = std::make_shared<Service>(std::move(listen_on), limits, std::move(handler));
    auto state = std::make_shared<State>(std::move(*listener), service);
    service->admit = [held = std::weak_ptr(state)] {
        if (const auto alive = held.lock()) admit_soon(alive);
    };
    service->limiter.ask_for_unread([held = std::weak_ptr(state)](Session::Id id) {
        const auto alive = held.lock();
        if (!alive) return false;
        const auto found = alive->sessions.find(id);
        return found != alive->sessions.end() && found->second->has_unread();
    });
    service->drop = [held = std::weak_ptr(state)](Session::Id id) {
        if (const auto alive = held.lock()) drop(*alive, id);
    };
    auto ended = [state](const std::exception_ptr& failure) {
        if (failure) base::log(base::Level::error, "accept_ended", {{"reason", text(failure)}});
        state->accepting = false;
        if (state->empty()) state->changed.cancel();
    };
    asio::co_spawn(executor, accept_loop(state), std::move(ended));
    return std::unique_ptr<Server>(std::make_unique<ListeningServer>(state));
}

} // namespace http
