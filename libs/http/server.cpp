// SPDX-License-Identifier: Apache-2.0
// The accept loop and the set of sessions. Sessions share what they need of the server, so a server
// may go while their last steps still wait in the loop.
#include "http/server.hpp"

#include "base/log.hpp"
#include "http/listener.hpp"
#include "http/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <set>

namespace http {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr base::Duration accept_pause = std::chrono::milliseconds(100);
constexpr auto full_log_pause = std::chrono::seconds(10);

struct State {
    State(Listener open, std::shared_ptr<Service> shared)
        : listener(std::move(open)), service(std::move(shared)),
          room(listener.acceptor.get_executor()), changed(listener.acceptor.get_executor())
    {
    }

    Listener listener;
    std::shared_ptr<Service> service;
    std::set<std::shared_ptr<Session>> sessions;
    asio::steady_timer room;    // a client waits here to be accepted
    asio::steady_timer changed; // waited on by stop(); cancelled when the last session is gone
    bool accepting = true;
    Clock::time_point full_logged;
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

bool is_full(const State& state)
{
    return state.sessions.size() >= state.service->limits.connections;
}

// A full server gives up its oldest idle connection: clients keep them open for their own good
// only.
bool make_room(const State& state)
{
    if (!is_full(state)) return true;
    std::shared_ptr<Session> oldest;
    for (const auto& session : state.sessions) {
        const auto since = session->idle_since();
        if (!since || session->cancelled()) continue;
        if (!oldest || *since < *oldest->idle_since()) oldest = session;
    }
    const auto& spare = state.service->limits.idle_when_full;
    if (!oldest || Clock::now() - *oldest->idle_since() < spare) return false;
    oldest->cancel();
    return true;
}

void finish(
    State& state, const std::shared_ptr<Session>& session, const std::exception_ptr& failure
)
{
    if (failure && !session->cancelled())
        base::log(base::Level::error, "session_failed", {{"reason", text(failure)}});
    state.sessions.erase(session);
    state.room.cancel();
    if (state.empty()) state.changed.cancel();
}

void admit(const std::shared_ptr<State>& state, Socket socket)
{
    auto executor = socket.get_executor();
    auto session = std::make_shared<Session>(state->service, std::move(socket));
    state->sessions.insert(session);
    auto done = [state, session](const std::exception_ptr& failure) {
        finish(*state, session, failure);
    };
    asio::co_spawn(
        executor, Session::run(session),
        asio::bind_cancellation_slot(session->slot(), std::move(done))
    );
}

void log_full(State& state)
{
    if (Clock::now() - state.full_logged < full_log_pause) return;
    state.full_logged = Clock::now();
    base::log(
        base::Level::warning, "connections_full",
        {{"limit", std::to_string(state.service->limits.connections)}}
    );
}

// With every connection taken the next client waits unaccepted, at no cost to us: accepting it only
// to close it would have it come again at once.
asio::awaitable<void> wait_for_room(State& state)
{
    if (!is_full(state)) co_return;
    auto [error] =
        co_await state.listener.acceptor.async_wait(asio::socket_base::wait_read, as_result);
    if (error) co_return;
    while (state.listener.acceptor.is_open() && !make_room(state)) {
        log_full(state);
        state.room.expires_after(accept_pause);
        co_await state.room.async_wait(as_result);
    }
}

asio::awaitable<void> accept_loop(std::shared_ptr<State> state)
{
    auto& acceptor = state->listener.acceptor;
    asio::steady_timer pause(acceptor.get_executor());
    while (acceptor.is_open()) {
        co_await wait_for_room(*state);
        if (!acceptor.is_open()) break;
        auto [error, socket] = co_await acceptor.async_accept(as_result);
        if (!error) {
            admit(state, std::move(socket));
            continue;
        }
        if (!acceptor.is_open()) break;
        // Out of descriptors, most likely: trying at once again would only burn the processor.
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
    state.room.cancel();
    if (state.listener.socket.empty()) return;
    std::error_code missing; // the name goes; open connections stay
    std::filesystem::remove(std::exchange(state.listener.socket, {}), missing);
}

void cancel_sessions(const State& state, bool idle_only)
{
    const auto sessions = state.sessions; // the set changes while they end
    for (const auto& session : sessions)
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
    // A handler that cannot be interrupted is waited for: it uses what the caller is about to
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
    auto service = std::make_shared<Service>();
    service->tls = std::move(listen_on.tls);
    service->front = std::move(listen_on.front);
    service->limits = limits;
    service->handler = std::move(handler);
    auto state = std::make_shared<State>(std::move(*listener), std::move(service));
    auto ended = [state](const std::exception_ptr& failure) {
        if (failure) base::log(base::Level::error, "accept_ended", {{"reason", text(failure)}});
        state->accepting = false;
        if (state->empty()) state->changed.cancel();
    };
    asio::co_spawn(executor, accept_loop(state), std::move(ended));
    return std::unique_ptr<Server>(std::make_unique<ListeningServer>(state));
}

} // namespace http
