// SPDX-License-Identifier: Apache-2.0
// The look-up threads and the waiters share one record under a lock. The resolver, each waiter and
// each thread hold a reference to the record, so they can end in any order.
#include "http/resolver.hpp"

#include "base/bytes.hpp"
#include "http/errc.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>
#include <thread>

namespace http {

namespace asio = boost::asio;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t max_addresses = 8;

// A caller that waits for a name. The look-up thread only posts to `done`'s executor; all members
// belong to that executor's thread.
struct Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : done(executor) {}
    asio::steady_timer done;
    std::optional<base::Result<Addresses>> answer;
};

base::Result<Addresses> guarded(const LookUp& look_up, const std::string& host)
{
    try {
        auto found = look_up(host);
        if (found && found->empty()) return base::Error(errc::cannot_resolve, host);
        if (found && found->size() > max_addresses) found->resize(max_addresses);
        return found;
    } catch (const std::exception& failure) {
        return base::Error(errc::cannot_resolve, host + ": " + failure.what());
    }
}

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::optional<asio::ip::address> address_of(const sockaddr* raw)
{
    asio::ip::tcp::endpoint endpoint;
    const std::size_t size = raw->sa_family == AF_INET    ? sizeof(sockaddr_in)
                             : raw->sa_family == AF_INET6 ? sizeof(sockaddr_in6)
                                                          : 0;
    if (size == 0) return std::nullopt;
    std::copy_n(reinterpret_cast<const char*>(raw), size, reinterpret_cast<char*>(endpoint.data()));
    endpoint.resize(size);
    return endpoint.address();
}

} // namespace

base::Result<Addresses> ask_the_system(const std::string& host)
{
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
    const int cause = errno;
    if (failure != 0) {
        const auto why = failure == EAI_SYSTEM ? std::generic_category().message(cause)
                                               : std::string(::gai_strerror(failure));
        return base::Error(errc::cannot_resolve, host + ": " + why);
    }
    const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
    Addresses addresses;
    for (const auto* each = list; each; each = each->ai_next)
        if (const auto address = address_of(each->ai_addr)) addresses.push_back(*address);
    return addresses;
}

struct Resolver::Shared {
    using Waiters = std::vector<std::shared_ptr<Waiter>>;

    LookUp look_up;
    std::size_t max = 0;
    std::mutex lock;                                     // guards `running`; held only briefly
    std::map<std::string, Waiters, std::less<>> running; // by host name; each has a thread

    void finish(const std::string& host, const base::Result<Addresses>& answer)
    {
        const std::lock_guard held(lock);
        const auto node = running.extract(host);
        for (const auto& waiter : node.mapped()) {
            auto tell = [waiter, answer] {
                waiter->answer = answer;
                waiter->done.cancel();
            };
            asio::post(waiter->done.get_executor(), std::move(tell));
        }
    }
};

namespace {

// Registers a waiter for a name. The destructor removes the waiter.
class Asking {
public:
    Asking(
        std::shared_ptr<Resolver::Shared> shared, std::string host, std::shared_ptr<Waiter> waiter
    )
        : shared_(std::move(shared)), host_(std::move(host)), waiter_(std::move(waiter))
    {
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking()
    {
        const std::lock_guard held(shared_->lock);
        const auto found = shared_->running.find(host_);
        if (found != shared_->running.end()) std::erase(found->second, waiter_);
    }
    // Joins the running look-up of this name, or starts one. errc::cannot_resolve: no free thread.
    base::Result<> join()
    {
        const std::lock_guard held(shared_->lock);
        const auto found = shared_->running.find(host_);
        if (found != shared_->running.end()) {
            found->second.push_back(waiter_);
            return {};
        }
        if (shared_->running.size() >= shared_->max)
            return base::Error(
                errc::cannot_resolve, host_ + ": too many look-ups, of which none has ended yet"
            );
        auto work = [shared = shared_, host = host_] {
            shared->finish(host, guarded(shared->look_up, host));
        };
        try {
            std::thread(std::move(work)).detach();
        } catch (const std::system_error& failure) {
            return base::Error(errc::cannot_resolve, host_ + ": " + failure.what());
        }
        // The new thread cannot finish before this line, because finish() needs the lock.
        shared_->running[host_].push_back(waiter_);
        return {};
    }

private:
    std::shared_ptr<Resolver::Shared> shared_;
    std::string host_;
    std::shared_ptr<Waiter> waiter_;
};

} // namespace

Resolver::Resolver(LookUp look_up, std::size_t max) : shared_(std::make_shared<Shared>())
{
    shared_->look_up = std::move(look_up);
    shared_->max = max;
}

Resolver::~Resolver()
{
    const std::lock_guard held(shared_->lock);
    // The executors of the waiters may no longer exist when a look-up ends.
    for (auto& [host, waiters] : shared_->running)
        waiters.clear();
}

asio::awaitable<base::Result<Addresses>>
Resolver::resolve(asio::any_io_executor executor, std::string host, Clock::time_point until)
{
    boost::system::error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) co_return Addresses(1, address);
    const auto waiter = std::make_shared<Waiter>(executor);
    waiter->done.expires_at(until);
    Asking asking(shared_, base::lower(host), waiter);
    if (auto joined = asking.join(); !joined) co_return joined.error();
    co_await waiter->done.async_wait(as_result);
    if (waiter->answer) co_return std::move(*waiter->answer);
    co_return base::Error(errc::timeout_before, "looking up " + host);
}

} // namespace http
